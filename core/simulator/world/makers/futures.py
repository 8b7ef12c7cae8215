"""All perpetuals and dated futures as one board: marks over the index, and deep quotes around."""

from __future__ import annotations

import numpy as np

from core.quant.types import FloatArray, IndexArray
from core.simulator.world.listing.instruments import Instrument
from core.simulator.world.makers.quotes import Quotes, noise
from core.simulator.world.prices.carry import years
from core.simulator.world.prices.coins import NAMES
from core.simulator.world.prices.model import World

TIERS = ((8, 1), (8, 5), (8, 25), (4, 100))
"""(levels, distance in maker steps) from the best price outwards."""
LEVELS = sum(count for count, _ in TIERS)
TOP_USD = {"BTC": 60_000.0, "ETH": 40_000.0}
OTHER_TOP_USD = 8_000.0
HALF_WIDTHS = (1.5, 0.35)
"""Half of the makers' spread in maker steps: dated futures, perpetuals."""
RATES_PER_S = {"BTC": 1.4, "ETH": 1.0}
OTHER_RATE_PER_S = 0.35
QUIET_RATE_PER_S = 0.04
"""Trades in dated futures, and in the perpetuals of coins that only the full market has."""
MAKER_STEP = 0.00002
"""Makers space their orders by about this fraction of the price, at least one tick."""


class FutureBoard:
    """Rows in the order of `instruments`."""

    def __init__(self, instruments: list[Instrument], world: World) -> None:
        self.instruments = instruments
        self._world = world
        self.ids = np.array([it.instrument_id for it in instruments], np.int64)
        self.coin = np.array([world.coins.row[it.base] for it in instruments], np.int64)
        self.is_perpetual = np.array([it.is_perpetual for it in instruments], np.bool_)
        self.expiry_ms = np.array([it.expiry_ms for it in instruments], np.float64)
        self.tick = np.array([float(it.terms.tick) for it in instruments])
        self._digits = [it.terms.mark_decimals for it in instruments]
        self._index_names = [it.index_name for it in instruments]
        rows = len(instruments)
        self._rows = np.arange(rows)
        self.at_ms = np.zeros(rows, np.int64)
        self.index = np.full(rows, np.nan)
        self.premium = np.zeros(rows)
        """(mark - index) / index before rounding."""
        self.mark = np.full(rows, np.nan)
        self.trades_per_s = np.array([_rate(it) for it in instruments])
        """How often strangers trade each row."""
        self.quotes = Quotes(rows, LEVELS)
        self._epoch = np.zeros((rows, 8), np.int64)
        self._units_per_usd = self._sizing()
        self._step = self._maker_steps()

    @property
    def _rng(self) -> np.random.Generator:
        """The stream everything random on this board comes from."""
        return self._world.flow_rng

    def __len__(self) -> int:
        return len(self.instruments)

    def reprice(self, now_ms: int) -> IndexArray:
        """Mark and requote every row; returns the rows whose quotes changed."""
        self._mark(now_ms)
        ticks = self._ladders()
        return self.quotes.replace(self._rows, ticks, self._sizes(ticks))

    def _mark(self, now_ms: int) -> None:
        self.at_ms[:] = now_ms
        self.index[:] = [self._world.indices[name] for name in self._index_names]
        self.premium = self._premiums(now_ms)
        raw = (self.index * (1.0 + self.premium)).tolist()
        self.mark[:] = [round(m, d) for m, d in zip(raw, self._digits, strict=True)]

    def _premiums(self, now_ms: int) -> FloatArray:
        tau = np.where(self.is_perpetual, 0.0, years(now_ms, self.expiry_ms))
        basis = self._world.carry.growth(self.coin, tau) - 1.0
        perpetual = self._world.carry.state.premium[self.coin]
        return np.where(self.is_perpetual, perpetual, basis)

    def _ladders(self) -> IndexArray:
        """Prices of both sides in ticks, shape (rows, 2, levels)."""
        rng, fair = self._rng, self.mark / self.tick
        fair = fair + 0.3 * self._step * rng.standard_normal(len(self))
        widths = np.where(self.is_perpetual, HALF_WIDTHS[1], HALF_WIDTHS[0])
        half = self._world.coins.caution * widths * self._step
        bid = np.maximum(np.floor(fair - half).astype(np.int64), 1)
        ask = np.maximum(np.ceil(fair + half).astype(np.int64), bid + 1)
        ticks = np.empty((len(self), 2, LEVELS), np.int64)
        ticks[:, 0], ticks[:, 1] = self._outwards(bid), -self._outwards(-ask)
        return ticks

    def _outwards(self, best: IndexArray) -> IndexArray:
        """Levels below `best` on grids that widen, so that a small move keeps most of them."""
        ladder = np.empty((len(self), LEVELS), np.int64)
        ladder[:, 0] = best
        edge, column = best, 1
        for count, distance in TIERS:
            grid = (self._step * distance)[:, None]
            n = min(count, LEVELS - column)
            below = (edge[:, None] - 1) // grid - np.arange(n)
            ladder[:, column : column + n] = below * grid
            column += n
            edge = ladder[:, column - 1]
        return ladder

    def _sizes(self, ticks: IndexArray) -> IndexArray:
        rng = self._rng
        moved = rng.random(len(self)) < 0.5
        self._epoch[self._rows, rng.integers(0, 8, len(self))] += moved
        epoch = self._epoch[self._rows[:, None, None], ticks & 7]
        draw = noise(self.ids[:, None, None], ticks, epoch) / 65536.0
        depth = 1.0 + 0.15 * np.arange(LEVELS)
        units = self._units_per_usd[:, None, None] * (0.02 + 1.6 * draw**2.5) * depth
        return np.asarray(np.where(ticks > 0, np.maximum(1, units.astype(np.int64)), 0))

    def _sizing(self) -> FloatArray:
        """Smallest orders in a typical best-price quote of each row."""
        usd = [TOP_USD.get(it.base, OTHER_TOP_USD) for it in self.instruments]
        price = [self._world.indices[it.index_name] if it.is_linear else 1.0
                 for it in self.instruments]  # fmt: skip
        lot = [float(it.terms.min_amount) for it in self.instruments]
        return np.asarray(np.array(usd) / np.array(price) / np.array(lot))

    def _maker_steps(self) -> IndexArray:
        price = np.array([self._world.indices[it.index_name] for it in self.instruments])
        return np.asarray(np.maximum(1, np.round(MAKER_STEP * price / self.tick)), np.int64)


def _rate(it: Instrument) -> float:
    if not it.is_perpetual:
        return QUIET_RATE_PER_S
    return RATES_PER_S.get(it.base, OTHER_RATE_PER_S if it.base in NAMES else QUIET_RATE_PER_S)
