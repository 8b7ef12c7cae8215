"""What a search for a whole surface minimises: distance to the quotes, and arbitrage as a penalty.

Per quote the distance is (w_fit - w) / (2 vol tau half_width), in half widths of its market, under
a soft absolute value: a quote that no curve reaches must not bend the others. Durrleman's g below a
small margin, and a slice below the one before it, cost the square of what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np

from core.quant.surface.quotes import Slice
from core.quant.surface.wings import (
    LEFT,
    LN_S,
    PARAMS,
    RIGHT,
    Curves,
    M,
    V,
    curves,
    durrleman,
    durrleman_jacobian,
    variance_jacobian,
    variances,
)
from core.quant.types import BoolArray, FloatArray, IndexArray

_LEAST_HALF_WIDTH = 0.002
_WIDTH_RATIO = 10.0
_GRID_SIDE = 18
_GRID_END = 2.5
_GRID_BEYOND = np.array([4.0, 8.0, 40.0])
_LEAST_SLOPE, _MOST_SLOPE = 1e-4, 1.98
"""Lee's bound is 2; at 0 the bend has no place."""
_LEAST_SHARE = 1e-3
"""Of the variance at the money that must be left everywhere."""
_M_BEYOND = 0.5
_S_RANGE = (0.002, 2.0)
_G_MARGIN, _FAR_G_MARGIN = 2e-3, 1e-2
_GAP_MARGIN, _FAR_GAP_MARGIN = 1e-4, 2e-3
"""Of the earlier slice's w. Far from the money, where no quotes are, margins cost nothing and the
watched places are further apart."""
_FAR = (2.5, 6.0)
"""Standard deviations from and to which the margins grow."""
_SLOPE_SCALE = 0.01


