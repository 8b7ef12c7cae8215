"""Heat map, smile, term structure, pair: what is drawn and what is said when there is nothing."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, nan
from types import MappingProxyType

import pytest

from core.pricing.view import MarketPricing
from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_market import EXPIRIES
from tui.selection import Selection
from tui.views.volatility.smile import smile_view
from tui.views.volatility.surface import surface_view
from tui.views.volatility.term import term_view

CALL = "BTC-25DEC26-70000-C"


@pytest.fixture
def fake() -> FakeDesk:
    return FakeDesk.trading()


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
    assert cell.text == ""
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
    fake.clock.advance_s(4.5)
    assert surface_view(fake.desk, selection, 8).is_stale
    assert smile_view(fake.desk, selection, 40, 8).is_stale
    assert term_view(fake.desk, selection, 40, 8).is_stale
