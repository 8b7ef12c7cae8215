"""Parameters of new and edited orders, read and refused in the venue's order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, get_args

import msgspec

from core.simulator.accounts.order import (
    TRIGGER_TYPES,
    UNPRICED_TYPES,
    Advanced,
    FillCondition,
    Order,
    OrderSpec,
    OrderType,
    Source,
    Tif,
)
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Direction
from core.simulator.matching.checks import display_of, tick_of, trigger_tick_of, units_of
from core.simulator.matching.engine import Change
from core.simulator.matching.linked import LinkType
from core.simulator.matching.pricing import advanced_tick
from core.simulator.methods.params import Params
from core.simulator.rpc import RpcError, invalid
from core.simulator.world.listing.instruments import Instrument

LONGEST_LABEL = 64
LEGS = {
    "one_triggers_other": (1, 10),
    "one_cancels_other": (1, 1),
    "one_triggers_one_cancels_other": (2, 2),
}
"""(fewest, most) entries of `otoco_config`."""
LEAST_IV, MOST_IV = 0.01, 999.0
"""Percent of volatility an order may name."""
OUTDATED_MS = 60_000
"""Volatility orders are refused so long before expiry."""


def read_spec(market: Market, params: Params, direction: Direction, now_ms: int) -> OrderSpec:
    """Parameters of buy and sell, without the linked orders."""
    it = market.instrument
    units = units_of(it, read_amount(params, it))
    order_type = _order_type(params)
    tif = _tif(params, order_type)
    spec = OrderSpec(
        market, direction, units, order_type, None,
        label=params.optional_text("label", LONGEST_LABEL) or "",
        tif=tif, post_only=params.truth("post_only"),
        reject_post_only=params.truth("reject_post_only"),
        reduce_only=params.truth("reduce_only"), mmp=params.truth("mmp"),
        display_units=_display(params, it, units),
    )  # fmt: skip
    _check_flags(spec)
    if order_type in TRIGGER_TYPES:
        spec = _with_trigger(spec, params)
    if "advanced" in params:
        return _with_advanced(spec, params, now_ms)
    has_price = order_type.endswith("limit") and order_type != "market_limit"
    return replace(spec, tick=read_tick(params, it)) if has_price else spec


def read_links(
    spec: OrderSpec, params: Params, now_ms: int
) -> tuple[LinkType, list[OrderSpec]] | None:
    """The linked orders of a request; None when there are none."""
    link = _link_type(params)
    if link is None:
        return None
    rows, (fewest, most) = read_rows(params, "otoco_config"), LEGS[link]
    if not fewest <= len(rows) <= most:
        raise invalid("otoco_config", "invalid format")
    condition = read_condition(params)
    legs = [_leg(spec, Params(row), link == "one_cancels_other", now_ms) for row in rows]
    return link, [replace(leg, fill_condition=condition) for leg in legs]


def read_condition(params: Params) -> FillCondition:
    """trigger_fill_condition."""
    value = params.text("trigger_fill_condition", "first_hit")
    for known in get_args(FillCondition):
        if known == value:
            return known  # type: ignore[no-any-return]  # one of the literals
    raise invalid("trigger_fill_condition", "invalid format")


def read_change(order: Order, params: Params, now_ms: int) -> Change:
    """Parameters of an edit; what is not named stays."""
    it, spec = order.market.instrument, order.spec
    has_amount = "amount" in params or "contracts" in params
    units = units_of(it, read_amount(params, it)) if has_amount else order.units
    spec = replace(
        spec, post_only=params.truth("post_only", order.post_only),
        reject_post_only=params.truth("reject_post_only", spec.reject_post_only),
        reduce_only=params.truth("reduce_only", order.reduce_only),
        mmp=params.truth("mmp", spec.mmp),
    )  # fmt: skip
    if "display_amount" in params:
        spec = replace(spec, display_units=_display(params, it, units))
    if spec.trigger is not None and order.is_waiting:
        spec = _with_new_trigger(spec, params)
    if "advanced" in params or spec.advanced is not None:
        spec = _with_new_advanced(order, spec, params, now_ms)
    if spec.advanced is not None:
        assert spec.tick is not None
        return Change(units, spec.tick, spec)
    is_priced = "price" in params and order.order_type not in UNPRICED_TYPES
    return Change(units, read_tick(params, it) if is_priced else order.tick, spec)


def read_amount(params: Params, it: Instrument) -> Decimal:
    """amount or contracts; both must agree."""
    amount, contracts = params.decimal("amount"), params.decimal("contracts")
    if amount is None and contracts is None:
        raise invalid("amount", "value required")
    from_contracts = None if contracts is None else contracts * it.terms.contract_size
    if amount is not None and from_contracts is not None and amount != from_contracts:
        raise invalid("contracts", "must agree with amount")
    chosen = amount if amount is not None else from_contracts
    assert chosen is not None
    return chosen


def read_tick(params: Params, it: Instrument) -> int:
    """price, on its tick."""
    price = params.decimal("price")
    if price is None:
        raise invalid("price", "value required")
    return tick_of(it, price)


def read_rows(params: Params, key: str) -> list[dict[str, Any]]:
    """A list of objects; in a query string it is JSON."""
    value = params.raw(key)
    if value is None:
        raise invalid(key, "value required")
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError as error:
            raise invalid(key, "invalid format") from error
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise invalid(key, "invalid format")
    return value


def _order_type(params: Params) -> OrderType:
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


def _link_type(params: Params) -> LinkType | None:
    value = params.optional_text("linked_order_type")
    if value is None:
        if "otoco_config" in params:
            raise RpcError(11047, "unsupported_arg_combination", "otoco_config")
        return None
    for known in get_args(LinkType):
        if known == value:
            return known  # type: ignore[no-any-return]  # one of the literals
    raise invalid("linked_order_type", "invalid format")


def _check_flags(spec: OrderSpec) -> None:
    """Refuse flags on orders that cannot carry them."""
    kills = spec.tif in ("immediate_or_cancel", "fill_or_kill")
    is_limit = spec.order_type == "limit"
    if spec.post_only and (kills or spec.order_type not in ("limit", "stop_limit", "take_limit")):
        raise RpcError(11055, "post_only_not_allowed")
    if spec.mmp and not is_limit:
        raise RpcError(11047, "unsupported_arg_combination", "mmp")
    if spec.display_units and (kills or not is_limit):
        raise RpcError(11047, "unsupported_arg_combination", "display_amount")


def _display(params: Params, it: Instrument, units: int) -> int:
    return display_of(it, params.decimal("display_amount"), units)


def _leg(primary: OrderSpec, params: Params, is_pair: bool, now_ms: int) -> OrderSpec:
    """One entry of `otoco_config`; amount is the primary's unless given."""
    market = primary.market
    default = primary.direction if is_pair else None
    value = params.text("direction", default)
    if value not in ("buy", "sell"):
        raise invalid("direction", "invalid format")
    if "amount" not in params:
        params = params.filled("amount", market.instrument.amount_of(primary.units))
    return read_spec(market, params, "buy" if value == "buy" else "sell", now_ms)


