"""A made pair of prices, and a loop that leads the strategy through it and fills its targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from core.quant.types import FloatArray
from core.settings import PairSettings
from core.strategies.pair.trader import KalmanPair
from core.trading.strategy import Target
from tests.core.strategies.market import Market, figures, perpetual

Z, H = "ETH_USDC-PERPETUAL", "BTC_USDC-PERPETUAL"
BETA = 1.1
SETTINGS = PairSettings(window=120, smooth=30)


def pair_prices(seed: int, bars: int, spread_sd: float = 0.0038) -> tuple[FloatArray, FloatArray]:
    """(z, h): ln z = alpha + 1.1 ln h + a spread that halves in 30 bars; h is a walk."""
    rng = np.random.default_rng(seed)
    x = np.log(90_000.0) + np.cumsum(4e-4 * rng.standard_normal(bars))
    kept = 0.5 ** (1 / 30)
    shocks = spread_sd * np.sqrt(1 - kept * kept) * rng.standard_normal(bars)
    spread = np.zeros(bars)
    for i in range(1, bars):
        spread[i] = kept * spread[i - 1] + shocks[i]
    return np.exp(np.log(3_000.0) + BETA * (x - x[0]) + spread), np.exp(x)


def two_walks(seed: int, bars: int) -> tuple[FloatArray, FloatArray]:
    """(z, h) that have nothing to do with one another."""
    rng = np.random.default_rng(seed)
    walks = np.cumsum(4e-4 * rng.standard_normal((2, bars)), axis=1)
    return 3_000.0 * np.exp(walks[0]), 90_000.0 * np.exp(walks[1])


def a_pair_market() -> Market:
    """Both legs listed, and an account that can carry them."""
    market = Market(perpetual(Z, "0.001", False), perpetual(H, "0.0001", False))
    market.holdings.accounts["USDC"] = figures("USDC", "100000")
    return market


@dataclass
class Run:
    """What came of a tape."""

    said: list[tuple[int, str, Decimal]] = field(default_factory=list)
    """(bar, instrument, amount) of every new target."""
    held: list[tuple[Decimal, Decimal]] = field(default_factory=list)
    """(z, h) of the sleeve after each bar."""
    profit: float = 0.0
    """USD at the mids, before costs."""


def lead(
    market: Market,
    pair: KalmanPair,
    z: FloatArray,
    h: FloatArray,
    fills: frozenset[str] = frozenset((Z, H)),
) -> Run:
    """Show both prices bar by bar, three looks a bar, filling targets of `fills` at once."""
    run = Run()
    last: dict[str, Target] = {}
    for number, (price_z, price_h) in enumerate(zip(z.tolist(), h.tolist(), strict=True)):
        amounts = [float(market.holdings.held("pair", leg)) for leg in (Z, H)]
        if number:
            moves = (price_z - float(z[number - 1]), price_h - float(h[number - 1]))
            run.profit += amounts[0] * moves[0] + amounts[1] * moves[1]
        market.quote(Z, price_z)
        market.quote(H, price_h)
        for _ in range(3):
            for target in pair.on_time(market.now):
                if last.get(target.instrument) != target:
                    run.said.append((number, target.instrument, target.amount))
                    last[target.instrument] = target
                if target.instrument in fills:
                    market.holdings.take(target)
            market.clock.advance_s(0.5)
        run.held.append((market.holdings.held("pair", Z), market.holdings.held("pair", H)))
        market.clock.advance_s(SETTINGS.bar_s - 1.5)
    return run