@dataclass(frozen=True, slots=True)
class Stiffness:
    """What missing margin costs, per unit squared."""

    g: float
    gap: float


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Slices of one or more chains, ascending within a chain, padded to one length."""

    chain: IndexArray
    """Which chain each slice is of, 0 first. Shape (e,)."""
    place: IndexArray
    """Where in its chain. Shape (e,)."""
    k: FloatArray
    """Shape (e, n), as `w` and `root`."""
    w: FloatArray
    root: FloatArray
    """Square roots of the weights, 0 where there is no quote."""
    money: FloatArray
    """w at the money. Shape (e,)."""
    grid: FloatArray
    """Where arbitrage is looked for, dense at the money. Shape (e, g)."""
    everywhere: FloatArray
    """k, own grid and the grid of the slice before, side by side."""
    farness: FloatArray
    """0 near the money to 1 far from it, of `grid`. Shape (e, g)."""
    low: FloatArray
    """The box of the rows. Shape (e, 5)."""
    high: FloatArray
    is_soft: bool = True
    """False for plain least squares."""

    @property
    def is_linked(self) -> BoolArray:
        """True where slice i + 1 follows slice i in one chain. Shape (e - 1,)."""
        return np.asarray(self.chain[1:] == self.chain[:-1])


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """What gaps between neighbours are measured in; fixed while a search runs."""

    w: FloatArray
    """Shape (e - 1, g)."""
    slope: FloatArray
    """Shape (e - 1, 2)."""


@dataclass(frozen=True, slots=True, eq=False)
class Descent:
    """The cost at one point and its Gauss-Newton model."""

    cost: FloatArray
    """Shape (e,); a gap between two slices is charged to the later one."""
    normal: FloatArray
    """Shape (e, 5, 5)."""
    pull: FloatArray
    """Half the gradient. Shape (e, 5)."""
    coupling: FloatArray
    """Of each slice (rows) with the one before (columns). Shape (e - 1, 5, 5)."""
    is_bound: BoolArray
    """True where an arbitrage margin is missing: the quotes alone ask for another curve."""


def problem_of(
    chains: Sequence[Sequence[Slice]],
    *,
    weights: Sequence[FloatArray] | None = None,
    grid: FloatArray | None = None,
    is_soft: bool = True,
) -> Problem:
    """The problem of these chains; every slice has three points and more.

    Args:
        chains: Expiries ascend within each.
        weights: Of the squared errors of w, per slice; else 1 / (2 vol tau half_width)^2 with
            half_width at least 0.2 points and at most ten times the slice's smallest.
        grid: Where to look for arbitrage instead of the usual places. Shape (e, g).
        is_soft: Off for plain least squares.
    """
    slices = [one for chain in chains for one in chain]
    sizes = np.array([one.k.size for one in slices])
    filled = np.arange(sizes.max()) < sizes[:, None]
    k, vol, half = (_padded([getattr(one, name) for one in slices], filled) for name in _COLUMNS)
    tau = np.array([one.tau_years for one in slices])[:, None]
    root = _roots(vol, half, tau, filled) if weights is None else np.sqrt(_padded(weights, filled))
    money = np.array([one.money for one in slices])
    ends = np.array([(one.k[0], one.k[-1]) for one in slices])
    grid = usual_grid(money) if grid is None else grid
    counts = [len(chain) for chain in chains]
    low, high = _box(money, ends)
    return Problem(
        chain=np.repeat(np.arange(len(chains)), counts),
        place=np.concatenate([np.arange(count) for count in counts]),
        k=k,
        w=vol * vol * tau,
        root=root,
        money=money,
        grid=grid,
        everywhere=_everywhere(k, grid),
        farness=_farness(grid, money),
        low=low,
        high=high,
        is_soft=is_soft,
    )


_COLUMNS = ("k", "vol", "half_width")


def _padded(columns: Sequence[FloatArray], filled: BoolArray) -> FloatArray:
    found = np.zeros(filled.shape)
    found[filled] = np.concatenate(columns)
    return found


def _roots(vol: FloatArray, half: FloatArray, tau: FloatArray, filled: BoolArray) -> FloatArray:
    half = np.where(filled, np.maximum(half, _LEAST_HALF_WIDTH), np.inf)
    half = np.minimum(half, _WIDTH_RATIO * half.min(axis=1, keepdims=True))
    noise = np.where(filled, 2.0 * vol * tau * half, np.inf)
    return np.asarray(1.0 / noise)


def watching(problem: Problem, grid: FloatArray) -> Problem:
    """The same problem, looking for arbitrage at other places. Shape (e, g)."""
    return replace(
        problem,
        grid=grid,
        everywhere=_everywhere(problem.k, grid),
        farness=_farness(grid, problem.money),
    )


def _everywhere(k: FloatArray, grid: FloatArray) -> FloatArray:
    return np.concatenate((k, grid, np.concatenate((grid[:1], grid[:-1]))), axis=1)


def _farness(grid: FloatArray, money: FloatArray) -> FloatArray:
    start, end = _FAR
    away = np.abs(grid) / np.sqrt(money)[:, None]
    return np.asarray(np.clip((away - start) / (end - start), 0.0, 1.0))


def usual_grid(money: FloatArray) -> FloatArray:
    """From -2.5 to 2.5, at the money a tenth of the standard deviation apart, and far beyond."""
    deviation = np.sqrt(money)[:, None]
    step = np.linspace(-1.0, 1.0, 2 * _GRID_SIDE + 1)
    inner = deviation * np.sinh(step * np.arcsinh(_GRID_END / deviation))
    beyond = np.broadcast_to(_GRID_BEYOND, (money.size, _GRID_BEYOND.size))
    return np.concatenate((-beyond[:, ::-1], inner, beyond), axis=1)


def _box(money: FloatArray, ends: FloatArray) -> tuple[FloatArray, FloatArray]:
    low, high = (np.empty((money.size, PARAMS)) for _ in range(2))
    low[:, V], high[:, V] = _LEAST_SHARE * money, np.inf
    low[:, LEFT : RIGHT + 1], high[:, LEFT : RIGHT + 1] = _LEAST_SLOPE, _MOST_SLOPE
    low[:, M], high[:, M] = ends[:, 0] - _M_BEYOND, ends[:, 1] + _M_BEYOND
    low[:, LN_S], high[:, LN_S] = (log(end) for end in _S_RANGE)
    return low, high


def scales_at(problem: Problem, x: FloatArray) -> Scales:
    """Gaps measured against the slices as they stand."""
    earlier = x[:-1]
    return Scales(
        w=variances(problem.grid[:-1], earlier),
        slope=np.maximum(earlier[:, LEFT : RIGHT + 1], _SLOPE_SCALE),
    )


def quote_costs(problem: Problem, x: FloatArray) -> FloatArray:
    """Distance of every chain to its quotes, arbitrage left aside. Shape (chains,)."""
    error = (variances(problem.k, x) - problem.w) * problem.root
    square = error * error
    costs = 2.0 * (np.sqrt(1.0 + square) - 1.0) if problem.is_soft else square
    return np.asarray(np.bincount(problem.chain, costs.sum(axis=1)), np.float64)


def descent_at(problem: Problem, x: FloatArray, stiff: Stiffness, scales: Scales | None) -> Descent:
    """Cost and model at x; without scales every slice is taken for itself."""
    quotes, grid = problem.k.shape[1], problem.grid.shape[1]
    at = curves(
        problem.everywhere if scales is not None else problem.everywhere[:, : quotes + grid], x
    )
    jacobian = variance_jacobian(at)
    rows, errors, cost = _quote_rows(problem, at.w[:, :quotes], jacobian[:, :, :quotes])
    own = _columns(at, quotes, quotes + grid)
    missing = _G_MARGIN + (_FAR_G_MARGIN - _G_MARGIN) * problem.farness - durrleman(own)
    is_missing = missing > 0.0
    is_bound = np.asarray(is_missing.any(axis=1))
    if is_bound.any():
        slopes = durrleman_jacobian(own, jacobian[:, :, quotes : quotes + grid])
        slopes *= np.where(is_missing, -np.sqrt(stiff.g), 0.0)[:, None, :]
        short = np.where(is_missing, missing, 0.0)
        cost += stiff.g * np.einsum("ij,ij->i", short, short)
        rows = np.concatenate((rows, slopes), axis=2)
        errors = np.concatenate((errors, np.sqrt(stiff.g) * short), axis=1)
    normal = rows @ rows.transpose(0, 2, 1)
    pull = (rows @ errors[:, :, None])[:, :, 0]
    found = Descent(cost, normal, pull, np.zeros((x.shape[0] - 1, PARAMS, PARAMS)), is_bound)
    if scales is not None:
        _add_gaps(problem, x, at.w, jacobian, stiff.gap, scales, found)
    return found


def _columns(at: Curves, start: int, stop: int) -> Curves:
    part = slice(start, stop)
    return Curves(
        at.k[:, part],
        at.away[:, part],
        at.radius[:, part],
        at.w[:, part],
        at.slope[:, part],
        at.bend[:, part],
        at.x,
        at.s,
    )


def _quote_rows(
    problem: Problem, w: FloatArray, jacobian: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weighted Jacobian, weighted errors and cost of the quotes."""
    error = (w - problem.w) * problem.root
    if not problem.is_soft:
        return jacobian * problem.root[:, None, :], error, np.einsum("ij,ij->i", error, error)
    length = np.sqrt(1.0 + error * error)
    cost = 2.0 * (length.sum(axis=1) - length.shape[1])
    fade = 1.0 / np.sqrt(length)
    return jacobian * (problem.root * fade)[:, None, :], error * fade, cost


