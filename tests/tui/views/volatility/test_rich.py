"""Rich and cheap: the order, the signs, what is left out; deltas and strikes."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, nan
from types import MappingProxyType

import pytest

from core.pricing.view import MarketPricing, SmilePoint
from core.quant import black
from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_market import EXPIRIES
from tests.tui.panes.drawing import chosen
from tui.views.volatility.choice import VolChoice
from tui.views.volatility.rich import half_spreads, otm_name, rich_rows, rich_view
from tui.views.volatility.strikes import call_delta, cell_strike, k_of_delta


@pytest.fixture
def fake() -> FakeDesk:
    return FakeDesk.still()


def point(mid: float, fit: float, spread: float = 0.02) -> SmilePoint:
    return SmilePoint(70_000.0, 0.03, mid - spread / 2, mid + spread / 2, mid, True, fit)


def test_richness_is_counted_in_halves_of_the_quotes_own_spread() -> None:
    assert half_spreads(point(0.56, 0.55)) == pytest.approx(1.0)
    assert half_spreads(point(0.54, 0.55)) == pytest.approx(-1.0)
    assert isnan(half_spreads(point(0.54, 0.55, spread=0.0)))
    assert isnan(half_spreads(point(0.54, nan)))


def test_the_furthest_quote_stands_first_and_refused_ones_not_at_all(fake: FakeDesk) -> None:
    rows = rich_rows(fake.desk, "BTC")
    sizes = [abs(row.half_spreads) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    used = sum(
        p.is_used for s in fake.pricing.smiles.values() if s.chain == "BTC" for p in s.points
    )
    assert len(rows) == used
    assert {row.is_call for row in rows} == {True, False}
    for row in rows:
        assert row.richness == pytest.approx(row.mid - row.fit)
        assert (row.delta > 0) is row.is_call


def test_quotes_the_curve_misses_are_counted(fake: FakeDesk) -> None:
    key = ("BTC", EXPIRIES[2])
    smile = fake.pricing.smiles[key]
    moved = tuple(
        replace(one, fit_iv=one.mid_iv + 0.05) if one.strike == 70_000.0 else one
        for one in smile.points
    )
    fake.pricing = replace(
        fake.pricing,
        smiles=MappingProxyType({**fake.pricing.smiles, key: replace(smile, points=moved)}),
    )
    view = rich_view(fake.desk, "BTC")
    assert view.outside == 1
    assert view.rows[0].key == (EXPIRIES[2], 70_000.0)
    assert view.rows[0].richness == pytest.approx(-5.0)
    assert otm_name(fake.desk, "BTC", view.rows[0].key) == "BTC-25DEC26-70000-C"


def test_without_a_fit_that_is_said(fake: FakeDesk) -> None:
    assert rich_view(FakeDesk.waiting().desk, "BTC").empty == "No instruments yet."
    bare = {
        key: replace(one, points=tuple(replace(p, fit_iv=nan) for p in one.points))
        for key, one in fake.pricing.smiles.items()
    }
    fake.pricing = replace(fake.pricing, smiles=MappingProxyType(bare))
    assert rich_view(fake.desk, "BTC").empty == "No fit to compare quotes with."
    fake.pricing = MarketPricing()
    assert rich_view(fake.desk, "BTC").empty == "Not priced yet."


@pytest.mark.parametrize("delta", [0.1, 0.25, 0.5, 0.9])
def test_a_strike_of_a_delta_has_that_delta(delta: float) -> None:
    k = k_of_delta(delta, 0.55, 0.1)
    assert call_delta(k, 0.55, 0.1) == pytest.approx(delta, abs=1e-12)
    greeks = black.greeks(100.0, 100.0 * 2.718281828459045**k, 0.1, 0.55, True)
    assert float(greeks.delta) == pytest.approx(delta, abs=1e-9)
    assert isnan(k_of_delta(delta, nan, 0.1))
    assert isnan(call_delta(0.0, 0.5, 0.0))


def test_a_cell_of_the_map_stands_for_a_strike(fake: FakeDesk) -> None:
    selection = chosen(fake)
    smile = fake.pricing.smiles["BTC", EXPIRIES[2]]
    choice = VolChoice()
    assert cell_strike(fake.desk, selection, choice) == smile.forward
    choice.column = 1
    assert cell_strike(fake.desk, selection, choice) < smile.forward
    choice.next_columns()
    assert cell_strike(fake.desk, selection, choice) == pytest.approx(smile.forward)
