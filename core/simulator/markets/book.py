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
            merged[tick] = merged.get(tick, 0) + sum(order.left for order in queue)
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
        """Everything offered at one price."""
        queue = self.queues[side].get(tick, ())
        return self.house[side].get(tick, 0) + sum(order.left for order in queue)

    def available(self, side: int, limit: int) -> int:
        """Units on `side` at `limit` or better."""
        return sum(units for tick, units in self.levels(side).items() if reaches(side, tick, limit))

    def add(self, side: int, order: Resting) -> None:
        """Queue an order behind everything at its price."""
        order.ahead = self.house[side].get(order.tick, 0)
        self.queues[side].setdefault(order.tick, []).append(order)

    def remove(self, side: int, order: Resting) -> None:
        """Take an order out; it must be queued."""
        queue = self.queues[side][order.tick]
        queue.remove(order)
        if not queue:
            del self.queues[side][order.tick]

    def orders_within(self, side: int, limit: int) -> list[Resting]:
        """Clients' orders on `side` that a taker up to `limit` would meet, best first."""
        ticks = sorted((t for t in self.queues[side] if reaches(side, t, limit)),
                       reverse=side == BID)  # fmt: skip
        return [order for tick in ticks for order in self.queues[side][tick]]

    def take(self, side: int, units: int, limit: int) -> list[Hit]:
        """Match a taker against `side` up to `limit`, best price first, then first come."""
        hits: list[Hit] = []
        while units > 0:
            tick = self.best(side)
            if tick is None or not reaches(side, tick, limit):
                break
            units -= self._take_level(side, tick, units, hits)
        return hits

    def crossing(self, side: int) -> list[Hit]:
        """Let the makers' quotes opposite `side` trade with the clients' orders they reach."""
        hits: list[Hit] = []
        other = ASK if side == BID else BID
        while self.queues[side] and self.house[other]:
            tick = max(self.queues[side]) if side == BID else min(self.queues[side])
            quote = next(iter(self.house[other]))
            if not reaches(side, tick, quote):
                break
            queue = self.queues[side][tick]
            units = min(queue[0].left, self.house[other][quote])
            self._lower_house(other, quote, units)
            hits.append(Hit(tick, units, queue[0]))
            self._fill(side, queue[0], units)
        return hits

    def _take_level(self, side: int, tick: int, units: int, hits: list[Hit]) -> int:
        """Take up to `units` at one price, first come first served; returns how many."""
        wanted, from_house = units, 0
        for order in list(self.queues[side].get(tick, ())):
            first = min(wanted, max(0, order.ahead - from_house))
            from_house, wanted = from_house + first, wanted - first
            own = min(wanted, order.left)
            if own > 0:
                hits.append(Hit(tick, own, order))
                self._fill(side, order, own)
                wanted -= own
        last = min(wanted, self.house[side].get(tick, 0) - from_house)
        from_house, wanted = from_house + last, wanted - last
        if from_house:
            hits.append(Hit(tick, from_house, None))
            self._lower_house(side, tick, from_house)
        return units - wanted

    def _fill(self, side: int, order: Resting, units: int) -> None:
        order.left -= units
        if order.left == 0:
            self.remove(side, order)

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


def reaches(side: int, tick: int, limit: int) -> bool:
    """True when a price on `side` is at `limit` or better for the one who takes it."""
    return tick >= limit if side == BID else tick <= limit
