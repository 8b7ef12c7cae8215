"""The venue's JSON of orders, trades, positions and accounts as domain values.

Signs, units and times are settled here: amounts are signed where the domain signs them, fees
are costs, times are nanoseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, TypeVar

import msgspec

from core.clock import NS_PER_MS
from core.domain.fill import Fill
from core.domain.order import OrderReport, OrderState, OrderType, Side, TimeInForce
from core.domain.position import AccountFigures, VenuePosition
from core.errors import MarketDataError
from core.venues.deribit.account import rows

T = TypeVar("T")
_ZERO: Final = Decimal(0)
_STATES: Final = {
    "open": OrderState.OPEN,
    "filled": OrderState.FILLED,
    "cancelled": OrderState.CANCELLED,
    "rejected": OrderState.REFUSED,
    "untriggered": OrderState.UNTRIGGERED,
    "triggered": OrderState.CANCELLED,
}
_TYPES: Final = {
    "market": OrderType.MARKET,
    "stop_market": OrderType.STOP_MARKET,
    "take_market": OrderType.STOP_MARKET,
    "trailing_stop": OrderType.STOP_MARKET,
    "stop_limit": OrderType.STOP_LIMIT,
    "take_limit": OrderType.STOP_LIMIT,
}
TRIGGERED: Final = "triggered, goes on as a new order"


def order_of(value: bytes | msgspec.Raw) -> OrderReport:
    """One order object."""
    return _read(lambda: report(rows.read_order(value)), "an order")


def orders_of(value: bytes | msgspec.Raw) -> tuple[OrderReport, ...]:
    """A list of orders, or the single order of a raw channel.

    An order born of a stop comes with that stop's end before it, because the venue says
    nothing more about the stop itself.
    """

    def read() -> tuple[OrderReport, ...]:
        found = (
            rows.read_orders(value)
            if bytes(value).lstrip()[:1] == b"["
            else [rows.read_order(value)]
        )
        return tuple(one for row in found for one in _with_its_stop(row))

    return _read(read, "a list of orders")


def order_and_fills_of(value: bytes | msgspec.Raw) -> tuple[OrderReport, tuple[Fill, ...]]:
    """What buy, sell and edit answer."""

    def read() -> tuple[OrderReport, tuple[Fill, ...]]:
        answer = rows.read_order_and_trades(value)
        return report(answer.order), tuple(_fills(answer.trades))

    return _read(read, "an order's answer")


def fills_of(value: bytes | msgspec.Raw) -> tuple[Fill, ...]:
    """A list of trades of ours, or a page of them, oldest first."""

    def read() -> tuple[Fill, ...]:
        is_list = bytes(value).lstrip()[:1] == b"["
        found = rows.read_trades(value) if is_list else rows.read_trade_page(value).trades
        return tuple(sorted(_fills(found), key=lambda one: one.at_ns))

    return _read(read, "a list of trades")


@dataclass(frozen=True, slots=True)
class FillPage:
    """One page of trades of ours."""

    fills: tuple[Fill, ...]
    """Oldest first."""
    oldest_ms: int | None
    """The time of the page's oldest trade; None when it has none."""
    has_more: bool
    """True when the venue has more in the span asked for."""


def fill_page_of(value: bytes | msgspec.Raw) -> FillPage:
    """One page of trades of ours."""

    def read() -> FillPage:
        page = rows.read_trade_page(value)
        oldest_ms = min((one.timestamp for one in page.trades), default=None)
        return FillPage(fills_of(value), oldest_ms, page.has_more)

    return _read(read, "a page of trades")


def positions_of(value: bytes | msgspec.Raw) -> tuple[VenuePosition, ...]:
    """The positions that are not flat, and flat ones that had funding this session."""

    def read() -> tuple[VenuePosition, ...]:
        found = map(_position, rows.read_positions(value))
        return tuple(one for one in found if one.amount or one.funding)

    return _read(read, "a list of positions")


def accounts_of(value: bytes | msgspec.Raw, at_ns: int) -> tuple[AccountFigures, ...]:
    """Every currency of get_account_summaries."""
    return _read(
        lambda: tuple(_figures(row, at_ns) for row in rows.read_summaries(value).summaries),
        "the account summaries",
    )


def account_of(value: bytes | msgspec.Raw, at_ns: int) -> AccountFigures:
    """One currency: a portfolio frame or get_account_summary."""
    return _read(lambda: _figures(rows.read_account(value), at_ns), "an account summary")


