from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.clock import NS_PER_S, ManualClock
from core.market.venue_time import VenueTime

OURS_NS = 1_790_000_000 * NS_PER_S
THEIRS_NS = OURS_NS - 300 * NS_PER_S
"""Our clock is five minutes ahead."""
HOUR_NS = 3_600 * NS_PER_S


def venue_time() -> tuple[VenueTime, ManualClock]:
    clock = ManualClock(OURS_NS)
    return VenueTime(clock), clock


def test_before_the_first_stamp_our_own_clock_is_all_there_is() -> None:
    time, clock = venue_time()
    assert not time.is_known
    clock.advance_s(2)
    assert time.now_ns() == OURS_NS + 2 * NS_PER_S


def test_a_stamp_goes_on_with_our_own_time_since_it_came() -> None:
    time, clock = venue_time()
    time.stamped(THEIRS_NS)
    clock.advance_s(1.5)
    assert time.is_known
    assert time.now_ns() == THEIRS_NS + int(1.5 * NS_PER_S)


def test_time_a_thousand_times_as_fast_is_followed() -> None:
    time, clock = venue_time()
    for frame in range(50):
        clock.advance_s(0.1)
        time.stamped(THEIRS_NS + frame * 100 * NS_PER_S)
        assert time.now_ns() == THEIRS_NS + frame * 100 * NS_PER_S


def test_it_never_goes_backwards() -> None:
    time, clock = venue_time()
    time.stamped(THEIRS_NS)
    clock.advance_s(5)
    told_ns = time.now_ns()
    time.stamped(THEIRS_NS + 1 * NS_PER_S)  # a frame that was four seconds late
    assert time.now_ns() == told_ns
    clock.advance_s(5)
    assert time.now_ns() == THEIRS_NS + 6 * NS_PER_S


frames = st.tuples(st.integers(0, 9), st.integers(-9, 9), st.booleans())


@given(st.lists(frames, max_size=30))
def test_the_answer_does_not_depend_on_who_asked_before(told: list[tuple[int, int, bool]]) -> None:
    quiet, clock = venue_time()
    curious = VenueTime(clock)
    for time in (quiet, curious):
        time.stamped(THEIRS_NS)
    last_ns = 0
    for waited_s, late_s, is_asked in told:
        clock.advance_s(waited_s)
        if is_asked:
            assert curious.now_ns() >= last_ns
            last_ns = curious.now_ns()
        for time in (quiet, curious):
            time.stamped(clock.now_ns() - (OURS_NS - THEIRS_NS) - late_s * NS_PER_S)
    assert quiet.now_ns() == curious.now_ns() >= last_ns


def test_an_older_stamp_changes_nothing() -> None:
    time, clock = venue_time()
    time.stamped(THEIRS_NS)
    clock.advance_s(1)
    time.stamped(THEIRS_NS - HOUR_NS)
    assert time.now_ns() == THEIRS_NS + NS_PER_S


def test_one_wild_stamp_is_not_believed_and_two_are() -> None:
    time, _ = venue_time()
    time.stamped(THEIRS_NS)
    time.stamped(THEIRS_NS + 1_000 * HOUR_NS)
    assert time.now_ns() == THEIRS_NS
    time.stamped(THEIRS_NS + NS_PER_S)
    assert time.now_ns() == THEIRS_NS + NS_PER_S
    for _ in range(2):
        time.stamped(THEIRS_NS + 5 * HOUR_NS)
    assert time.now_ns() == THEIRS_NS + 5 * HOUR_NS


def test_numbers_that_are_no_time_are_ignored() -> None:
    time, _ = venue_time()
    for wild in (0, -1, 10**30, 5):
        time.stamped(wild)
    assert not time.is_known
