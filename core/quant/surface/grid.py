"""The surface on fixed maturities and log-moneyness, linear in total variance.

Linear in w at constant k cannot create calendar arbitrage between expiries that have none; linear
in volatility or in days can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan

import numpy as np

from core.quant.black import DAYS_PER_YEAR
from core.quant.surface.quotes import Slice
from core.quant.surface.svi import SviRaw, total_variance
from core.quant.types import BoolArray, FloatArray, IndexArray

CLASSIC_TENORS = (3, 7, 10, 14, 17, 21, 24, 28, 31, 35, 38, 42, 45, 49, 52, 56, 84)
"""Days."""
_CLASSIC_SIDE = (0.01, 0.02, 0.03, 0.04, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
CLASSIC_K = (*(-k for k in reversed(_CLASSIC_SIDE)), 0.0, *_CLASSIC_SIDE)
"""Log-moneyness ln(K/F), not percent: 0.70 is a strike at 2.014 F."""
WIDE_TENORS = (1, 7, 14, 30, 60, 90, 180, 365)
WIDE_K = (-0.4, -0.3, -0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2, 0.3, 0.4)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Volatilities on tenors x k; NaN where the quotes do not reach."""

    tenor_days: FloatArray
    """Shape (n,)."""
    k: FloatArray
    """Shape (m,)."""
    vol: FloatArray
    """Shape (n, m)."""
    extrapolated: BoolArray
    """Shape (n, m); True where a tenor lies outside the expiries and volatility was held flat."""
    forward: FloatArray
    """Shape (n,), USD; ln F is linear between expiries and flat outside."""
    quotes: IndexArray
    """Shape (n,): points of the slices a tenor was made from."""


@dataclass(frozen=True, slots=True)
class QuotedRange:
    """How far the quotes of one expiry reach."""

    tau_years: float
    forward: float
    """USD."""
    points: int
    low: float = nan
    """k; NaN without quotes, as `high`."""
    high: float = nan


@dataclass(frozen=True, slots=True, eq=False)
class _Bracket:
    """For each tenor its neighbours among the expiries and the weight of the later one."""

    left: IndexArray
    right: IndexArray
    weight: FloatArray
    outside: BoolArray


def classic_grid(slices: Sequence[Slice]) -> Grid:
    """17 maturities x 27 k; tenors outside the expiries stay empty."""
    return linear_grid(slices, CLASSIC_TENORS, CLASSIC_K, extrapolate=False)


def wide_grid(curves: Sequence[SviRaw], slices: Sequence[QuotedRange]) -> Grid:
    """8 maturities x 11 k of a fitted surface, one curve a slice.

    Every cell has a volatility; those that no quotes reach are flagged: outside the expiries, where
    volatility is held flat, and beyond the outermost strike of an expiry beside.
    """
    k = np.asarray(WIDE_K, np.float64)
    rows = [total_variance(k, one) for one in curves]
    w = np.array(rows).reshape(len(slices), k.size)
    low, high = (np.array([getattr(one, name) for one in slices]) for name in ("low", "high"))
    quoted = (k >= low[:, None]) & (k <= high[:, None])
    filled, bare = (
        grid_of_variances(
            taus=np.array([one.tau_years for one in slices]),
            variances=variances,
            forwards=np.array([one.forward for one in slices]),
            counts=np.array([one.points for one in slices], np.int64),
            tenor_days=np.asarray(WIDE_TENORS, np.float64),
            k=k,
            extrapolate=extrapolate,
        )
        for variances, extrapolate in ((w, True), (np.where(quoted, w, np.nan), False))
    )
    return replace(filled, extrapolated=np.isnan(bare.vol) & np.isfinite(filled.vol))


def linear_grid(
    slices: Sequence[Slice], tenor_days: Sequence[float], k: Sequence[float], *, extrapolate: bool
) -> Grid:
    """Interpolate slices to a grid, never beyond the outermost quoted strike.

    Raises:
        ValueError: the slices are not in ascending order of expiry.
    """
    k_grid = np.asarray(k, np.float64)
    rows = [np.interp(k_grid, s.k, s.total_variance, left=np.nan, right=np.nan) for s in slices]
    return grid_of_variances(
        taus=np.array([s.tau_years for s in slices]),
        variances=np.array(rows).reshape(len(slices), k_grid.size),
        forwards=np.array([s.forward for s in slices]),
        counts=np.array([s.k.size for s in slices], np.int64),
        tenor_days=np.asarray(tenor_days, np.float64),
        k=k_grid,
        extrapolate=extrapolate,
    )


def grid_of_variances(
    *,
    taus: FloatArray,
    variances: FloatArray,
    forwards: FloatArray,
    counts: IndexArray,
    tenor_days: FloatArray,
    k: FloatArray,
    extrapolate: bool,
) -> Grid:
    """Grid from total variances of each expiry on k, whatever smile they came from.

    Args:
        taus: Years, ascending. Shape (e,).
        variances: w at (expiry, k). Shape (e, m); NaN stays NaN.
        forwards: USD. Shape (e,).
        counts: Quotes behind each expiry. Shape (e,).
        tenor_days: Shape (n,).
        k: Shape (m,).
        extrapolate: Hold volatility flat outside the expiries instead of leaving NaN.
    """
    if (np.diff(taus) <= 0.0).any():
        raise ValueError("slices must be in ascending order of expiry")
    tenors = tenor_days / DAYS_PER_YEAR
    if not taus.size:
        return _empty_grid(tenor_days, k)
    at, log_f = _bracket(taus, tenors), np.log(forwards)
    w = _between(variances[at.left], variances[at.right], at.weight[:, None])
    edge = np.where(at.outside, taus[at.left], tenors)
    vol = np.sqrt(w / edge[:, None])
    outside = at.outside[:, None] & np.isfinite(vol)
    return Grid(
        tenor_days=tenor_days,
        k=k,
        vol=vol if extrapolate else np.where(outside, np.nan, vol),
        extrapolated=outside & extrapolate,
        forward=np.exp(_between(log_f[at.left], log_f[at.right], at.weight)),
        quotes=counts[at.left] + np.where(at.right != at.left, counts[at.right], 0),
    )


def _bracket(taus: FloatArray, tenors: FloatArray) -> _Bracket:
    right = np.searchsorted(taus, tenors)
    exact = taus[np.minimum(right, taus.size - 1)] == tenors
    outside = (right == taus.size) | ((right == 0) & ~exact)
    left = np.where(outside | exact, right, right - 1)
    left, right = (np.clip(side, 0, taus.size - 1) for side in (left, right))
    span = np.where(left == right, 1.0, taus[right] - taus[left])
    weight = np.where(left == right, 0.0, (tenors - taus[left]) / span)
    return _Bracket(left, right, weight, outside)


def _between(left: FloatArray, right: FloatArray, weight: FloatArray) -> FloatArray:
    return np.asarray(left + (right - left) * weight)


def _empty_grid(tenor_days: FloatArray, k: FloatArray) -> Grid:
    nothing = np.full((tenor_days.size, k.size), np.nan)
    return Grid(
        tenor_days=tenor_days,
        k=k,
        vol=nothing,
        extrapolated=np.zeros(nothing.shape, np.bool_),
        forward=np.full(tenor_days.size, np.nan),
        quotes=np.zeros(tenor_days.size, np.int64),
    )
