"""An implied-volatility surface without static arbitrage, and how it moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.quant.types import FloatArray, FloatLike

YEAR_S = 365.0 * 86_400.0
KAPPA = 4.0
"""Speed, per year, at which the term structure goes from the short to the long level."""
GAMMA = 0.45


@dataclass(slots=True)
class SurfaceState:
    """The four numbers that move."""

    log_short: float
    """ln of the short-dated at-the-money volatility."""
    log_long: float
    rho: float
    """Skew; negative makes puts dear."""
    eta: float
    """Curvature."""


class Surface:
    """One currency's surface: SSVI with a power-law phi and one rho for all expiries.

        w(k, t) = theta/2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2))
        phi(theta) = eta / (theta^gamma (1 + theta)^(1 - gamma))

    Free of butterfly and calendar arbitrage while theta grows with t, gamma <= 1/2 and
    eta (1 + |rho|) <= 2.

    Source: Gatheral & Jacquier (2014), Arbitrage-free SVI volatility surfaces, Corollary 4.1.
    """

    def __init__(self, rng: np.random.Generator, short_vol: float, long_vol: float) -> None:
        self._rng = rng
        self._home = SurfaceState(np.log(short_vol), np.log(long_vol), -0.22, 1.05)
        self.state = SurfaceState(np.log(short_vol), np.log(long_vol), -0.22, 1.05)

    def step(self, dt_s: float, market_return: float) -> None:
        """Move on by `dt_s`; volatility rises when the market falls."""
        state, home, rng = self.state, self._home, self._rng
        root = float(np.sqrt(dt_s / YEAR_S))
        pull = 1.0 - float(np.exp(-dt_s / (2.0 * 86_400.0)))
        draws = rng.standard_normal(4)
        state.log_short += pull * (home.log_short - state.log_short) + 0.9 * root * draws[0]
        state.log_short -= 0.8 * market_return
        state.log_long += pull * (home.log_long - state.log_long) + 0.25 * root * draws[1]
        state.rho += pull * (home.rho - state.rho) + 1.2 * root * draws[2]
        state.eta += pull * (home.eta - state.eta) + 1.5 * root * draws[3]
        self._stay_free_of_arbitrage()

    def atm_variance(self, tau_years: FloatLike) -> FloatArray:
        """theta(t): total at-the-money variance, growing with t."""
        tau = np.asarray(tau_years, np.float64)
        short, long = np.exp(2.0 * self.state.log_short), np.exp(2.0 * self.state.log_long)
        return np.asarray(long * tau + (short - long) * -np.expm1(-KAPPA * tau) / KAPPA)

    def total_variance(self, log_strike: FloatLike, tau_years: FloatLike) -> FloatArray:
        """w(k, t), with k = ln(K / F)."""
        theta = np.maximum(self.atm_variance(tau_years), 1e-12)
        rho = self.state.rho
        phi = self.state.eta / (theta**GAMMA * (1.0 + theta) ** (1.0 - GAMMA))
        x = phi * np.asarray(log_strike, np.float64)
        return np.asarray(0.5 * theta * (1.0 + rho * x + np.sqrt((x + rho) ** 2 + 1.0 - rho * rho)))

    def vol(self, log_strike: FloatLike, tau_years: FloatLike) -> FloatArray:
        """Implied volatility as a decimal."""
        tau = np.maximum(np.asarray(tau_years, np.float64), 1e-8)
        return np.asarray(np.sqrt(self.total_variance(log_strike, tau) / tau))

    def index_percent(self, days: float = 30.0) -> float:
        """The 30-day variance-swap volatility in percent: integral of N(-d2)-weighted smile.

        Source: Gatheral (2006), The Volatility Surface, eq. 11.4: E[w] = integral of w(z) n(z)
        with z = d2 as the variable, taken here on a fixed grid of strikes.
        """
        tau = days / 365.0
        k = np.linspace(-1.5, 1.5, 301)
        w = self.total_variance(k, tau)
        d2 = -k / np.sqrt(w) - 0.5 * np.sqrt(w)
        weight = np.exp(-0.5 * d2 * d2) / np.sqrt(2.0 * np.pi)
        fair = float(np.sum(0.5 * (w[1:] * weight[1:] + w[:-1] * weight[:-1]) * -np.diff(d2)))
        return 100.0 * float(np.sqrt(fair / tau))

    def _stay_free_of_arbitrage(self) -> None:
        state = self.state
        state.log_short = float(np.clip(state.log_short, np.log(0.15), np.log(2.0)))
        state.log_long = float(np.clip(state.log_long, np.log(0.25), np.log(1.2)))
        state.rho = float(np.clip(state.rho, -0.6, 0.3))
        state.eta = float(np.clip(state.eta, 0.5, min(1.5, 1.95 / (1.0 + abs(state.rho)))))
