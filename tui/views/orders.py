"""Orders of ours: the working ones first, then the last finished ones with what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.desk.desk import Desk
from core.domain.instrument import Instrument
from core.domain.label import MANUAL, is_ours, sleeve_of
from core.domain.order import OrderReport, OrderState, OrderType, Side, TimeInForce
from core.domain.parent import ParentOrder, ParentState
from core.domain.stop import LotStop, StopState
from core.trading.view import TradingView
from tui.selection import Selection
from tui.views import figures

FORCES = {
    TimeInForce.GTC: "gtc",
    TimeInForce.DAY: "day",
    TimeInForce.IOC: "ioc",
    TimeInForce.FOK: "fok",
}
TYPES = {
    OrderType.LIMIT: "limit",
    OrderType.MARKET: "market",
    OrderType.STOP_MARKET: "stop",
    OrderType.STOP_LIMIT: "stop lmt",
}
STATES = {
    OrderState.NEW: ("new", "dim"),
    OrderState.SENT: ("sent", "mid"),
    OrderState.OPEN: ("open", "info"),
    OrderState.PARTIAL: ("part", "accent"),
    OrderState.FILLED: ("filled", "dim"),
    OrderState.CANCELLED: ("cancelled", "dim"),
    OrderState.REFUSED: ("REFUSED", "warn"),
    OrderState.UNTRIGGERED: ("waiting", "violet"),
    OrderState.UNKNOWN: ("UNKNOWN", "warn"),
}


PARENT_STATES = {ParentState.FAILED: "FAILED", ParentState.INTERRUPTED: "CUT OFF"}
ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One line, formatted."""

    order_id: str
    """The venue's id, or the label while it has none: what the selection holds."""
    side: str
    side_tone: str
    instrument: str
    amount: str
    filled: str
    price: str
    kind: str
    """Type and time in force: post gtc, limit ioc, stop."""
    sleeve: str
    """`elsewhere` for an order this program never made; its fills go to its label's sleeve."""
    age: str
    state: str
    state_tone: str
    reason: str
    is_working: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class OrdersView:
    """Rows in display order."""

    rows: tuple[OrderRow, ...]
    working: int
    empty: str
    """What to say when there is no row."""


def orders_view(desk: Desk, selection: Selection) -> OrdersView:
    """The orders pane now."""
    trading, now_ns = desk.trading, desk.clock.now_ns()
    chosen, find = selection.order_id, desk.board.instrument
    orders = [_row(one, find(one.instrument), now_ns, chosen) for one in trading.orders]
    working = [row for row in orders if row.is_working]
    parents = [parent_row(one, find(one.instrument), now_ns, chosen) for one in trading.parents]
    stops = [stop_row(one, find(one.instrument), now_ns, chosen) for one in trading.stops]
    # After the working orders, so that their line numbers are those that commands count.
    standing = [*(row for row in parents if row.is_working), *stops]
    ended = [row for row in (*parents, *orders) if not row.is_working]
    rows = (*working, *standing, *ended)
    words = "No orders yet." if trading.is_reconciled else "Waiting for the account."
    return OrdersView(rows, len(working), words)


def row_instruments(trading: TradingView) -> dict[str, str]:
    """Row name to instrument, in the order of the pane."""
    orders = {order_key(one): one.instrument for one in trading.working}
    standing = {one.name: one.instrument for one in trading.parents if one.state.is_standing}
    stops = {one.name: one.instrument for one in trading.stops}
    over = {one.name: one.instrument for one in trading.parents}
    ended = {order_key(one): one.instrument for one in trading.orders}
    return orders | standing | stops | over | ended


def order_key(order: OrderReport) -> str:
    """How the selection names an order: the venue's id, its label before there is one."""
    return order.order_id or order.label


