"""All listed options as one board: marks by Black-76 off the surfaces, and the makers' quotes."""

from __future__ import annotations

from collections.abc import Container

import numpy as np
from scipy.special import ndtr

from core.quant.black import price_usd
from core.quant.types import FloatArray, IndexArray
from core.simulator.world.listing.instruments import Instrument
from core.simulator.world.makers.quotes import Quotes, noise
from core.simulator.world.makers.width import HABITS, left_alone, spreads
from core.simulator.world.prices.carry import years
from core.simulator.world.prices.delivery import WINDOW_MS, DeliveryAverage
from core.simulator.world.prices.model import World
from core.simulator.world.prices.surface import total_variances

LEVELS = 7
LEVEL_GAPS = (1, 1, 2, 2, 3, 5)
SIZES = {
    "BTC": 8.0, "ETH": 80.0, "BTC_USDC": 0.5, "ETH_USDC": 8.0, "SOL_USDC": 200.0,
    "XRP_USDC": 20_000.0, "AVAX_USDC": 2_000.0, "TRX_USDC": 100_000.0, "HYPE_USDC": 300.0,
}  # fmt: skip
"""Median coins at the best price; BTC as recorded."""
SIZE_POWER = 1.1
"""Of the odds of a uniform draw; sizes spread as widely as the recorded ones."""
OUTSIDE, INSIDE = 1.5, 0.75
"""Sizes out of the money and in the money, times the median."""
MIN_TAU_YEARS = 1.0 / (365.0 * 86_400.0)
NO_STEP = 1 << 40
MOST_VOL = 9.99


