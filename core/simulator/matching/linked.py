"""Linked orders: one triggers others, one cancels the other, and both together.

An order waits for its primary under an `OTO-` id. What the primary's fills bring to market gets an
id of its own. Two orders with one `oco_ref` cancel each other. Source of the three conditions: the
venue's documents of `trigger_fill_condition`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from core.simulator.accounts.account import Account
from core.simulator.accounts.order import Order, OrderSpec
from core.simulator.accounts.records import Fill
from core.simulator.matching.engine import Change, Engine, Placed
from core.simulator.matching.triggers import TriggerDesk
from core.simulator.rpc import RpcError

LinkType = Literal["one_triggers_other", "one_cancels_other", "one_triggers_one_cancels_other"]
log = logging.getLogger(__name__)
MOST_HELD = 100
OTHER_CLOSED, PRIMARY_CLOSED = "oco_other_closed", "oto_primary_closed"


class Links:
    """Watches orders end and trade, and moves those that hang on them."""

    def __init__(self, engine: Engine, triggers: TriggerDesk) -> None:
        self._engine = engine
        self._triggers = triggers
        engine.watchers.append(self)
        triggers.fire_watcher = self

    def place(
        self, account: Account, spec: OrderSpec, link: LinkType, legs: Sequence[OrderSpec],
        connection: object = None,
    ) -> Placed:  # fmt: skip
        """Place an order with its linked ones; RpcError when the first or its pair is refused."""
        if link == "one_cancels_other":
            return self._place_pair(account, spec, legs[0], connection)
        held = sum(order.is_held for order in account.orders.values())
        if held + len(legs) > MOST_HELD:
            raise RpcError(13901, "no_more_oto_orders")
        primary = self._admitted(account, spec, connection)
        is_pair = link == "one_triggers_one_cancels_other"
        oco_ref = self._engine.ids.next_link() if is_pair else None
        waiting = [self._hold(primary, leg, oco_ref) for leg in legs]
        primary.oto_order_ids = tuple(order.order_id for order in waiting)
        primary.is_primary_otoco = is_pair
        return self._launch(primary)

    # What the engine and the trigger desk report

    def traded(self, order: Order, units: int) -> None:
        """Bring to market what waits for this order, and cut its other leg."""
        for held in self._held_for(order):
            if held.is_waiting:
                self._bring(held, _brought(held, order) - held.placed_units)
        for other in self._others(order):
            self._cut(other, order, units)

    def ended(self, order: Order) -> None:
        """Close what waits for this order, and its other leg."""
        for held in self._held_for(order):
            self._engine.cancel(held, PRIMARY_CLOSED)
        if order.state == "rejected" or order.cancel_reason in (OTHER_CLOSED, PRIMARY_CLOSED):
            return
        for other in self._others(order):
            self._engine.cancel(other, OTHER_CLOSED)

    def fired(self, old: Order, new: Order) -> None:
        """A trigger goes to market: what waited for it waits for the new order."""
        for held in self._held_for(old):
            held.primary_order_id = new.order_id
        if old.spec.fill_condition == "first_hit":
            for other in self._others(old):
                self._engine.cancel(other, OTHER_CLOSED)

    # Placing

    def _place_pair(
        self, account: Account, spec: OrderSpec, leg: OrderSpec, connection: object
    ) -> Placed:
        first = self._admitted(account, spec, connection)
        second = self._admitted(account, leg, connection)
        first.oco_ref = second.oco_ref = self._engine.ids.next_link()
        asked = first.units
        placed = self._launch(first)
        done = asked - first.left if placed[1] else 0
        is_hit = spec.fill_condition == "first_hit" and done > 0
        cut = second.left * done // asked if spec.fill_condition == "incremental" else 0
        if not first.is_live or is_hit:
            second.cancel_reason = OTHER_CLOSED
            self._engine.end(second, "cancelled")
            self._engine.tell(account, second.market, [second], [])
            return placed
        second.units -= cut
        second.left -= cut
        self._launch(second)
        return placed

    def _admitted(self, account: Account, spec: OrderSpec, connection: object) -> Order:
        """A new order that passed its checks."""
        if spec.trigger is None:
            order = self._engine.new(account, spec, connection)
            self._engine.admit(order)
        else:
            order = self._triggers.new(account, spec, connection)
            self._triggers.admit(order)
        return order

    def _launch(self, order: Order) -> Placed:
        """Let an admitted order trade, or wait for its price."""
        if order.spec.trigger is None:
            return self._engine.execute(order)
        self._triggers.start(order)
        none: list[Fill] = []
        return order, none

    def _hold(self, primary: Order, leg: OrderSpec, oco_ref: str | None) -> Order:
        """Keep an order back until its primary trades."""
        now_ms, account = self._engine.now_ms(), primary.account
        order = Order(
            account, leg, f"OTO-{self._engine.ids.next_link()}", now_ms, now_ms, leg.units,
            leg.units, leg.tick or 0, leg.order_type, "untriggered",
            trigger_tick=leg.trigger_tick, post_only=leg.post_only, reduce_only=leg.reduce_only,
            is_held=True, is_secondary=True, primary_order_id=primary.order_id, oco_ref=oco_ref,
            connection=primary.connection,
        )  # fmt: skip
        account.orders[order.order_id] = order
        self._engine.tell(account, leg.market, [order], [])
        return order

    # Bringing to market

    def _bring(self, held: Order, units: int) -> None:
        """Place `units` more of a held order; the last of them end it."""
        if units <= 0:
            return
        held.placed_units += units
        connection = held.connection
        if held.placed_units >= held.units:
            self._engine.end(held, "triggered")
            self._engine.tell(held.account, held.market, [held], [])
        placed = held.account.orders.get(held.placed_order_id or "")
        if placed is None:
            self._place_secondary(held, units, connection)
        elif placed.state == "open":
            self._grow(placed, units)
        else:
            self._engine.lessen(placed, -units)

    def _grow(self, placed: Order, units: int) -> None:
        """Add to a placed order; what the account cannot carry is left out."""
        try:
            self._engine.edit(placed, Change(placed.units + units, placed.tick, placed.spec))
        except RpcError as error:
            log.debug("%s does not grow by %d: %s", placed.order_id, units, error)

    def _place_secondary(self, held: Order, units: int, connection: object) -> None:
        """Its own order; one past its trigger already fires at the next look."""
        spec = replace(held.spec, units=units)
        desk = self._engine if spec.trigger is None else self._triggers
        order = desk.new(held.account, spec, connection)
        order.is_secondary, order.primary_order_id = True, held.primary_order_id
        order.oco_ref = held.oco_ref
        if spec.trigger is not None:
            self._triggers.start(order)
            held.placed_order_id = order.order_id
            return
        order.order_id = self._engine.ids.next_order(spec.market.instrument)
        held.placed_order_id = order.order_id
        self._engine.enter_or_reject(order)

    # The other leg

    def _cut(self, other: Order, order: Order, units: int) -> None:
        """After `units` of `order` traded: cancel the other leg, or its share."""
        condition = order.spec.fill_condition
        if condition == "first_hit":
            self._engine.cancel(other, OTHER_CLOSED)
        elif condition == "incremental":
            cut = other.left * units // (order.left + units)
            if cut >= other.left:
                self._engine.cancel(other, OTHER_CLOSED)
            elif cut:
                self._engine.lessen(other, cut)

    def _others(self, order: Order) -> list[Order]:
        """Live orders of the same pair; in incremental pairs held and placed parts go apart."""
        if order.oco_ref is None:
            return []
        apart = order.spec.fill_condition == "incremental"
        return [
            other
            for other in order.account.orders.values()
            if other.oco_ref == order.oco_ref
            and other is not order
            and other.order_id != order.order_id
            and (not apart or other.is_held == order.is_held)
        ]

    def _held_for(self, primary: Order) -> list[Order]:
        """What still waits, triggers first: they never trade at once."""
        live = primary.account.orders
        held = [live[i] for i in primary.oto_order_ids if i in live]
        return sorted(held, key=lambda order: order.spec.trigger is None)


def _brought(held: Order, primary: Order) -> int:
    """Units of a held order that its primary's fills so far bring to market."""
    condition = primary.spec.fill_condition
    if condition == "incremental":
        return held.units * (primary.units - primary.left) // primary.units
    is_due = condition == "first_hit" or primary.left == 0
    return held.units if is_due else 0
