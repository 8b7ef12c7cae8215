"""Kalman hedge ratio: y = alpha + beta x with a random-walk (alpha, beta), one bar at a time.

Plain floats: two states need no matrices, and a step costs two microseconds. The innovation v uses
the state before the update and is the only quantity signals may use. Robust variants keep one bad
print from moving the hedge ratio; the v they report is always the raw one.

Source: Montana, Triantafyllopoulos & Tsagaris (2009) for the model; the covariance update is
Joseph's form.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from math import isfinite, log, pi, sqrt

import numpy as np

from core.quant.types import FloatArray

_LOG_2_PI = log(2.0 * pi)


class Robust(Enum):
    """What a surprising innovation may do to the state."""

    PLAIN = "plain"
    SATURATION = "saturation"
    """The update sees v clipped to c standard deviations."""
    HUBER = "huber"
    """Beyond c the observation noise grows with |z|; weak where the state is uncertain."""
    STUDENT_T = "student-t"
    """Every step's noise is scaled as for a Student-t observation with nu degrees of freedom."""
    GATE = "gate"
    """Beyond the gate there is no update at all; too many in a row ask for a fresh start."""


@dataclass(frozen=True, slots=True)
class KalmanNoise:
    """Noise of the model and the robust rule."""

    q00: float
    """State noise of alpha per bar."""
    q01: float
    q11: float
    """State noise of beta per bar."""
    r: float
    """Observation noise."""
    robust: Robust = Robust.PLAIN
    c: float = 2.5
    """Standard deviations: 2.5 to 3 for saturation, 1.345 for Huber, 6 for the gate."""
    nu: float = 4.0
    """Degrees of freedom of the Student-t rule, 4 to 6."""
    restart_after: int = 5
    """Gated bars in a row that mean a break, not an outlier."""

    def __post_init__(self) -> None:
        if not (self.r > 0.0 and self.q00 >= 0.0 and self.q11 >= 0.0):
            raise ValueError("Kalman noise needs r > 0 and state noise >= 0")
        if not (self.c > 0.0 and self.nu > 0.0 and self.restart_after > 0):
            raise ValueError("the robust rule needs c, nu and restart_after > 0")

    @classmethod
    def from_delta(
        cls, delta: float = 1e-4, r: float = 1e-3, robust: Robust = Robust.PLAIN, c: float = 2.5
    ) -> KalmanNoise:
        """Noise with Q = delta / (1 - delta) I, as the pair strategy's settings have it."""
        if not 0.0 <= delta < 1.0:
            raise ValueError(f"delta must be in [0, 1), got {delta}")
        q = delta / (1.0 - delta)
        return cls(q, 0.0, q, r, robust, c)


@dataclass(frozen=True, slots=True)
class KalmanState:
    """What is believed after a bar."""

    alpha: float
    beta: float
    """Hedge ratio in dollars: USD of H = -beta x USD of z."""
    p00: float
    p01: float
    p11: float
    gated: int = 0
    """Bars refused in a row by the gate."""


@dataclass(frozen=True, slots=True)
class KalmanStep:
    """One bar's outcome. A missing bar has NaN innovation and only widens the covariance."""

    state: KalmanState
    v: float
    """Innovation y - alpha - beta x with the state before the bar."""
    s: float
    """Its variance under the nominal noise."""
    z: float
    """v / sqrt(s)."""
    log_likelihood: float
    """Of this bar under the nominal noise; 0 for a missing one."""
    restart_due: bool = False
    """The gate has refused so many bars that the relation has broken: start again by OLS."""


@dataclass(frozen=True, slots=True, eq=False)
class KalmanRun:
    """A filtered stretch; arrays of shape (n,), one value per bar."""

    v: FloatArray
    s: FloatArray
    alpha: FloatArray
    """After the bar."""
    beta: FloatArray
    log_likelihood: float
    last: KalmanState


