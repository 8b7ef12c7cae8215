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
from typing import Literal

import numpy as np

from core.quant.surface.arbitrage import Arbitrage, arbitrage_of, mended
from core.quant.surface.joint_problem import (
    Problem,
    problem_of,
    quote_costs,
    usual_grid,
    watching,
)
from core.quant.surface.joint_search import (
    FINAL,
    RUNGS,
    Found,
    cold_start,
    search_alone,
    search_joint,
)
from core.quant.surface.quotes import Slice
from core.quant.surface.ssvi import Ssvi, fit_ssvi, levels
from core.quant.surface.svi import SviRaw
from core.quant.surface.wings import raw_of, row_of, variances
from core.quant.types import FloatArray

LEAST_OWN_QUOTES = 8
"""With fewer an expiry leans on the SSVI surface."""
_ALONE_ROUNDS, _RUNG_ROUNDS, _WARM_ROUNDS, _WATCH_ROUNDS = 3, (4, 6, 6), 6, 4
_TOLERANCE = 1e-4
_WATCH_TURNS = 5
_MOST_MOVED = 1.25
"""The watched places are spread anew when the variance at the money has changed by this factor."""
_LEAN_K = np.linspace(-3.0, 3.0, 13)
"""Standard deviations at which an expiry with few quotes leans on the SSVI surface."""
_LEAN_APART = 0.4
_LEAN_HALF_WIDTH, _LEAN_SHARE = 0.03, 0.15
_CLEARLY_BETTER, _LEAST_GAIN = 0.98, 0.999
"""Of the cost of the fit it replaces: what is searched anew, and what is followed."""
_FEW, _WIDE, _COVERED = 8.0, 0.02, 1.5
_LEAST_HALF_WIDTH = 1e-4

Model = Literal["svi", "ssvi"]


