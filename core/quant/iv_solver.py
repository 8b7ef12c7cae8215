"""Solves the normalised out-of-the-money Black price for total volatility; used by `implied` only.

Everything is in units of sqrt(F K): distance d = |ln(F/K)|, price b, bound exp(-d/2),
v = vol sqrt(tau), h = -d/v, t = v/2. Rows never look at one another, so a row's answer does not
depend on its company.

The first guess inverts the normal (Bachelier) model by a rational fit and turns its volatility into
a lognormal one; it is within 0.04 % for v up to 1.2 and d up to 3 v. One third-order Householder
step takes that to rounding, and rows further away take another.

Source: Jäckel (2015), Let's be rational, for the objectives and the step; Grunspan (2011), A note
on the equivalence between the normal and the lognormal implied volatility, for the start.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import erfcx

from core.quant.black import erfcx_gap
from core.quant.types import FloatArray

_SQRT_HALF = 0.7071067811865476
_SQRT_2_BY_PI = 0.7978845608028654
_SQRT_2_PI = 2.5066282746310002
_HALF_PI = 1.5707963267948966
_MAX_STEPS = 8
_LAST_STEP = 4e-4
"""A relative step this small leaves a tenth of its fourth power, 5e-12 in price 30 sd out."""
_NORMAL_TOP = (0.01221849, 0.53707533, 0.01073257, 0.08081515, 0.00218399)
_NORMAL_BOTTOM = (0.55482978, 0.16433535, 0.03256043, 0.00069749)
"""Fit of the squared normal moneyness, lowest power first, error 2.3e-4 in h for h down to -38."""
_LOGNORMAL = (0.040819, 0.004879, -0.000313, -0.000027)
"""Fit of the normal volatility's bend to the lognormal one by v^2 and d^2, error 1.7e-4 for
v up to 1.2 and d up to 3 v."""

_Pair = tuple[FloatArray, FloatArray]
_Step = Callable[[FloatArray, FloatArray, FloatArray], _Pair]
"""(d, ln target, v) -> (change of v, Newton's change of v)."""


def solve_total_vol(distance: FloatArray, price: FloatArray, headroom: FloatArray) -> FloatArray:
    """Total volatility of each row; NaN where the steps do not settle.

    Args:
        distance: |ln(F / K)|. Shape (n,), as the others.
        price: Out-of-the-money price over sqrt(F K), > 0.
        headroom: What is missing to the upper bound, exp(-distance / 2) - price, > 0.
    """
    upper = headroom < price
    with np.errstate(all="ignore"):
        if not upper.any():
            return _solve_below(distance, price)
        v = np.empty_like(distance)
        lower = ~upper
        v[upper] = _solve_above(distance[upper], headroom[upper])
        v[lower] = _solve_below(distance[lower], price[lower])
    return v


def _solve_below(d: FloatArray, price: FloatArray) -> FloatArray:
    # No price under half the bound needs h + t > 0.7; past it the objective goes flat.
    start = np.minimum(_guess_below(d, price), 0.7 + np.sqrt(0.49 + 2.0 * d))
    return _settle(_step_below, d, np.log(price), start)


def _solve_above(d: FloatArray, headroom: FloatArray) -> FloatArray:
    return _settle(_step_above, d, np.log(headroom), _guess_above(d, headroom))


def _settle(step: _Step, d: FloatArray, log_target: FloatArray, v: FloatArray) -> FloatArray:
    """Step the rows of v in place until each stands still, NaN for those that do not."""
    change, newton = step(d, log_target, v)
    v += change
    # Newton's change judges: the higher-order one is also small where it has lost its way.
    rows = np.flatnonzero(~(np.abs(newton) <= _LAST_STEP * v))
    for _ in range(_MAX_STEPS):
        if not rows.size:
            return v
        change, newton = step(d[rows], log_target[rows], v[rows])
        v[rows] += change
        rows = rows[~(np.abs(newton) <= _LAST_STEP * v[rows])]
    v[rows] = np.nan
    return v


def _guess_below(d: FloatArray, price: FloatArray) -> FloatArray:
    half = np.sinh(0.5 * d)
    u = np.log1p(half / price)
    p0, p1, p2, p3, p4 = _NORMAL_TOP
    q0, q1, q2, q3 = _NORMAL_BOTTOM
    top = p0 + u * (p1 + u * (p2 + u * (p3 + u * p4)))
    bottom = q0 + u * (q1 + u * (q2 + u * q3))
    normal = _SQRT_2_PI * (price + half) / np.sqrt(1.0 + u * top / (1.0 + u * bottom))
    d2 = d * d
    v = normal / (1.0 + d2 * (1.0 / 24.0 + d2 / 1920.0))
    v2 = v * v
    p0, p1, p2, p3 = _LOGNORMAL
    # Far out the polynomial would turn; it is worth nothing there anyway.
    bend = np.maximum(p0 + p1 * v2 + d2 * (p2 + p3 * d2), 0.0)
    return np.asarray(v * (1.0 + v2 * bend))


def _guess_above(d: FloatArray, headroom: FloatArray) -> FloatArray:
    """Exact but for Pólya's approximation of the normal distribution where d = 0."""
    tail = 0.5 * headroom * np.exp(0.5 * d)
    z2 = -_HALF_PI * np.log(4.0 * tail * (1.0 - tail))
    return np.asarray(np.sqrt(z2) + np.sqrt(z2 + 2.0 * d))


def _step_below(d: FloatArray, log_price: FloatArray, v: FloatArray) -> _Pair:
    """Step for prices up to half the bound: the objective is 1 / ln b."""
    h, t = -d / v, 0.5 * v
    gap = erfcx_gap(h, t)
    h2 = h * h
    log_b = np.log(0.5 * gap) - 0.5 * (h2 + t * t)
    slope = _SQRT_2_BY_PI / gap
    second, third = _curvature(h2, v)
    inverse = 1.0 / log_b
    bend = slope * (1.0 + 2.0 * inverse)
    newton = (log_price - log_b) * log_b / (log_price * slope)
    bow = (2.0 * slope) * slope * (1.0 + 3.0 * inverse * (1.0 + inverse)) + third
    return _householder(newton, second - bend, bow - 3.0 * second * bend)


def _step_above(d: FloatArray, log_headroom: FloatArray, v: FloatArray) -> _Pair:
    """Step for prices above half the bound: the objective is ln(bound - b)."""
    h, t = -d / v, 0.5 * v
    gap = erfcx((h + t) * _SQRT_HALF) + erfcx((t - h) * _SQRT_HALF)
    slope = _SQRT_2_BY_PI / gap
    h2 = h * h
    second, third = _curvature(h2, v)
    newton = (np.log(0.5 * gap) - 0.5 * (h2 + t * t) - log_headroom) / slope
    return _householder(newton, second + slope, third + slope * (2.0 * slope + 3.0 * second))


def _curvature(h2: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Second and third derivative of b by v, each over the first."""
    ratio = h2 / v
    second = ratio - 0.25 * v
    return second, second * second - (3.0 * ratio / v + 0.25)


def _householder(newton: FloatArray, halley: FloatArray, third: FloatArray) -> _Pair:
    top = 1.0 + 0.5 * halley * newton
    return newton * top / (1.0 + newton * (halley + third * newton / 6.0)), newton
