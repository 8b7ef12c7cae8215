"""Trading: buy, sell, edit, cancel, close."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, get_args

from core.simulator.accounts.account import Account
from core.simulator.accounts.order import (
    TRIGGER_TYPES,
    Order,
    OrderSpec,
    OrderType,
    Source,
    Tif,
    order_row,
)
from core.simulator.accounts.records import Fill
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Direction
from core.simulator.matching.checks import tick_of, units_of
from core.simulator.methods.call import Call
from core.simulator.methods.params import Params
from core.simulator.rpc import RpcError, invalid
from core.simulator.world.listing.instruments import Instrument

UNSUPPORTED = ("linked_order_type", "otoco_config", "advanced", "display_amount", "max_show")
CANCEL_TYPES = ("all", "limit", "trigger_all", "stop", "take", "trailing_stop")
LONGEST_LABEL = 64


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
    label, market = call.params.text("label"), call.market()
    found = [o for o in call.account().orders_in(market) if o.spec.label == label]
    if not found:
        raise RpcError(10004, "order_not_found")
    if len(found) > 1:
        raise RpcError(13032, "non_unique_order_label")
    return _edit(call, found[0])


def cancel(call: Call) -> object:
    """private/cancel."""
    return order_row(call.exchange.engine.cancel(find_live(call)))


def cancel_all(call: Call) -> object:
    """private/cancel_all."""
    return _cancel_those(call, lambda _order: True)


def cancel_all_by_currency(call: Call) -> object:
    """private/cancel_all_by_currency."""
    currency, kind = call.currency(), call.kind()
    return _cancel_those(call, lambda o: _is_of(o.market, currency, kind))


def cancel_all_by_instrument(call: Call) -> object:
    """private/cancel_all_by_instrument."""
    market = call.market()
    return _cancel_those(call, lambda order: order.market is market)


def cancel_all_by_kind_or_type(call: Call) -> object:
    """private/cancel_all_by_kind_or_type; currency is one, a list, or any."""
    wanted = [name.upper() for name in call.params.texts("currency")]
    kind = call.kind()
    return _cancel_those(
        call,
        lambda o: (
            ("ANY" in wanted or o.market.instrument.settlement in wanted)
            and _is_of(o.market, None, kind)
        ),
    )


def cancel_by_label(call: Call) -> object:
    """private/cancel_by_label: a count, 0 when none match."""
    label = call.params.text("label")
    currency = call.currency("any", wildcard=True)
    return _cancel_those(call, lambda o: o.spec.label == label and _is_of(o.market, currency, None))


def close_position(call: Call) -> object:
    """private/close_position: a reduce-only order for all of it."""
    market, account = call.market(), call.account()
    size = account.size_in(market)
    if not size:
        raise RpcError(11030, "other_reject invalid_reduce_only_order")
    order_type: OrderType = (
        "limit" if call.params.choice("type", ("limit", "market")) == "limit" else "market"
    )
    tick = _price_tick(call.params, market.instrument) if order_type == "limit" else None
    units = int(abs(size) / market.instrument.terms.min_amount)
    direction: Direction = "sell" if size > 0 else "buy"
    spec = OrderSpec(market, direction, units, order_type, tick, reduce_only=True)
    return _placed(call.exchange.engine.place(account, spec, call.connection))


def mass_quote(call: Call) -> object:
    """private/mass_quote: not offered to anybody here."""
    call.account()
    raise RpcError(13902, "mass_quotes_disabled")


def find_live(call: Call) -> Order:
    """The live order a parameter names; 11044 for any other."""
    order_id = call.params.text("order_id")
    order = call.account().orders.get(order_id)
    if order is None:
        raise RpcError(11044, "not_open_order")
    return order


def _place(call: Call, direction: Direction) -> object:
    account = call.account()
    if call.exchange.rollover.is_settling(call.exchange.clock.now_ms()):
        raise RpcError(10041, "settlement_in_progress")
    spec = read_spec(call, direction)
    if call.params.whole("valid_until", 2**62) < call.exchange.clock.now_ms():
        raise RpcError(13888, "timed_out")
    if spec.trigger is not None:
        order = call.exchange.triggers.place(account, spec, call.connection)
        return {"order": order_row(order), "trades": []}
    return _placed(call.exchange.engine.place(account, spec, call.connection))


def read_spec(call: Call, direction: Direction) -> OrderSpec:
    """Parameters of buy and sell, checked in the venue's order."""
    market, params = call.market(), call.params
    it = market.instrument
    units = units_of(it, _amount(params, it))
    order_type = _order_type(params)
    tif: Tif = _tif(params, order_type)
    post_only = params.truth("post_only")
    if post_only and (tif in ("immediate_or_cancel", "fill_or_kill") or "market" in order_type):
        raise RpcError(11055, "post_only_not_allowed")
    trigger, trigger_tick = _trigger(params, it, order_type)
    return OrderSpec(
        market, direction, units, order_type,
        _price_tick(params, it) if order_type.endswith("limit") and order_type != "market_limit"
        else None,
        label=params.optional_text("label", LONGEST_LABEL) or "",
        tif=tif, post_only=post_only, reject_post_only=params.truth("reject_post_only"),
        reduce_only=params.truth("reduce_only"), trigger=trigger, trigger_tick=trigger_tick,
        mmp=params.truth("mmp"),
    )  # fmt: skip


