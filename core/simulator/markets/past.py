"""What the indices and volatility indices were, minute by minute: first drawn, then lived."""

from __future__ import annotations

import numpy as np

from core.quant.types import FloatArray
from core.simulator.markets.bars import MINUTE_MS, SAMPLES_A_MINUTE, Bar, Bars
from core.simulator.world.prices.model import World

SAMPLE_EVERY_MS = 1_000
VOL_HALF_LIFE_MINUTES = 1_440.0
VOL_SD = 0.06
"""Standard deviation of the drawn log volatility index around the present one."""


class Past:
    """One-minute candles of `btc_usd`… and `btc_dvol`…; volume and cost are 0."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sampled_ms = 0
        self.series = {
            name: Bars()
            for name in (*map(index_of, world.coins.names), *map(dvol_of, _coins(world)))
        }

    def draw(self, samples: FloatArray, now_ms: int, rng: np.random.Generator) -> None:
        """Make up the time before `now_ms`.

        Args:
            samples: USD prices, `SAMPLES_A_MINUTE` a minute, shape (samples, coins), oldest first.
            now_ms: When the last sample was.
            rng: For the volatility indices, which end at their present values.
        """
        for column, coin in enumerate(self._world.coins.names):
            self.series[index_of(coin)] = Bars(_candles(samples[:, column], now_ms))
        for coin in _coins(self._world):
            path = _wander(self._world.vol_index(coin), len(samples), rng)
            self.series[dvol_of(coin)] = Bars(np.round(_candles(path, now_ms), 2))

    def sample(self, now_ms: int) -> None:
        """Take the present values in, once a second."""
        if now_ms - self._sampled_ms < SAMPLE_EVERY_MS:
            return
        self._sampled_ms = now_ms
        for coin in self._world.coins.names:
            name = index_of(coin)
            self.series[name].trade(now_ms, self._world.indices[name], 0.0, 0.0)
        for coin in _coins(self._world):
            self.series[dvol_of(coin)].trade(now_ms, self._world.vol_index(coin), 0.0, 0.0)

    def between(self, name: str, start_ms: int, end_ms: int, resolution_ms: int) -> list[Bar]:
        """Candles of one series, those of a time that was not lived repeat the close before."""
        return self.series[name].between(start_ms, end_ms, resolution_ms)


def index_of(coin: str) -> str:
    """The series of a coin's index."""
    return f"{coin.lower()}_usd"


def dvol_of(coin: str) -> str:
    """The series of a coin's volatility index, in percent."""
    return f"{coin.lower()}_dvol"


def _coins(world: World) -> list[str]:
    return list(world.surfaces)


def _candles(samples: FloatArray, now_ms: int) -> FloatArray:
    """Samples as minutes, shape (minutes, 7)."""
    inside = np.lib.stride_tricks.sliding_window_view(samples, SAMPLES_A_MINUTE + 1)
    window = inside[::SAMPLES_A_MINUTE]
    count = len(window)
    ticks = now_ms - now_ms % MINUTE_MS - MINUTE_MS * np.arange(count, 0, -1)
    high, low = window.max(axis=1), window.min(axis=1)
    zero = np.zeros(count)
    return np.column_stack([ticks, window[:, 0], high, low, window[:, -1], zero, zero])


def _wander(present: float, count: int, rng: np.random.Generator) -> FloatArray:
    """A slowly reverting path of `count` samples that ends at `present`."""
    kept = 0.5 ** (1.0 / (VOL_HALF_LIFE_MINUTES * SAMPLES_A_MINUTE))
    noise = VOL_SD * np.sqrt(1.0 - kept * kept) * rng.standard_normal(count)
    back, level = np.empty(count), 0.0
    for row, shock in enumerate(noise.tolist()):
        back[row] = level
        level = kept * level + shock
    return np.asarray(present * np.exp(back[::-1]))
