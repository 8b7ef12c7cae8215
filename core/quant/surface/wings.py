"""Many SVI slices at once, each a row of parameters that a search may move freely in a box.

A row is (v, left, right, m, ln s): the least variance, the slopes of the two wings, the place and
the width of the bend. Against the raw form left = b (1 - rho), right = b (1 + rho) and
v = a + s sqrt(left right), so that Lee's bound, a positive variance and the order of two slices'
wings are limits on single numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np

from core.quant.surface.svi import SviRaw
from core.quant.types import FloatArray

PARAMS = 5
V, LEFT, RIGHT, M, LN_S = range(PARAMS)


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Slices and their derivatives by k. Shapes (e, n); those of one number a slice (e, 1)."""

    k: FloatArray
    away: FloatArray
    """k - m."""
    radius: FloatArray
    w: FloatArray
    slope: FloatArray
    bend: FloatArray
    """s^2 / radius^3; the curvature is half (left + right) of it."""
    x: FloatArray
    """The rows. Shape (5, e, 1)."""
    s: FloatArray

    @property
    def half(self) -> FloatArray:
        """b of the raw form."""
        return np.asarray(0.5 * (self.x[LEFT] + self.x[RIGHT]))


def row_of(p: SviRaw) -> FloatArray:
    """The row of a raw slice. Shape (5,)."""
    return np.array(
        [p.min_variance, p.b * (1.0 - p.rho), p.b * (1.0 + p.rho), p.m, log(p.s)], np.float64
    )


def raw_of(row: FloatArray) -> SviRaw:
    """The raw slice of a row."""
    v, left, right, m, ln_s = row.tolist()
    s, b = exp(ln_s), 0.5 * (left + right)
    rho = (right - left) / (right + left) if b > 0.0 else 0.0
    return SviRaw(v - b * s * sqrt(max(0.0, 1.0 - rho * rho)), b, rho, m, s)


def variances(k: FloatArray, x: FloatArray) -> FloatArray:
    """w at k of shape (e, n) or (n,) for rows of shape (e, 5)."""
    v, left, right, m, ln_s = x.T[:, :, None]
    s = np.exp(ln_s)
    away = k - m
    w = np.sqrt(away * away + s * s)
    w *= 0.5 * (left + right)
    away *= 0.5 * (right - left)
    w += away
    w += v - s * np.sqrt(left * right)
    return np.asarray(w)


def moved(
    x: FloatArray, cut: FloatArray, step: FloatArray, low: FloatArray, high: FloatArray
) -> FloatArray:
    """Rows x after a step that bends with the valley, or `cut` where that leaves the box.

    The valley a search walks down is bent in the rows' own numbers and nearly straight in w, its
    slope and its curvature at the money, for a given place and width of the bend. So the step goes
    along those, in a half to a third of the rounds. All shapes (e, 5).

    Args:
        cut: x + step, cut to the box.
    """
    _, left, right, m, ln_s = x.T
    d_v, d_left, d_right, d_m, d_ln_s = step.T
    s, half, tilt = np.exp(ln_s), 0.5 * (left + right), 0.5 * (right - left)
    radius, root = np.sqrt(m * m + s * s), np.sqrt(left * right)
    d_s, d_half, d_tilt = s * d_ln_s, 0.5 * (d_left + d_right), 0.5 * (d_right - d_left)
    d_radius = (m * d_m + s * d_s) / radius
    d_root = 0.5 * (d_left * right + left * d_right) / root
    bend = s * s / radius**3
    level = (x[:, V] + d_v) - s * root - tilt * m + half * radius
    level += half * d_radius + d_half * radius - d_s * root - s * d_root - d_tilt * m - tilt * d_m
    slope = tilt - half * m / radius
    slope += d_tilt - (d_half * m + half * d_m - half * m * d_radius / radius) / radius
    curvature = (half + d_half + half * (2.0 * d_ln_s - 3.0 * d_radius / radius)) * bend
    m, s = cut[:, M], np.exp(cut[:, LN_S])
    radius = np.sqrt(m * m + s * s)
    half = curvature * radius**3 / (s * s)
    tilt = slope + half * m / radius
    found = cut.copy()
    found[:, LEFT], found[:, RIGHT] = half - tilt, half + tilt
    root = np.sqrt(np.maximum(found[:, LEFT] * found[:, RIGHT], 0.0))
    found[:, V] = level + s * root + tilt * m - half * radius
    fits = np.asarray(((found >= low) & (found <= high)).all(axis=1))
    return np.where(fits[:, None], found, cut)


