"""Heat map, smile, term structure, pair: what is drawn and what is said when there is nothing."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, nan
from types import MappingProxyType

import pytest

from core.pricing.view import MarketPricing
from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_market import EXPIRIES, NOW_NS
from tui.selection import Selection
from tui.views.volatility.choice import Axis
from tui.views.volatility.picture import VolPicture
from tui.views.volatility.smile import smile_view
from tui.views.volatility.surface import surface_view
from tui.views.volatility.term import term_view

CALL = "BTC-25DEC26-70000-C"


@pytest.fixture
def fake() -> FakeDesk:
    return FakeDesk.still()


@pytest.fixture
def selection(fake: FakeDesk) -> Selection:
    chosen = Selection()
    chosen.choose(fake.desk.board.catalog, CALL)
    return chosen


def change_smile(fake: FakeDesk, **changes: object) -> None:
    key = ("BTC", EXPIRIES[2])
    changed = replace(fake.pricing.smiles[key], **changes)  # type: ignore[arg-type]  # fields by name
    fake.pricing = replace(
        fake.pricing, smiles=MappingProxyType({**fake.pricing.smiles, key: changed})
    )


def test_the_heat_runs_from_the_lowest_to_the_highest_volatility(
    fake: FakeDesk, selection: Selection
) -> None:
    view = surface_view(fake.desk, selection, 8)
    (block,) = view.blocks
    heats = [cell.heat for row in block.rows for cell in row]
    assert (min(heats), max(heats)) == (0.0, 1.0)
    assert view.labels[view.chosen] == "25DEC26"
    assert view.rmse == "0.21"


def test_a_missing_volatility_has_no_heat(fake: FakeDesk, selection: Selection) -> None:
    change_smile(fake, put_10=nan)
    cell = surface_view(fake.desk, selection, 8).blocks[0].rows[2][0]
    assert cell.text == "–"
    assert isnan(cell.heat)


def test_a_short_heat_map_keeps_the_chosen_expiry(fake: FakeDesk, selection: Selection) -> None:
    selection.choose_expiry(fake.desk.board.catalog, EXPIRIES[-1])
    view = surface_view(fake.desk, selection, 3)
    assert len(view.labels) == len(view.blocks[0].rows) == 3
    assert view.chosen == 2


def test_a_smile_has_its_fit_its_quotes_and_the_forward(
    fake: FakeDesk, selection: Selection
) -> None:
    view = smile_view(fake.desk, selection, 40, 10)
    then, fit = view.chart.curves
    assert then.points == ()
    _, bids, asks = view.chart.marks
    assert len(fit.points) > 30
    assert all(bid[1] < ask[1] for bid, ask in zip(bids.points, asks.points, strict=True))
    assert view.chart.x_ticks[0].text == "67.7k"
    assert view.chart.x_ticks[0].tone == "accent"
    for _, y in (*fit.points, *bids.points, *asks.points):
        assert 0.0 <= y <= 1.0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": "3 quotes are too few"}, "No smile: 3 quotes are too few"),
        ({"points": ()}, "No smile: fewer than two quoted strikes."),
    ],
)
def test_a_smile_that_cannot_be_drawn_says_why(
    fake: FakeDesk, selection: Selection, changes: dict[str, object], words: str
) -> None:
    change_smile(fake, **changes)
    assert smile_view(fake.desk, selection, 40, 10).chart.empty == words


def test_a_smile_without_a_fit_still_shows_its_quotes(fake: FakeDesk, selection: Selection) -> None:
    change_smile(fake, fit_strikes=(), fit_ivs=())
    chart = smile_view(fake.desk, selection, 40, 10).chart
    assert chart.empty == ""
    assert chart.curves[1].points == ()


def test_the_term_structure_names_the_tenors_it_covers(
    fake: FakeDesk, selection: Selection
) -> None:
    chart = term_view(fake.desk, selection, 40, 8).chart
    assert [tick.text for tick in chart.x_ticks] == ["1w", "1m", "3m", "6m", "1y"]
    assert [one.tone for one in chart.curves] == ["mid", "down", "up", "accent"]
    assert len({one.gap for one in chart.curves}) == 4


def test_before_the_first_pricing_all_three_say_so(fake: FakeDesk, selection: Selection) -> None:
    fake.pricing = MarketPricing()
    assert surface_view(fake.desk, selection, 8).empty == "Not priced yet."
    assert smile_view(fake.desk, selection, 40, 8).chart.empty == "Not priced yet."
    assert term_view(fake.desk, selection, 40, 8).chart.empty == "Not priced yet."


def test_an_old_pricing_is_stale(fake: FakeDesk, selection: Selection) -> None:
    assert not surface_view(fake.desk, selection, 8).is_stale
    fake.pricing = replace(fake.pricing, at_ns=NOW_NS - 4_500_000_000)
    assert surface_view(fake.desk, selection, 8).is_stale
    assert smile_view(fake.desk, selection, 40, 8).is_stale
    assert term_view(fake.desk, selection, 40, 8).is_stale


@pytest.mark.parametrize("axis", ["strike", "k", "delta"])
def test_the_smile_rises_from_bid_to_ask_on_every_axis(
    fake: FakeDesk, selection: Selection, axis: Axis
) -> None:
    view = smile_view(fake.desk, selection, 60, 16, axis)
    _, bids, asks = view.chart.marks
    xs = [x for x, _ in bids.points]
    assert xs == sorted(xs)
    assert (min(xs), max(xs)) == (0.0, 1.0)
    assert all(bid[1] < ask[1] for bid, ask in zip(bids.points, asks.points, strict=True))
    names = {tick.text for tick in view.chart.x_ticks}
    assert {"strike": "67.7k", "k": "0", "delta": "ATM"}[axis] in names


def test_the_chosen_quote_stands_upright_from_bid_to_ask(
    fake: FakeDesk, selection: Selection
) -> None:
    (stem,) = smile_view(fake.desk, selection, 60, 16).chart.stems
    assert stem.low < stem.high
    selection.strike = None
    assert smile_view(fake.desk, selection, 60, 16).chart.stems == ()


def test_refused_quotes_are_drawn_faint_and_told_with_their_reason(
    fake: FakeDesk, selection: Selection
) -> None:
    key = ("BTC", EXPIRIES[2])
    points = tuple(
        replace(one, is_used=False, reason="too wide") if one.strike == 70_000.0 else one
        for one in fake.pricing.smiles[key].points
    )
    change_smile(fake, points=points)
    view = smile_view(fake.desk, selection, 60, 16)
    assert len(view.chart.marks[0].points) == 1
    assert view.chart.marks[0].tone == "dim"
    words = [" ".join(span.text for one in line for span in one.spans) for line in view.facts]
    assert "REFUSED" in words[0]
    assert "too wide" in words[0]
    assert "too wide  1" in words[-1]


def test_the_figures_of_the_fit_and_what_holds_it_back(
    fake: FakeDesk, selection: Selection
) -> None:
    fit = fake.pricing.smiles["BTC", EXPIRIES[2]].fit
    assert fit is not None
    change_smile(fake, fit=replace(fit, is_constrained=True))
    shown = " ".join(
        span.text
        for line in smile_view(fake.desk, selection, 60, 16).facts
        for one in line
        for span in one.spans
    )
    for words in ("SVI", "-0.2100", "CONSTRAINED", "92%", "0.410", "0.83", "25 of 25"):
        assert words in shown
    change_smile(fake, fit=None)
    (line, *_) = smile_view(fake.desk, selection, 60, 16).facts[1:]
    assert line[0].spans[0].text == "no fitted parameters"


def test_the_curves_of_the_past_are_thin(fake: FakeDesk, selection: Selection) -> None:
    then = [
        replace(one, fit_ivs=tuple(iv + 0.02 for iv in one.fit_ivs), atm=one.atm + 0.02)
        for one in fake.pricing.smiles.values()
        if one.chain == "BTC"
    ]
    old, now = smile_view(fake.desk, selection, 60, 16, "strike", then[2]).chart.curves
    assert old.gap > now.gap
    assert len(old.points) == len(now.points) > 0
    assert all(a[1] > b[1] for a, b in zip(old.points, now.points, strict=True))
    term = term_view(fake.desk, selection, 60, 12, VolPicture(tuple(then)))
    assert len(term.chart.curves[0].points) == len(EXPIRIES)


def test_the_table_of_the_term_structure_names_forwards_and_constant_maturities(
    fake: FakeDesk, selection: Selection
) -> None:
    view = term_view(fake.desk, selection, 60, 12)
    chosen = [row for row in view.rows if row.is_chosen]
    assert [row.cells[0] for row in chosen] == ["25DEC26"]
    assert chosen[0].cells[-1] == "future"
    assert [row.cells[0] for row in view.maturities][:3] == ["7 days", "14 days", "30 days"]