def _with_trigger(spec: OrderSpec, params: Params) -> OrderSpec:
    value = params.text("trigger")
    for known in get_args(Source):
        if known == value:
            return _with_new_trigger(replace(spec, trigger=known), params)
    raise invalid("trigger", "invalid format")


def _with_new_trigger(spec: OrderSpec, params: Params) -> OrderSpec:
    """The trigger price or offset as named; one of them there must be."""
    it, is_trailing = spec.market.instrument, spec.order_type == "trailing_stop"
    key = "trigger_offset" if is_trailing else "trigger_price"
    value, now = params.decimal(key), spec.trigger_offset if is_trailing else spec.trigger_tick
    if value is None:
        if now is None:
            raise invalid(key, "value required")
        return spec
    tick = trigger_tick_of(it, value)
    return replace(spec, trigger_offset=tick) if is_trailing else replace(spec, trigger_tick=tick)


def _with_advanced(spec: OrderSpec, params: Params, now_ms: int) -> OrderSpec:
    """A price in USD or volatility, turned into a tick."""
    it, advanced = spec.market.instrument, _advanced(params)
    if not it.is_option:
        raise RpcError(11038, "no_adv_for_futures")
    if spec.order_type != "limit":
        raise RpcError(11047, "unsupported_arg_combination", "advanced")
    if spec.post_only:
        raise RpcError(11039, "no_adv_postonly")
    if advanced == "usd" and it.is_linear:
        raise RpcError(10031, "invalid_args_for_instrument")
    if advanced == "implv" and it.expiry_ms - now_ms < OUTDATED_MS:
        raise RpcError(11037, "outdated_instrument_for_IV_order")
    price = params.decimal("price")
    if price is None and spec.advanced_price is None:
        raise invalid("price", "value required")
    value = float(price) if price is not None else spec.advanced_price
    assert value is not None
    if value <= 0 or (advanced == "implv" and not LEAST_IV <= value <= MOST_IV):
        raise invalid("price", "must conform to tick size")
    sign = 1 if spec.direction == "buy" else -1
    tick = advanced_tick(spec.market, sign, advanced, value)
    return replace(spec, advanced=advanced, advanced_price=value, tick=tick)


def _with_new_advanced(order: Order, spec: OrderSpec, params: Params, now_ms: int) -> OrderSpec:
    """An edit names `advanced` again, or its price makes the order an ordinary one."""
    if "advanced" in params:
        if spec.advanced is None:
            raise RpcError(11041, "not_adv_order")
        return _with_advanced(spec, params, now_ms)
    if "price" in params:
        return replace(spec, advanced=None, advanced_price=None)
    return replace(spec, tick=order.tick)


def _advanced(params: Params) -> Advanced:
    return "usd" if params.choice("advanced", get_args(Advanced)) == "usd" else "implv"
