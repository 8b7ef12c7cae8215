"""Solves the normalised out-of-the-money Black price for total volatility; used by `implied` only.

Everything is in units of sqrt(F K): distance d = |ln(F/K)|, price b, bound exp(-d/2),
v = vol sqrt(tau), h = -d/v, t = v/2. Rows never look at one another, so a row's answer does not
depend on its company.

Source: Stefanica & Radoicic (2017), An explicit implied volatility formula, for the first guess
(within 12 % everywhere measured); Jäckel (2015), Let's be rational, for the objectives and the
third-order Householder step, which takes that guess to 2e-5 and then to rounding.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import erfcx

from core.quant.black import SMALL_T, erfcx_gap
from core.quant.types import FloatArray, IndexArray

_SQRT_HALF = 0.7071067811865476
_SQRT_2_BY_PI = 0.7978845608028654
_SQRT_2_PI = 2.5066282746310002
_HALF_PI = 1.5707963267948966
_TWO_BY_PI = 0.6366197723675814
_ROUGH_T = 0.4
_MAX_STEPS = 8
_WARM_STEPS = 3
_LAST_STEP = 2e-3
"""A relative step this small leaves an error of about a tenth of its fourth power."""

_Pair = tuple[FloatArray, FloatArray]
_Step = Callable[[FloatArray, FloatArray, FloatArray, bool], _Pair]
"""(d, ln target, v, rough) -> (change of v, Newton's change of v)."""


def solve_total_vol(
    distance: FloatArray, price: FloatArray, headroom: FloatArray, guess: FloatArray
) -> FloatArray:
    """Total volatility of each row; NaN where the steps do not settle.

    Args:
        distance: |ln(F / K)|. Shape (n,), as the others.
        price: Out-of-the-money price over sqrt(F K), > 0.
        headroom: What is missing to the upper bound, exp(-distance / 2) - price, > 0.
        guess: A total volatility to start from, NaN for none; rows it does not help start cold.
    """
    upper = headroom < price
    with np.errstate(all="ignore"):
        if not upper.any():
            return _solve_below(distance, price, guess)
        v = np.empty_like(distance)
        d, lower = distance[upper], ~upper
        start = np.maximum(guess[upper], np.sqrt(2.0 * d))
        v[upper] = _iterate(_step_above, d, np.log(headroom[upper]), price[upper], start)
        v[lower] = _solve_below(distance[lower], price[lower], guess[lower])
    return v


def _solve_below(d: FloatArray, price: FloatArray, guess: FloatArray) -> FloatArray:
    # No price under half the bound needs h + t > 0.7; past it the objective goes flat.
    start = np.minimum(guess, 0.7 + np.sqrt(0.49 + 2.0 * d))
    return _iterate(_step_below, d, np.log(price), price, start)


def _iterate(
    step: _Step, d: FloatArray, log_target: FloatArray, price: FloatArray, start: FloatArray
) -> FloatArray:
    v = start.copy()
    known = start > 0.0
    cold = np.flatnonzero(~known)
    if cold.size < d.size:
        missed = _settle(step, d, log_target, v, np.flatnonzero(known), _WARM_STEPS)
        cold = np.concatenate((cold, missed))
    if cold.size:
        d_cold = d[cold]
        first = closed_form_guess(d_cold, price[cold])
        v[cold] = first + step(d_cold, log_target[cold], first, True)[0]
        v[_settle(step, d, log_target, v, cold, _MAX_STEPS)] = np.nan
    return v


def _settle(
    step: _Step,
    d: FloatArray,
    log_target: FloatArray,
    v: FloatArray,
    rows: IndexArray,
    tries: int,
) -> IndexArray:
    """Step the rows of v in place until they stand still; what is returned did not."""
    for _ in range(tries):
        if not rows.size:
            break
        change, newton = step(d[rows], log_target[rows], v[rows], False)
        v[rows] += change
        # Newton's change judges: the higher-order one is also small where it has lost its way.
        rows = rows[~(np.abs(newton) <= _LAST_STEP * v[rows])]
    return rows


def closed_form_guess(d: FloatArray, price: FloatArray) -> FloatArray:
    """First guess of v, by Pólya's approximation of the normal distribution."""
    p, q = np.expm1(_TWO_BY_PI * d), np.expm1((1.0 - _TWO_BY_PI) * d)
    p1, q1 = p + 1.0, q + 1.0
    moneyness = p1 * q1
    alpha = price / np.sqrt(moneyness)
    beyond = alpha + (p + q + p * q) / moneyness
    a = np.square(q * (q1 + 1.0) / q1)
    b = 4.0 * (p * p / p1 - q * q / q1) + 8.0 * moneyness * alpha * beyond * (q1 + 1.0 / q1)
    c = 16.0 * moneyness * alpha * beyond * (1.0 - alpha * moneyness) * (alpha + 1.0)
    gamma = -_HALF_PI * np.log(2.0 * c / (b + np.sqrt(b * b + 4.0 * a * c)))
    outer = np.sqrt(np.maximum(gamma + d, 0.0))
    inner = np.sqrt(np.maximum(gamma - d, 0.0))
    below = alpha <= 0.5 / moneyness - 0.5 + 0.5 * np.sqrt(p * (p1 + 1.0)) / p1
    sum_ = np.maximum(outer + inner, 1e-300)
    v = np.where(below, 2.0 * d / sum_, sum_)
    # Near zero the formula loses its digits, and v is at least what the price needs at the money.
    return np.asarray(np.maximum(v, _SQRT_2_PI * price))


def _step_below(d: FloatArray, log_price: FloatArray, v: FloatArray, rough: bool) -> _Pair:
    """Change of v for prices up to half the bound: the objective is 1 / ln b.

    A rough step is good to 1e-8, plenty far from the answer, and saves half the erfcx.
    """
    h, t = -d / v, 0.5 * v
    gap = erfcx_gap(h, t, _ROUGH_T if rough else SMALL_T)
    log_b = np.log(0.5 * gap) - 0.5 * (h * h + t * t)
    slope = _SQRT_2_BY_PI / gap
    second, third = _curvature(h, t, v)
    inverse = 1.0 / log_b
    bend = slope * (1.0 + 2.0 * inverse)
    newton = (log_price - log_b) * log_b / (log_price * slope)
    bow = (
        third + 2.0 * slope * slope * (1.0 + 3.0 * inverse * (1.0 + inverse)) - 3.0 * second * bend
    )
    return _householder(newton, second - bend, bow)


def _step_above(d: FloatArray, log_headroom: FloatArray, v: FloatArray, _: bool) -> _Pair:
    """Change of v for prices above half the bound: the objective is ln(bound - b)."""
    h, t = -d / v, 0.5 * v
    gap = erfcx((h + t) * _SQRT_HALF) + erfcx((t - h) * _SQRT_HALF)
    slope = _SQRT_2_BY_PI / gap
    second, third = _curvature(h, t, v)
    newton = (np.log(0.5 * gap) - 0.5 * (h * h + t * t) - log_headroom) / slope
    return _householder(newton, second + slope, third + slope * (2.0 * slope + 3.0 * second))


def _curvature(h: FloatArray, t: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Second and third derivative of b by v, each over the first."""
    ratio = h / v
    second = h * ratio - 0.5 * t
    return second, second * second - 3.0 * ratio * ratio - 0.25


def _householder(newton: FloatArray, halley: FloatArray, third: FloatArray) -> _Pair:
    top = 1.0 + 0.5 * halley * newton
    return newton * top / (1.0 + newton * (halley + third * newton / 6.0)), newton
