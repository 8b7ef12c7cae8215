"""The venue's checks of an order, in its order and with its codes: amount, tick, band, trigger."""

from __future__ import annotations

from decimal import Decimal

from core.domain.instrument import Instrument
from core.domain.money import decimal_of
from core.domain.order import NewOrder, OrderType, Side, TimeInForce
from core.errors import VenueError
from core.market.board import Board
from core.market.ticker import Ticker
from core.venues.deribit.account.refusals import sentence
from core.venues.deribit.wire import ErrorData

INVALID = -32602
_KILLS = (TimeInForce.IOC, TimeInForce.FOK)


def refused(code: int, message: str, reason: str = "") -> VenueError:
    """A refusal with the venue's code; the words follow from it."""
    return VenueError(code, message, reason)


def words_of(error: VenueError) -> str:
    """The refusal as the venue's adapter would say it; our own reasons as they stand."""
    if not error.code:
        return error.message
    data = error.reason or None
    return sentence(ErrorData(error.code, error.message, data))


def listed(board: Board, name: str, venue_ns: int) -> Instrument:
    """The instrument, open for trading, with a book that can be trusted."""
    it = board.instrument(name)
    if it is None:
        raise refused(10020, "invalid_or_unsupported_instrument")
    if it.expiry_ns is not None and it.expiry_ns <= venue_ns:
        raise refused(10012, "book_closed")
    ticker = board.ticker(name)
    if ticker is not None and ticker.state not in ("", "open"):
        raise refused(13019, "orderbook_closed")
    if ticker is None or board.is_stale(name):
        raise refused(0, f"the book of {name} is stale: paper cannot tell what would trade")
    return it


def check_amount(it: Instrument, amount: Decimal) -> None:
    """Refuse what is no multiple of contract and smallest amount."""
    if amount <= 0 or (not it.is_option and amount % it.contract_size):
        raise refused(INVALID, "Invalid params", "amount: must be a multiple of contract size")
    if amount < it.min_amount or amount % it.min_amount:
        text = "amount: must be a multiple of the minimum order size"
        raise refused(INVALID, "Invalid params", text)


def check_flags(order: NewOrder) -> None:
    """Refuse flags on orders that cannot carry them."""
    is_limit = order.type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    if order.time_in_force in _KILLS and order.type is not OrderType.LIMIT:
        raise refused(11047, "unsupported_arg_combination", "time_in_force")
    if order.post_only and (order.time_in_force in _KILLS or not is_limit):
        raise refused(11055, "post_only_not_allowed")


def check_tick(it: Instrument, price: Decimal) -> None:
    """Refuse prices off the tick."""
    if price <= 0 or not it.is_price(price):
        raise refused(INVALID, "Invalid params", "price: must conform to tick size")


def check_trigger(it: Instrument, side: Side, trigger: Decimal, mark: Decimal) -> None:
    """Refuse a stop off the tick, or one that would fire at once."""
    if trigger <= 0:
        raise refused(11036, "invalid_trigger_price")
    if trigger % it.tick:
        raise refused(10044, "trigger_price_wrong_tick")
    if side is Side.BUY and trigger <= mark:
        raise refused(10035, "trigger_price_too_low")
    if side is Side.SELL and trigger >= mark:
        raise refused(10034, "trigger_price_too_high")


def band_of(name: str, ticker: Ticker | None) -> tuple[Decimal, Decimal]:
    """(lowest, highest) order price, as the venue's ticker states it."""
    if ticker is None or ticker.min_price is None or ticker.max_price is None:
        raise refused(0, f"the price band of {name} is not known yet")
    return decimal_of(ticker.min_price), decimal_of(ticker.max_price)


def check_band(side: Side, price: Decimal, band: tuple[Decimal, Decimal]) -> None:
    """Refuse buys above and sells below the band."""
    low, high = band
    if side is Side.BUY and price > high:
        raise refused(10007, f"price_too_high {high:f}")
    if side is Side.SELL and price < low:
        raise refused(10005, f"price_too_low {low:f}")
