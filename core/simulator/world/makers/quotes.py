"""The makers' quotes of many instruments as arrays: prices in ticks, sizes in smallest orders."""

from __future__ import annotations

import numpy as np

from core.quant.types import IndexArray

House = tuple[dict[int, int], dict[int, int]]
"""Bids and asks as {tick: units}, best first."""


class Quotes:
    """Shape (rows, 2 sides, levels). Side 0 bids, 1 asks; a level with 0 units is absent."""

    def __init__(self, rows: int, levels: int) -> None:
        self.ticks = np.zeros((rows, 2, levels), np.int64)
        self.units = np.zeros((rows, 2, levels), np.int64)

    def replace(self, rows: IndexArray, ticks: IndexArray, units: IndexArray) -> IndexArray:
        """Put new quotes in `rows`; returns the rows whose quotes really changed."""
        same = (self.ticks[rows] == ticks) & (self.units[rows] == units)
        self.ticks[rows], self.units[rows] = ticks, units
        return np.asarray(rows[~same.all(axis=(1, 2))])

    def house(self, row: int) -> House:
        """One row as dictionaries."""
        bid_ticks, ask_ticks = self.ticks[row].tolist()
        bid_units, ask_units = self.units[row].tolist()
        return (
            {t: u for t, u in zip(bid_ticks, bid_units, strict=True) if u},
            {t: u for t, u in zip(ask_ticks, ask_units, strict=True) if u},
        )

    def best(self, row: int, side: int) -> tuple[int, int] | None:
        """Tick and units of the best price of one side; None when it is empty."""
        ticks, units = self.ticks[row, side].tolist(), self.units[row, side].tolist()
        return next(((t, u) for t, u in zip(ticks, units, strict=True) if u), None)


def noise(ids: IndexArray, ticks: IndexArray, epoch: IndexArray) -> IndexArray:
    """A repeatable number in [0, 65536) for each instrument, price and epoch.

    Sizes drawn from it stay where they are while a quote stays, as in a real book.
    """
    mixed = ids * 73_856_093 ^ ticks * 19_349_663 ^ epoch * 83_492_791
    mixed = (mixed ^ (mixed >> 13)) * 1_274_126_177
    return np.asarray((mixed ^ (mixed >> 16)) & 0xFFFF)
