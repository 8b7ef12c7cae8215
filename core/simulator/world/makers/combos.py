"""All combos as one board: marks are the signed sums of the legs', quotes lie inside the legs'."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from core.quant.types import IndexArray
from core.simulator.world.listing.instruments import Instrument
from core.simulator.world.makers.futures import FutureBoard
from core.simulator.world.makers.options import OptionBoard
from core.simulator.world.makers.quotes import Quotes, noise

LegPlace = tuple[FutureBoard | OptionBoard, int, int]
"""(board, row, sign) of one leg."""
LEVELS = 3
INSIDE = 0.6
"""Share of the way from the mark to the legs' own quotes at which makers quote a combo."""
Touch = tuple[float | None, float | None, int]
"""(bid, ask, smallest orders of the combo behind both) of a leg or of all legs together."""


class ComboBoard:
    """Rows in the order of `instruments`."""

    def __init__(self, instruments: list[Instrument], places: list[tuple[LegPlace, ...]]) -> None:
        self.instruments = instruments
        self._places = places
        rows = len(instruments)
        self.ids = np.array([it.instrument_id for it in instruments], np.int64)
        self.at_ms = np.zeros(rows, np.int64)
        self.index = np.full(rows, np.nan)
        self.mark = np.full(rows, np.nan)
        self.quotes = Quotes(rows, LEVELS)

    def __len__(self) -> int:
        return len(self.instruments)

    def reprice(self, rows: IndexArray, now_ms: int) -> IndexArray:
        """Mark and requote some rows; returns those whose quotes changed."""
        ticks = np.zeros((len(rows), 2, LEVELS), np.int64)
        units = np.zeros((len(rows), 2, LEVELS), np.int64)
        for n, row in enumerate(rows.tolist()):
            board, at, _ = self._places[row][0]
            self.at_ms[row], self.index[row] = now_ms, board.index[at]
            self.mark[row] = sum(sign * float(b.mark[r]) for b, r, sign in self._places[row])
            self._quote(row, ticks[n], units[n])
        return self.quotes.replace(rows, ticks, units)

    def _quote(self, row: int, ticks: IndexArray, units: IndexArray) -> None:
        """Put both sides of one row into the arrays, shape (2, levels)."""
        it, fair = self.instruments[row], float(self.mark[row])
        bid, ask, size = _together(it, self._places[row])
        tick = float(it.terms.tick)
        low = None if bid is None else fair - INSIDE * max(0.0, fair - bid)
        high = None if ask is None else fair + INSIDE * max(0.0, ask - fair)
        best_bid = None if low is None else math.floor(low / tick + 1e-9)
        best_ask = None if high is None else math.ceil(high / tick - 1e-9)
        if best_bid is not None and best_ask is not None:
            best_ask = max(best_ask, best_bid + 1)
        step = 1 if best_bid is None or best_ask is None else max(1, (best_ask - best_bid) // 2)
        lowest = least_ticks(it)
        for side, best, outwards in ((0, best_bid, -step), (1, best_ask, step)):
            if best is not None:
                ticks[side] = best + outwards * np.arange(LEVELS)
                draw = noise(self.ids[row : row + 1], ticks[side], ticks[side] * 0) / 65536.0
                drawn = np.maximum(1, (size * (0.2 + 0.8 * draw)).astype(np.int64))
                units[side] = np.where(ticks[side] >= lowest, drawn, 0)


def least_ticks(it: Instrument) -> int:
    """The lowest price its legs can make up: where all are bought each costs a tick at least."""
    return len(it.legs) if all(sign > 0 for _, sign in it.legs) else -(2**40)


def leg_ticks(legs: Sequence[tuple[int, int, float]], price: int) -> list[int]:
    """Prices of the legs next to their marks whose signed sum is exactly the combo's price.

    What is missing goes to the leg with the finest tick, among those to the dearest.

    Args:
        legs: (sign, tick, mark) of each leg, in ticks of the combo.
        price: In ticks of the combo; not below `least_ticks`.

    Returns:
        Ticks of the combo, each a positive multiple of the leg's own.
    """
    ticks = [max(step, round(mark / step) * step) for _, step, mark in legs]
    by_fineness = sorted(range(len(legs)), key=lambda n: (legs[n][1], -legs[n][2]))
    # Sold legs can always become dearer, so that a second round finds what the first could not.
    for n in by_fineness * 2:
        sign, step, _ = legs[n]
        rest = price - sum(one[0] * tick for one, tick in zip(legs, ticks, strict=True))
        ticks[n] = max(step, (ticks[n] + sign * rest) // step * step)
    return ticks


def _together(it: Instrument, places: Sequence[LegPlace]) -> Touch:
    """The touch of all legs together; a side is None when a leg cannot be had."""
    bid: float | None = 0.0
    ask: float | None = 0.0
    sizes = []
    for board, row, sign in places:
        one_bid, one_ask, size = _touch(it, board, row)
        buys, sells = (one_bid, one_ask) if sign > 0 else (one_ask, one_bid)
        bid = None if bid is None or buys is None else bid + sign * buys
        ask = None if ask is None or sells is None else ask + sign * sells
        sizes.append(size)
    return bid, ask, min(sizes)


def _touch(it: Instrument, board: FutureBoard | OptionBoard, row: int) -> Touch:
    """Nobody need pay for a contract without a bid."""
    leg, quotes = board.instruments[row], board.quotes
    tick, lot = float(leg.terms.tick), float(leg.terms.min_amount / it.terms.min_amount)
    bid, ask = quotes.best(row, 0) or (0, 1), quotes.best(row, 1)
    shown = min(bid[1], ask[1] if ask else 1)
    return bid[0] * tick, ask[0] * tick if ask else None, max(1, int(shown * lot))
