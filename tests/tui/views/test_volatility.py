"""Heat map, smile, term structure, pair: what is drawn and what is said when there is nothing."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, nan
from types import MappingProxyType

import pytest

from core.pricing.view import MarketPricing
from core.strategies.views import PairView
from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_market import EXPIRIES
from tui.selection import Selection
from tui.views.pair import pair_view
from tui.views.volatility import smile_view, surface_view, term_view

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
    heats = [heat for row in view.rows for _, heat in row.cells]
    assert (min(heats), max(heats)) == (0.0, 1.0)
    assert [row.label for row in view.rows if row.is_chosen] == ["25DEC26"]
    assert view.rmse == "0.21"


def test_a_missing_volatility_has_no_heat(fake: FakeDesk, selection: Selection) -> None:
    change_smile(fake, put_10=nan)
    row = surface_view(fake.desk, selection, 8).rows[2]
    assert row.cells[0][0] == "–"
    assert isnan(row.cells[0][1])


def test_a_short_heat_map_keeps_the_chosen_expiry(fake: FakeDesk, selection: Selection) -> None:
    selection.choose_expiry(fake.desk.board.catalog, EXPIRIES[-1])
    view = surface_view(fake.desk, selection, 3)
    assert len(view.rows) == 3
    assert view.rows[-1].is_chosen


def test_a_smile_has_its_fit_its_quotes_and_the_forward(
    fake: FakeDesk, selection: Selection
) -> None:
    view = smile_view(fake.desk, selection, 40, 10)
    (fit,) = view.chart.curves
    bids, asks = view.chart.marks
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
    assert chart.curves[0].points == ()


def test_the_term_structure_names_the_tenors_it_covers(
    fake: FakeDesk, selection: Selection
) -> None:
    chart = term_view(fake.desk, selection, 40, 8).chart
    assert [tick.text for tick in chart.x_ticks] == ["1w", "1m", "3m", "6m", "1y"]
    assert [one.tone for one in chart.curves] == ["down", "up", "accent"]
    assert len({one.gap for one in chart.curves}) == 3


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


def test_the_pairs_z_stands_between_its_thresholds(fake: FakeDesk) -> None:
    view = pair_view(fake.desk, 80)
    assert (view.legs, view.is_on) == ("ETH/BTC", False)
    upper, zero, lower = (tick.at for tick in view.chart.y_ticks)
    assert zero == pytest.approx(0.5)
    assert upper - zero == pytest.approx(zero - lower)
    assert len(view.chart.curves[0].points) == 80
    assert view.chart.label is not None
    assert view.chart.label.text == f"{fake.pair.z:+.2f}"


def test_a_short_history_stands_at_the_right(fake: FakeDesk) -> None:
    fake.pair = replace(fake.pair, history=(0.1, 0.2, 0.3))
    points = pair_view(fake.desk, 81).chart.curves[0].points
    assert points[-1][0] == 1.0
    assert points[0][0] == pytest.approx(78 / 80)


def test_the_pairs_facts_are_named(fake: FakeDesk) -> None:
    facts = {one.name: (one.value, one.remark) for one in pair_view(fake.desk, 80).facts}
    assert facts["regime"] == ("MEAN-REV", "p 0.83")
    assert facts["β"] == ("0.05179", "± 0.00021")
    assert facts["half-life"] == ("41 min", "")
    assert facts["edge"] == ("+6.2 bp", "net of fees")
    assert facts["pos"] == ("flat", "")
    fake.pair = replace(fake.pair, position=-1)
    facts = {one.name: (one.value, one.remark) for one in pair_view(fake.desk, 80).facts}
    assert facts["pos"] == ("-ETH +BTC", "")


def test_a_pair_that_warms_up_counts_its_bars(fake: FakeDesk) -> None:
    fake.pair = PairView("ETH_USDC-PERPETUAL", "BTC_USDC-PERPETUAL", bars=12, warmup=36)
    view = pair_view(fake.desk, 80)
    assert view.chart.empty == "No signal yet: 12 of 36 bars."
    assert {one.value for one in view.facts[:6]} == {"–"}


def test_a_pair_with_a_stale_leg_is_stale(fake: FakeDesk) -> None:
    assert not pair_view(fake.desk, 80).is_stale
    book = fake.desk.board.book("ETH_USDC-PERPETUAL")
    assert book is not None
    book.drop()
    assert pair_view(fake.desk, 80).is_stale
