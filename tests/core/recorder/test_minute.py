from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.clock import NS_PER_MINUTE, NS_PER_S
from core.pricing.service import Pricer
from core.recorder.minute import Market, Recorder
from core.settings import PricingSettings
from core.store.batch import Batch
from tests.core.pricing.market import NOW_NS, HandMarket, skewed
from tests.eventually import eventually

MINUTE_NS = NOW_NS // NS_PER_MINUTE * NS_PER_MINUTE


class Minutes:
    """Takes minutes like the writer; it can be full."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.is_full = False

    def put(self, *batches: Batch) -> bool:
        if not self.is_full:
            self.taken.append(batches[0].columns["minute"][0])
        return not self.is_full


@pytest.fixture
def market() -> HandMarket:
    made = HandMarket()
    made.clock.set_ns(MINUTE_NS + 20 * NS_PER_S)
    made.list_chain([7])
    made.quote_chain(skewed)
    return made


@pytest.fixture
def minutes() -> Minutes:
    return Minutes()


@pytest.fixture
def recorder(market: HandMarket, minutes: Minutes) -> Iterator[Recorder]:
    pricer = Pricer(market.board, market.clock, PricingSettings())
    made = Recorder(Market(market.board, pricer.turn, lambda: ()), minutes)
    made.start()
    eventually(lambda: made.seen_ns == MINUTE_NS)
    yield made
    assert made.stop()


def go_to(market: HandMarket, minute: int, seconds: float = 0.0) -> None:
    """Move the clock to so many seconds after the `minute`th minute."""
    market.clock.set_ns(MINUTE_NS + minute * NS_PER_MINUTE + int(seconds * NS_PER_S))
    market.touch()


def test_every_full_minute_is_taken_once(
    market: HandMarket, recorder: Recorder, minutes: Minutes
) -> None:
    for minute in (1, 2, 3):
        go_to(market, minute, 0.3)
        expected = MINUTE_NS + minute * NS_PER_MINUTE
        eventually(lambda expected=expected: recorder.last_minute_ns == expected)  # type: ignore[misc]  # the default binds it
        go_to(market, minute, 45)
    assert minutes.taken == [MINUTE_NS + minute * NS_PER_MINUTE for minute in (1, 2, 3)]


def test_the_minute_it_starts_in_is_not_taken(
    market: HandMarket, recorder: Recorder, minutes: Minutes
) -> None:
    go_to(market, 0, 59.9)
    go_to(market, 1, 0)
    eventually(lambda: recorder.last_minute_ns > 0)
    assert minutes.taken == [MINUTE_NS + NS_PER_MINUTE]


def test_a_minute_that_passed_while_the_machine_slept_is_not_there(
    market: HandMarket, recorder: Recorder, minutes: Minutes
) -> None:
    go_to(market, 5, 30)
    eventually(lambda: recorder.seen_ns == MINUTE_NS + 5 * NS_PER_MINUTE)
    go_to(market, 6, 1)
    eventually(lambda: recorder.last_minute_ns > 0)
    assert minutes.taken == [MINUTE_NS + 6 * NS_PER_MINUTE]


def test_a_clock_set_back_repeats_no_minute(
    market: HandMarket, recorder: Recorder, minutes: Minutes
) -> None:
    go_to(market, 2, 0.1)
    eventually(lambda: recorder.last_minute_ns > 0)
    go_to(market, 1, 0.1)
    go_to(market, 3, 0.1)
    eventually(lambda: recorder.last_minute_ns == MINUTE_NS + 3 * NS_PER_MINUTE)
    assert minutes.taken == [MINUTE_NS + minute * NS_PER_MINUTE for minute in (2, 3)]


def test_a_minute_nobody_took_does_not_count_as_recorded(
    market: HandMarket, recorder: Recorder, minutes: Minutes
) -> None:
    minutes.is_full = True
    go_to(market, 1, 0.1)
    eventually(lambda: recorder.seen_ns == MINUTE_NS + NS_PER_MINUTE)
    assert recorder.last_minute_ns == 0
    assert recorder.state().is_running


def test_it_starts_twice_and_stops_twice(recorder: Recorder) -> None:
    recorder.start()
    assert recorder.state().name == "recorder"
    assert recorder.stop()
    assert recorder.stop()
