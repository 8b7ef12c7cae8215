"""Taking orders back: one, by label, or all of a kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.simulator.accounts.order import Order, order_row
from core.simulator.markets.market import Market
from core.simulator.matching.quotes import FREEZE_MS
from core.simulator.methods.call import KINDS, Call
from core.simulator.methods.trading.orders import find_live
from core.simulator.rpc import RpcError, invalid

CANCEL_TYPES = ("all", "limit", "trigger_all", "stop", "take", "trailing_stop")
Wanted = Callable[[Order], bool]


def cancel(call: Call) -> object:
    """private/cancel."""
    order = find_live(call)
    if order.spec.is_liquidation:
        raise RpcError(10045, "can_not_cancel_liquidation_order")
    return order_row(call.exchange.engine.cancel(order))


def cancel_all(call: Call) -> object:
    """private/cancel_all."""
    return cancel_those(call, lambda _order: True)


def cancel_all_by_currency(call: Call) -> object:
    """private/cancel_all_by_currency."""
    currency, is_kind = call.currency(), kind_filter(call)
    return cancel_those(call, lambda o: currency in _currencies(o) and is_kind(o))


def cancel_all_by_currency_pair(call: Call) -> object:
    """private/cancel_all_by_currency_pair: a pair is the name of an index."""
    pair, is_kind = currency_pair(call), kind_filter(call)
    return cancel_those(call, lambda o: o.market.instrument.index_name == pair and is_kind(o))


def cancel_all_by_instrument(call: Call) -> object:
    """private/cancel_all_by_instrument."""
    market = call.market()
    return cancel_those(call, lambda order: order.market is market)


def cancel_all_by_kind_or_type(call: Call) -> object:
    """private/cancel_all_by_kind_or_type; currency is one, a list, or any."""
    wanted = [name.upper() for name in call.params.texts("currency")]
    is_kind = kind_filter(call)
    return cancel_those(
        call,
        lambda o: ("ANY" in wanted or not set(wanted).isdisjoint(_currencies(o))) and is_kind(o),
    )


def cancel_by_label(call: Call) -> object:
    """private/cancel_by_label: a count, 0 when none match."""
    label = call.params.text("label")
    currency = call.currency("any", wildcard=True)
    return cancel_those(
        call, lambda o: o.spec.label == label and currency in (None, *_currencies(o))
    )  # fmt: skip


def cancel_those(call: Call, wanted: Wanted) -> object:
    """Cancel what is wanted and of the `type`; a count, or a list per book when `detailed`."""
    account, is_type = call.account(), _type_filter(call)
    if call.params.truth("freeze_quotes"):
        account.quotes_frozen_until_ms = call.exchange.clock.now_ms() + FREEZE_MS
    chosen = [
        order
        for order in account.orders.values()
        if wanted(order) and is_type(order) and not order.spec.is_liquidation
    ]
    for order in chosen:
        call.exchange.engine.cancel(order)
    return _detailed(chosen) if call.params.truth("detailed") else len(chosen)


def kind_filter(call: Call) -> Wanted:
    """`kind`: one, a list, `combo` for both kinds of combos, or any."""
    if "kind" not in call.params:
        return lambda _order: True
    kinds = call.params.texts("kind")
    if not set(kinds) <= {*KINDS, "combo"}:
        raise invalid("kind", "invalid format")
    return lambda order: "any" in kinds or order.market.instrument.kind in kinds


def currency_pair(call: Call) -> str:
    """`currency_pair`, the name of an index."""
    pair = call.params.text("currency_pair").lower()
    if pair not in call.exchange.world.indices:
        raise invalid("currency_pair", "invalid currency")
    return pair


def _type_filter(call: Call) -> Wanted:
    """`type`: one or a list."""
    kinds = call.params.texts("type") if "type" in call.params else ["all"]
    if not set(kinds) <= set(CANCEL_TYPES):
        raise invalid("type", "invalid format")
    return lambda order: any(_is_type(order, kind) for kind in kinds)


def _is_type(order: Order, kind: str) -> bool:
    if kind == "all":
        return True
    if kind == "limit":
        return not order.is_trigger
    if kind == "trigger_all":
        return order.is_trigger
    return order.is_trigger and order.order_type.startswith(kind)


def _currencies(order: Order) -> tuple[str, ...]:
    return order.market.instrument.currencies


def _detailed(orders: list[Order]) -> list[dict[str, Any]]:
    """One entry per book and kind of order, as recorded."""
    groups: dict[tuple[Market, str], list[Order]] = {}
    for order in orders:
        kind = "trigger" if order.order_type.startswith(("stop", "take", "trailing")) else "limit"
        groups.setdefault((order.market, kind), []).append(order)
    return [
        {
            "instrument_name": market.name,
            "currency": market.instrument.settlement,
            "type": kind,
            "result": [order_row(order) for order in group],
        }
        for (market, kind), group in groups.items()
    ]
