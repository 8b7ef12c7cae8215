"""Whether two log prices move together: Engle-Granger, its inputs, and what the spread is like.

Regressand y = ln z, regressor x = ln H, spread u = y - alpha - beta x. Run both directions and take
the larger p-value; correct for the number of pairs tried. Bad input gives NaN and a reason instead
of a number: a library's test calls a series with one NaN, or identical series, perfectly
cointegrated.

Source: Engle & Granger (1987); MacKinnon (1994, 2010), response surfaces for p-values and critical
values; Chan (2013) for one of the half-lives.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import log, sqrt

import numpy as np
from scipy.special import ndtr

from core.quant.types import FloatArray

_NAN = float("nan")
_LEAST_BARS = 30
_COLLINEAR = 1e-8

# MacKinnon: t below the star uses the short polynomial, above it the long one; beyond the ends the
# p-value is 0 or 1. Keys: number of series; regression with a constant.
_STAR = {1: -1.61, 2: -2.62}
_ENDS = {1: (-18.83, 2.74), 2: (-18.86, 0.92)}
_LOW_TAIL = {1: (2.1659, 1.4412, 0.038269), 2: (2.92, 1.5012, 0.039796)}
_REST = {1: (1.7339, 0.93202, -0.12745, -0.010368), 2: (2.1945, 0.64695, -0.29198, -0.042377)}
_CRITICAL_2 = (
    (-3.89644, -10.9519, -33.527),
    (-3.33613, -6.1101, -6.823),
    (-3.04445, -4.2412, -2.720),
)
"""At 1, 5 and 10 % for two series: constant, 1/n and 1/n^2 terms."""


class PairFault(Enum):
    """Why a pair cannot be tested, in words for the report."""

    NOT_FINITE = "a price is missing or not finite"
    TOO_SHORT = "fewer than 30 bars"
    CONSTANT = "a price does not move"
    IDENTICAL = "one price is a multiple of the other"


@dataclass(frozen=True, slots=True, eq=False)
class HedgeLine:
    """Least squares of y on (1, x)."""

    alpha: float
    beta: float
    spread: FloatArray
    """Residuals. Shape (n,)."""

    @property
    def sd(self) -> float:
        """Standard deviation of the spread, divided by n."""
        return float(np.sqrt(np.mean(np.square(self.spread))))


@dataclass(frozen=True, slots=True)
class EngleGranger:
    """Test of one direction; all NaN with a fault."""

    t: float
    """Of the spread's unit root, one lag, no constant."""
    p_value: float
    critical: tuple[float, float, float]
    """Values of t at 1, 5 and 10 %."""
    alpha: float
    beta: float
    fault: PairFault | None = None


@dataclass(frozen=True, slots=True)
class HalfLife:
    """Mean reversion of a spread, in bars; NaN when it does not revert."""

    slope: float
    """Of the change on the level before, with a constant."""
    exact: float
    """-ln 2 / ln(1 + slope), right for a first-order autoregression."""
    chan: float
    """-ln 2 / slope, as Chan has it: longer."""


@dataclass(frozen=True, slots=True)
class OrnsteinUhlenbeck:
    """A spread as an Ornstein-Uhlenbeck process per unit of time; NaN if it does not revert."""

    theta: float
    """Speed of reversion."""
    mean: float
    sigma: float
    """Volatility of the process."""
    stationary_sd: float


def hedge_line(y: FloatArray, x: FloatArray) -> HedgeLine:
    """Hedge ratio and spread of y on x; ValueError for shapes that differ or a constant x."""
    if y.shape != x.shape or y.ndim != 1 or not y.size:
        raise ValueError(f"y and x must be columns of one length, got {y.shape} and {x.shape}")
    dx, dy = x - x.mean(), y - y.mean()
    square = float(dx @ dx)
    if not square > 0.0:
        raise ValueError("x does not move, so it cannot hedge")
    beta = float(dx @ dy) / square
    return HedgeLine(float(y.mean() - beta * x.mean()), beta, dy - beta * dx)


def engle_granger(y: FloatArray, x: FloatArray) -> EngleGranger:
    """Test y on x; p-value from MacKinnon's surface for two series with a constant."""
    fault = pair_fault(y, x)
    if fault is not None:
        return EngleGranger(_NAN, _NAN, (_NAN, _NAN, _NAN), _NAN, _NAN, fault)
    line = hedge_line(y, x)
    if line.sd <= _COLLINEAR * float(np.std(y)):
        missing = (_NAN, _NAN, _NAN)
        return EngleGranger(_NAN, _NAN, missing, _NAN, _NAN, PairFault.IDENTICAL)
    t = adf_t(line.spread, constant=False)
    n = y.size - 1
    critical = [c + c1 / n + c2 / (n * n) for c, c1, c2 in _CRITICAL_2]
    return EngleGranger(
        t, mackinnon_p(t, 2), (critical[0], critical[1], critical[2]), line.alpha, line.beta
    )