def ols_start(x: FloatArray, y: FloatArray, p0: float = 0.01) -> KalmanState:
    """State from least squares of y on (1, x) over the first bars; covariance p0 I.

    Raises:
        ValueError: fewer than 3 bars, NaN, or x without variation.
    """
    if x.shape != y.shape or x.size < 3:
        raise ValueError(f"OLS start needs 3 or more bars of x and y, got {x.shape} and {y.shape}")
    dx = x - x.mean()
    spread = float(dx @ dx)
    if not (isfinite(spread) and spread > 0.0 and np.isfinite(y).all()):
        raise ValueError("OLS start needs finite y and an x that moves")
    beta = float(dx @ y) / spread
    return KalmanState(float(y.mean()) - beta * float(x.mean()), beta, p0, 0.0, p0)


def step(state: KalmanState, x: float, y: float, noise: KalmanNoise) -> KalmanStep:
    """Filter one bar; NaN in x or y is a missing bar."""
    p00, p01, p11 = state.p00 + noise.q00, state.p01 + noise.q01, state.p11 + noise.q11
    v = y - state.alpha - state.beta * x
    if not isfinite(v):
        waiting = replace(state, p00=p00, p01=p01, p11=p11)
        return KalmanStep(waiting, float("nan"), float("nan"), float("nan"), 0.0)
    h0, h1 = p00 + p01 * x, p01 + p11 * x
    spread = h0 + h1 * x
    s = spread + noise.r
    z = v / sqrt(s)
    likelihood = -0.5 * (_LOG_2_PI + log(s) + v * v / s)
    if noise.robust is Robust.GATE and abs(z) > noise.c:
        held = KalmanState(state.alpha, state.beta, p00, p01, p11, state.gated + 1)
        return KalmanStep(held, v, s, z, likelihood, held.gated >= noise.restart_after)
    r = noise.r * _noise_factor(z, noise)
    k0, k1 = h0 / (spread + r), h1 / (spread + r)
    used = _clipped(v, s, noise)
    # Joseph: (I - KH) P (I - KH)' + K r K' stays positive under rounding.
    a00, a01, a10, a11 = 1.0 - k0, -k0 * x, -k1, 1.0 - k1 * x
    b00, b01 = a00 * p00 + a01 * p01, a00 * p01 + a01 * p11
    b10, b11 = a10 * p00 + a11 * p01, a10 * p01 + a11 * p11
    after = KalmanState(
        state.alpha + k0 * used,
        state.beta + k1 * used,
        b00 * a00 + b01 * a01 + k0 * r * k0,
        b00 * a10 + b01 * a11 + k0 * r * k1,
        b10 * a10 + b11 * a11 + k1 * r * k1,
    )
    return KalmanStep(after, v, s, z, likelihood)


def run(
    state: KalmanState, x: Iterable[float], y: Iterable[float], noise: KalmanNoise
) -> KalmanRun:
    """Filter bars one after another; appending bars never changes earlier values."""
    steps = []
    for one_x, one_y in zip(x, y, strict=True):
        steps.append(step(state, float(one_x), float(one_y), noise))
        state = steps[-1].state
    return KalmanRun(
        v=np.array([one.v for one in steps]),
        s=np.array([one.s for one in steps]),
        alpha=np.array([one.state.alpha for one in steps]),
        beta=np.array([one.state.beta for one in steps]),
        log_likelihood=sum(one.log_likelihood for one in steps),
        last=state,
    )


def _noise_factor(z: float, noise: KalmanNoise) -> float:
    if noise.robust is Robust.HUBER:
        return max(1.0, abs(z) / noise.c)
    if noise.robust is Robust.STUDENT_T:
        return (noise.nu + z * z) / (noise.nu + 1.0)
    return 1.0


def _clipped(v: float, s: float, noise: KalmanNoise) -> float:
    if noise.robust is not Robust.SATURATION:
        return v
    limit = noise.c * sqrt(s)
    return max(-limit, min(limit, v))
