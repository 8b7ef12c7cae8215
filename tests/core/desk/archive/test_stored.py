"""Rows of the store as what pricing publishes: grids, curves, delta points."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import isnan, nan
from typing import cast

import numpy as np
import pytest

from core.clock import NS_PER_MINUTE, YEAR_NS
from core.desk.archive.questions import IndexOf, MinuteOf
from core.desk.archive.stored import grid_of, smiles_of
from core.quant.surface.delta_points import svi_delta_points
from core.quant.surface.svi import SviRaw
from core.store.queries.queries import Queries
from core.store.queries.series import History, Series, Span
from core.store.queries.surfaces import StoredFit, StoredSmile, StoredSurface

MINUTE_NS = 1_795_161_600_000_000_000
RAW = SviRaw(0.004, 0.06, -0.2, 0.01, 0.12)
FIT = StoredFit(
    "svi", 0.1, RAW.a, RAW.b, RAW.rho, RAW.m, RAW.s, 0.2, 0.5, 0.9, 0.4, 0.0, False, 0.8
)
SMILE = StoredSmile(
    "BTC", MINUTE_NS, MINUTE_NS + YEAR_NS // 10, 70_000.0, "future",
    0.35, -0.02, 0.01, -0.04, 0.03, 0.2, 0.7, 20, FIT,
)  # fmt: skip
SURFACE = StoredSurface(
    "BTC",
    "classic",
    MINUTE_NS,
    np.array([7.0, 30.0]),
    np.array([-0.1, 0.0, 0.1]),
    np.array([[nan, 0.5, 0.52], [0.56, 0.51, 0.53]]),
    np.zeros((2, 3), np.bool_),
    np.array([70_000.0, 70_400.0]),
    np.array([20, 40]),
)


def test_a_stored_fit_gives_the_delta_points_and_the_curve_of_then() -> None:
    (smile,) = smiles_of([SMILE])
    points = svi_delta_points(RAW, 0.1)
    assert (smile.put_10, smile.call_25) == (points.put_10, points.call_25)
    assert smile.atm == SMILE.atm
    middle = len(smile.fit_strikes) // 2
    assert smile.fit_strikes[middle] == pytest.approx(70_000.0)
    assert smile.fit_ivs[middle] == pytest.approx(points.atm)
    assert smile.fit is not None
    assert (smile.fit.model, smile.fit.confidence) == ("svi", 0.8)


def test_without_a_fit_the_wings_come_from_reversal_and_butterfly() -> None:
    (smile,) = smiles_of([replace(SMILE, fit=None)])
    assert smile.risk_reversal_25 == pytest.approx(-0.02)
    assert smile.butterfly_25 == pytest.approx(0.01)
    assert smile.call_10 - smile.put_10 == pytest.approx(-0.04)
    assert isnan(smile.put_35)
    assert smile.fit_strikes == ()
    assert smile.tau_years == pytest.approx(0.1)


def test_a_grid_keeps_its_empty_cells_and_has_marks_only_where_some_lie_outside() -> None:
    grid = grid_of(SURFACE)
    assert grid is not None
    assert grid.extrapolated is None
    assert isnan(grid.iv[0, 0])
    assert grid.log_moneyness == (-0.1, 0.0, 0.1)
    marks = np.array([[False, False, True], [False, False, False]])
    marked = grid_of(replace(SURFACE, extrapolated=marks))
    assert marked is not None
    assert marked.extrapolated is marks
    assert grid_of(None) is None


@dataclass
class Shelf:
    """Answers like the store for one recorded minute."""

    asked: list[tuple[object, ...]] = field(default_factory=list)

    def minutes_around(self, chain: str, at_ns: int) -> tuple[int, int]:
        self.asked.append((chain, at_ns))
        return MINUTE_NS - NS_PER_MINUTE, 0

    def smiles_at(self, chain: str, at_ns: int, within_s: int) -> tuple[StoredSmile, ...]:
        self.asked.append((chain, at_ns, within_s))
        return (SMILE,) if at_ns == MINUTE_NS else ()

    def surface_at(self, chain: str, at_ns: int, grid: str, within_s: int) -> StoredSurface | None:
        self.asked.append((chain, at_ns, grid, within_s))
        return SURFACE if (at_ns, grid) == (MINUTE_NS, "classic") else None

    def index_history(self, chain: str, span: Span) -> History:
        self.asked.append((chain, span))
        column = np.array([0.5, nan])
        series = Series(column, column, column)
        return History(np.array([1, 2]), {"value": series, "venue": series})


def test_a_minute_is_that_minute_and_no_older_one() -> None:
    shelf = Shelf()
    past = MinuteOf("BTC", MINUTE_NS).ask(cast(Queries, shelf))
    assert past.is_recorded
    assert past.wide is None
    assert (past.before_ns, past.after_ns) == (MINUTE_NS - NS_PER_MINUTE, 0)
    assert all(one[-1] == 59 for one in shelf.asked[1:])
    other = MinuteOf("BTC", MINUTE_NS + NS_PER_MINUTE).ask(cast(Queries, Shelf()))
    assert not other.is_recorded


def test_the_history_of_the_index_is_the_same_question_a_minute_later() -> None:
    shelf, until_ns = Shelf(), MINUTE_NS
    question = IndexOf("BTC", 6, until_ns)
    assert question == IndexOf("BTC", 6, until_ns + NS_PER_MINUTE)
    assert question != IndexOf("BTC", 24, until_ns)
    past = question.ask(cast(Queries, shelf))
    assert past.at_ns == (1, 2)
    assert past.value[0] == 0.5
    assert isnan(past.venue[1])
    ((_, span),) = shelf.asked
    assert isinstance(span, Span)
    assert span.until_ns - span.since_ns == 360 * NS_PER_MINUTE
