"""The pair's view: z between its thresholds, what the strategy knows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.strategies.views import PairView
from tests.tui.fake_desk import FakeDesk
from tui.views.pair import pair_view


@pytest.fixture
def fake() -> FakeDesk:
    return FakeDesk.trading()


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
