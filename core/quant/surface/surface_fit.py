"""Fits the surfaces of whole chains: close to the quotes, free of butterfly and calendar arbitrage.

All expiries of all chains are searched in one array program (`joint_search`), so a badly quoted
expiry gives way to its well quoted neighbours and not the other way round. What the search leaves
is looked at on a fine grid; a place where arbitrage hides between the watched points is watched
from then on and the search goes on; the last 1e-3 is mended. A chain that is still not free gets
the slices of its SSVI surface, which are by theorem. So nothing leaves this file with arbitrage.

An expiry with few quotes or none leans on the chain's SSVI surface.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.quant.surface.arbitrage import Arbitrage, arbitrage_of, first_arbitrage_of, mended
from core.quant.surface.fitted_slice import (
    LEAST_OWN_QUOTES,
    Expiry,
    FittedSlice,
    Trace,
    model_of,
    quality_of,
)
from core.quant.surface.joint_problem import (
    Problem,
    Stiffness,
    problem_of,
    quote_costs,
    usual_grid,
    watching,
)
from core.quant.surface.joint_search import (
    RUNGS,
    Found,
    cold_start,
    search_alone,
    search_joint,
)
from core.quant.surface.quotes import Slice
from core.quant.surface.ssvi import Ssvi, fit_ssvi, levels
from core.quant.surface.wings import raw_of, row_of
from core.quant.types import FloatArray

_ALONE_ROUNDS, _RUNG_ROUNDS, _WARM_ROUNDS, _WATCH_ROUNDS = 2, (4, 6, 6), 6, 4
_TOLERANCE, _RUNG_TOLERANCES = 1e-4, (5e-2, 5e-2, 1e-2)
_WATCH_TURNS = 4
_STIFFEN, _MOST_STIFF = 10.0, 1e8
_MOST_MOVED = 1.25
"""The watched places are spread anew when the variance at the money has changed by this factor."""
_LEAN_K = np.linspace(-3.0, 3.0, 13)
"""Standard deviations at which an expiry with few quotes leans on the SSVI surface."""
_LEAN_APART = 0.4
_LEAN_HALF_WIDTH, _LEAN_SHARE = 0.03, 0.15
_CLEARLY_BETTER, _LEAST_GAIN = 0.98, 0.999
"""Of the cost of the fit it replaces: what is searched anew, and what is followed."""


def fit_surfaces(
    chains: Sequence[Sequence[Expiry]],
    starts: Sequence[Sequence[FittedSlice | None]] | None = None,
    challenged: int | None = None,
) -> list[list[FittedSlice | None]]:
    """The surface of every chain; None throughout a chain without a single slice.

    Args:
        chains: Expiries ascend within each.
        starts: The fits of the turn before, in the same shape. A chain with all of them is searched
            from there, in a fifth of the time; its curves move only as far as its quotes do.
        challenged: Of the chains that have starts, the one to search anew as well. The result
            replaces the warm one when it is clearly better, so that no chain stays in a bad
            minimum, and none swings between two.
    """
    found: list[list[FittedSlice | None]] = [[None] * len(chain) for chain in chains]
    fitted = [i for i, chain in enumerate(chains) if any(one.slice for one in chain)]
    begun = {i: _complete(starts[i]) for i in fitted} if starts is not None else {}
    warm = {i: start for i, start in begun.items() if start}
    cold = [i for i in fitted if i not in warm]
    for i, fits in zip(cold, _fit([chains[i] for i in cold]), strict=True):
        found[i] = list(fits.slices)
    followed = _fit([chains[i] for i in warm], list(warm.values()))
    for i, fits in zip(warm, followed, strict=True):
        found[i] = list(fits.slices)
        if i == challenged:
            (anew,) = _fit([chains[i]])
            if anew.cost < _CLEARLY_BETTER * fits.cost:
                found[i] = list(anew.slices)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _ChainFit:
    slices: tuple[FittedSlice, ...]
    cost: float


def _complete(starts: Sequence[FittedSlice | None]) -> list[FittedSlice] | None:
    known = [start for start in starts if start is not None]
    return known if len(known) == len(starts) else None


def _fit(
    chains: Sequence[Sequence[Expiry]], starts: Sequence[Sequence[FittedSlice]] | None = None
) -> list[_ChainFit]:
    if not chains:
        return []
    traces = [[one.trace for one in own] for own in starts or ()]
    last = [own[0].surface for own in traces] or [None] * len(chains)
    aims = [_aims(*each) for each in zip(chains, last, strict=True)]
    problem = problem_of([one.slices for one in aims])
    if starts is None:
        freed = _freed(problem, _search(problem), RUNGS[-1].gap)
    else:
        freed = _followed(problem, [one for own in traces for one in own])
    freed = _by_theorem(freed, [one.slices for one in aims])
    reports = _reports(chains, aims, freed)
    return [
        _ChainFit(tuple(itertools.compress(reports, problem.chain == i)), float(cost))
        for i, cost in enumerate(quote_costs(problem, freed.found.x))
    ]


def _followed(problem: Problem, traces: Sequence[Trace]) -> _Freed:
    """Search on from the last fit; a chain that has nothing to gain keeps it to the last digit."""
    problem = watching(problem, _kept_grid(problem, traces))
    last = np.array([one.row for one in traces])
    start = np.clip(last, problem.low, problem.high)
    stiffness = max(one.stiffness for one in traces)
    found = search_joint(problem, start, _both(stiffness), _WARM_ROUNDS, _TOLERANCE)
    found = replace(found, x=_better(problem, found.x, last))
    freed = _freed(problem, found, stiffness)
    x = _better(problem, freed.found.x, last)
    state = freed.state if x is freed.found.x else arbitrage_of(x, problem.is_linked)
    return replace(freed, found=replace(freed.found, x=x), state=state)


def _better(problem: Problem, x: FloatArray, last: FloatArray) -> FloatArray:
    """x for the chains that it brings closer to their quotes, else the last rows."""
    gains = quote_costs(problem, x) < _LEAST_GAIN * quote_costs(problem, last)
    return x if gains.all() else np.where(gains[problem.chain][:, None], x, last)


def _kept_grid(problem: Problem, traces: Sequence[Trace]) -> FloatArray:
    kept, spread = np.array([one.watched for one in traces]), usual_grid(problem.money)
    moved = np.log(problem.money / np.array([one.money for one in traces]))
    return np.where((np.abs(moved) < np.log(_MOST_MOVED))[:, None], kept, spread)


def _search(problem: Problem) -> Found:
    found = search_alone(problem, cold_start(problem), _ALONE_ROUNDS, _TOLERANCE)
    is_bound = np.zeros(found.x.shape[0], np.bool_)
    for stiff, rounds, tolerance in zip(RUNGS, _RUNG_ROUNDS, _RUNG_TOLERANCES, strict=True):
        found = search_joint(problem, found.x, stiff, rounds, tolerance)
        is_bound |= found.is_bound
    return replace(found, is_bound=is_bound)


@dataclass(frozen=True, slots=True, eq=False)
class _Freed:
    """A search whose rows have no arbitrage left that is known."""

    problem: Problem
    """With the places watched in the end."""
    found: Found
    state: Arbitrage
    stiffness: float


def _freed(problem: Problem, found: Found, stiffness: float) -> _Freed:
    """Search on while arbitrage hides between the watched places, then mend what is left."""
    state = first_arbitrage_of(found.x, problem.is_linked)
    for _ in range(_WATCH_TURNS):
        if state.is_free or state.is_slight:
            break
        problem = watching(problem, _with_worst(problem.grid, state))
        stiffness = min(stiffness * _STIFFEN, _MOST_STIFF)
        is_bound = found.is_bound
        found = search_joint(problem, found.x, _both(stiffness), _WATCH_ROUNDS, _TOLERANCE)
        found = replace(found, is_bound=found.is_bound | is_bound)
        state = first_arbitrage_of(found.x, problem.is_linked)
    if not state.is_free:
        x, state = mended(found.x, problem.is_linked, state)
        found = replace(found, x=x)
    return _Freed(problem, found, state, stiffness)


def _both(stiffness: float) -> Stiffness:
    return Stiffness(stiffness, stiffness)


def _with_worst(grid: FloatArray, state: Arbitrage) -> FloatArray:
    """The grid with the nearest places moved to where arbitrage was found."""
    grid = grid.copy()
    for row in np.flatnonzero(state.has_butterfly):
        grid[row, np.argmin(np.abs(grid[row] - state.g_at[row]))] = state.g_at[row]
    for row in np.flatnonzero(state.has_calendar) - 1:
        at = state.gap_at[row + 1]
        grid[row, np.argmin(np.abs(grid[row] - at))] = at
    return grid


def _by_theorem(freed: _Freed, aims: Sequence[Sequence[Slice]]) -> _Freed:
    """The SSVI surface for a chain that still has arbitrage."""
    state, problem = freed.state, freed.problem
    if state.is_free:
        return freed
    x = freed.found.x.copy()
    for i in np.unique(problem.chain[state.has_butterfly | state.has_calendar]).tolist():
        theta = levels(aims[i])
        surface = fit_ssvi(aims[i], theta)
        x[problem.chain == i] = [row_of(surface.slice(one)) for one in theta.tolist()]
    state = arbitrage_of(x, problem.is_linked)
    return replace(freed, found=replace(freed.found, x=x), state=state)


@dataclass(frozen=True, slots=True, eq=False)
class _Aims:
    """What each expiry of a chain is fitted to."""

    slices: tuple[Slice, ...]
    surface: Ssvi | None
    """What those with few quotes lean on; None when there are none."""


def _aims(chain: Sequence[Expiry], last: Ssvi | None) -> _Aims:
    """Every expiry's own quotes, with those of the SSVI surface where there are few."""
    quoted = [one.slice for one in chain if one.slice is not None]
    well = [one for one in quoted if one.k.size >= LEAST_OWN_QUOTES]
    if len(well) == len(chain):
        return _Aims(tuple(well), None)
    well = well or quoted
    surface = fit_ssvi(well, levels(well), last)
    theta = _all_levels(levels(quoted), quoted, chain)
    slices = (
        one.slice
        if one.slice is not None and one.slice.k.size >= LEAST_OWN_QUOTES
        else _leaning(one, surface, level)
        for one, level in zip(chain, theta, strict=True)
    )
    return _Aims(tuple(slices), surface)


