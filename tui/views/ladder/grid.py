"""Which prices a ladder shows: they stay where they are until the market leaves the middle."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from core.domain.instrument import Instrument


@dataclass(frozen=True, slots=True)
class Grid:
    """Prices of a ladder: multiples of some ticks."""

    instrument: Instrument
    grouping: int

    def down(self, price: Decimal) -> Decimal:
        """The grid price at or below `price`."""
        step = self.instrument.tick_at(price) * self.grouping
        return (price / step).to_integral_value(ROUND_FLOOR) * step

    def up(self, price: Decimal) -> Decimal:
        """The grid price at or above `price`."""
        step = self.instrument.tick_at(price) * self.grouping
        return (price / step).to_integral_value(ROUND_CEILING) * step

    def above(self, price: Decimal, count: int) -> Decimal:
        """`count` lines above `price`."""
        for _ in range(count):
            price = self.down(price + self.instrument.tick_at(price) * self.grouping)
        return price

    def from_top(self, top: Decimal, count: int) -> tuple[Decimal, ...]:
        """`count` prices downwards from `top`; fewer where zero is reached."""
        found: list[Decimal] = []
        price = self.down(top)
        while len(found) < count and price > 0:
            found.append(price)
            price = self._below(price)
        return tuple(found)

    def _below(self, price: Decimal) -> Decimal:
        """One line below: a price on a border between ticks goes down by the finer one."""
        one = self.instrument
        return self.up(price - one.tick_at(price - one.tick) * self.grouping)


def grid_prices(
    grid: Grid, rows: int, top: Decimal | None, middle: Decimal, cursor: Decimal | None
) -> tuple[Decimal, ...]:
    """The prices as they stood, or around the market once it has left the middle third."""
    if cursor is not None:
        cursor = grid.down(cursor)
    if top is not None:
        prices = grid.from_top(top, rows)
        if cursor is not None and cursor in prices:
            return prices
        above = sum(price > middle for price in prices)
        if cursor is None and rows // 3 <= above <= rows - rows // 3:
            return prices
    centre = grid.down(middle) if cursor is None else cursor
    return grid.from_top(grid.above(centre, rows // 2), rows)
