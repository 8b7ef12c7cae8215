"""Placing, editing and closing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.simulator.accounts.order import TRIGGER_TYPES, Order, OrderSpec, order_row
from core.simulator.accounts.records import Fill
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Direction
from core.simulator.matching.checks import check_open
from core.simulator.methods.call import Call
from core.simulator.methods.trading.placing import (
    read_change,
    read_condition,
    read_links,
    read_spec,
    read_tick,
)
from core.simulator.rpc import RpcError, invalid


def buy(call: Call) -> object:
    """private/buy."""
    return _place(call, "buy")


def sell(call: Call) -> object:
    """private/sell."""
    return _place(call, "sell")


def edit(call: Call) -> object:
    """private/edit."""
    return _edit(call, find_live(call))


def edit_by_label(call: Call) -> object:
    """private/edit_by_label."""
    label, market = call.params.text("label"), traded_market(call)
    found = [o for o in call.account().orders_in(market) if o.spec.label == label]
    if not found:
        raise RpcError(10004, "order_not_found")
    if len(found) > 1:
        raise RpcError(13032, "non_unique_order_label")
    return _edit(call, found[0])


def close_position(call: Call) -> object:
    """private/close_position: a reduce-only order for all of it."""
    market, account = traded_market(call), call.account()
    check_time(call)
    is_limit = call.params.choice("type", ("limit", "market")) == "limit"
    tick = read_tick(call.params, market.instrument) if is_limit else None
    size = account.size_in(market)
    if not size:
        raise RpcError(11030, "other_reject invalid_reduce_only_order")
    units = int(abs(size) / market.instrument.terms.min_amount)
    direction: Direction = "sell" if size > 0 else "buy"
    spec = OrderSpec(
        market, direction, units, "limit" if is_limit else "market", tick, reduce_only=True
    )
    return placed_row(call.exchange.engine.place(account, spec, call.connection))


def find_live(call: Call) -> Order:
    """The live order a parameter names; 10029 for another's, 11044 for any other."""
    order_id, account = call.params.text("order_id"), call.account()
    order = account.orders.get(order_id)
    if order is None:
        if any(order_id in other.orders for other in call.exchange.accounts):
            raise RpcError(10029, "not_owner_of_order")
        raise RpcError(11044, "not_open_order")
    return order


def traded_market(call: Call, key: str = "instrument_name") -> Market:
    """The market a parameter names; refused when its book does not trade."""
    market = call.exchange.floor.markets.find_any(call.params.text(key))
    if market is None:
        raise invalid(key, "instrument not found")
    check_open(market)
    return market


def check_time(call: Call) -> None:
    """Refuse during the settlement pause, and what came too late."""
    now_ms = call.exchange.clock.now_ms()
    if call.exchange.rollover.is_settling(now_ms):
        raise RpcError(10041, "settlement_in_progress")
    if call.params.whole("valid_until", 2**62) < now_ms:
        raise RpcError(13888, "timed_out")


def placed_row(placed: tuple[Order, list[Fill]]) -> dict[str, Any]:
    """What buy, sell and edit answer."""
    order, fills = placed
    return {"order": order_row(order), "trades": [fill.row for fill in fills]}


def _place(call: Call, direction: Direction) -> object:
    account, market, now_ms = call.account(), traded_market(call), call.exchange.clock.now_ms()
    _check_combo(market, call)
    spec = read_spec(market, call.params, direction, now_ms)
    links = read_links(spec, call.params, now_ms)
    check_time(call)
    exchange = call.exchange
    if links is not None:
        spec = replace(spec, fill_condition=read_condition(call.params))
        link, legs = links
        return placed_row(exchange.links.place(account, spec, link, legs, call.connection))
    if spec.trigger is not None:
        order = exchange.triggers.place(account, spec, call.connection)
        return {"order": order_row(order), "trades": []}
    return placed_row(exchange.engine.place(account, spec, call.connection))


def _check_combo(market: Market, call: Call) -> None:
    """Combos take plain orders only: nothing that waits, follows or is protected (11047)."""
    if not market.legs:
        return
    params = call.params
    for key in ("advanced", "linked_order_type", "otoco_config", "trigger"):
        if key in params:
            raise RpcError(11047, "unsupported_arg_combination", key)
    if params.truth("mmp"):
        raise RpcError(11047, "unsupported_arg_combination", "mmp")
    if params.text("type", "limit") in TRIGGER_TYPES:
        raise RpcError(11047, "unsupported_arg_combination", "type")


def _edit(call: Call, order: Order) -> object:
    check_open(order.market)
    _check_combo(order.market, call)
    if order.spec.is_liquidation:
        raise RpcError(10046, "can_not_edit_liquidation_order")
    if order.is_quote:
        raise RpcError(11030, "other_reject quote")
    change = read_change(order, call.params, call.exchange.clock.now_ms())
    check_time(call)
    if order.is_waiting:
        changed = call.exchange.triggers.edit(order, change)
        return {"order": order_row(changed), "trades": []}
    return placed_row(call.exchange.engine.edit(order, change))