def _amount(params: Params, it: Instrument) -> Decimal:
    amount, contracts = params.decimal("amount"), params.decimal("contracts")
    if amount is None and contracts is None:
        raise invalid("amount", "value required")
    from_contracts = None if contracts is None else contracts * it.terms.contract_size
    if amount is not None and from_contracts is not None and amount != from_contracts:
        raise invalid("contracts", "must agree with amount")
    chosen = amount if amount is not None else from_contracts
    assert chosen is not None
    return chosen


def _order_type(params: Params) -> OrderType:
    for key in UNSUPPORTED:
        if key in params:
            raise RpcError(11047, "unsupported_arg_combination", key)
    value = params.text("type", "limit")
    for known in get_args(OrderType):
        if known == value:
            return known  # type: ignore[no-any-return]  # one of the literals
    raise invalid("type", "invalid format")


def _tif(params: Params, order_type: OrderType) -> Tif:
    value = params.text("time_in_force", "good_til_cancelled")
    for known in get_args(Tif):
        if known == value:
            kills = value in ("immediate_or_cancel", "fill_or_kill")
            if kills and (order_type == "market" or order_type in TRIGGER_TYPES):
                raise RpcError(11047, "unsupported_arg_combination", "time_in_force")
            return known  # type: ignore[no-any-return]  # one of the literals
    raise invalid("time_in_force", "invalid format")


def _trigger(
    params: Params, it: Instrument, order_type: OrderType
) -> tuple[Source | None, int | None]:
    if order_type not in TRIGGER_TYPES:
        return None, None
    value = params.text("trigger")
    price = params.decimal("trigger_price")
    if price is None:
        raise invalid("trigger_price", "value required")
    for known in get_args(Source):
        if known == value:
            return known, tick_of(it, price, "trigger_price")
    raise invalid("trigger", "invalid format")


def _price_tick(params: Params, it: Instrument) -> int:
    price = params.decimal("price")
    if price is None:
        raise invalid("price", "value required")
    return tick_of(it, price)


def _edit(call: Call, order: Order) -> object:
    params, it = call.params, order.market.instrument
    has_amount = "amount" in params or "contracts" in params
    units = units_of(it, _amount(params, it)) if has_amount else order.units
    tick = _price_tick(params, it) if "price" in params else None
    if order.is_waiting:
        trigger = params.decimal("trigger_price")
        assert order.trigger_tick is not None
        trigger_tick = (
            order.trigger_tick if trigger is None else tick_of(it, trigger, "trigger_price")
        )
        changed = call.exchange.triggers.edit(order, units, tick, trigger_tick)
        return {"order": order_row(changed), "trades": []}
    post_only = params.truth("post_only", order.post_only)
    reject = params.truth("reject_post_only", order.spec.reject_post_only)
    new_tick = order.tick if tick is None else tick
    return _placed(call.exchange.engine.edit(order, units, new_tick, post_only, reject))


def _placed(placed: tuple[Order, list[Fill]]) -> dict[str, Any]:
    order, fills = placed
    return {"order": order_row(order), "trades": [fill.row for fill in fills]}


def _cancel_those(call: Call, wanted: Callable[[Order], bool]) -> object:
    account: Account = call.account()
    kind = call.params.choice("type", CANCEL_TYPES, "all")
    chosen = [o for o in account.orders.values() if wanted(o) and _is_type(o, kind)]
    for order in chosen:
        call.exchange.engine.cancel(order)
    if call.params.truth("detailed"):
        return _detailed(chosen)
    return len(chosen)


def _detailed(orders: list[Order]) -> list[dict[str, Any]]:
    """One entry per instrument, as `detailed` asks for."""
    by_market: dict[Market, list[Order]] = {}
    for order in orders:
        by_market.setdefault(order.market, []).append(order)
    return [
        {
            "instrument_name": market.name,
            "currency": market.instrument.settlement,
            "type": "limit",
            "result": [order_row(order) for order in group],
        }
        for market, group in by_market.items()
    ]


def _is_type(order: Order, kind: str) -> bool:
    if kind == "all":
        return True
    if kind == "limit":
        return not order.is_waiting
    if kind == "trigger_all":
        return order.is_waiting
    return order.is_waiting and order.order_type.startswith(kind)


def _is_of(market: Market, currency: str | None, kind: str | None) -> bool:
    it = market.instrument
    return (currency is None or it.settlement == currency) and (kind is None or it.kind == kind)