@dataclass(frozen=True, slots=True, eq=False)
class Expiry:
    """One expiry of a chain to fit."""

    tau_years: float
    slice: Slice | None
    """None when it has no usable quotes."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Where a search ended and what it watched, for the next one to start from."""

    row: FloatArray
    """Shape (5,)."""
    watched: FloatArray
    """k. Shape (g,)."""
    money: float
    """w at the money when the watched places were spread."""
    surface: Ssvi | None = None
    """What the chain's slices with few quotes leaned on; None when there were none."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedSlice:
    """One expiry of a fitted surface. Errors are of its used quotes, NaN when it has none."""

    params: SviRaw
    model: Model
    points: int
    """Used strikes."""
    rmse_vol: float
    """Decimals, as `max_vol_error`."""
    max_vol_error: float
    inside: float
    """Share of the points whose bid and ask hold the curve between them."""
    least_g: float
    calendar_gap: float
    """Furthest the expiry before lies above this one in w; 0 when nowhere."""
    is_constrained: bool
    """True when the quotes alone would have a curve with arbitrage."""
    confidence: float
    """0 to 1: the geometric mean of `n / (n + 8)` for n quotes, `1 / (1 + h / 2)` for their median
    half width h in points, `1 / (1 + r)` for the error r (root mean square, in half widths) and
    how much of 1.5 standard deviations the quotes cover on the side where they cover less."""
    trace: Trace


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
        problem, found, state = _freed(problem, _search(problem))
    else:
        problem, found, state = _followed(problem, [one for own in traces for one in own])
    x, state = _by_theorem(problem, found.x, state, [one.slices for one in aims])
    reports = _reports(chains, aims, problem, found, x, state)
    return [
        _ChainFit(tuple(itertools.compress(reports, problem.chain == i)), float(cost))
        for i, cost in enumerate(quote_costs(problem, x))
    ]


def _followed(problem: Problem, traces: Sequence[Trace]) -> tuple[Problem, Found, Arbitrage]:
    """Search on from the last fit; a chain that has nothing to gain keeps it to the last digit."""
    problem = watching(problem, _kept_grid(problem, traces))
    last = np.array([one.row for one in traces])
    start = np.clip(last, problem.low, problem.high)
    found = search_joint(problem, start, FINAL, _WARM_ROUNDS, _TOLERANCE)
    found = replace(found, x=_better(problem, found.x, last))
    problem, found, state = _freed(problem, found)
    x = _better(problem, found.x, last)
    if x is not found.x:
        state = arbitrage_of(x, problem.is_linked)
    return problem, replace(found, x=x), state


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
    for stiff, rounds in zip(RUNGS, _RUNG_ROUNDS, strict=True):
        found = search_joint(problem, found.x, stiff, rounds, _TOLERANCE)
    return found


def _freed(problem: Problem, found: Found) -> tuple[Problem, Found, Arbitrage]:
    """Search on while arbitrage hides between the watched places, then mend what is left."""
    state = arbitrage_of(found.x, problem.is_linked)
    for _ in range(_WATCH_TURNS):
        if state.is_free:
            return problem, found, state
        problem = watching(problem, _with_worst(problem.grid, state))
        found = search_joint(problem, found.x, FINAL, _WATCH_ROUNDS, _TOLERANCE)
        state = arbitrage_of(found.x, problem.is_linked)
    x, state = mended(found.x, problem.is_linked)
    return problem, replace(found, x=x), state


def _with_worst(grid: FloatArray, state: Arbitrage) -> FloatArray:
    """The grid with the nearest places moved to where arbitrage was found."""
    grid = grid.copy()
    for row in np.flatnonzero(state.has_butterfly):
        grid[row, np.argmin(np.abs(grid[row] - state.g_at[row]))] = state.g_at[row]
    for row in np.flatnonzero(state.has_calendar) - 1:
        at = state.gap_at[row + 1]
        grid[row, np.argmin(np.abs(grid[row] - at))] = at
    return grid


def _by_theorem(
    problem: Problem, x: FloatArray, state: Arbitrage, aims: Sequence[Sequence[Slice]]
) -> tuple[FloatArray, Arbitrage]:
    """Rows in which no arbitrage is left: the SSVI surface for a chain that still has some."""
    if state.is_free:
        return x, state
    x = x.copy()
    for i in np.unique(problem.chain[state.has_butterfly | state.has_calendar]).tolist():
        theta = levels(aims[i])
        surface = fit_ssvi(aims[i], theta)
        x[problem.chain == i] = [row_of(surface.slice(one)) for one in theta.tolist()]
    return x, arbitrage_of(x, problem.is_linked)


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
    chains: Sequence[Sequence[Expiry]],
    aims: Sequence[_Aims],
    problem: Problem,
    found: Found,
    x: FloatArray,
    state: Arbitrage,
) -> list[FittedSlice]:
    expiries = [one for chain in chains for one in chain]
    quality = _quality([one.slice for one in expiries], x)
    surfaces = [one.surface for one in aims]
    gaps = np.maximum(state.gap, 0.0)
    return [
        FittedSlice(
            params=raw_of(x[i]),
            model=_model(one.slice),
            points=0 if one.slice is None else one.slice.k.size,
            rmse_vol=float(quality.rmse[i]),
            max_vol_error=float(quality.worst[i]),
            inside=float(quality.inside[i]),
            least_g=float(state.least_g[i]),
            calendar_gap=float(gaps[i]),
            is_constrained=bool(found.is_bound[i]),
            confidence=float(quality.confidence[i]),
            trace=Trace(x[i], problem.grid[i], float(problem.money[i]), surfaces[problem.chain[i]]),
        )
        for i, one in enumerate(expiries)
    ]


def _model(own: Slice | None) -> Model:
    return "ssvi" if own is None or own.k.size < LEAST_OWN_QUOTES else "svi"


@dataclass(frozen=True, slots=True, eq=False)
class _Quality:
    """Of every slice on its own quotes. Shape (e,) each."""

    rmse: FloatArray
    worst: FloatArray
    inside: FloatArray
    confidence: FloatArray


def _quality(slices: Sequence[Slice | None], x: FloatArray) -> _Quality:
    rmse, worst, inside = (np.full(len(slices), np.nan) for _ in range(3))
    confidence = np.zeros(len(slices))
    rows = [i for i, one in enumerate(slices) if one is not None]
    own = [one for one in slices if one is not None]
    sizes = np.array([one.k.size for one in own])
    tau = np.repeat([one.tau_years for one in own], sizes)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    k, vol, half = (
        np.concatenate([getattr(one, name) for one in own]) for name in ("k", "vol", "half_width")
    )
    fit = variances(k[:, None], np.repeat(x[rows], sizes, axis=0))[:, 0]
    error = np.abs(np.sqrt(fit / tau) - vol)
    rmse[rows] = np.sqrt(np.add.reduceat(error * error, starts) / sizes)
    worst[rows] = np.maximum.reduceat(error, starts)
    inside[rows] = np.add.reduceat((error <= half).astype(np.float64), starts) / sizes
    off = np.square(error / np.maximum(half, _LEAST_HALF_WIDTH))
    confidence[rows] = _confidence(own, x[rows], np.sqrt(np.add.reduceat(off, starts) / sizes))
    return _Quality(rmse, worst, inside, confidence)


def _confidence(own: Sequence[Slice], x: FloatArray, off: FloatArray) -> FloatArray:
    """As documented at `FittedSlice.confidence`."""
    sizes = np.array([one.k.size for one in own])
    middle = [float(np.sort(one.half_width)[one.k.size // 2]) for one in own]
    deviation = np.sqrt(variances(np.zeros(1), x)[:, 0])
    reach = np.array([min(-one.k[0], one.k[-1]) for one in own])
    parts = (
        sizes / (sizes + _FEW),
        1.0 / (1.0 + np.array(middle) / _WIDE),
        1.0 / (1.0 + off),
        np.clip(reach / (_COVERED * deviation), 0.0, 1.0),
    )
    return np.asarray(np.prod(parts, axis=0) ** 0.25)
