"""An implied-volatility surface without static arbitrage, and how it moves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.quant.black import otm_price
from core.quant.types import FloatArray, FloatLike

KAPPA = 4.0
"""Speed, per year, at which the term structure goes from the short to the long level."""
RHO_LIFE_YEARS = 0.5
"""Time constant at which the skew goes from the short to the long one."""
HALF_LIFE_DAYS = 2.0 * math.log(2.0)
LEANING = 0.8
"""Rise of the log short volatility when the log market falls by 1."""
CUT_D1 = 1.6448536269514722
"""|d1| at which an out-of-the-money option has a delta of 0.05."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
SPREADS = (0.047, 0.013, 0.063, 0.06)
"""Stationary standard deviations of the four numbers of a state."""


@dataclass(slots=True)
class SurfaceState:
    """The four numbers that move."""

    log_short: float
    """ln of the short-dated at-the-money volatility."""
    log_long: float
    rho: float
    """Skew of short dates; negative makes puts dear."""
    eta: float
    """Curvature."""


@dataclass(frozen=True, slots=True)
class Home:
    """What one surface reverts to."""

    short_vol: float
    long_vol: float
    rho: float
    rho_rise: float
    """How much the skew of the longest dates lies above that of the shortest."""
    eta: float


HOMES = {
    "BTC": Home(0.415, 0.48, -0.24, 0.05, 0.81),
    "ETH": Home(0.555, 0.67, -0.21, 0.10, 0.79),
    "SOL": Home(0.58, 0.70, -0.16, 0.12, 0.78),
    "XRP": Home(0.62, 0.72, -0.08, 0.14, 0.82),
    "AVAX": Home(0.76, 0.84, -0.12, 0.12, 0.78),
    "TRX": Home(0.33, 0.43, -0.10, 0.14, 0.90),
    "HYPE": Home(0.82, 0.88, -0.10, 0.14, 0.78),
}
"""BTC and ETH: least squares on the medians of recorded 25- and 10-delta risk reversals and
butterflies of Jan and Feb 2026; SOL: level of its recorded trades of July 2026; others by guess."""


class Surface:
    """One coin's surface: SSVI whose skew changes with the date.

        w(k, t) = theta/2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2))
        phi(theta) = eta / sqrt(theta (1 + theta))

    Free of butterfly arbitrage while eta (1 + |rho|) <= 2. Free of calendar arbitrage while theta
    grows with t, phi falls and theta phi grows faster than 1 / (1 - |rho|): here theta phi grows
    like sqrt(t) and rho by at most 0.14 in half a year, far inside.

    Source: Gatheral & Jacquier (2014), Arbitrage-free SVI volatility surfaces, Corollary 4.1;
    Hendriks & Martini (2019), The extended SSVI volatility surface, Propositions 3.1 and 3.5.
    """

    def __init__(self, rng: np.random.Generator, home: Home) -> None:
        self._rng = rng
        self.home = home
        self._center = (math.log(home.short_vol), math.log(home.long_vol), home.rho, home.eta)
        self.state = SurfaceState(*self._center)

    def step(self, dt_s: float, market_return: float) -> None:
        """Move on by `dt_s`, exact in law; volatility rises when the market falls."""
        state, kept = self.state, 0.5 ** (dt_s / (HALF_LIFE_DAYS * 86_400.0))
        noise = math.sqrt(1.0 - kept * kept)
        draws = self._rng.standard_normal(4).tolist()
        now = (state.log_short, state.log_long, state.rho, state.eta)
        short, long, rho, eta = (
            center + kept * (value - center) + spread * noise * draw
            for value, center, spread, draw in zip(now, self._center, SPREADS, draws, strict=True)
        )
        state.log_short = _clip(short - LEANING * market_return, math.log(0.15), math.log(2.0))
        state.log_long = _clip(long, math.log(0.25), math.log(1.2))
        state.rho = _clip(rho, -0.6, 0.3 - self.home.rho_rise)
        state.eta = _clip(eta, 0.5, 1.2)

    def shape(self) -> tuple[float, float, float, float, float]:
        """(short variance, long variance, rho, rise of rho, eta): a row for `total_variances`."""
        s = self.state
        short, long = math.exp(2.0 * s.log_short), math.exp(2.0 * s.log_long)
        return short, long, s.rho, self.home.rho_rise, s.eta

    def atm_variance(self, tau_years: FloatLike) -> FloatArray:
        """theta(t): total at-the-money variance, growing with t."""
        return _thetas(np.array(self.shape()), np.asarray(tau_years, np.float64))

    def total_variance(self, log_strike: FloatLike, tau_years: FloatLike) -> FloatArray:
        """w(k, t), with k = ln(K / F)."""
        return total_variances(np.array(self.shape()), log_strike, tau_years)

    def index_percent(self, days: float = 30.0) -> float:
        """The 30-day volatility index in percent, as the exchange makes its own.

        The strip of out-of-the-money options of 5 delta and more, 2 * integral of Q / K^2 dK, here
        with every strike there could be. What lies further out, some 6 % of the variance, is not
        in it.
        """
        tau = days / 365.0
        coarse = np.linspace(-1.5, 1.5, 121)
        root = np.sqrt(self.total_variance(coarse, tau))
        d1 = -coarse / root + 0.5 * root
        high, low = np.interp([-CUT_D1, CUT_D1], d1[::-1], coarse[::-1]).tolist()
        # Put and call meet in a kink at the money: each side is smooth for itself.
        k = np.concatenate([0.5 * low * (1.0 - _NODES), 0.5 * high * (1.0 + _NODES)])
        weight = np.concatenate([-0.5 * low * _WEIGHTS, 0.5 * high * _WEIGHTS])
        price = otm_price(np.abs(k), np.sqrt(self.total_variance(k, tau)))
        fair = 2.0 * float(np.sum(weight * price * np.exp(-0.5 * k)))
        return 100.0 * math.sqrt(fair / tau)


def total_variances(shapes: FloatArray, log_strike: FloatLike, tau_years: FloatLike) -> FloatArray:
    """w(k, t) of many surfaces at once.

    Args:
        shapes: Rows as `Surface.shape` gives them, (n, 5), or one row for all.
        log_strike: k = ln(K / F). Shape (n,).
        tau_years: Shape (n,), 365-day years.
    """
    tau = np.asarray(tau_years, np.float64)
    theta = np.maximum(_thetas(shapes, tau), 1e-12)
    rho = shapes[..., 2] + shapes[..., 3] * -np.expm1(-tau / RHO_LIFE_YEARS)
    x = shapes[..., 4] / np.sqrt(theta * (1.0 + theta)) * np.asarray(log_strike, np.float64)
    return np.asarray(0.5 * theta * (1.0 + rho * x + np.sqrt((x + rho) ** 2 + 1.0 - rho * rho)))


def _thetas(shapes: FloatArray, tau: FloatArray) -> FloatArray:
    short, long = shapes[..., 0], shapes[..., 1]
    return np.asarray(long * tau + (short - long) * -np.expm1(-KAPPA * tau) / KAPPA)


def _clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
