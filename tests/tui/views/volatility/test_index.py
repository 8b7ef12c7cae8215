"""The index: figures with their premium, its history, and what is said without one."""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from types import MappingProxyType

import pytest

from core.pricing.view import VolIndex
from tests.tui.fake_archive import index_past
from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_market import NOW_NS
from tui.views.volatility.index import index_view, span_words


@pytest.fixture
def fake() -> FakeDesk:
    made = FakeDesk.still()
    made.archive.index = index_past(NOW_NS)
    return made


def facts(fake: FakeDesk) -> dict[str, tuple[str, str]]:
    view = index_view(fake.desk, "BTC", 6, 12)
    return {one.name: (one.value, one.remark) for one in view.facts}


def test_ours_stands_above_the_venues_the_swap_and_what_was_realised(fake: FakeDesk) -> None:
    found = facts(fake)
    assert found["index"] == ("55.12", "25DEC26 29JAN27")
    assert found["venue's"] == ("54.87", "-0.25 to ours")
    assert found["var swap"][0] == "55.98"
    assert found["rv 7 d"] == ("41.00", "yang-zhang 42.5")
    assert found["iv - rv"] == ("+14.12", "times 1.34, 30 d")
    assert found["a day"][0] == "2.89"


def test_what_is_not_known_is_missing_with_its_reason(fake: FakeDesk) -> None:
    bare = VolIndex("BTC", reason="no expiry beyond 30 days", realised_reason="no bars")
    fake.pricing = replace(fake.pricing, indices=MappingProxyType({"BTC": bare}))
    found = facts(fake)
    assert found["index"] == ("–", "no expiry beyond 30 days")
    assert found["venue's"] == ("–", "")
    assert found["realised"] == ("–", "no bars")
    assert "iv - rv" not in found
    fake.pricing = replace(fake.pricing, indices=MappingProxyType({}))
    assert facts(fake)["index"] == ("–", "not computed yet")


def test_the_chart_ends_now_and_is_broken_where_nothing_was_recorded(fake: FakeDesk) -> None:
    chart = index_view(fake.desk, "BTC", 6, 12).chart
    venue, ours = chart.curves
    assert ours.points[-1][0] == pytest.approx(1.0)
    assert sum(isnan(y) for _, y in ours.points) == 10
    assert venue.gap != ours.gap
    assert chart.label is not None
    assert chart.label.text == "55.1"
    assert [tick.text for tick in chart.x_ticks][:2] == ["14:32", "10:32"]


def test_minutes_that_were_not_recorded_break_our_curve_and_not_the_venues(
    fake: FakeDesk,
) -> None:
    whole = index_past(NOW_NS, 60)
    kept = [i for i in range(60) if not 20 <= i < 40]
    fake.archive.index = replace(
        whole,
        at_ns=tuple(whole.at_ns[i] for i in kept),
        value=tuple(whole.value[i] for i in kept),
        venue=tuple(whole.venue[i] for i in kept),
    )
    venue, ours = index_view(fake.desk, "BTC", 6, 12).chart.curves
    assert sum(isnan(y) for _, y in ours.points) == 1
    assert not any(isnan(y) for _, y in venue.points)


@pytest.mark.parametrize(
    ("error", "is_slow", "words"),
    [
        ("the store is off", False, "No history: the store is off."),
        ("", True, "Asking the store for the history …"),
        ("", False, "No index recorded in this span yet."),
    ],
)
def test_without_a_history_the_chart_says_why(
    fake: FakeDesk, error: str, is_slow: bool, words: str
) -> None:
    fake.archive.index = index_past(NOW_NS, 0)
    fake.archive.error, fake.archive.is_slow = error, is_slow
    assert index_view(fake.desk, "BTC", 6, 12).chart.empty == words


def test_spans_are_named_in_hours_days_and_weeks() -> None:
    assert [span_words(hours) for hours in (6, 24, 72, 168, 672)] == [
        "6 h",
        "1 d",
        "3 d",
        "1 w",
        "4 w",
    ]
