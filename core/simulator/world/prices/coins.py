"""Coins with correlated, jumpy prices, two of them tied to another by a spread that reverts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.quant.types import FloatArray
from core.simulator.world.prices.roster import TEN, Coin

YEAR_S = 365.0 * 86_400.0
REGIME_VOL = (0.6, 1.0, 1.9)
"""Volatility multiple while calm, normal, stormy."""
REGIME_CAUTION = (0.7, 1.0, 1.8)
"""Multiple of the makers' spreads in the same regimes."""
REGIME_LIFE_S = (2_700.0, 3_600.0, 900.0)
"""Mean stay in each regime."""
JUMPS_PER_DAY = 8.0
JUMP_SIZE = 0.0025
"""Standard deviation of the log jump of the market."""
NAMES = tuple(coin.name for coin in TEN)
"""The coins of every market, in the order of its arrays."""
MARKET_VOL = 0.40
"""Volatility of the market factor, that is of BTC, per sqrt(year) in the normal regime."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A planted cointegrated pair: d ln follower = beta d ln leader + d spread."""

    follower: int
    leader: int
    spread_sd: float
    """Stationary standard deviation of the log spread."""
    half_life_s: float
    beta: float
    beta_sd: float
    beta_half_life_s: float = 43_200.0


TIES = (
    Tie(NAMES.index("ETH"), NAMES.index("BTC"), 0.0014, 420.0, 1.10, 0.025),
    Tie(NAMES.index("AVAX"), NAMES.index("SOL"), 0.0017, 420.0, 0.95, 0.025),
)


class Coins:
    """The coins' state and how it moves; `step` is exact in law for any length of step."""

    def __init__(self, rng: np.random.Generator, coins: tuple[Coin, ...] = TEN) -> None:
        self._rng = rng
        self.coins = coins
        self.names = tuple(coin.name for coin in coins)
        self.row = {name: row for row, name in enumerate(self.names)}
        self._beta = np.array([coin.beta for coin in coins])
        self._own_vol = np.array([coin.own_vol for coin in coins])
        self.log_price = np.log(np.array([coin.price for coin in coins]))
        self.spread = np.array([tie.spread_sd * rng.standard_normal() for tie in TIES])
        self.beta = np.array([tie.beta for tie in TIES])
        self.regime = 1
        self.market_return = 0.0
        """Log return of the market in the last step, jumps from outside included."""
        self._jumped = 0.0

    @property
    def caution(self) -> float:
        """What the makers multiply their spreads by: more while it storms, less while calm."""
        return REGIME_CAUTION[self.regime]

    def prices(self) -> FloatArray:
        """USD per coin, in the order of `coins`."""
        return np.asarray(np.exp(self.log_price))

    def step(self, dt_s: float) -> None:
        """Move everything on by `dt_s` seconds."""
        returns = self._free_returns(dt_s)
        self.market_return = float(returns[0]) + self._jumped
        self._jumped = 0.0
        for i, tie in enumerate(TIES):
            self.beta[i] = _revert(
                self._rng, self.beta[i], tie.beta, tie.beta_sd, dt_s / tie.beta_half_life_s
            )
            new = _revert(self._rng, self.spread[i], 0.0, tie.spread_sd, dt_s / tie.half_life_s)
            returns[tie.follower] = self.beta[i] * returns[tie.leader] + new - self.spread[i]
            self.spread[i] = new
        self.log_price += returns
        self.regime = _next_regime(self._rng, self.regime, dt_s)

    def jump(self, coin: str, fraction: float) -> None:
        """Move one coin at once by `fraction`; what is tied to it follows by its beta."""
        i, size = self.row[coin], float(np.log1p(fraction))
        self.log_price[i] += size
        self._jumped += size if i == 0 else 0.0
        for k, tie in enumerate(TIES):
            if tie.leader == i:
                self.log_price[tie.follower] += self.beta[k] * size

    def push_spread(self, tie: int, size: float) -> None:
        """Widen the log spread of one pair by `size`; it reverts from there."""
        self.spread[tie] += size
        self.log_price[TIES[tie].follower] += size

    def past(self, rng: np.random.Generator, steps: int, dt_s: float) -> FloatArray:
        """A path of `steps` + 1 log prices that ends at the present state.

        Random walks and the reverting spread have the same law backwards, so the past is drawn
        from now. Shape (steps + 1, coins), oldest first.
        """
        scale = np.sqrt(dt_s / YEAR_S) * _regime_vols(rng, self.regime, steps, dt_s)
        jumps = np.sqrt(rng.poisson(JUMPS_PER_DAY * dt_s / 86_400.0, steps))
        market = MARKET_VOL * scale * rng.standard_normal(steps)
        market += JUMP_SIZE * jumps * rng.standard_normal(steps)
        returns = self._beta * market[:, None]
        returns += self._own_vol * scale[:, None] * rng.standard_normal((steps, len(self.coins)))
        for i, tie in enumerate(TIES):
            spread = _reverting_path(rng, float(self.spread[i]), tie, steps, dt_s)
            returns[:, tie.follower] = self.beta[i] * returns[:, tie.leader] - np.diff(spread)
        back = self.log_price - np.cumsum(returns, axis=0)
        return np.vstack([back[::-1], self.log_price])

    def _free_returns(self, dt_s: float) -> FloatArray:
        """Log returns as if nothing were tied: market, own noise and jumps of the market."""
        rng, root_dt = self._rng, np.sqrt(dt_s / YEAR_S) * REGIME_VOL[self.regime]
        draws = rng.standard_normal(len(self.coins) + 1)
        jumps = int(rng.poisson(JUMPS_PER_DAY * dt_s / 86_400.0))
        market = MARKET_VOL * root_dt * draws[-1]
        if jumps:
            market += JUMP_SIZE * np.sqrt(jumps) * rng.standard_normal()
        return np.asarray(self._beta * market + self._own_vol * root_dt * draws[:-1])


def _regime_vols(rng: np.random.Generator, regime: int, steps: int, dt_s: float) -> FloatArray:
    """The volatility multiple of each of the next (or last) `steps`."""
    vols = np.empty(steps)
    for row in range(steps):
        vols[row] = REGIME_VOL[regime]
        regime = _next_regime(rng, regime, dt_s)
    return vols


def _reverting_path(
    rng: np.random.Generator, start: float, tie: Tie, steps: int, dt_s: float
) -> list[float]:
    """`steps` + 1 values of a spread from `start` on."""
    kept = 0.5 ** (dt_s / tie.half_life_s)
    noise = tie.spread_sd * np.sqrt(1.0 - kept * kept) * rng.standard_normal(steps)
    path = [start]
    for shock in noise.tolist():
        path.append(kept * path[-1] + shock)
    return path


def _revert(
    rng: np.random.Generator, value: float, mean: float, sd: float, half_lives: float
) -> float:
    """An Ornstein-Uhlenbeck value `half_lives` later, exact in law."""
    kept = 0.5**half_lives
    noise = sd * float(np.sqrt(1.0 - kept * kept)) * rng.standard_normal()
    return float(mean + kept * (value - mean) + noise)


def _next_regime(rng: np.random.Generator, regime: int, dt_s: float) -> int:
    """The regime after `dt_s`; from normal to either side, from the sides back to normal."""
    leave = 1.0 - float(np.exp(-dt_s / REGIME_LIFE_S[regime]))
    draw = float(rng.random())
    if draw >= leave:
        return regime
    return 1 if regime != 1 else (0 if draw < 0.6 * leave else 2)
