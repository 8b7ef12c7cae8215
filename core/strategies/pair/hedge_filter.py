"""The Kalman hedge ratio of one pair, measured around a fixed ln H.

The state is (level, beta) with ln z = level + beta (ln H - centre). A log price is far from zero,
so around zero alpha and beta would be nearly one quantity and a state noise of the same size on
both would mean a level that moves by ten times more; around a centre of the pair's own they are
two, and `delta` says how fast the level may drift.
"""

from __future__ import annotations

from dataclasses import replace
from math import nan, sqrt

import numpy as np

from core.quant.pairs.kalman import KalmanNoise, KalmanState, Robust, ols_start, step
from core.quant.types import FloatArray
from core.settings import PairSettings
from core.strategies.pair.history import PairFit

DEGREES = 5.0
"""Of the Student-t rule that keeps one bad print from moving the hedge ratio."""


class HedgeFilter:
    """Steps bar by bar; `step` gives the innovation, which knows nothing of its own bar."""

    def __init__(self, state: KalmanState, centre: float, noise: KalmanNoise) -> None:
        self._state = state
        self._centre = centre
        self._noise = noise

    def step(self, x: float, y: float) -> float:
        """Fold one bar of (ln H, ln z) in; returns the innovation, log units."""
        done = step(self._state, x - self._centre, y, self._noise)
        self._state = done.state
        return done.v

    def miss(self, bars: int) -> None:
        """So many bars had no price: only the uncertainty grows."""
        old, noise = self._state, self._noise
        self._state = replace(
            old,
            p00=old.p00 + bars * noise.q00,
            p01=old.p01 + bars * noise.q01,
            p11=old.p11 + bars * noise.q11,
        )

    @property
    def state(self) -> KalmanState:
        """(level, beta) and their covariance, around the centre."""
        return self._state

    @property
    def centre(self) -> float:
        """ln H the level is measured at."""
        return self._centre

    @property
    def alpha(self) -> float:
        """ln z at ln H = 0."""
        return self._state.alpha - self._state.beta * self._centre

    @property
    def beta(self) -> float:
        """USD of H against one USD of z."""
        return self._state.beta

    @property
    def beta_sd(self) -> float:
        """Standard deviation of beta; NaN when it is not known at all."""
        variance = self._state.p11
        return sqrt(variance) if variance >= 0 else nan


def noise_for(
    settings: PairSettings, observation: float, bar_s: float, widening: float = 1.0
) -> KalmanNoise:
    """The noise of bars of `bar_s` seconds: the settings' drift is per bar of `settings.bar_s`.

    `widening` is how many times less such bars say than independent ones. It scales drift and
    observation noise alike, so the level keeps its pace while the hedge ratio is believed as
    firmly as it deserves.
    """
    q = widening * settings.delta / (1 - settings.delta) * bar_s / settings.bar_s
    return KalmanNoise(q, 0.0, q, widening * observation, Robust.STUDENT_T, nu=DEGREES)


def filter_of_history(settings: PairSettings, fit: PairFit) -> HedgeFilter:
    """The filter as history leaves it, ready for live bars."""
    state = KalmanState(fit.level, fit.beta, fit.p_level, fit.p_cross, fit.p_beta)
    kept = 0.5 ** (settings.bar_s / fit.half_life_s) if fit.half_life_s > 0 else 0.0
    noise = noise_for(settings, fit.noise, settings.bar_s, widening_of(kept))
    return HedgeFilter(state, fit.centre, noise)


def quick_filter(beta: float, centre: float, noise: float) -> HedgeFilter:
    """A filter whose level follows every bar: its innovations are new, as regimes need them.

    The trading filter's level is slow on purpose, so its innovations go on for as long as the
    spread is away, and a regime fit would find "far above" and "far below" in them. The first
    innovation is meaningless: the level is unknown before it.
    """
    start = KalmanState(0.0, beta, 1e2, 0.0, 0.0)
    return HedgeFilter(start, centre, KalmanNoise(noise, 0.0, 0.0, noise))


def filter_of_bars(
    settings: PairSettings, x: FloatArray, y: FloatArray
) -> tuple[HedgeFilter, FloatArray]:
    """Least squares over the first bars, and its residuals; shapes (n,), log prices.

    Raises:
        ValueError: x does not move.
    """
    centre = float(x.mean())
    state = ols_start(x - centre, y)
    residuals = y - state.alpha - state.beta * (x - centre)
    wide = widening_of(neighbours(residuals))
    variance = wide * float(residuals @ residuals) / (len(x) - 2)
    moved = float(np.sum(np.square(x - centre)))
    start = KalmanState(state.alpha, state.beta, variance / len(x), 0.0, variance / moved)
    noise = noise_for(settings, settings.noise, settings.bar_s, wide)
    return HedgeFilter(start, centre, noise), residuals


def neighbours(residuals: FloatArray) -> float:
    """Correlation of a spread's neighbouring bars; 0 for a constant one."""
    total = float(residuals @ residuals)
    return float(residuals[1:] @ residuals[:-1]) / total if total > 0 else 0.0


def widening_of(correlation: float) -> float:
    """How many times less a spread's bars say than independent ones: (1 + r) / (1 - r).

    A regression that forgets it believes its hedge ratio far too firmly. r is the correlation of
    neighbours, taken between 0 and 0.99.
    """
    r = min(0.99, max(0.0, correlation))
    return (1 + r) / (1 - r)
