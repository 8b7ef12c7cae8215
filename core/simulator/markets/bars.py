"""One-minute candles: a synthetic past that joins the present, then the trades as they come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.quant.types import FloatArray

MINUTE_MS = 60_000
KEPT = 6_000
"""Minutes with trades kept per instrument."""
PAST_MINUTES = 2_160
PAST_HOURS = 768
"""Before the drawn minutes there are only hours, in the place of their first minute."""
SAMPLES_A_MINUTE = 6
SAMPLES_AN_HOUR = 12
HOUR_MS = 60 * MINUTE_MS
COLUMNS = 7
MOST_ANSWERED = 5_001
COST_DIGITS = 6
"""More would be noise: a day's turnover has nine figures before the point already."""
_NEW_KEPT = 240
"""Finished minutes held one by one before they join the array."""
Bar = tuple[int, float, float, float, float, float, float]
"""Open time in ms, open, high, low, close, volume in base coin, cost in quote currency."""


@dataclass(slots=True)
class LiveBar:
    """The minute that is being traded."""

    tick_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float = 0.0
    cost: float = 0.0

    def add(self, price: float, volume: float, cost: float) -> None:
        """Fold one trade in."""
        self.high, self.low = max(self.high, price), min(self.low, price)
        self.close = price
        self.volume += volume
        self.cost += cost

    def row(self) -> Bar:
        """The candle as a tuple."""
        return (
            self.tick_ms, self.open, self.high, self.low, self.close,
            round(self.volume, 8), round(self.cost, 8),
        )  # fmt: skip


class Bars:
    """The minutes of one instrument that saw trades, oldest first, and candles made of them."""

    def __init__(self, past: FloatArray | None = None) -> None:
        """`past` has shape (minutes, 7), in the order of `Bar`."""
        self._old: FloatArray = np.empty((0, COLUMNS)) if past is None else past
        self._new: list[Bar] = []
        self.live: LiveBar | None = None

    def trade(self, at_ms: int, price: float, volume: float, cost: float) -> None:
        """Fold a trade into its minute."""
        tick_ms = at_ms - at_ms % MINUTE_MS
        if self.live is None or self.live.tick_ms != tick_ms:
            self._roll()
            self.live = LiveBar(tick_ms, price, price, price, price)
        self.live.add(price, volume, cost)

    def between(self, start_ms: int, end_ms: int, resolution_ms: int) -> list[Bar]:
        """Candles of `resolution_ms` whose open time lies in [start, end]; at most 5,001.

        A candle without trades repeats the close before it, also while the exchange was off.
        """
        last = end_ms - end_ms % resolution_ms
        first = max(start_ms - start_ms % resolution_ms, last - (MOST_ANSWERED - 1) * resolution_ms)
        rows = self._rows(first, end_ms)
        close = self._close_before(first)
        if close is None and not len(rows):
            return []
        if close is None:
            first = int(rows[0, 0]) // resolution_ms * resolution_ms
        return _filled(merged(rows, resolution_ms), close, range(first, last + 1, resolution_ms))

    def since(self, start_ms: int) -> list[Bar]:
        """The minutes from `start_ms` on that saw trades."""
        return _tuples(self.minutes_since(start_ms))

    def minutes_since(self, start_ms: int) -> FloatArray:
        """The same as an array, shape (minutes, 7)."""
        return self._rows(start_ms, 2**53)

    def finished(self, after_ms: int) -> FloatArray:
        """Whole minutes with trades that opened after `after_ms`, shape (minutes, 7)."""
        self._settle()
        return self._old[np.searchsorted(self._old[:, 0], after_ms, side="right") :]

    def newest_finished_ms(self) -> int | None:
        """When the last whole minute with trades opened."""
        if self._new:
            return self._new[-1][0]
        return int(self._old[-1, 0]) if len(self._old) else None

    def _rows(self, start_ms: int, end_ms: int) -> FloatArray:
        """The minutes with trades that opened in [start, end], the live one too."""
        old = self._old
        low, high = np.searchsorted(old[:, 0], (start_ms, end_ms + 1))
        new = [*self._new, self.live.row()] if self.live else self._new
        new = [row for row in new if start_ms <= row[0] <= end_ms]
        return np.vstack([old[low:high], np.array(new)]) if new else old[low:high]

    def _close_before(self, at_ms: int) -> float | None:
        new = [*self._new, self.live.row()] if self.live else self._new
        for row in reversed(new):
            if row[0] < at_ms:
                return row[4]
        at = int(np.searchsorted(self._old[:, 0], at_ms))
        return float(self._old[at - 1, 4]) if at else None

    def _roll(self) -> None:
        if self.live is not None:
            self._new.append(self.live.row())
        if len(self._new) >= _NEW_KEPT:
            self._settle()

    def _settle(self) -> None:
        """Let what came one by one join the array."""
        if self._new:
            self._old = np.vstack([self._old, np.array(self._new)])[-KEPT:]
            self._new = []


