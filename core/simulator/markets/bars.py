"""One-minute candles: a synthetic past that joins the present, then the trades as they come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.quant.types import FloatArray

MINUTE_MS = 60_000
KEPT = 6_000
"""Live minutes kept per instrument."""
PAST_MINUTES = 2_160
SAMPLES_A_MINUTE = 6
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
    """The candles of one instrument, oldest first; an empty minute repeats the last close."""

    def __init__(self, past: list[Bar] | None = None) -> None:
        self._rows: list[Bar] = past or []
        self.live: LiveBar | None = None

    def trade(self, at_ms: int, price: float, volume: float, cost: float) -> None:
        """Fold a trade into its minute."""
        self._roll(at_ms - at_ms % MINUTE_MS, price)
        assert self.live is not None
        self.live.add(price, volume, cost)

    def between(self, start_ms: int, end_ms: int, resolution_ms: int) -> list[Bar]:
        """Candles of `resolution_ms` whose open time lies in [start, end]; at most 5,001."""
        rows = self._until(end_ms)
        first = start_ms - start_ms % resolution_ms
        wanted = [row for row in rows if first <= row[0] <= end_ms]
        if resolution_ms > MINUTE_MS:
            wanted = merge(wanted, resolution_ms)
        return [row for row in wanted if row[0] >= first][-5_001:]

    def since(self, start_ms: int) -> list[Bar]:
        """The minutes from `start_ms` on that saw trades."""
        rows = self._rows + ([self.live.row()] if self.live else [])
        return [row for row in rows if row[0] >= start_ms and row[5] > 0.0]

    def _until(self, end_ms: int) -> list[Bar]:
        """All minutes, the silent ones up to `end_ms` filled in."""
        rows = self._rows + ([self.live.row()] if self.live else [])
        if not rows:
            return rows
        last, close = rows[-1][0], rows[-1][4]
        silent = range(last + MINUTE_MS, end_ms + 1, MINUTE_MS)
        return rows + [(t, close, close, close, close, 0.0, 0.0) for t in silent[:KEPT]]

    def _roll(self, tick_ms: int, price: float) -> None:
        if self.live is not None and self.live.tick_ms == tick_ms:
            return
        if self.live is not None:
            self._rows.append(self.live.row())
        if self._rows:
            last, close = self._rows[-1][0], self._rows[-1][4]
            for t in range(last + MINUTE_MS, tick_ms, MINUTE_MS)[:KEPT]:
                self._rows.append((t, close, close, close, close, 0.0, 0.0))
            del self._rows[:-KEPT]
        self.live = LiveBar(tick_ms, price, price, price, price)


def merge(rows: list[Bar], resolution_ms: int) -> list[Bar]:
    """Minute candles joined into longer ones, aligned to the epoch."""
    merged: list[Bar] = []
    for row in rows:
        tick = row[0] - row[0] % resolution_ms
        if not merged or merged[-1][0] != tick:
            merged.append((tick, *row[1:]))
            continue
        _, first, high, low, _, volume, cost = merged[-1]
        merged[-1] = (
            tick, first, max(high, row[2]), min(low, row[3]), row[4],
            round(volume + row[5], 8), round(cost + row[6], 8),
        )  # fmt: skip
    return merged


def past_bars(
    samples: FloatArray,
    now_ms: int,
    tick: float,
    digits: int,
    usd_a_minute: float,
    rng: np.random.Generator,
) -> list[Bar]:
    """Candles out of prices sampled `SAMPLES_A_MINUTE` times a minute, ending now.

    Args:
        samples: Prices, shape (minutes * SAMPLES_A_MINUTE + 1,), oldest first.
        now_ms: The last candle opens in the minute before this one.
        tick: Prices are put on it.
        digits: Decimals of the tick.
        usd_a_minute: Mean turnover.
        rng: For the turnover of each minute.
    """
    minutes = (len(samples) - 1) // SAMPLES_A_MINUTE
    prices = np.round(np.round(samples / tick) * tick, digits)
    inside = np.lib.stride_tricks.sliding_window_view(prices, SAMPLES_A_MINUTE + 1)
    window = inside[::SAMPLES_A_MINUTE][:minutes]
    cost = np.round(usd_a_minute * rng.gamma(1.5, 1.0 / 1.5, minutes), 2)
    ticks = now_ms - now_ms % MINUTE_MS - MINUTE_MS * np.arange(minutes, 0, -1)
    columns = (
        ticks, window[:, 0], window.max(axis=1), window.min(axis=1), window[:, -1],
        np.round(cost / window.mean(axis=1), 8), cost,
    )  # fmt: skip
    return list(zip(*(column.tolist() for column in columns), strict=True))
