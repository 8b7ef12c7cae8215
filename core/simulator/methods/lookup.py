"""Reading orders and executions back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from core.simulator.accounts.account import CLOSED_LIFE_MS
from core.simulator.accounts.order import TRIGGER_TYPES, Order, order_row
from core.simulator.accounts.records import Fill
from core.simulator.methods.call import Call
from core.simulator.methods.executions import page, read_window
from core.simulator.rpc import RpcError, invalid

OPEN_TYPES = (
    "all", "limit", "trigger_all", "stop_all", "stop_limit", "stop_market", "take_all",
    "take_limit", "take_market", "trailing_all", "trailing_stop",
)  # fmt: skip

TRADES_LIFE_MS = 86_400_000
"""Executions are among the recent ones for a day."""
OLD_MS = 2 * TRADES_LIFE_MS
ARCHIVE_LAG_MS = 1_000


def get_open_orders(call: Call) -> object:
    """private/get_open_orders."""
    return _open(call, lambda _order: True)


def get_open_orders_by_currency(call: Call) -> object:
    """private/get_open_orders_by_currency."""
    currency = call.currency(wildcard=True)
    return _open(call, lambda o: currency in (None, *o.market.instrument.currencies))


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
            currency in o.market.instrument.currencies and (label is None or o.spec.label == label)
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
        if currency in order.market.instrument.currencies
        and order.spec.label == label
        and order.state != "triggered"
    ]


def get_order_history_by_currency(call: Call) -> object:
    """private/get_order_history_by_currency."""
    currency, kind = call.currency(), call.kind()
    return _history(
        call,
        lambda o: (
            currency in o.market.instrument.currencies and kind in (None, o.market.instrument.kind)
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
    return _trades(call, _in_currency(call))


def get_user_trades_by_instrument(call: Call) -> object:
    """private/get_user_trades_by_instrument and …_and_time."""
    return _trades(call, _in_instrument(call))


def get_user_trades_by_order(call: Call) -> object:
    """private/get_user_trades_by_order: a plain list."""
    order_id = call.params.text("order_id")
    rows = [f.row for f in call.account().fills if f.row["order_id"] == order_id]
    sorting = call.params.choice("sorting", ("asc", "desc", "default"), "default")
    return rows[::-1] if sorting == "desc" else rows


def get_trigger_order_history(call: Call) -> object:
    """private/get_trigger_order_history, newest first; `continuation` names the last one shown."""
    currency, name = call.currency(), call.params.optional_text("instrument_name")
    account, after = call.account(), call.params.optional_text("continuation")
    ended = [
        o
        for o in reversed(account.closed)
        if o.order_type in TRIGGER_TYPES
        and currency in o.market.instrument.currencies
        and name in (None, o.market.name)
    ]
    ids = [order.order_id for order in ended]
    if after is not None and after not in ids:
        raise invalid("continuation", "invalid format")
    first = 0 if after is None else ids.index(after) + 1
    shown = ended[first : first + call.params.count()]
    more = first + len(shown) < len(ended)
    spawned = {o.trigger_order_id: o for o in (*account.closed, *account.orders.values())}
    entries = [_trigger_entry(order, spawned.get(order.order_id)) for order in shown]
    return {"entries": entries, "continuation": shown[-1].order_id if more and shown else None}


def _trigger_entry(order: Order, child: Order | None) -> dict[str, Any]:
    """What became of a trigger order."""
    kept = {
        key: value
        for key, value in order_row(order).items()
        if key not in ("creation_timestamp", "replaced", "contracts", "triggered", "order_id")
    }
    return kept | {
        "timestamp": order.updated_ms,
        "trigger_order_id": order.order_id,
        "order_id": child.order_id if child is not None else None,
        "request": "trigger:order" if order.state == "triggered" else "cancel",
    }


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


def _recent(call: Call) -> list[Order]:
    """Live orders and closed ones of the last half hour, newest first."""
    account = call.account()
    since_ms = call.exchange.clock.now_ms() - CLOSED_LIFE_MS
    closed = (order for order in reversed(account.closed) if order.updated_ms >= since_ms)
    found = [*reversed(account.orders.values()), *closed]
    return sorted(found, key=lambda order: -order.created_ms)


def _history(call: Call, wanted: Callable[[Order], bool]) -> list[dict[str, Any]]:
    """Closed orders, newest first; those older than two days on request."""
    params, now_ms = call.params, call.exchange.clock.now_ms()
    oldest_ms = 0 if params.truth("include_old") else now_ms - OLD_MS
    offset, count = max(0, params.whole("offset", 0)), params.count()
    unfilled = params.truth("include_unfilled")
    chosen = [
        order
        for order in reversed(call.account().closed)
        if wanted(order)
        and (unfilled or order.filled)
        and order.updated_ms >= oldest_ms
        and _is_past(call, order.updated_ms, now_ms)
    ]
    return [order_row(order) for order in chosen[offset : offset + count]]


def _trades(call: Call, fills: Iterable[Fill]) -> dict[str, Any]:
    """Recent executions, or with `historical` the archive, which is a little behind."""
    now_ms, window = call.exchange.clock.now_ms(), read_window(call.params)
    known = (fill for fill in fills if _is_known(call, fill.at_ms, now_ms, TRADES_LIFE_MS))
    return page(known, window, lambda f: (f.at_ms, f.seq, str(f.row["trade_id"])), lambda f: f.row)


def _is_past(call: Call, at_ms: int, now_ms: int) -> bool:
    return not call.params.truth("historical") or at_ms <= now_ms - ARCHIVE_LAG_MS


def _in_currency(call: Call) -> list[Fill]:
    currency, kind = call.currency(), call.kind()
    return [f for f in call.account().fills if currency in f.currencies and kind in (None, f.kind)]


def _in_instrument(call: Call) -> list[Fill]:
    name = call.params.text("instrument_name")
    if call.exchange.floor.markets.find_any(name) is None:
        raise invalid("instrument_name", "instrument not found")
    return [f for f in call.account().fills if f.instrument == name]


def _is_known(call: Call, at_ms: int, now_ms: int, life_ms: int) -> bool:
    """True for what the recent records hold, or the archive when that is asked."""
    if call.params.truth("historical"):
        return _is_past(call, at_ms, now_ms)
    return at_ms > now_ms - life_ms
