"""The minute of the past: what is said when it is not there, and how it is walked."""

from __future__ import annotations

import pytest

from core.clock import NS_PER_MINUTE
from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_market import NOW_NS
from tui.views.volatility.past import NO_PAST, past_view, step

THIS_NS = NOW_NS // NS_PER_MINUTE * NS_PER_MINUTE


def at(minutes_ago: int) -> int:
    return THIS_NS - minutes_ago * NS_PER_MINUTE


@pytest.fixture
def fake() -> FakeDesk:
    return FakeDesk.still()


def test_without_a_minute_there_is_no_past(fake: FakeDesk) -> None:
    assert past_view(fake.desk, "BTC", 0) is NO_PAST


def test_a_recorded_minute_has_its_time_its_age_and_a_picture(fake: FakeDesk) -> None:
    fake.remember_minute(at(90))
    view = past_view(fake.desk, "BTC", at(90))
    assert (view.label, view.age, view.words) == ("13:02", "1.5 h ago", "")
    assert view.picture is not None
    assert view.picture.smiles


def test_a_minute_of_another_day_is_told_with_its_day(fake: FakeDesk) -> None:
    assert past_view(fake.desk, "BTC", at(24 * 60)).label == "19 Nov 14:32"


@pytest.mark.parametrize(
    ("recorded", "words"),
    [
        ((), "No minute recorded yet."),
        ((40,), "No minute recorded after 13:52."),
        ((20,), "No minute recorded before 14:12."),
        ((40, 20), "No minute recorded between 13:52 and 14:12."),
    ],
)
def test_a_missing_minute_is_said_as_missing(
    fake: FakeDesk, recorded: tuple[int, ...], words: str
) -> None:
    for minutes_ago in recorded:
        fake.remember_minute(at(minutes_ago))
    assert past_view(fake.desk, "BTC", at(30)).words == words


def test_a_database_that_is_down_is_said_in_words(fake: FakeDesk) -> None:
    fake.archive.error = "the database does not answer: connection refused"
    view = past_view(fake.desk, "BTC", at(30))
    assert view.words == "No past: the database does not answer: connection refused."
    assert view.picture is None


def test_while_the_store_is_asked_that_is_what_is_said(fake: FakeDesk) -> None:
    fake.archive.is_slow = True
    assert past_view(fake.desk, "BTC", at(30)).words == "Asking the store for 14:02 …"


def test_the_first_step_back_is_the_last_full_minute_and_forward_leads_to_now(
    fake: FakeDesk,
) -> None:
    now_ns = fake.desk.board.venue_now_ns()
    assert step(NO_PAST, -1, now_ns) == at(0)
    assert step(NO_PAST, -60, now_ns) == at(60)
    assert step(NO_PAST, 1, now_ns) == 0
    fake.remember_minute(at(0))
    view = past_view(fake.desk, "BTC", at(0))
    assert step(view, -1, now_ns) == at(1)
    assert step(view, 1, now_ns) == 0


def test_a_gap_is_crossed_in_one_step(fake: FakeDesk) -> None:
    now_ns = fake.desk.board.venue_now_ns()
    for minutes_ago in (40, 20):
        fake.remember_minute(at(minutes_ago))
    inside = past_view(fake.desk, "BTC", at(30))
    assert step(inside, -1, now_ns) == at(40)
    assert step(inside, 1, now_ns) == at(20)
    assert step(inside, -60, now_ns) == at(90)
