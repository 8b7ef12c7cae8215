"""Fits raw SVI to one slice, quasi-explicitly: two parameters searched, three solved.

For fixed (m, s) and y = (k - m)/s, w = a + d y + c sqrt(y^2 + 1) is linear with c = b s and
d = rho b s; the bounds b (1 + |rho|) <= 2 and |rho| <= 1 are a diamond in (d, c). The inner problem
is solved for many (m, s) at once; the outer search starts on a coarse grid (or at the last fit) and
goes on with Gauss-Newton steps, the linear parameters eliminated.

Source: De Marco & Martini (Zeliade 2009), Quasi-explicit calibration of Gatheral's SVI model, with
Lee's bound 2 s instead of the paper's 4 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

import numpy as np

from core.quant.surface.quotes import Slice
from core.quant.surface.svi import ButterflyCheck, SviRaw, check_butterfly, total_variance
from core.quant.types import FloatArray

_LEAST_POINTS = 5
_FEW_POINTS = 3
_LEAST_HALF_WIDTH = 0.002
_WEIGHT_RATIO = 100.0
_M_BEYOND = 0.5
_S_RANGE = (0.005, 2.0)
_S_START = np.geomspace(0.01, 1.6, 9)
_M_START = np.linspace(0.0, 1.0, 13)
_MAX_ROUNDS = 40
_FIRST_REACH, _LEAST_REACH = 0.1, 1e-4
"""Of the search, as a share of the quoted range in m and absolute in ln s."""
_LEAST_GAIN = 1e-6
_DAMPING = 1.0 + np.array([1e-9, 1e-3, 1e-2, 0.1, 1.0, 10.0])
_CROSS = np.array([(i, j) for i in (-1.0, 0.0, 1.0) for j in (-1.0, 0.0, 1.0) if i or j])
_CORNERS = np.array([(0.0, 0.0), (1.0, 1.0), (0.0, 2.0), (-1.0, 1.0)])
"""Of the diamond of (d, c), in units of s."""
_EDGES = np.roll(_CORNERS, -1, axis=0) - _CORNERS


@dataclass(frozen=True, slots=True)
class SviFit:
    """A fitted slice with its quality."""

    params: SviRaw
    points: int
    sse: float
    """Weighted sum of squared errors of w, weights scaled to mean 1."""
    rmse_vol: float
    """Root mean square error in volatility, decimal."""
    max_vol_error: float
    butterfly: ButterflyCheck
    converged: bool
    """False when the outer search stopped at its step limit."""


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """One slice as the solver sees it."""

    k: FloatArray
    w: FloatArray
    weight: FloatArray
    """Mean 1."""
    rho: float | None = None
    """Held fixed where the points are too few."""


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """Weighted second moments of y, r = sqrt(y^2 + 1) and w per candidate. Shape (j,)."""

    yy: FloatArray
    yr: FloatArray
    rr: FloatArray
    yw: FloatArray
    rw: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Inner:
    """Solutions of the inner problem for candidates (m, s). Shape (j,)."""

    a: FloatArray
    d: FloatArray
    c: FloatArray
    sse: FloatArray

    def take(self, row: int) -> _Inner:
        """One candidate, kept as arrays of length 1."""
        rows = slice(row, row + 1)
        return _Inner(self.a[rows], self.d[rows], self.c[rows], self.sse[rows])


def fit_svi(
    smile: Slice,
    *,
    start: SviRaw | None = None,
    neighbour: SviRaw | None = None,
    sizes: FloatArray | None = None,
    weighted: bool = True,
    rounds: int = _MAX_ROUNDS,
) -> SviFit:
    """Least-squares SVI of a slice, inside Lee's wing bound and with non-negative variance.

    Args:
        smile: At least 5 points, or 3 with a neighbour.
        start: Last fit of this expiry; the search begins there instead of on the coarse grid.
        neighbour: Fit of the next expiry, whose rho and s are kept where points are too few.
        sizes: min(bid size, ask size) per point, multiplied into the weights. Shape (n,).
        weighted: Weights 1 / (2 vol tau half_width)^2, half_width at least 0.2 points, the
            smallest at least a hundredth of the largest. Off for tests only.
        rounds: Where the search ends at the latest. From the fit of a second ago, with quotes
            0.4 points noisier, three leave less than 1e-4 of the error to gain.

    Raises:
        ValueError: too few points.
    """
    few = smile.k.size < _LEAST_POINTS
    if smile.k.size < _FEW_POINTS or (few and neighbour is None):
        raise ValueError(
            f"SVI needs {_LEAST_POINTS} points, or {_FEW_POINTS} and a neighbouring fit;"
            f" this slice has {smile.k.size}"
        )
    weight = _weights(smile, sizes) if weighted else np.ones(smile.k.size)
    rho = neighbour.rho if few and neighbour is not None else None
    problem = _Problem(smile.k, smile.total_variance, weight / weight.mean(), rho)
    if few and neighbour is not None:
        centre = _coarse(problem, np.array([neighbour.s]))
    elif start is not None:
        centre = np.array([start.m, log(start.s)])
    else:
        centre = _coarse(problem, _S_START)
    centre, converged = _descend(problem, centre, few, rounds)
    return _report(smile, problem, centre, converged)


def _weights(smile: Slice, sizes: FloatArray | None) -> FloatArray:
    half_width = np.maximum(smile.half_width, _LEAST_HALF_WIDTH)
    weight = np.square(1.0 / (2.0 * smile.vol * smile.tau_years * half_width))
    if sizes is not None:
        weight = weight * sizes
    return np.asarray(np.maximum(weight, weight.max() / _WEIGHT_RATIO))


def _coarse(problem: _Problem, s: FloatArray) -> FloatArray:
    """(m, ln s) of the best point of a coarse grid, denser where the quotes are."""
    low, high = float(problem.k[0]), float(problem.k[-1])
    beyond = _M_BEYOND * np.array([0.1, 0.4, 1.0])
    m = np.concatenate((low - beyond, low + (high - low) * _M_START, high + beyond))
    m_all, s_all = np.repeat(m, s.size), np.tile(s, m.size)
    best = int(np.argmin(_solve_inner(problem, m_all, s_all).sse))
    return np.array([m_all[best], log(s_all[best])])


def _descend(
    problem: _Problem, centre: FloatArray, fixed_s: bool, rounds: int
) -> tuple[FloatArray, bool]:
    """Walk (m, ln s) down to the minimum; False when the step limit came first.

    Each round tries damped Gauss-Newton steps and a shrinking cross of neighbours at once: the
    steps converge fast inside the bounds, the neighbours also where a bound is active.
    """
    low = np.array([problem.k[0] - _M_BEYOND, log(_S_RANGE[0])])
    high = np.array([problem.k[-1] + _M_BEYOND, log(_S_RANGE[1])])
    if fixed_s:
        low[1] = high[1] = centre[1]
    unit = np.array([float(np.ptp(problem.k)), 1.0])
    reach, point = _FIRST_REACH, np.clip(centre, low, high)
    inner = _solve_inner(problem, point[:1], np.exp(point[1:]))
    for _ in range(rounds):
        newton = _newton_steps(problem, point, inner)
        tries = np.clip(point + np.concatenate((newton, reach * unit * _CROSS)), low, high)
        found = _solve_inner(problem, tries[:, 0], np.exp(tries[:, 1]))
        best = int(np.argmin(found.sse))
        moved = float(np.abs((tries[best] - point) / unit).max())
        if found.sse[best] < inner.sse[0]:
            gain = 1.0 - float(found.sse[best] / inner.sse[0])
            point, inner = tries[best], found.take(best)
            if gain < _LEAST_GAIN and moved < _LEAST_REACH:
                return point, True
        else:
            reach *= 0.25
            if min(reach, float(np.abs(newton[0] / unit).max())) < _LEAST_REACH:
                return point, True
    return point, False


def _newton_steps(problem: _Problem, point: FloatArray, inner: _Inner) -> FloatArray:
    """Gauss-Newton steps of (m, ln s), one per damping, the linear parameters eliminated.

    Shape (dampings, 2). Source: Kaufman (1975), A variable projection method.
    """
    m, s = float(point[0]), exp(float(point[1]))
    y = (problem.k - m) / s
    r = np.sqrt(1.0 + y * y)
    a, d, c = inner.a[0], inner.d[0], inner.c[0]
    root = np.sqrt(problem.weight)
    if problem.rho is None:
        linear = np.stack([np.ones_like(y), y, r], axis=1)
    else:
        linear = np.stack([np.ones_like(y), problem.rho * y + r], axis=1)
    by_m, by_s = -(d + c * y / r) / s, -(d * y + c * y * y / r)
    q, _ = np.linalg.qr(linear * root[:, None])
    bend = np.stack([by_m, by_s], axis=1) * root[:, None]
    bend -= q @ (q.T @ bend)
    normal = bend.T @ bend
    pull = bend.T @ (root * (problem.w - a - d * y - c * r))
    p, o, t = normal[0, 0] * _DAMPING + 1e-300, normal[0, 1], normal[1, 1] * _DAMPING + 1e-300
    det = p * t - o * o
    return np.stack([(t * pull[0] - o * pull[1]) / det, (p * pull[1] - o * pull[0]) / det], axis=1)


def _solve_inner(problem: _Problem, m: FloatArray, s: FloatArray) -> _Inner:
    """Best (a, d, c) of every candidate (m, s) within the bounds. All shapes (j,)."""
    y = (problem.k - m[:, None]) / s[:, None]
    r = np.sqrt(1.0 + y * y)
    share = problem.weight / problem.weight.sum()
    mean_y, mean_r, mean_w = y @ share, r @ share, float(problem.w @ share)
    solve = _in_diamond if problem.rho is None else _on_ray
    rho = problem.rho or 0.0
    d, c = solve(
        _moments(y - mean_y[:, None], r - mean_r[:, None], problem.w - mean_w, share), s, rho
    )
    a = mean_w - d * mean_y - c * mean_r
    # Variance below zero somewhere: the paper's bound a = 0 instead.
    below = a + np.sqrt(np.maximum(c * c - d * d, 0.0)) < 0.0
    if below.any():
        d0, c0 = solve(_moments(y, r, problem.w, share), s, rho)
        a, d, c = np.where(below, 0.0, a), np.where(below, d0, d), np.where(below, c0, c)
    error = problem.w - a[:, None] - d[:, None] * y - c[:, None] * r
    return _Inner(a, d, c, (error * error) @ problem.weight)


def _moments(y: FloatArray, r: FloatArray, w: FloatArray, share: FloatArray) -> _Moments:
    weighted_y, weighted_r = y * share, r * share
    return _Moments(
        yy=np.einsum("ij,ij->i", weighted_y, y),
        yr=np.einsum("ij,ij->i", weighted_y, r),
        rr=np.einsum("ij,ij->i", weighted_r, r),
        yw=weighted_y @ w,
        rw=weighted_r @ w,
    )


def _in_diamond(q: _Moments, s: FloatArray, _: float) -> tuple[FloatArray, FloatArray]:
    """Least squares (d, c) with |d| <= c and |d| <= 2 s - c."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        det = q.yy * q.rr - q.yr * q.yr
        d = (q.yw * q.rr - q.rw * q.yr) / det
        c = (q.rw * q.yy - q.yw * q.yr) / det
    outside = ~((np.abs(d) <= c) & (np.abs(d) <= 2.0 * s - c) & (det > 0.0))
    if outside.any():
        edge_d, edge_c = _best_edge(q, s)
        d, c = np.where(outside, edge_d, d), np.where(outside, edge_c, c)
    return d, c


