"""All listed options as one board: marks by Black-76 off the surfaces, and the makers' quotes."""

from __future__ import annotations

import numpy as np

from core.quant.black import price_usd
from core.quant.types import FloatArray, IndexArray
from core.simulator.world.listing.instruments import Instrument
from core.simulator.world.listing.lister import OPTION_COINS
from core.simulator.world.makers.quotes import Quotes, noise
from core.simulator.world.prices.carry import years
from core.simulator.world.prices.coins import NAMES
from core.simulator.world.prices.model import World

LEVELS = 7
BASE_TICK = 0.0001
STEP_FROM, STEP = 50, 5
"""At 0.005 and above prices move in steps of 5 base ticks."""
LEVEL_GAPS = (1, 1, 2, 2, 3, 5)
SIZES = {"BTC": 6.0, "ETH": 60.0}
"""Typical coins at the best price."""
MIN_TAU_YEARS = 1.0 / (365.0 * 86_400.0)


class OptionBoard:
    """Rows in the order of `instruments`; inverse options of BTC and ETH."""

    def __init__(self, instruments: list[Instrument], world: World) -> None:
        self.instruments = instruments
        self._world = world
        self.ids = np.array([it.instrument_id for it in instruments], np.int64)
        self.coin = np.array([NAMES.index(it.base) for it in instruments], np.int64)
        self.expiry_ms = np.array([it.expiry_ms for it in instruments], np.float64)
        self.strike = np.array([it.strike for it in instruments])
        self.is_call = np.array([it.is_call for it in instruments], np.bool_)
        self.lot = np.array([float(it.terms.min_amount) for it in instruments])
        self.size = np.array([SIZES[it.base] for it in instruments])
        rows = len(instruments)
        self.at_ms = np.zeros(rows, np.int64)
        self.index = np.full(rows, np.nan)
        self.forward = np.full(rows, np.nan)
        self.tau = np.full(rows, np.nan)
        self.iv = np.full(rows, np.nan)
        """Mark volatility in percent, two decimals as printed."""
        self.mark = np.full(rows, np.nan)
        """In coin, unrounded."""
        self.quotes = Quotes(rows, LEVELS)
        self._lean = np.zeros(rows)
        self._epoch = np.zeros((rows, 8), np.int64)

    def __len__(self) -> int:
        return len(self.instruments)

    def reprice(self, rows: IndexArray, now_ms: int) -> IndexArray:
        """Mark and requote `rows` at `now_ms`; returns the rows whose quotes changed."""
        if not len(rows):
            return rows
        self._mark(rows, now_ms)
        self._flicker(rows)
        ticks = self._ladders(rows)
        return self.quotes.replace(rows, ticks, self._sizes(rows, ticks))

    def rows_of(self, coin: str) -> IndexArray:
        """The rows of one currency's chain."""
        return np.flatnonzero(self.coin == NAMES.index(coin))

    def _mark(self, rows: IndexArray, now_ms: int) -> None:
        self.at_ms[rows] = now_ms
        tau = np.maximum(years(now_ms, self.expiry_ms[rows]), MIN_TAU_YEARS)
        self.tau[rows] = tau
        for coin in OPTION_COINS:
            here = self.coin[rows] == NAMES.index(coin)
            own, left = rows[here], tau[here]
            index = self._world.indices[f"{coin.lower()}_usd"]
            growth = self._world.carry.growth(NAMES.index(coin), left)
            forward = np.round(index * growth, 2)
            log_strike = np.log(self.strike[own] / forward)
            vol = self._world.surfaces[coin].vol(log_strike, left)
            self.index[own], self.forward[own] = index, forward
            self.iv[own] = np.round(100.0 * np.minimum(vol, 9.99), 2)
        f = self.forward[rows]
        usd = price_usd(f, self.strike[rows], tau, self.iv[rows] / 100.0, self.is_call[rows])
        self.mark[rows] = usd / f

    def _flicker(self, rows: IndexArray) -> None:
        """Let the makers' opinions and sizes wander a little."""
        rng = self._world.flow_rng
        self._lean[rows] = 0.92 * self._lean[rows] + 0.12 * rng.standard_normal(len(rows))
        changed = rng.random(len(rows)) < 0.25
        self._epoch[rows, rng.integers(0, 8, len(rows))] += changed

    def _half_width(self, rows: IndexArray) -> FloatArray:
        """Half of the makers' spread in coin: wider in the wings and for short dates."""
        f, v = self.forward[rows], self.iv[rows] / 100.0 * np.sqrt(self.tau[rows])
        d1 = np.log(f / self.strike[rows]) / v + 0.5 * v
        vega = np.exp(-0.5 * d1 * d1) * np.sqrt(self.tau[rows]) * 0.3989422804014327
        points = 0.004 + 0.003 * np.minimum(np.abs(d1), 3.0) + 0.0005 / np.sqrt(self.tau[rows])
        inside = np.where(self.is_call[rows], f > self.strike[rows], f < self.strike[rows])
        return np.asarray(vega * points + 0.00003 + 0.0004 * inside * np.minimum(np.abs(d1), 2.0))

    def _ladders(self, rows: IndexArray) -> IndexArray:
        """Prices in base ticks, shape (rows, 2, levels); bids at or below 0 are unused."""
        half = self._half_width(rows)
        middle = self.mark[rows] + 0.5 * half * self._lean[rows]
        ticks = np.empty((len(rows), 2, LEVELS), np.int64)
        bid = _down(np.floor((middle - half) / BASE_TICK + 1e-9).astype(np.int64))
        ask = np.maximum(np.ceil((middle + half) / BASE_TICK - 1e-9).astype(np.int64), 1)
        ask = _up(np.maximum(ask, bid + 1))
        ticks[:, 0, 0], ticks[:, 1, 0] = bid, ask
        for level, gap in enumerate(LEVEL_GAPS, start=1):
            for _ in range(gap):
                bid = bid - np.where(bid > STEP_FROM, STEP, 1)
                ask = ask + np.where(ask >= STEP_FROM, STEP, 1)
            ticks[:, 0, level], ticks[:, 1, level] = bid, ask
        return ticks

    def _sizes(self, rows: IndexArray, ticks: IndexArray) -> IndexArray:
        epoch = self._epoch[rows[:, None, None], ticks & 7]
        draw = noise(self.ids[rows, None, None], ticks, epoch) / 65536.0
        coins = self.size[rows, None, None] * (0.05 + 3.0 * draw**3)
        units = np.maximum(1, np.round(coins / self.lot[rows, None, None])).astype(np.int64)
        return np.asarray(np.where(ticks > 0, units, 0))


def _down(ticks: IndexArray) -> IndexArray:
    """The nearest valid price at or below."""
    return np.asarray(np.where(ticks > STEP_FROM, ticks - ticks % STEP, ticks))


def _up(ticks: IndexArray) -> IndexArray:
    """The nearest valid price at or above."""
    return np.asarray(np.where(ticks > STEP_FROM, ticks + -ticks % STEP, ticks))
