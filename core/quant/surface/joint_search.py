"""Finds the surface of the least cost: Levenberg-Marquardt on all slices of all chains at once.

First every slice for itself, then the chains whole. The penalties on arbitrage are soft at first
and stiffen in a few rungs: a search that meets stiff ones from far away creeps along their edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.quant.surface.joint_problem import (
    Descent,
    Problem,
    Scales,
    Stiffness,
    descent_at,
    scales_at,
)
from core.quant.surface.wings import LEFT, LN_S, PARAMS, RIGHT, M, V, moved
from core.quant.types import BoolArray, FloatArray, IndexArray

ALONE = Stiffness(g=1e4, gap=0.0)
RUNGS = (Stiffness(300.0, 300.0), Stiffness(3e3, 3e3), Stiffness(1e5, 1e5))
_FIRST_DAMPING, _LEAST_DAMPING, _MOST_DAMPING = 1e-3, 1e-9, 1e6
_EASE, _TIGHTEN = 0.15, 8.0
_START_M = np.array([-1.5, -0.8, -0.3, 0.0, 0.3, 0.8, 1.5])
_START_S = np.array([0.4, 0.9, 1.7, 3.0, 4.5])
"""Both in standard deviations."""
_START_LEAST = 0.05
_START_QUOTES = 24
"""So many of a slice's quotes are looked at for a start."""
_DIAGONAL = np.arange(PARAMS)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where a search ended."""

    x: FloatArray
    """Shape (e, 5)."""
    cost: FloatArray
    """Of every chain (every slice when searched alone)."""
    is_bound: BoolArray
    """Slices that arbitrage holds back, where it began or where it ended. Shape (e,)."""


def cold_start(problem: Problem) -> FloatArray:
    """The best row of a coarse grid of places and widths, slopes and level solved. Shape (e, 5)."""
    m, s = (one.ravel() for one in np.meshgrid(_START_M, _START_S, indexing="ij"))
    deviation, money = np.sqrt(problem.money)[:, None], problem.money[:, None]
    some = _some_quotes(problem)
    k, w, root = (np.take_along_axis(one, some, 1) for one in (problem.k, problem.w, problem.root))
    k, w, weight = k / deviation, w / money, np.square(root * money)
    away = k[:, None, :] - m[:, None]
    radius = np.sqrt(away * away + np.square(s)[:, None])
    basis = np.stack((np.ones_like(away), 0.5 * (radius - away), 0.5 * (radius + away)), axis=2)
    weighted = basis * weight[:, None, None, :]
    normal = weighted @ basis.transpose(0, 1, 3, 2)
    normal[..., np.arange(3), np.arange(3)] *= 1.0 + 1e-9
    pull = weighted @ w[:, None, :, None]
    level, left, right = np.moveaxis(np.linalg.solve(normal, pull)[..., 0], -1, 0)
    left, right = np.maximum(left, 1e-3), np.maximum(right, 1e-3)
    bend = s * np.sqrt(left * right)
    least = np.maximum(level + bend, _START_LEAST)
    fit = (np.stack((least - bend, left, right), axis=2)[:, :, None, :] @ basis)[:, :, 0, :]
    error = fit - w[:, None, :]
    best = np.argmin(np.einsum("ijk,ijk,ik->ij", error, error, weight), axis=1)
    slices, found = np.arange(best.size), np.empty((best.size, PARAMS))
    found[:, V] = least[slices, best] * problem.money
    found[:, LEFT] = left[slices, best] * deviation[:, 0]
    found[:, RIGHT] = right[slices, best] * deviation[:, 0]
    found[:, M] = m[best] * deviation[:, 0]
    found[:, LN_S] = np.log(s[best] * deviation[:, 0])
    return np.clip(found, problem.low, problem.high)


def _some_quotes(problem: Problem) -> IndexArray:
    """Columns of quotes spread evenly over each slice; some twice where there are few."""
    last = np.count_nonzero(problem.root, axis=1) - 1
    spread = np.rint(last[:, None] * np.linspace(0.0, 1.0, _START_QUOTES))
    return np.asarray(spread, np.int64)


def search_alone(problem: Problem, x: FloatArray, rounds: int, tolerance: float) -> Found:
    """Every slice by itself: no butterfly arbitrage, calendar left open."""
    slices = np.arange(x.shape[0])
    return _descend(problem, x, ALONE, None, slices, rounds, tolerance)


def search_joint(
    problem: Problem, x: FloatArray, stiff: Stiffness, rounds: int, tolerance: float
) -> Found:
    """Every chain as a whole, from x inside the box."""
    scales = scales_at(problem, x)
    return _descend(problem, x, stiff, scales, problem.chain, rounds, tolerance)


def _descend(
    problem: Problem,
    x: FloatArray,
    stiff: Stiffness,
    scales: Scales | None,
    group: IndexArray,
    rounds: int,
    tolerance: float,
) -> Found:
    """Damped steps, each group of slices with its own damping and its own end."""
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    here = descent_at(problem, x, stiff, scales)
    cost, was_bound = np.add.reduceat(here.cost, starts), here.is_bound
    damping = np.full(starts.size, _FIRST_DAMPING)
    is_done = np.zeros(starts.size, np.bool_)
    for _ in range(rounds):
        step = _step(problem, x, here, damping[group], scales is not None)
        there_x = np.clip(x - step, problem.low, problem.high)
        if scales is None:
            there_x = moved(x, there_x, -step, problem.low, problem.high)
        there = descent_at(problem, there_x, stiff, scales)
        there_cost = np.add.reduceat(there.cost, starts)
        is_better = (there_cost < cost) & ~is_done
        gain = cost - there_cost
        is_done |= (is_better & (gain < tolerance * cost)) | (damping > _MOST_DAMPING)
        damping = np.where(
            is_better, np.maximum(damping * _EASE, _LEAST_DAMPING), damping * _TIGHTEN
        )
        cost = np.where(is_better, there_cost, cost)
        take = is_better[group]
        x = np.where(take[:, None], there_x, x)
        here = there if take.all() else _mixed(take, there, here)
        if is_done.all():
            break
    return Found(x, cost, here.is_bound | was_bound)


def _mixed(take: BoolArray, there: Descent, here: Descent) -> Descent:
    cube = take[:, None, None]
    return Descent(
        np.where(take, there.cost, here.cost),
        np.where(cube, there.normal, here.normal),
        np.where(take[:, None], there.pull, here.pull),
        np.where(cube[1:], there.coupling, here.coupling),
        np.where(take, there.is_bound, here.is_bound),
    )


def _step(
    problem: Problem, x: FloatArray, at: Descent, damping: FloatArray, is_joint: bool
) -> FloatArray:
    """The damped Gauss-Newton step, numbers that press against their box held. Shape (e, 5)."""
    held = ((x <= problem.low) & (at.pull > 0.0)) | ((x >= problem.high) & (at.pull < 0.0))
    free = (~held).astype(np.float64)
    diagonal = at.normal[:, _DIAGONAL, _DIAGONAL]
    normal = at.normal * free[:, :, None]
    normal *= free[:, None, :]
    normal[:, _DIAGONAL, _DIAGONAL] = np.where(
        held, 1.0, diagonal * (1.0 + damping[:, None]) + 1e-300
    )
    pull = at.pull * free
    if not is_joint:
        return np.asarray(np.linalg.solve(normal, pull[:, :, None])[:, :, 0])
    coupling = at.coupling * free[1:, :, None]
    coupling *= free[:-1, None, :]
    return _solve_chains(problem, normal, coupling, pull)


def _solve_chains(
    problem: Problem, normal: FloatArray, coupling: FloatArray, pull: FloatArray
) -> FloatArray:
    """One block-tridiagonal system a chain, padded to the longest. Shape (e, 5)."""
    chain, place = problem.chain, problem.place
    chains, longest = int(chain[-1]) + 1, int(place.max()) + 1
    system = np.zeros((chains, longest, PARAMS, longest, PARAMS))
    every = np.arange(longest)
    system[:, every, :, every, :] = np.eye(PARAMS)
    system[chain, place, :, place, :] = normal
    linked = np.flatnonzero(problem.is_linked)
    at, late = chain[linked + 1], place[linked + 1]
    system[at, late, :, late - 1, :] = coupling[linked]
    system[at, late - 1, :, late, :] = coupling[linked].transpose(0, 2, 1)
    size = longest * PARAMS
    right = np.zeros((chains, longest, PARAMS))
    right[chain, place] = pull
    solved = np.linalg.solve(system.reshape(chains, size, size), right.reshape(chains, size, 1))
    return np.asarray(solved.reshape(chains, longest, PARAMS)[chain, place])