def _all_levels(theta: FloatArray, quoted: Sequence[Slice], chain: Sequence[Expiry]) -> list[float]:
    """theta of every expiry: linear in time between those with quotes, flat volatility beyond."""
    known = np.array([0.0] + [one.tau_years for one in quoted])
    taus = np.array([one.tau_years for one in chain])
    between = np.interp(taus, known, np.concatenate(([0.0], theta)))
    beyond = np.maximum(taus / known[-1], 1.0)
    found: list[float] = (between * beyond).tolist()
    return found


def _leaning(one: Expiry, surface: Ssvi, theta: float) -> Slice:
    """The expiry's own points and, where there are none near, those of the SSVI surface."""
    level = np.sqrt(theta)
    k = level * _LEAN_K
    if one.slice is not None:
        near = np.abs(k[:, None] - one.slice.k).min(axis=1) < _LEAN_APART * level
        k = k[~near]
    vol = np.sqrt(surface.variance(k, theta) / one.tau_years)
    half = np.maximum(_LEAN_HALF_WIDTH, _LEAN_SHARE * vol)
    if one.slice is None:
        return Slice(one.tau_years, 1.0, k, vol, half)
    own = one.slice
    order = np.argsort(np.concatenate((own.k, k)))
    columns = ((own.k, k), (own.vol, vol), (own.half_width, half))
    return Slice(own.tau_years, own.forward, *(np.concatenate(two)[order] for two in columns))


def _reports(
    chains: Sequence[Sequence[Expiry]], aims: Sequence[_Aims], freed: _Freed
) -> list[FittedSlice]:
    expiries = [one for chain in chains for one in chain]
    problem, found, state = freed.problem, freed.found, freed.state
    x = found.x
    quality = quality_of([one.slice for one in expiries], x)
    gaps = np.maximum(state.gap, 0.0)
    leaned = [aims[i].surface for i in problem.chain.tolist()]
    money = problem.money.tolist()
    return [
        FittedSlice(
            params=raw_of(x[i]),
            model=model_of(one.slice),
            points=0 if one.slice is None else one.slice.k.size,
            rmse_vol=float(quality.rmse[i]),
            max_vol_error=float(quality.worst[i]),
            inside=float(quality.inside[i]),
            least_g=float(state.least_g[i]),
            calendar_gap=float(gaps[i]),
            is_constrained=bool(found.is_bound[i]),
            confidence=float(quality.confidence[i]),
            trace=Trace(x[i], problem.grid[i], money[i], freed.stiffness, leaned[i]),
        )
        for i, one in enumerate(expiries)
    ]