def parent_row(parent: ParentOrder, one: Instrument | None, now_ns: int, chosen: str) -> OrderRow:
    """An amount being worked, or the end of one."""
    is_standing = parent.state.is_standing
    tones = {ParentState.FAILED: "warn", ParentState.INTERRUPTED: "warn"}
    since = parent.began_ns if is_standing else parent.changed_ns
    return OrderRow(
        parent.name,
        parent.side.value.upper(),
        "up" if parent.side is Side.BUY else "down",
        parent.instrument,
        _amount(parent.asked, one),
        _amount(parent.filled, one) if parent.filled else "0",
        figures.MISSING,
        f"{parent.name} twap" if parent.slices > 1 else f"{parent.name} work",
        MANUAL,
        figures.lasting(now_ns - since),
        PARENT_STATES.get(parent.state, parent.state.value),
        tones.get(parent.state, "info" if is_standing else "dim"),
        figures.plain(parent.status),
        is_standing,
        parent.name == chosen,
    )


def stop_row(stop: LotStop, one: Instrument | None, now_ns: int, chosen: str) -> OrderRow:
    """A stop of the desk's own; its amount is the lot's, whatever it is when it fires."""
    state, tone = ("FIRED", "warn") if stop.state is StopState.FIRED else ("armed", "violet")
    if stop.blind:
        state, tone = "BLIND", "warn"
    side = Side.SELL if stop.sign > 0 else Side.BUY
    price = figures.MISSING
    if stop.trigger is not None:
        decimals = one.price_decimals if one else 4
        price = f"{'≥' if side is Side.BUY else '≤'}{stop.trigger:,.{decimals}f}"
    elif stop.deadline_ns is not None:
        price = f"in {figures.lasting(max(0, stop.deadline_ns - now_ns))}"
    return OrderRow(
        stop.name,
        side.value.upper(),
        "up" if side is Side.BUY else "down",
        stop.instrument,
        "lot",
        "",
        price,
        f"{stop.name} {stop.rule.words}",
        stop.sleeve,
        figures.lasting(now_ns - stop.armed_ns),
        state,
        tone,
        figures.plain(stop.blind or stop.reason),
        True,
        stop.name == chosen,
    )


def _row(order: OrderReport, one: Instrument | None, now_ns: int, chosen: str) -> OrderRow:
    is_working, key = order.state.is_working, order_key(order)
    state, tone = STATES[order.state]
    since = order.created_ns if is_working else order.updated_ns or order.created_ns
    return OrderRow(
        key,
        order.side.value.upper(),
        "up" if order.side is Side.BUY else "down",
        order.instrument,
        _amount(order.amount, one),
        _amount(order.filled, one) if order.filled else "0",
        _price(order, one),
        _kind(order),
        sleeve_of(order.label) if is_ours(order.label) else ELSEWHERE,
        figures.lasting(now_ns - since) if since else figures.MISSING,
        state,
        tone,
        figures.plain(order.reason),
        is_working,
        is_chosen=key == chosen,
    )


def _amount(value: Decimal, one: Instrument | None) -> str:
    if value == value.to_integral_value():
        return f"{value:,.0f}"
    return f"{value:,.{one.amount_decimals}f}" if one else f"{value:,}"


def _price(order: OrderReport, one: Instrument | None) -> str:
    """The limit; the trigger of a stop with its sign; what a market order got."""
    decimals = one.price_decimals if one else 4
    if order.trigger_price is not None:
        arrow = "≥" if order.side is Side.BUY else "≤"
        return f"{arrow}{order.trigger_price:,.{decimals}f}"
    price = order.price if order.price is not None else order.average_price
    return figures.MISSING if price is None else f"{price:,.{decimals}f}"


def _kind(order: OrderReport) -> str:
    words = ["post" if order.post_only else TYPES[order.type]]
    if order.type in (OrderType.LIMIT, OrderType.STOP_LIMIT):
        words.append(FORCES[order.time_in_force])
    if order.reduce_only:
        words.append("red")
    return " ".join(words)
