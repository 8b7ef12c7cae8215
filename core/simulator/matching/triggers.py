"""Stop, take and trailing orders that wait for a price, and the orders they become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from core.simulator.accounts.account import Account
from core.simulator.accounts.order import (
    UNPRICED_TYPES,
    Order,
    OrderSpec,
    OrderType,
    trailing_trigger,
)
from core.simulator.markets.market import Market
from core.simulator.markets.tickers import band_of
from core.simulator.matching.checks import check_trigger, fires_rising
from core.simulator.matching.engine import Change, Engine
from core.simulator.rpc import RpcError

MOST_TRIGGERS = 100


class FireWatcher(Protocol):
    """Who must know of a trigger before its real order enters: the links."""

    def fired(self, old: Order, new: Order) -> None:
        """`old` ended as triggered; `new` goes to the market next."""
        ...


class TriggerDesk:
    """Keeps waiting orders; the exchange's loop lets it look each step."""

    def __init__(self, engine: Engine, now_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._now_ms = now_ms
        self._waiting: dict[str, Order] = {}
        self.fire_watcher: FireWatcher | None = None

    def place(self, account: Account, spec: OrderSpec, connection: object = None) -> Order:
        """Accept a waiting order; refused when it would fire at once."""
        order = self.new(account, spec, connection)
        self.admit(order)
        self.start(order)
        return order

    def new(self, account: Account, spec: OrderSpec, connection: object = None) -> Order:
        """A waiting order nobody knows of yet."""
        now_ms = self._now_ms()
        return Order(
            account, spec, "", now_ms, now_ms, spec.units, spec.units, spec.tick or 0,
            spec.order_type, "untriggered", trigger_tick=spec.trigger_tick,
            post_only=spec.post_only, reduce_only=spec.reduce_only, connection=connection,
        )  # fmt: skip

    def admit(self, order: Order) -> None:
        """Refuse what would fire at once, and one too many; else give the order its id."""
        spec = order.spec
        assert spec.trigger is not None
        check_trigger(spec, present(spec.market, spec.trigger))
        if sum(other.is_trigger for other in order.account.orders.values()) >= MOST_TRIGGERS:
            raise RpcError(11035, f"no_more_triggers {MOST_TRIGGERS}")
        self._name(order)

    def start(self, order: Order) -> None:
        """Watch an order and tell; one that was not admitted may fire at the next look."""
        if not order.order_id:
            self._name(order)
        assert order.spec.trigger is not None
        if order.spec.trigger_offset is not None:
            order.reference_price = present(order.market, order.spec.trigger)
        self.keep(order)
        self._engine.tell(order.account, order.market, [order], [])

    def keep(self, order: Order) -> None:
        """Watch an order; used for restored ones too."""
        order.account.orders[order.order_id] = order
        if not order.is_held:
            self._waiting[order.order_id] = order

    def edit(self, order: Order, change: Change) -> Order:
        """Change a waiting order, one held for its primary too."""
        spec = change.spec
        if not order.is_held and spec.trigger is not None:
            price = present(order.market, spec.trigger)
            check_trigger(spec, price)
            _check_trailing(replace(order, spec=spec), price)
        order.spec, order.trigger_tick = spec, spec.trigger_tick
        order.units = order.left = change.units
        order.tick = change.tick
        order.post_only, order.reduce_only = spec.post_only, spec.reduce_only
        order.replaced, order.updated_ms = True, self._now_ms()
        self._engine.tell(order.account, order.market, [order], [])
        return order

    def watch(self) -> None:
        """Fire every waiting order whose price has come."""
        for order in list(self._waiting.values()):
            if not order.is_waiting:
                self._waiting.pop(order.order_id, None)
            elif _has_come(order):
                self._waiting.pop(order.order_id, None)
                self._fire(order)

    def _name(self, order: Order) -> None:
        spec, ids = order.spec, self._engine.ids
        assert spec.trigger is not None
        order.order_id = ids.next_trigger(
            spec.market.instrument, spec.order_type, spec.trigger, spec.direction
        )

    def _fire(self, old: Order) -> None:
        """End the waiting order and enter the real one under a new id."""
        old.state, old.updated_ms = "triggered", self._now_ms()
        old.account.close_order(old)
        self._engine.tell(old.account, old.market, [old], [])
        order = self._successor(old)
        if self.fire_watcher is not None:
            self.fire_watcher.fired(old, order)
        self._engine.enter_or_reject(order)

    def _successor(self, old: Order) -> Order:
        is_market = old.order_type in UNPRICED_TYPES
        low, high = band_of(old.market)
        order_type: OrderType = "market" if is_market else "limit"
        tick = (high if old.sign > 0 else low) if is_market else old.tick
        order_id = self._engine.ids.next_order(old.market.instrument)
        return replace(
            old, order_id=order_id, state="open", order_type=order_type, tick=tick,
            updated_ms=self._now_ms(), trigger_order_id=old.order_id,
        )  # fmt: skip


def present(market: Market, source: str) -> float:
    """The price a trigger looks at."""
    if source == "index_price":
        return market.index
    last = market.tape.last_price
    return market.mark if source == "mark_price" or last is None else last


def _check_trailing(order: Order, price: float) -> None:
    """Refuse an offset so small that the order would fire at once."""
    trigger = trailing_trigger(order)
    if trigger is None:
        return
    if order.sign > 0 and price >= trigger:
        raise RpcError(10035, "trigger_price_too_low")
    if order.sign < 0 and price <= trigger:
        raise RpcError(10034, "trigger_price_too_high")


def _has_come(order: Order) -> bool:
    """True when the price is there; a trailing stop first follows the best price."""
    assert order.spec.trigger is not None
    price = present(order.market, order.spec.trigger)
    if order.spec.trigger_offset is None:
        assert order.trigger_tick is not None
        trigger = order.market.instrument.price_of(order.trigger_tick)
    else:
        trigger = _follow(order, price)
    rising = fires_rising(order.spec.order_type, order.spec.direction)
    return price >= trigger if rising else price <= trigger


def _follow(order: Order, price: float) -> float:
    """Move the reference of a trailing stop with a better price; its trigger."""
    best = order.reference_price if order.reference_price is not None else price
    order.reference_price = min(best, price) if order.sign > 0 else max(best, price)
    trigger = trailing_trigger(order)
    assert trigger is not None
    return trigger
