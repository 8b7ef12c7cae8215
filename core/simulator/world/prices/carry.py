"""What lies between index and derivative: the basis curve, premiums of perpetuals, USDC's price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.quant.types import FloatArray, FloatLike, IndexArray
from core.simulator.world.prices.coins import YEAR_S

PREMIUM_MEAN, PREMIUM_SD = 0.00008, 0.00015
PREMIUM_HALF_LIFE_S = 1_800.0
USDC_SD, USDC_HALF_LIFE_S = 0.00008, 7_200.0
BASIS_MEAN, BASIS_SD, BASIS_HALF_LIFE_S = 0.055, 0.01, 172_800.0
"""Annual basis of dated futures."""


@dataclass(slots=True)
class CarryState:
    """The numbers that move, each reverting to its mean."""

    premium: FloatArray
    """(mark - index) / index of each coin's perpetual."""
    usdc: float
    """ln of USD per USDC."""
    basis: FloatArray
    """Annual rate of the basis, one per coin."""


class Carry:
    """Premiums and basis over the index."""

    def __init__(self, rng: np.random.Generator, coins: int) -> None:
        self._rng = rng
        n = coins
        self.state = CarryState(
            PREMIUM_MEAN + PREMIUM_SD * rng.standard_normal(n),
            USDC_SD * float(rng.standard_normal()),
            BASIS_MEAN + BASIS_SD * rng.standard_normal(n),
        )

    def step(self, dt_s: float) -> None:
        """Move on by `dt_s` seconds."""
        n, state = len(self.state.premium), self.state
        draws = self._rng.standard_normal(2 * n + 1)
        kept = 0.5 ** (dt_s / PREMIUM_HALF_LIFE_S)
        state.premium = PREMIUM_MEAN + kept * (state.premium - PREMIUM_MEAN)
        state.premium += PREMIUM_SD * np.sqrt(1.0 - kept * kept) * draws[:n]
        kept = 0.5 ** (dt_s / BASIS_HALF_LIFE_S)
        state.basis = BASIS_MEAN + kept * (state.basis - BASIS_MEAN)
        state.basis += BASIS_SD * np.sqrt(1.0 - kept * kept) * draws[n : 2 * n]
        kept = 0.5 ** (dt_s / USDC_HALF_LIFE_S)
        state.usdc = kept * state.usdc + USDC_SD * float(np.sqrt(1.0 - kept * kept) * draws[-1])

    def growth(self, coin: int | IndexArray, tau_years: FloatLike) -> FloatArray:
        """Forward over index; the short end is steeper than the long one."""
        tau = np.maximum(np.asarray(tau_years, np.float64), 0.0)
        return np.asarray(np.exp(self.state.basis[coin] * tau / (1.0 + 0.25 * tau)))


def funding_rate(premium: float, cap: float) -> float:
    """The 8-hour funding rate: the premium beyond 2.5 basis points, capped.

    Source: Deribit's rule, max(0.025 %, premium) + min(-0.025 %, premium).
    """
    rate = max(0.00025, premium) + min(-0.00025, premium)
    return min(max(rate, -cap), cap)


def funding_cap(settlement: str) -> float:
    """The largest 8-hour rate of a perpetual settled in `settlement`."""
    return {"BTC": 0.005, "ETH": 0.01}.get(settlement, 0.05)


def years(now_ms: FloatLike, expiry_ms: FloatLike) -> FloatArray:
    """Years of 365 days from now to expiry."""
    return np.asarray((np.asarray(expiry_ms, np.float64) - now_ms) / (YEAR_S * 1000.0))