def _best_edge(q: _Moments, s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The best point on the rim of the diamond (0,0), (s,s), (0,2s), (-s,s). Shapes (j,)."""
    corner_d, corner_c = s * _CORNERS[:, :1], s * _CORNERS[:, 1:]
    along_d, along_c = s * _EDGES[:, :1], s * _EDGES[:, 1:]
    pull_d = q.yw - q.yy * corner_d - q.yr * corner_c
    pull_c = q.rw - q.yr * corner_d - q.rr * corner_c
    stiff = q.yy * along_d**2 + 2.0 * q.yr * along_d * along_c + q.rr * along_c**2
    reach = (along_d * pull_d + along_c * pull_c) / np.maximum(stiff, 1e-300)
    reach = np.clip(reach, 0.0, 1.0)
    d, c = corner_d + reach * along_d, corner_c + reach * along_c
    cost = q.yy * d**2 + 2.0 * q.yr * d * c + q.rr * c**2 - 2.0 * (q.yw * d + q.rw * c)
    best = np.argmin(cost, axis=0)[None, :]
    return np.take_along_axis(d, best, 0)[0], np.take_along_axis(c, best, 0)[0]


def _on_ray(q: _Moments, s: FloatArray, rho: float) -> tuple[FloatArray, FloatArray]:
    """Least squares c with d = rho c and 0 <= c <= 2 s / (1 + |rho|)."""
    stiff = rho * rho * q.yy + 2.0 * rho * q.yr + q.rr
    c = (rho * q.yw + q.rw) / np.maximum(stiff, 1e-300)
    c = np.clip(c, 0.0, 2.0 * s / (1.0 + abs(rho)))
    return rho * c, c


def _report(smile: Slice, problem: _Problem, centre: FloatArray, converged: bool) -> SviFit:
    m, s = float(centre[0]), exp(float(centre[1]))
    inner = _solve_inner(problem, np.array([m]), np.array([s]))
    a, d, c = float(inner.a[0]), float(inner.d[0]), float(inner.c[0])
    params = SviRaw(a, c / s, max(-1.0, min(1.0, d / c)) if c > 0.0 else 0.0, m, s)
    w = np.maximum(total_variance(smile.k, params), 0.0)
    error = np.sqrt(w / smile.tau_years) - smile.vol
    return SviFit(
        params=params,
        points=smile.k.size,
        sse=float(inner.sse[0]),
        rmse_vol=float(np.sqrt(np.mean(np.square(error)))),
        max_vol_error=float(np.abs(error).max()),
        butterfly=check_butterfly(params),
        converged=converged,
    )