class OptionBoard:
    """Rows in the order of `instruments`; inverse and linear options of all chains."""

    def __init__(
        self,
        instruments: list[Instrument],
        world: World,
        futures: Container[str] = (),
        delivery: DeliveryAverage | None = None,
    ) -> None:
        self.instruments = instruments
        self._world = world
        self._delivery = DeliveryAverage() if delivery is None else delivery
        self.ids = np.array([it.instrument_id for it in instruments], np.int64)
        self.expiry_ms = np.array([it.expiry_ms for it in instruments], np.float64)
        self.strike = np.array([it.strike for it in instruments])
        self.is_call = np.array([it.is_call for it in instruments], np.bool_)
        self.is_linear = np.array([it.is_linear for it in instruments], np.bool_)
        self.lot = np.array([float(it.terms.min_amount) for it in instruments])
        self.size = np.array([SIZES[it.chain] for it in instruments])
        self.underlying = [_underlying(it, futures) for it in instruments]
        """The future each option is priced on, or its synthetic name."""
        self._find_prices()
        self._find_ticks()
        self._find_habits()
        rows = len(instruments)
        self.at_ms = np.zeros(rows, np.int64)
        self.index = np.full(rows, np.nan)
        self.forward = np.full(rows, np.nan)
        """Of the underlying, as printed."""
        self.delivered = np.full(rows, np.nan)
        """Forward of the delivery price: another one in the last half hour only."""
        self.tau = np.full(rows, np.nan)
        self.iv = np.full(rows, np.nan)
        """Mark volatility in percent, two decimals as printed."""
        self.mark = np.full(rows, np.nan)
        """In coin for inverse options, in USDC for linear ones; unrounded."""
        self.quotes = Quotes(rows, LEVELS)
        self._lean = np.zeros(rows)
        self._epoch = np.zeros((rows, 8), np.int64)

    def __len__(self) -> int:
        return len(self.instruments)

    def _find_prices(self) -> None:
        """Where each row finds its index, basis and surface."""
        world, instruments = self._world, self.instruments
        self._index_names = tuple(dict.fromkeys(it.index_name for it in instruments))
        self._coins = tuple(dict.fromkeys(it.base for it in instruments))
        index_row = {name: row for row, name in enumerate(self._index_names)}
        coin_row = {name: row for row, name in enumerate(self._coins)}
        self._index_row = np.array([index_row[it.index_name] for it in instruments], np.int64)
        self._surface_row = np.array([coin_row[it.base] for it in instruments], np.int64)
        self._basis_row = np.array([world.coins.row[it.base] for it in instruments], np.int64)
        digits = [world.forward_digits(it.index_name) for it in instruments]
        self._forward_scale = 10.0 ** np.array(digits, np.float64)

    def _find_ticks(self) -> None:
        """The price grid of each row: base tick, and from where on how many make a step."""
        terms = [it.terms for it in self.instruments]
        self.tick = np.array([float(one.tick) for one in terms])
        self.step_from = np.array(
            [
                NO_STEP if one.step_above is None else int(one.step_above / one.tick)
                for one in terms
            ],
            np.int64,
        )
        """Base ticks from which the coarse step holds."""
        self.step = np.array([int(one.step_tick / one.tick) for one in terms], np.int64)
        """Base ticks in a coarse step."""

    def _find_habits(self) -> None:
        habits = [HABITS[it.chain] for it in self.instruments]
        self._factor = np.array([one.factor for one in habits])
        self._alone = np.array([(one.alone_inside, one.alone_outside) for one in habits])
        self._is_eth = np.array([it.base == "ETH" for it in self.instruments], np.int64)
        own = noise(self.ids, np.zeros_like(self.ids), np.zeros_like(self.ids)) / 65536.0
        self._factor = self._factor * 3.0 ** (own - 0.5)

    def reprice(self, rows: IndexArray, now_ms: int) -> IndexArray:
        """Mark and requote `rows` at `now_ms`; returns the rows whose quotes changed."""
        if not len(rows):
            return rows
        self._mark(rows, now_ms)
        self._flicker(rows)
        delta = self._abs_delta(rows)
        ticks = self._ladders(rows, delta)
        units = self._sizes(rows, ticks, delta)
        no_bid, no_ask = left_alone(self._alone[rows], self.ids[rows], delta, now_ms)
        units[no_bid, 0] = 0
        units[no_ask, 1] = 0
        return self.quotes.replace(rows, ticks, units)

    def unit(self, rows: IndexArray) -> FloatArray:
        """USD (or USDC) per unit of price: the forward for inverse options, 1 for linear ones."""
        return np.where(self.is_linear[rows], 1.0, self.delivered[rows])

    def snap_down(self, rows: IndexArray, ticks: IndexArray) -> IndexArray:
        """The nearest valid price at or below, in base ticks. Shape (rows,)."""
        off = np.where(ticks > self.step_from[rows], ticks % self.step[rows], 0)
        return np.asarray(ticks - off)

    def snap_up(self, rows: IndexArray, ticks: IndexArray) -> IndexArray:
        """The nearest valid price at or above, in base ticks. Shape (rows,)."""
        off = np.where(ticks > self.step_from[rows], -ticks % self.step[rows], 0)
        return np.asarray(ticks + off)

    def _mark(self, rows: IndexArray, now_ms: int) -> None:
        self.at_ms[rows] = now_ms
        tau = np.maximum(years(now_ms, self.expiry_ms[rows]), MIN_TAU_YEARS)
        self.tau[rows] = tau
        indices = np.array([self._world.indices[name] for name in self._index_names])
        index = indices[self._index_row[rows]]
        growth = self._world.carry.growth(self._basis_row[rows], tau)
        scale = self._forward_scale[rows]
        forward = np.round(index * growth * scale) / scale
        shapes = self._world.shapes(self._coins)[self._surface_row[rows]]
        variance = total_variances(shapes, np.log(self.strike[rows] / forward), tau)
        vol = np.minimum(np.sqrt(variance / tau), MOST_VOL)
        self.index[rows], self.forward[rows] = index, forward
        self.iv[rows] = np.round(100.0 * vol, 2)
        self.delivered[rows] = held = self._delivered(rows, indices, now_ms)
        usd = price_usd(held, self.strike[rows], tau, self.iv[rows] / 100.0, self.is_call[rows])
        self.mark[rows] = usd / self.unit(rows)

    def _delivered(self, rows: IndexArray, indices: FloatArray, now_ms: int) -> FloatArray:
        """The forward of what is delivered: in the last half hour part of the average is known."""
        share = np.clip((self.expiry_ms[rows] - now_ms) / WINDOW_MS, 0.0, 1.0)
        if (share >= 1.0).all():
            return self.forward[rows]
        known = [
            self._delivery.price(name, float(present))
            for name, present in zip(self._index_names, indices, strict=True)
        ]
        average = np.array(known)[self._index_row[rows]]
        # Exactly the forward outside the window: the average is of another expiry there.
        held = (1.0 - share) * average + share * self.forward[rows]
        return np.where(share < 1.0, held, self.forward[rows])

    def _abs_delta(self, rows: IndexArray) -> FloatArray:
        v = self.iv[rows] / 100.0 * np.sqrt(self.tau[rows])
        d1 = np.log(self.delivered[rows] / self.strike[rows]) / v + 0.5 * v
        return np.asarray(ndtr(np.where(self.is_call[rows], d1, -d1)))

    def _flicker(self, rows: IndexArray) -> None:
        """Let the makers' opinions and sizes wander a little."""
        rng = self._world.flow_rng
        self._lean[rows] = 0.92 * self._lean[rows] + 0.12 * rng.standard_normal(len(rows))
        changed = rng.random(len(rows)) < 0.25
        self._epoch[rows, rng.integers(0, 8, len(rows))] += changed

    def _ladders(self, rows: IndexArray, delta: FloatArray) -> IndexArray:
        """Prices in base ticks, shape (rows, 2, levels); bids at or below 0 are unused."""
        width = spreads(self._is_eth[rows], delta, 365.0 * self.tau[rows]) * self._factor[rows]
        width *= self._world.coins.caution * self.forward[rows] / self.unit(rows)
        half, tick = 0.5 * width, self.tick[rows]
        middle = self.mark[rows] + 0.5 * half * self._lean[rows]
        bid = np.floor((middle - half) / tick + 1e-9).astype(np.int64)
        ask = np.ceil((middle + half) / tick - 1e-9).astype(np.int64)
        bid = self.snap_down(rows, bid)
        ask = self.snap_up(rows, np.maximum(ask, np.maximum(bid + 1, 1)))
        ticks = np.empty((len(rows), 2, LEVELS), np.int64)
        ticks[:, 0, 0], ticks[:, 1, 0] = bid, ask
        edge, step = self.step_from[rows], self.step[rows]
        for level, gap in enumerate(LEVEL_GAPS, start=1):
            for _ in range(gap):
                bid = bid - np.where(bid > edge, step, 1)
                ask = ask + np.where(ask >= edge, step, 1)
            ticks[:, 0, level], ticks[:, 1, level] = bid, ask
        return ticks

    def _sizes(self, rows: IndexArray, ticks: IndexArray, delta: FloatArray) -> IndexArray:
        epoch = self._epoch[rows[:, None, None], ticks & 7]
        draw = 0.01 + 0.96 * noise(self.ids[rows, None, None], ticks, epoch) / 65536.0
        typical = self.size[rows] / self.lot[rows] * np.where(delta < 0.5, OUTSIDE, INSIDE)
        units = typical[:, None, None] * (draw / (1.0 - draw)) ** SIZE_POWER
        return np.asarray(np.where(ticks > 0, np.maximum(1.0, np.round(units)), 0.0), np.int64)


def _underlying(it: Instrument, futures: Container[str]) -> str:
    future = it.name.rsplit("-", 2)[0]
    return future if future in futures else f"SYN.{future}"