def report(row: rows.OrderRow) -> OrderReport:
    """An order object as the domain's report."""
    _check(row)
    filled = _size(row.filled_amount or _ZERO)
    is_triggered = row.order_state == "triggered"
    return OrderReport(
        order_id=row.order_id,
        label=row.label,
        instrument=row.instrument_name,
        side=Side(row.direction),
        amount=_size(row.amount),
        filled=filled,
        average_price=row.average_price if filled else None,
        price=_price(row.price),
        type=_TYPES.get(row.order_type, OrderType.LIMIT),
        state=_STATES.get(row.order_state, OrderState.UNKNOWN),
        time_in_force=_time_in_force(row.time_in_force),
        post_only=row.post_only,
        reduce_only=row.reduce_only,
        trigger_price=row.trigger_price,
        reason=TRIGGERED if is_triggered else (row.cancel_reason or "").replace("_", " "),
        created_ns=row.creation_timestamp * NS_PER_MS,
        updated_ns=row.last_update_timestamp * NS_PER_MS,
    )


def fill(row: rows.TradeRow) -> Fill:
    """A trade of ours as the domain's fill."""
    _check(row)
    return Fill(
        instrument=row.instrument_name,
        trade_id=row.trade_id,
        order_id=row.order_id,
        label=row.label,
        amount=_size(row.amount) * Side(row.direction).sign,
        price=row.price,
        fee=row.fee,
        at_ns=row.timestamp * NS_PER_MS,
        is_maker=row.liquidity == "M",
        index_price=row.index_price,
        profit=row.profit_loss or _ZERO,
    )


def _fills(found: Iterable[rows.TradeRow]) -> list[Fill]:
    """A combo's own row is left out: its legs are what is held, and they come by themselves."""
    return [fill(row) for row in found if not row.legs]


def _with_its_stop(row: rows.OrderRow) -> Iterable[OrderReport]:
    new = report(row)
    if row.trigger_order_id and row.trigger_order_id != row.order_id:
        yield _ended_stop(new, row.trigger_order_id)
    yield new


def _ended_stop(new: OrderReport, order_id: str) -> OrderReport:
    """The stop an order was born of: over, and never filled itself."""
    is_limit = new.price is not None and new.type is OrderType.LIMIT
    return OrderReport(
        order_id=order_id,
        label=new.label,
        instrument=new.instrument,
        side=new.side,
        amount=new.amount,
        filled=_ZERO,
        average_price=None,
        price=new.price if is_limit else None,
        type=OrderType.STOP_LIMIT if is_limit else OrderType.STOP_MARKET,
        state=OrderState.CANCELLED,
        reduce_only=new.reduce_only,
        trigger_price=new.trigger_price,
        reason=TRIGGERED,
        created_ns=new.created_ns,
        updated_ns=new.updated_ns,
    )


def _position(row: rows.PositionRow) -> VenuePosition:
    """Linear futures state their size in USD; the coins are in size_currency."""
    _check(row)
    is_linear_future = row.kind == "future" and "_" in row.instrument_name.partition("-")[0]
    size = row.size
    if is_linear_future and row.size_currency is not None:
        size = row.size_currency
    sign = {"buy": 1, "sell": -1}.get(row.direction, 0)
    return VenuePosition(
        row.instrument_name, abs(size) * sign, row.average_price, row.realized_funding
    )


def _figures(row: rows.AccountRow, at_ns: int) -> AccountFigures:
    _check(row)
    return AccountFigures(
        currency=row.currency.upper(),
        equity=row.equity,
        balance=row.balance,
        available=row.available_funds,
        initial_margin=row.initial_margin,
        maintenance_margin=row.maintenance_margin,
        delta_total=row.delta_total,
        session_upl=row.session_upl,
        session_rpl=row.session_rpl,
        total_pl=row.total_pl,
        options_value=row.options_value,
        options_delta=row.options_delta,
        options_gamma=row.options_gamma,
        options_vega=row.options_vega,
        options_theta=row.options_theta,
        at_ns=at_ns,
    )


def _price(text: msgspec.Raw) -> Decimal | None:
    """None where the wire has nothing, null or the word market_price."""
    try:
        price = Decimal(bytes(text).decode())
    except InvalidOperation:
        return None
    return price if price.is_finite() else None


def _check(row: msgspec.Struct) -> None:
    """ValueError unless all its numbers are numbers: a text on the wire can also say NaN."""
    for value in msgspec.structs.astuple(row):
        if isinstance(value, Decimal) and not value.is_finite():
            raise ValueError(f"{value} is no number")


def _size(value: Decimal) -> Decimal:
    """`value`, which must not be below zero."""
    if value < 0:
        raise ValueError(f"the amount {value} is below 0")
    return value


def _time_in_force(word: str) -> TimeInForce:
    return next((one for one in TimeInForce if one.value == word), TimeInForce.GTC)


def _read(read: Callable[[], T], what: str) -> T:
    """`read()`, with everything that can be wrong with the wire as one error of ours."""
    try:
        return read()
    except (msgspec.MsgspecError, ValueError, ArithmeticError) as error:
        raise MarketDataError(f"{what} of the venue is unreadable: {error}") from error
