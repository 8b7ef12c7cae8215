"""Reading orders and executions back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from core.simulator.accounts.account import CLOSED_LIFE_MS
from core.simulator.accounts.order import Order, order_row
from core.simulator.accounts.records import Fill
from core.simulator.methods.call import Call
from core.simulator.rpc import RpcError, invalid

OPEN_TYPES = (
    "all", "limit", "trigger_all", "stop_all", "stop_limit", "stop_market", "take_all",
    "take_limit", "take_market", "trailing_all", "trailing_stop",
)  # fmt: skip


def get_open_orders(call: Call) -> object:
    """private/get_open_orders."""
    return _open(call, lambda _order: True)


def get_open_orders_by_currency(call: Call) -> object:
    """private/get_open_orders_by_currency."""
    currency = call.currency(wildcard=True)
    return _open(call, lambda o: currency is None or o.market.instrument.settlement == currency)


def get_open_orders_by_instrument(call: Call) -> object:
    """private/get_open_orders_by_instrument."""
    market = call.market()
    return _open(call, lambda order: order.market is market)


def get_open_orders_by_label(call: Call) -> object:
    """private/get_open_orders_by_label."""
    currency, label = call.currency(), call.params.optional_text("label")
    return _open(
        call,
        lambda o: (
            o.market.instrument.settlement == currency and (label is None or o.spec.label == label)
        ),
    )


def get_order_state(call: Call) -> object:
    """private/get_order_state."""
    order_id, account = call.params.text("order_id"), call.account()
    order = account.orders.get(order_id)
    if order is None:
        order = next((o for o in reversed(account.closed) if o.order_id == order_id), None)
    if order is None:
        raise RpcError(10004, "order_not_found")
    return order_row(order)


def get_order_state_by_label(call: Call) -> object:
    """private/get_order_state_by_label: a list; a fired stop is found as its new order only."""
    currency, label = call.currency(), call.params.text("label")
    return [
        order_row(order)
        for order in _recent(call)
        if order.market.instrument.settlement == currency
        and order.spec.label == label
        and order.state != "triggered"
    ]


def get_order_history_by_currency(call: Call) -> object:
    """private/get_order_history_by_currency."""
    currency, kind = call.currency(), call.kind()
    return _history(
        call,
        lambda o: (
            o.market.instrument.settlement == currency and kind in (None, o.market.instrument.kind)
        ),
    )


def get_order_history_by_instrument(call: Call) -> object:
    """private/get_order_history_by_instrument."""
    name = call.params.text("instrument_name")
    if call.exchange.floor.markets.find_any(name) is None:
        raise invalid("instrument_name", "instrument not found")
    return _history(call, lambda order: order.market.name == name)


def get_user_trades_by_currency(call: Call) -> object:
    """private/get_user_trades_by_currency and …_and_time."""
    currency, kind = call.currency(), call.kind()
    chosen = [f for f in call.account().fills if f.currency == currency and kind in (None, f.kind)]
    return _trades(call, chosen)


def get_user_trades_by_instrument(call: Call) -> object:
    """private/get_user_trades_by_instrument and …_and_time."""
    name = call.params.text("instrument_name")
    if call.exchange.floor.markets.find_any(name) is None:
        raise invalid("instrument_name", "instrument not found")
    return _trades(call, [f for f in call.account().fills if f.instrument == name])


def get_user_trades_by_order(call: Call) -> object:
    """private/get_user_trades_by_order: a plain list."""
    order_id = call.params.text("order_id")
    rows = [f.row for f in call.account().fills if f.row["order_id"] == order_id]
    return rows if call.params.text("sorting", "asc") == "asc" else rows[::-1]


def get_trigger_order_history(call: Call) -> object:
    """private/get_trigger_order_history."""
    currency = call.currency()
    entries = [
        order_row(o)
        for o in reversed(call.account().closed)
        if o.trigger_tick is not None and o.market.instrument.settlement == currency
    ]
    return {"entries": entries[: call.params.count()], "continuation": None}


def _open(call: Call, wanted: Callable[[Order], bool]) -> list[dict[str, Any]]:
    """Newest first."""
    kind = call.kind()
    order_type = call.params.choice("type", OPEN_TYPES, "all")
    chosen = [
        order
        for order in call.account().orders.values()
        if wanted(order)
        and kind in (None, order.market.instrument.kind)
        and _is_type(order, order_type)
    ]
    return [order_row(order) for order in reversed(chosen)]


def _is_type(order: Order, order_type: str) -> bool:
    if order_type == "all":
        return True
    if order_type == "limit":
        return not order.is_waiting
    if order_type == "trigger_all":
        return order.is_waiting
    if order_type.endswith("_all"):
        return order.is_waiting and order.order_type.startswith(order_type[:4])
    return order.is_waiting and order.order_type == order_type


def _recent(call: Call) -> Iterable[Order]:
    """Live orders, then closed ones of the last half hour, newest first."""
    account = call.account()
    since_ms = call.exchange.clock.now_ms() - CLOSED_LIFE_MS
    yield from reversed(account.orders.values())
    yield from (order for order in reversed(account.closed) if order.updated_ms >= since_ms)


def _history(call: Call, wanted: Callable[[Order], bool]) -> list[dict[str, Any]]:
    params = call.params
    offset, count = max(0, params.whole("offset", 0)), params.count()
    unfilled = params.truth("include_unfilled")
    chosen = [
        order
        for order in reversed(call.account().closed)
        if wanted(order) and (unfilled or order.filled)
    ]
    return [order_row(order) for order in chosen[offset : offset + count]]


def _trades(call: Call, fills: list[Fill]) -> dict[str, Any]:
    params = call.params
    count = params.count(10)
    start_ms, end_ms = params.time_ms("start_timestamp", 0), params.time_ms("end_timestamp", 10**15)
    first, last = params.whole("start_seq", 0), params.whole("end_seq", 2**62)
    chosen = [f for f in fills if start_ms <= f.at_ms <= end_ms and first <= f.seq <= last]
    sorting = params.choice("sorting", ("asc", "desc", "default"), "default")
    ascending = sorting == "asc" or (sorting == "default" and "start_timestamp" in params)
    ordered = chosen if ascending else chosen[::-1]
    return {"trades": [fill.row for fill in ordered[:count]], "has_more": len(chosen) > count}