def merged(rows: FloatArray, resolution_ms: int) -> FloatArray:
    """Minutes joined into longer candles aligned to the epoch; those without trades are absent."""
    if not len(rows) or resolution_ms == MINUTE_MS:
        return rows
    opens = rows[:, 0] // resolution_ms * resolution_ms
    starts = np.flatnonzero(np.diff(opens, prepend=-1.0))
    ends = np.append(starts[1:], len(rows)) - 1
    return np.column_stack([
        opens[starts], rows[starts, 1], np.maximum.reduceat(rows[:, 2], starts),
        np.minimum.reduceat(rows[:, 3], starts), rows[ends, 4],
        np.round(np.add.reduceat(rows[:, 5], starts), 8),
        np.round(np.add.reduceat(rows[:, 6], starts), COST_DIGITS),
    ])  # fmt: skip


def _filled(rows: FloatArray, close: float | None, ticks: range) -> list[Bar]:
    """A candle for each of `ticks`."""
    traded = {row[0]: row for row in _tuples(rows)}
    filled = []
    for tick in ticks:
        row = traded.get(tick)
        if row is None:
            if close is None:
                continue
            row = (tick, close, close, close, close, 0.0, 0.0)
        close = row[4]
        filled.append(row)
    return filled


def _tuples(rows: FloatArray) -> list[Bar]:
    return [(int(tick), o, h, l_, c, v, q) for tick, o, h, l_, c, v, q in rows.tolist()]


def past_bars(
    samples: FloatArray,
    ticks: FloatArray,
    tick: float,
    digits: int,
    usd_a_bar: float,
    rng: np.random.Generator,
    lot: float = 0.0001,
    is_inverse: bool = False,
    is_sparse: bool = False,
) -> FloatArray:
    """Candles out of prices sampled equally often in each.

    Args:
        samples: Prices, shape (candles * samples in each + 1,), oldest first.
        ticks: When they open, ms.
        tick: Prices are put on it.
        digits: Decimals of the tick.
        usd_a_bar: Mean turnover.
        rng: For the turnover of each candle.
        lot: The smallest amount: coins, or USD of an inverse contract. Turnovers are multiples.
        is_inverse: True when amounts are USD.
        is_sparse: True when so much happens between samples that the extremes lie there.
    """
    prices = np.round(np.round(samples / tick) * tick, digits)
    window = windows(prices, len(ticks))
    high, low = window.max(axis=1), window.min(axis=1)
    if is_sparse:
        further = np.round(np.stack(extremes_between(window, rng)) / tick) * tick
        high, low = np.round(further, digits)
    mean = window.mean(axis=1)
    wanted = usd_a_bar * rng.gamma(1.5, 1.0 / 1.5, len(ticks))
    lots = np.maximum(1.0, np.round((wanted if is_inverse else wanted / mean) / lot))
    amount = np.round(lots * lot, 8)
    volume, cost = (amount / mean, amount) if is_inverse else (amount, amount * mean)
    return np.column_stack([
        ticks, window[:, 0], high, low, window[:, -1],
        np.round(volume, 8), np.round(cost, COST_DIGITS),
    ])  # fmt: skip


def extremes_between(window: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Highest and lowest of a path through the samples of each candle, drawn.

    Between two samples it is a Brownian bridge with the candle's own variance; the law of its
    extremes is known (Karatzas & Shreve 1991, section 4.3).
    """
    x = np.log(window)
    steps = np.diff(x, axis=1)
    variance = np.square(steps).mean(axis=1, keepdims=True)
    draws = -2.0 * variance * np.log(1.0 - rng.random((2, *steps.shape)))
    up, down = np.sqrt(np.square(steps) + draws)
    middle = x[:, 1:] + x[:, :-1]
    high, low = 0.5 * (middle + up).max(axis=1), 0.5 * (middle - down).min(axis=1)
    return np.exp(high), np.exp(low)


def windows(samples: FloatArray, count: int) -> FloatArray:
    """The samples of each of `count` candles, first and last shared with the neighbours."""
    inside = (len(samples) - 1) // count
    return np.lib.stride_tricks.sliding_window_view(samples, inside + 1)[::inside][:count]


def minute_ticks(now_ms: int) -> FloatArray:
    """When the drawn minutes open; the last one is the minute before that of `now_ms`."""
    return now_ms - now_ms % MINUTE_MS - MINUTE_MS * np.arange(PAST_MINUTES, 0.0, -1.0)


def hour_ticks(now_ms: int) -> FloatArray:
    """When the drawn hours open; the last one holds the time just before the drawn minutes."""
    last_ms = (float(minute_ticks(now_ms)[0]) - MINUTE_MS) // HOUR_MS * HOUR_MS
    return last_ms - HOUR_MS * np.arange(PAST_HOURS - 1.0, -1.0, -1.0)
