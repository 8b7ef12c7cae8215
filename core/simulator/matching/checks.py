"""The venue's checks of an order, in its order: amount, minimum, tick, band; and its own moves."""

from __future__ import annotations

from decimal import Decimal

from core.simulator.accounts.money import ZERO, exact, fee_of, worth
from core.simulator.accounts.order import Order, OrderSpec
from core.simulator.markets.book import ASK, BID, reaches
from core.simulator.markets.market import Market
from core.simulator.markets.tickers import band_of
from core.simulator.rpc import RpcError, invalid
from core.simulator.world.listing.instruments import Instrument

LEAST_SHOWN = 100
"""Smallest orders an iceberg shows at least; and never less than a hundredth of its amount."""


def units_of(it: Instrument, amount: Decimal, param: str = "amount") -> int:
    """An amount in smallest orders."""
    whole = amount % it.terms.contract_size == 0 or it.kind in ("option", "option_combo")
    if amount <= 0 or not whole:
        raise invalid(param, "must be a multiple of contract size")
    if amount < it.terms.min_amount or amount % it.terms.min_amount:
        raise invalid(param, "must be a multiple of the minimum order size")
    return int(amount / it.terms.min_amount)


def tick_of(it: Instrument, price: Decimal, param: str = "price") -> int:
    """A price in base ticks; on the tick that holds there.

    It must be positive, but for combos, whose buyer may be paid.
    """
    if (price <= 0 and not it.legs) or price % it.tick_at(price):
        raise invalid(param, "must conform to tick size")
    return int(price / it.terms.tick)


def trigger_tick_of(it: Instrument, price: Decimal) -> int:
    """A trigger price in base ticks; 11036 unless positive, 10044 off the tick."""
    if price <= 0:
        raise RpcError(11036, "invalid_trigger_price")
    if price % it.terms.tick:
        raise RpcError(10044, "trigger_price_wrong_tick")
    return int(price / it.terms.tick)


def display_of(it: Instrument, amount: Decimal | None, units: int) -> int:
    """What an iceberg of `units` shows at once; 0 when nothing was asked, 10036 when refused."""
    if amount is None:
        return 0
    shown = units_of(it, amount, "display_amount")
    if shown < LEAST_SHOWN or shown * 100 < units or shown > units:
        raise RpcError(10036, "invalid_max_show_amount")
    return shown


def check_band(spec: OrderSpec, tick: int) -> None:
    """Refuse buys above and sells below the band."""
    low, high = band_of(spec.market)
    it = spec.market.instrument
    if spec.direction == "buy" and tick > high:
        raise RpcError(10007, f"price_too_high {it.price_of(high)}")
    if spec.direction == "sell" and tick < low:
        raise RpcError(10005, f"price_too_low {it.price_of(low)}")


def check_open(market: Market) -> None:
    """Refuse what a book that does not trade cannot take."""
    if market.state in ("delivered", "archivized"):
        raise RpcError(10012, "book_closed")
    if market.state != "open":
        raise RpcError(13019, "orderbook_closed")


def check_trigger(spec: OrderSpec, present: float) -> None:
    """Refuse a stop or take order that would fire at once."""
    if spec.trigger_tick is None:
        return
    price = spec.market.instrument.price_of(spec.trigger_tick)
    rising = fires_rising(spec.order_type, spec.direction)
    if rising and price <= present:
        raise RpcError(10035, "trigger_price_too_low")
    if not rising and price >= present:
        raise RpcError(10034, "trigger_price_too_high")


def fires_rising(order_type: str, direction: str) -> bool:
    """Stop and trailing buys and take sells fire when the price rises to the trigger."""
    return order_type.startswith("take") != (direction == "buy")


def limit_reduce_only(order: Order) -> None:
    """Cut a reduce-only order to the position it reduces; 11030 when there is none."""
    if not order.reduce_only:
        return
    most = reducible(order)
    if most <= 0:
        raise RpcError(11030, "other_reject invalid_reduce_only_order")
    cut = max(0, order.left - most)
    order.units -= cut
    order.left -= cut


def reducible(order: Order) -> int:
    """Units of the position an order can close; 0 or less when it would open one."""
    size = order.account.size_in(order.market) * -order.sign
    return int(size / order.market.instrument.terms.min_amount)


def slide_post_only(order: Order) -> None:
    """Move a crossing post-only order one tick inside the spread, or refuse it."""
    other = ASK if order.side == BID else BID
    best = order.market.book.best(other) if order.post_only else None
    if best is None or not reaches(other, best, order.tick):
        return
    if order.spec.reject_post_only:
        raise RpcError(11054, "post_only_reject")
    tick = next_tick(order.market.instrument, best, -order.sign)
    if tick < 1 and not order.market.legs:
        raise RpcError(11021, "post_only_price_modification_not_possible")
    order.tick = tick


def taken_at_once(order: Order) -> list[tuple[int, int]]:
    """(tick, units) of what the order would take from the book it sees, best first."""
    other, left = ASK if order.side == BID else BID, order.left
    takes: list[tuple[int, int]] = []
    for tick, units in order.market.book.levels(other).items():
        if left <= 0 or not reaches(other, tick, order.tick):
            break
        takes.append((tick, min(left, units)))
        left -= units
    return takes


def average_tick(order: Order, takes: list[tuple[int, int]]) -> int:
    """What a unit costs a buyer on average, rounded up; the part that rests at its limit."""
    if order.sign < 0 or not takes:
        return order.tick
    rest = order.left - sum(units for _, units in takes)
    paid = rest * order.tick + sum(tick * units for tick, units in takes)
    return -(-paid // order.left)


def cost_at_once(order: Order, takes: list[tuple[int, int]]) -> Decimal:
    """Fees of what the order would take now, and with futures what the mark makes it lose."""
    market, cost = order.market, ZERO
    for tick, units in takes:
        if not market.legs:
            cost += _cost(market, order.sign, tick, units)
            continue
        prices = market.leg_prices(tick)
        for (leg, sign), leg_tick in zip(market.legs, prices, strict=True):
            cost += _cost(leg, order.sign * sign, leg_tick, market.leg_units(leg, units))
    return cost


def _cost(market: Market, sign: int, tick: int, units: int) -> Decimal:
    """Of one contract at one price."""
    it, mark = market.instrument, exact(market.mark)
    amount, price = units * it.terms.min_amount, it.decimal_price(tick)
    fee = fee_of(it, amount, price, exact(market.index), maker=False)
    if it.is_option:
        return fee
    size = sign * amount
    return fee + max(ZERO, worth(it, size, price) - worth(it, size, mark))


def next_tick(it: Instrument, tick: int, by: int) -> int:
    """The neighbouring valid price one step up (+1) or down (-1); below 1 there is none."""
    terms = it.terms
    if terms.step_above is None:
        return tick + by
    edge, step = int(terms.step_above / terms.tick), int(terms.step_tick / terms.tick)
    coarse = tick > edge or (tick == edge and by > 0)
    return tick + by * (step if coarse else 1)
