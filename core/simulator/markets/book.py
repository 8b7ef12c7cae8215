"""An order book: the makers' quotes and clients' orders in one price-time queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from core.simulator.world.makers.quotes import House

BID, ASK = 0, 1
EATEN_KEPT = 0.6
"""Share of what was taken from the makers that is still missing at their next quote."""


class Resting(Protocol):
    """A client's order in a queue."""

    tick: int
    left: int
    """Units not yet filled; the book lowers it."""
    ahead: int
    """Makers' units at the same price that came first; the book keeps it."""
    shown: int
    """Units of it everybody sees; the book keeps it."""

    @property
    def display(self) -> int:
        """The most an iceberg shows at once; 0 when all of it is shown."""
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """What a taker took at one price from one resting party."""

    tick: int
    units: int
    resting: Resting | None
    """None when a maker was hit."""


@dataclass(slots=True)
class Book:
    """Bids (side 0) and asks (side 1) in ticks and units. One thread."""

    house: House = field(default_factory=lambda: ({}, {}))
    queues: tuple[dict[int, list[Resting]], dict[int, list[Resting]]] = field(
        default_factory=lambda: ({}, {})
    )
    _eaten: tuple[dict[int, int], dict[int, int]] = field(default_factory=lambda: ({}, {}))

    @property
    def has_orders(self) -> bool:
        """True when a client's order rests here."""
        return bool(self.queues[0] or self.queues[1])

    def requote(self, house: House) -> None:
        """Put the makers' new quotes in; what was just eaten comes back only in part."""
        self.house = house
        for side in (BID, ASK):
            self._still_missing(side)
            for tick, queue in self.queues[side].items():
                quoted = house[side].get(tick, 0)
                for order in queue:
                    order.ahead = min(order.ahead, quoted)

    def levels(self, side: int) -> dict[int, int]:
        """{tick: units} of both parties, best first."""
        queues = self.queues[side]
        if not queues:
            return self.house[side]
        merged = dict(self.house[side])
        for tick, queue in queues.items():
            merged[tick] = merged.get(tick, 0) + sum(map(visible, queue))
        return dict(sorted(merged.items(), reverse=side == BID))

    def best(self, side: int) -> int | None:
        """The best tick, None when the side is empty."""
        ticks = [next(iter(self.house[side]), None)]
        if self.queues[side]:
            ticks.append(max(self.queues[side]) if side == BID else min(self.queues[side]))
        present = [tick for tick in ticks if tick is not None]
        if not present:
            return None
        return max(present) if side == BID else min(present)

    def units_at(self, side: int, tick: int) -> int:
        """Everything shown at one price."""
        queue = self.queues[side].get(tick, ())
        return self.house[side].get(tick, 0) + sum(map(visible, queue))

    def available(self, side: int, limit: int) -> int:
        """Units on `side` at `limit` or better, with what icebergs hide."""
        house = sum(units for tick, units in self.house[side].items() if reaches(side, tick, limit))
        return house + sum(order.left for order in self.orders_within(side, limit))

    def add(self, side: int, order: Resting) -> None:
        """Queue an order behind everything at its price."""
        order.ahead = self.house[side].get(order.tick, 0)
        order.shown = min(order.display or order.left, order.left)
        self.queues[side].setdefault(order.tick, []).append(order)

    def remove(self, side: int, order: Resting) -> None:
        """Take an order out; it must be queued."""
        queue = self.queues[side][order.tick]
        queue.remove(order)
        if not queue:
            del self.queues[side][order.tick]

    def holds(self, side: int, order: Resting) -> bool:
        """True while an order is queued."""
        return any(other is order for other in self.queues[side].get(order.tick, ()))

    def orders_within(self, side: int, limit: int) -> list[Resting]:
        """Clients' orders on `side` that a taker up to `limit` would meet, best first."""
        ticks = sorted((t for t in self.queues[side] if reaches(side, t, limit)),
                       reverse=side == BID)  # fmt: skip
        return [order for tick in ticks for order in self.queues[side][tick]]

    def in_front(self, side: int, order: Resting) -> int:
        """Units a taker must take before it meets a queued order."""
        house, queue = self.house[side], self.queues[side][order.tick]
        is_better = 1 if side == BID else -1
        better = sum(units for tick, units in house.items() if (tick - order.tick) * is_better > 0)
        for tick, others in self.queues[side].items():
            if (tick - order.tick) * is_better > 0:
                better += sum(other.left for other in others)
        return better + order.ahead + sum(map(visible, queue[: queue.index(order)]))

    def first(self, side: int, limit: int) -> Resting | None:
        """The client's order a taker up to `limit` meets next; None for a maker or nobody."""
        tick = self.best(side)
        if tick is None or not reaches(side, tick, limit):
            return None
        queue = self.queues[side].get(tick)
        return queue[0] if queue and not queue[0].ahead else None

    def take(self, side: int, units: int, limit: int) -> Hit | None:
        """Match a taker with whoever is first at the best price; None when nobody is in reach.

        One party at a time, because each execution may take other orders out of the book.
        """
        tick = self.best(side)
        if units <= 0 or tick is None or not reaches(side, tick, limit):
            return None
        order = self.first(side, limit)
        if order is not None:
            units = min(units, visible(order))
            self._fill(side, order, units)
            return Hit(tick, units, order)
        queue = self.queues[side].get(tick)
        units = min(units, queue[0].ahead if queue else self.house[side][tick])
        self._lower_house(side, tick, units)
        return Hit(tick, units, None)

    def cross(self, side: int) -> Hit | None:
        """Let the makers' quotes opposite `side` trade with the first client's order they reach."""
        other = ASK if side == BID else BID
        if not self.queues[side] or not self.house[other]:
            return None
        tick = max(self.queues[side]) if side == BID else min(self.queues[side])
        quote = next(iter(self.house[other]))
        if not reaches(side, tick, quote):
            return None
        order = self.queues[side][tick][0]
        units = min(visible(order), self.house[other][quote])
        self._lower_house(other, quote, units)
        self._fill(side, order, units)
        return Hit(tick, units, order)

    def _fill(self, side: int, order: Resting, units: int) -> None:
        """Lower an order; an iceberg shows its next part behind everything at its price."""
        order.shown = visible(order) - units
        order.left -= units
        if order.shown == 0:
            self.remove(side, order)
            if order.left:
                self.add(side, order)

    def _lower_house(self, side: int, tick: int, units: int) -> None:
        self._eaten[side][tick] = self._eaten[side].get(tick, 0) + units
        left = self.house[side][tick] - units
        if left > 0:
            self.house[side][tick] = left
        else:
            del self.house[side][tick]
        for order in self.queues[side].get(tick, ()):
            order.ahead = max(0, order.ahead - units)

    def _still_missing(self, side: int) -> None:
        eaten, house = self._eaten[side], self.house[side]
        for tick, units in list(eaten.items()):
            missing = int(units * EATEN_KEPT)
            if missing == 0:
                del eaten[tick]
                continue
            eaten[tick] = missing
            if tick in house:
                house[tick] = max(1, house[tick] - missing)


def visible(order: Resting) -> int:
    """Units of a queued order that are shown."""
    return min(order.shown, order.left)


def reaches(side: int, tick: int, limit: int) -> bool:
    """True when a price on `side` is at `limit` or better for the one who takes it."""
    return tick >= limit if side == BID else tick <= limit
