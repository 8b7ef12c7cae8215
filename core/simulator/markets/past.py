"""What the indices and volatility indices were, minute by minute: first drawn, then lived."""

from __future__ import annotations

from collections import deque

import numpy as np

from core.quant.types import FloatArray
from core.simulator.markets.bars import (
    MINUTE_MS,
    SAMPLES_A_MINUTE,
    SAMPLES_AN_HOUR,
    Bar,
    Bars,
    hour_ticks,
    minute_ticks,
    windows,
)
from core.simulator.world.prices.model import CROSS_DIGITS, World

SAMPLE_EVERY_MS = 1_000
SECONDS_KEPT = 3_600
VOL_HALF_LIFE_MINUTES = 1_440.0
VOL_SD = 0.06
"""Standard deviation of the drawn log volatility index around the present one."""


class Past:
    """One-minute candles of `btc_usd`… and `btc_dvol`…; volume and cost are 0."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sampled_ms = 0
        names = [*indices_of(world), *map(dvol_of, _coins(world))]
        self.series = {name: Bars() for name in names}
        self.seconds: dict[str, deque[tuple[int, float]]] = {
            dvol_of(coin): deque(maxlen=SECONDS_KEPT) for coin in _coins(world)
        }
        """Every printed value of the volatility indices in the last hour."""

    def draw(
        self, samples: FloatArray, older: FloatArray, now_ms: int, rng: np.random.Generator
    ) -> None:
        """Make up the time before `now_ms`: minutes, and hours before them.

        Args:
            samples: USD prices, `SAMPLES_A_MINUTE` a minute, shape (samples, coins), oldest first.
            older: As many an hour as `SAMPLES_AN_HOUR`; the last one is the first of `samples`.
            now_ms: When the last sample was.
            rng: For the volatility indices, which end at their present values.
        """
        minutes, hours = minute_ticks(now_ms), hour_ticks(now_ms)
        for name in indices_of(self._world):
            if name.partition("_")[0].upper() in self._world.coins.row:
                parts = (self._path(name, older), hours), (self._path(name, samples), minutes)
                self.series[name] = Bars(np.vstack([_candles(*part) for part in parts]))
        for coin in _coins(self._world):
            present = self._world.vol_index(coin)
            near = _wander(0.0, len(samples), SAMPLES_A_MINUTE, rng)
            far = _wander(float(near[0]), len(older), SAMPLES_AN_HOUR / 60.0, rng)
            parts = (present * np.exp(far), hours), (present * np.exp(near), minutes)
            drawn: FloatArray = np.vstack([_candles(*part) for part in parts])
            self.series[dvol_of(coin)] = Bars(drawn.round(2))
        self.sample(now_ms)

    def _path(self, name: str, samples: FloatArray) -> FloatArray:
        """One index out of the coins in USD, as printed."""
        coins, (coin, quote) = self._world.coins, name.upper().split("_")
        usd = samples[:, coins.row[coin]]
        if quote in coins.row:
            return np.round(usd / samples[:, coins.row[quote]], CROSS_DIGITS)
        scale = self._world.indices[name] / self._world.indices[index_of(coin)]
        return np.round(usd * scale, coins.coins[coins.row[coin]].decimals)

    def sample(self, now_ms: int) -> None:
        """Take the present values in; volatility indices are printed once a second."""
        for name, price in self._world.indices.items():
            self.series[name].trade(now_ms, price, 0.0, 0.0)
        if now_ms - self._sampled_ms < SAMPLE_EVERY_MS:
            return
        self._sampled_ms = now_ms
        for coin in _coins(self._world):
            name, value = dvol_of(coin), self._world.vol_index(coin)
            self.series[name].trade(now_ms, value, 0.0, 0.0)
            self.seconds[name].append((now_ms, value))

    def printed_vol(self, coin: str) -> tuple[int, float]:
        """(time in ms, percent) of a coin's volatility index as last printed."""
        seconds = self.seconds[dvol_of(coin)]
        if seconds:
            return seconds[-1]
        minute = self.series[dvol_of(coin)].since(0)[-1]
        return minute[0], minute[4]

    def vol_candles(
        self, coin: str, start_ms: int, end_ms: int, resolution_ms: int
    ) -> list[tuple[int, float, float, float, float]]:
        """Candles of a volatility index whose open time lies in [start, end].

        Those shorter than a minute come from the printed values of the last hour; before that a
        minute's values stand at its two ends.
        """
        if resolution_ms >= MINUTE_MS:
            bars = self.between(dvol_of(coin), start_ms, end_ms, resolution_ms)
            return [bar[:5] for bar in bars]
        values = self._points(coin, start_ms)
        rows, at = [], 0
        last = values[0][1] if values else 0.0
        for tick in range(start_ms, end_ms + 1, resolution_ms) if values else ():
            inside = [last]
            while at < len(values) and values[at][0] < tick + resolution_ms:
                inside.append(values[at][1])
                at += 1
            rows.append((tick, last, max(inside), min(inside), inside[-1]))
            last = inside[-1]
        return rows

    def _points(self, coin: str, start_ms: int) -> list[tuple[int, float]]:
        """Single values of a volatility index, from a minute before `start_ms` on."""
        seconds = self.seconds[dvol_of(coin)]
        bars = self.series[dvol_of(coin)].since(start_ms - MINUTE_MS)
        first_ms = seconds[0][0] if seconds else 2**62
        old = [(bar[0] + ms, value) for bar in bars if bar[0] + MINUTE_MS <= first_ms
               for ms, value in ((0, bar[1]), (MINUTE_MS - 1, bar[4]))]  # fmt: skip
        return old + [point for point in seconds if point[0] >= start_ms - MINUTE_MS]

    def digits(self, name: str) -> int:
        """Decimals of a coin's index."""
        coins = self._world.coins
        return coins.coins[coins.row[name.partition("_")[0].upper()]].decimals

    def between(self, name: str, start_ms: int, end_ms: int, resolution_ms: int) -> list[Bar]:
        """Candles of one series, those of a time that was not lived repeat the close before."""
        return self.series[name].between(start_ms, end_ms, resolution_ms)


def indices_of(world: World) -> list[str]:
    """Every printed index."""
    return list(world.indices)


def index_of(coin: str) -> str:
    """The series of a coin's index."""
    return f"{coin.lower()}_usd"


def dvol_of(coin: str) -> str:
    """The series of a coin's volatility index, in percent."""
    return f"{coin.lower()}_dvol"


def _coins(world: World) -> list[str]:
    return list(world.surfaces)


def _candles(samples: FloatArray, ticks: FloatArray) -> FloatArray:
    """Samples as candles that open at `ticks`, shape (candles, 7)."""
    window = windows(samples, len(ticks))
    high, low = window.max(axis=1), window.min(axis=1)
    zero = np.zeros(len(ticks))
    return np.column_stack([ticks, window[:, 0], high, low, window[:, -1], zero, zero])


def _wander(
    end: float, count: int, samples_a_minute: float, rng: np.random.Generator
) -> FloatArray:
    """A path of `count` samples around 0, slowly reverting, that ends at `end`."""
    kept = 0.5 ** (1.0 / (VOL_HALF_LIFE_MINUTES * samples_a_minute))
    noise = VOL_SD * np.sqrt(1.0 - kept * kept) * rng.standard_normal(count)
    back, level = np.empty(count), end
    for row, shock in enumerate(noise.tolist()):
        back[row] = level
        level = kept * level + shock
    return back[::-1]