def _add_gaps(
    problem: Problem,
    x: FloatArray,
    w: FloatArray,
    jacobian: FloatArray,
    stiff: float,
    scales: Scales,
    found: Descent,
) -> None:
    """Charge every slice that lies below the one before it, on the grid or in its wings."""
    quotes, size = problem.k.shape[1], problem.grid.shape[1]
    own, before = slice(quotes, quotes + size), slice(quotes + size, None)
    linked = problem.is_linked[:, None]
    margin = _GAP_MARGIN + (_FAR_GAP_MARGIN - _GAP_MARGIN) * problem.farness[:-1]
    missing = margin - (w[1:, before] - w[:-1, own]) / scales.w
    missing = np.where(linked & (missing > 0.0), missing, 0.0)
    wings = _FAR_GAP_MARGIN - (x[1:, LEFT : RIGHT + 1] - x[:-1, LEFT : RIGHT + 1]) / scales.slope
    wings = np.where(linked & (wings > 0.0), wings, 0.0)
    is_short = missing.any(axis=1) | wings.any(axis=1)
    if not is_short.any():
        return
    found.is_bound[1:] |= is_short
    found.is_bound[:-1] |= is_short
    found.cost[1:] += stiff * (
        np.einsum("ij,ij->i", missing, missing) + np.einsum("ij,ij->i", wings, wings)
    )
    per = np.where(missing > 0.0, np.sqrt(stiff) / scales.w, 0.0)[:, None, :]
    early, late, error = slice(PARAMS), slice(PARAMS, 2 * PARAMS), 2 * PARAMS
    rows = np.empty((missing.shape[0], error + 1, size))
    np.multiply(jacobian[:-1, :, own], per, out=rows[:, early])
    np.multiply(jacobian[1:, :, before], per, out=rows[:, late])
    np.multiply(missing, np.sqrt(stiff), out=rows[:, error])
    products = rows @ rows.transpose(0, 2, 1)  # one call for all that is needed of them
    found.normal[:-1] += products[:, early, early]
    found.normal[1:] += products[:, late, late]
    np.negative(products[:, late, early], out=found.coupling)
    found.pull[:-1] += products[:, early, error]
    found.pull[1:] -= products[:, late, error]
    rigid = np.where(wings > 0.0, stiff / (scales.slope * scales.slope), 0.0)
    push = stiff * wings / scales.slope
    for column, at in enumerate((LEFT, RIGHT)):
        found.normal[:-1, at, at] += rigid[:, column]
        found.normal[1:, at, at] += rigid[:, column]
        found.coupling[:, at, at] -= rigid[:, column]
        found.pull[:-1, at] += push[:, column]
        found.pull[1:, at] -= push[:, column]