def pair_fault(y: FloatArray, x: FloatArray) -> PairFault | None:
    """What forbids any test of the pair; raises ValueError for shapes that differ."""
    if y.shape != x.shape or y.ndim != 1:
        raise ValueError(f"y and x must be columns of one length, got {y.shape} and {x.shape}")
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        return PairFault.NOT_FINITE
    if y.size < _LEAST_BARS:
        return PairFault.TOO_SHORT
    if np.ptp(y) == 0.0 or np.ptp(x) == 0.0:
        return PairFault.CONSTANT
    return None


def adf_t(series: FloatArray, *, constant: bool = True) -> float:
    """Dickey-Fuller t with one lagged change; NaN where it is not defined.

    With a constant for a price, without for residuals.
    """
    change = np.diff(series)
    if change.size < 5:
        return _NAN
    columns = np.stack([series[1:-1], change[:-1]])
    target = change[1:]
    if constant:
        columns = columns - columns.mean(axis=1, keepdims=True)
        target = target - target.mean()
    gram = columns @ columns.T
    det = float(gram[0, 0] * gram[1, 1] - gram[0, 1] * gram[1, 0])
    if not det > 1e-14 * float(gram[0, 0] * gram[1, 1]):
        return _NAN
    inverse = np.array([[gram[1, 1], -gram[0, 1]], [-gram[1, 0], gram[0, 0]]]) / det
    slopes = inverse @ (columns @ target)
    error = target - slopes @ columns
    freedom = target.size - 2 - int(constant)
    return float(slopes[0] / np.sqrt(error @ error / freedom * inverse[0, 0]))


def mackinnon_p(t: float, series: int) -> float:
    """p-value of a unit-root t with a constant: 1 series (ADF) or 2 (Engle-Granger residuals)."""
    if series not in _STAR:
        raise ValueError(f"p-values are known for 1 or 2 series, not {series}")
    if np.isnan(t):
        return _NAN
    low, high = _ENDS[series]
    if t < low or t > high:
        return 0.0 if t < low else 1.0
    terms = _LOW_TAIL[series] if t <= _STAR[series] else _REST[series]
    return float(ndtr(sum(c * t**power for power, c in enumerate(terms))))


def half_life(spread: FloatArray) -> HalfLife:
    """Half-life of deviations, both formulas."""
    slope = _reversion(spread)[0]
    if not slope < 0.0:
        return HalfLife(slope, _NAN, _NAN)
    exact = -log(2.0) / log(1.0 + slope) if slope > -1.0 else _NAN
    return HalfLife(slope, exact, -log(2.0) / slope)


def ornstein_uhlenbeck(spread: FloatArray, step: float = 1.0) -> OrnsteinUhlenbeck:
    """Process parameters from a first-order autoregression over steps of `step` time units."""
    slope, intercept, sd = _reversion(spread)
    phi = 1.0 + slope
    if not 0.0 < phi < 1.0:
        return OrnsteinUhlenbeck(_NAN, _NAN, _NAN, _NAN)
    theta, rest = -log(phi) / step, 1.0 - phi * phi
    return OrnsteinUhlenbeck(
        theta, intercept / -slope, sd * sqrt(2.0 * theta / rest), sd / sqrt(rest)
    )


def hurst(series: FloatArray, max_lag: int = 20) -> float:
    """Hurst exponent: slope of ln sd(u_{t+l} - u_t) on ln l, l from 2.

    Below 0.5 mean-reverting; noisy (0.05 on 500 bars), a filter and not a test. NaN when a lag has
    no spread or the series is too short.
    """
    if series.size <= max_lag + 1:
        return _NAN
    lags = np.arange(2, max_lag + 1)
    sds = np.array([np.std(series[lag:] - series[:-lag]) for lag in lags])
    if not (sds > 0.0).all():
        return _NAN
    x = np.log(lags) - np.log(lags).mean()
    return float(x @ np.log(sds) / (x @ x))


def adjusted_p(p_values: FloatArray) -> FloatArray:
    """Benjamini-Hochberg adjusted p-values, in the order given; NaN rows are not counted."""
    adjusted = np.full(p_values.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    raised = p_values[order] * order.size / np.arange(1, order.size + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return adjusted


def _reversion(spread: FloatArray) -> tuple[float, float, float]:
    """Slope, intercept and residual sd (divided by n) of the change on the level before."""
    level, change = spread[:-1], np.diff(spread)
    centred = level - level.mean()
    square = float(centred @ centred)
    if not square > 0.0:
        return _NAN, _NAN, _NAN
    slope = float(centred @ change) / square
    intercept = float(change.mean() - slope * level.mean())
    error = change - intercept - slope * level
    return slope, intercept, float(np.sqrt(np.mean(np.square(error))))
