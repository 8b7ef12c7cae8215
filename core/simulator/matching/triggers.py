"""Stop and take orders that wait for a price, and the orders they become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.simulator.accounts.account import Account
from core.simulator.accounts.order import Order, OrderSpec, OrderType
from core.simulator.markets.market import Market
from core.simulator.matching.checks import band_of, check_trigger, fires_rising
from core.simulator.matching.engine import Engine
from core.simulator.rpc import RpcError

MOST_TRIGGERS = 100


class TriggerDesk:
    """Keeps waiting orders; the exchange's loop lets it look each step."""

    def __init__(self, engine: Engine, now_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._now_ms = now_ms
        self._waiting: dict[str, Order] = {}

    def place(self, account: Account, spec: OrderSpec, connection: object = None) -> Order:
        """Accept a waiting order; refused when it would fire at once."""
        assert spec.trigger is not None
        check_trigger(spec, present(spec.market, spec.trigger))
        if sum(order.is_waiting for order in account.orders.values()) >= MOST_TRIGGERS:
            raise RpcError(11035, f"no_more_triggers {MOST_TRIGGERS}")
        it, now_ms = spec.market.instrument, self._now_ms()
        order_id = self._engine.ids.next_trigger(it, spec.order_type, spec.trigger, spec.direction)
        order = Order(
            account, spec, order_id, now_ms, now_ms, spec.units, spec.units, spec.tick or 0,
            spec.order_type, "untriggered", trigger_tick=spec.trigger_tick,
            post_only=spec.post_only, reduce_only=spec.reduce_only, connection=connection,
        )  # fmt: skip
        self.keep(order)
        self._engine.tell(account, spec.market, [order], [])
        return order

    def keep(self, order: Order) -> None:
        """Watch an order; used for restored ones too."""
        order.account.orders[order.order_id] = order
        self._waiting[order.order_id] = order

    def edit(self, order: Order, units: int, tick: int | None, trigger_tick: int) -> Order:
        """Change a waiting order."""
        spec = replace(order.spec, trigger_tick=trigger_tick)
        assert spec.trigger is not None
        check_trigger(spec, present(spec.market, spec.trigger))
        order.spec, order.trigger_tick = spec, trigger_tick
        order.units = order.left = units
        order.tick = order.tick if tick is None else tick
        order.replaced, order.updated_ms = True, self._now_ms()
        self._engine.tell(order.account, order.market, [order], [])
        return order

    def watch(self) -> None:
        """Fire every waiting order whose price has come."""
        for order in list(self._waiting.values()):
            if not order.is_waiting:
                del self._waiting[order.order_id]
            elif _has_come(order):
                del self._waiting[order.order_id]
                self._fire(order)

    def _fire(self, old: Order) -> None:
        """End the waiting order and enter the real one under a new id."""
        old.state, old.updated_ms = "triggered", self._now_ms()
        old.account.close_order(old)
        self._engine.tell(old.account, old.market, [old], [])
        order = self._successor(old)
        try:
            self._engine.enter(order)
        except RpcError as error:
            order.state, order.cancel_reason = "rejected", error.message
            old.account.close_order(order)
            self._engine.tell(old.account, old.market, [order], [])

    def _successor(self, old: Order) -> Order:
        is_market = old.order_type.endswith("market")
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


def _has_come(order: Order) -> bool:
    assert order.spec.trigger is not None
    assert order.trigger_tick is not None
    price = present(order.market, order.spec.trigger)
    trigger = order.market.instrument.price_of(order.trigger_tick)
    rising = fires_rising(order.spec.order_type, order.spec.direction)
    return price >= trigger if rising else price <= trigger