def curves(k: FloatArray, x: FloatArray) -> Curves:
    """Everything the fit and the checks need of rows x, (e, 5), at k, (e, n) or (n,)."""
    columns = x.T[:, :, None]
    v, left, right, m, ln_s = columns
    s = np.exp(ln_s)
    half, tilt = 0.5 * (left + right), 0.5 * (right - left)
    away = k - m
    square = away * away
    square += s * s
    radius = np.sqrt(square)
    w = half * radius
    w += tilt * away
    w += v - s * np.sqrt(left * right)
    slope = away / radius
    slope *= half
    slope += tilt
    square *= radius
    bend = (s * s) / square
    return Curves(k, away, radius, w, slope, bend, columns, s)


def durrleman(c: Curves) -> FloatArray:
    """g at the points of `c`; negative is butterfly arbitrage."""
    by_w = 1.0 / c.w
    bent = c.slope * by_w
    bent *= c.k
    bent *= -0.5
    bent += 1.0
    bent *= bent
    by_w += 0.25
    by_w *= c.slope
    by_w *= c.slope
    by_w *= 0.25
    bent -= by_w
    bent += (0.5 * c.half) * c.bend
    return bent


def variance_jacobian(c: Curves) -> FloatArray:
    """Of w by the rows' numbers. Shape (e, 5, n)."""
    _, left, right, _, _ = c.x
    found = np.empty((c.w.shape[0], PARAMS, c.w.shape[1]))
    ratio = 0.5 * c.s * np.sqrt(right / left)
    inverse = 0.5 * c.s * np.sqrt(left / right)
    found[:, V] = 1.0
    np.subtract(c.radius, c.away, out=found[:, LEFT])
    np.add(c.radius, c.away, out=found[:, RIGHT])
    found[:, LEFT : RIGHT + 1] *= 0.5
    found[:, LEFT] -= ratio
    found[:, RIGHT] -= inverse
    np.negative(c.slope, out=found[:, M])
    np.divide(c.half * c.s * c.s, c.radius, out=found[:, LN_S])
    found[:, LN_S] -= c.s * np.sqrt(left * right)
    return found


def durrleman_jacobian(c: Curves, by_variance: FloatArray) -> FloatArray:
    """Of g by the rows' numbers, from the Jacobian of w at the same points. Shape (e, 5, n)."""
    half = c.half
    per_w = 1.0 / c.w
    bent = 1.0 - 0.5 * c.k * c.slope * per_w
    steep = c.slope * per_w
    g_w = bent * c.k * steep * per_w + 0.25 * steep * steep
    g_slope = -bent * c.k * per_w - 0.5 * c.slope * (per_w + 0.25)
    found = g_w[:, None, :] * by_variance
    turn = 0.5 * c.away / c.radius
    quarter = 0.25 * c.bend
    found[:, LEFT] += g_slope * (turn - 0.5) + quarter
    found[:, RIGHT] += g_slope * (turn + 0.5) + quarter
    flat = half * c.bend
    lean = c.away / (c.radius * c.radius)
    found[:, M] += flat * (1.5 * lean - g_slope)
    found[:, LN_S] += flat * (1.0 - 1.5 * c.s * c.s / (c.radius * c.radius) - g_slope * c.away)
    return found
