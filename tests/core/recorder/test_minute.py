from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from core.clock import NS_PER_MINUTE, NS_PER_S
from core.market.still import StillBoard
from core.pricing.service import Pricer
from core.pricing.view import MarketPricing
from core.recorder.minute import Market, Recorder
from core.settings import PricingSettings
from core.store.batch import Batch
from core.store.tables.minute import MINUTE_LOG, OPTION_QUOTE
from core.trading.view import TradingView
from tests.core.pricing.market import NOW_NS, HandMarket, skewed
from tests.eventually import eventually

MINUTE_NS = NOW_NS // NS_PER_MINUTE * NS_PER_MINUTE


class Minutes:
    """Takes minutes like the writer; it can be full."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.pictures: list[Any] = []
        self.log: dict[int, str] = {}
        """Minute, counted from the first, to why it was skipped."""
        self.lateness_ms: list[float] = []
        self.is_full = False

    def put(self, *batches: Batch) -> bool:
        if self.is_full:
            return False
        for batch in batches:
            if batch.table is OPTION_QUOTE:
                self.taken.append(number_of(batch.columns["minute"][0]))
                self.pictures.append(batch.columns)
            elif batch.table is MINUTE_LOG:
                numbers = [number_of(minute_ns) for minute_ns in batch.columns["minute"]]
                self.log |= dict(zip(numbers, batch.columns["skipped"], strict=True))
                self.lateness_ms += batch.columns["lateness_ms"]
        return True


def number_of(minute_ns: int) -> int:
    return (minute_ns - MINUTE_NS) // NS_PER_MINUTE


@pytest.fixture
def market() -> HandMarket:
    made = HandMarket()
    made.clock.set_ns(MINUTE_NS + 20 * NS_PER_S)
    made.list_chain([7], strikes=range(90_000, 115_000, 5_000))
    made.quote_chain(skewed)
    return made


@pytest.fixture
def minutes() -> Minutes:
    return Minutes()


def recorder_of(market: HandMarket, minutes: Minutes) -> Recorder:
    pricer = Pricer(market.board, market.clock, PricingSettings())

    def price(board: StillBoard, _within_s: float) -> MarketPricing:
        return pricer.turn(board)

    return Recorder(Market(market.board, price, TradingView), minutes)


@pytest.fixture
def recorder(market: HandMarket, minutes: Minutes) -> Iterator[Recorder]:
    made = recorder_of(market, minutes)
    made.start()
    eventually(lambda: made.seen_ns == MINUTE_NS)
    yield made
    assert made.stop()


def go_to(market: HandMarket, minute: int, seconds: float = 0.0) -> None:
    """Move the clock to so many seconds after the `minute`th minute; the feed speaks on."""
    with market.board.writing:
        market.clock.set_ns(MINUTE_NS + minute * NS_PER_MINUTE + int(seconds * NS_PER_S))
        market.touch()


def wait_for(recorder: Recorder, minute: int) -> None:
    """Until this minute was dealt with."""
    eventually(lambda: recorder.seen_ns == MINUTE_NS + minute * NS_PER_MINUTE)


def test_every_full_minute_is_taken_once(
    market: HandMarket, recorder: Recorder, minutes: Minutes
) -> None:
    for minute in (1, 2, 3):
        go_to(market, minute, 0.3)
        wait_for(recorder, minute)
        go_to(market, minute, 45)
    assert minutes.taken == [1, 2, 3]
    assert recorder.last_minute_ns == MINUTE_NS + 3 * NS_PER_MINUTE
    assert minutes.log == {1: "", 2: "", 3: ""}


def test_a_minute_says_how_late_it_was_taken(
    market: HandMarket, recorder: Recorder, minutes: Minutes
) -> None:
    go_to(market, 1, 9.5)
    wait_for(recorder, 1)
    assert minutes.taken == [1]
    assert minutes.lateness_ms == [9_500.0]


def test_the_minute_it_starts_in_is_not_taken(
    market: HandMarket, recorder: Recorder, minutes: Minutes
) -> None:
    go_to(market, 0, 59.9)
    go_to(market, 1, 0)
    wait_for(recorder, 1)
    assert minutes.taken == [1]


def test_minutes_that_passed_while_the_machine_slept_are_skipped_with_the_reason(
    market: HandMarket, recorder: Recorder, minutes: Minutes
) -> None:
    go_to(market, 3, 30)
    wait_for(recorder, 3)
    go_to(market, 4, 1)
    wait_for(recorder, 4)
    assert minutes.taken == [4]
    assert recorder.stop()  # it writes down what it has skipped
    past = "the clock went past it"
    assert minutes.log == {1: past, 2: past, 3: "seen 30.0 s late", 4: ""}


def test_minutes_that_pass_while_it_is_stopped_have_no_word(
    market: HandMarket, recorder: Recorder, minutes: Minutes
) -> None:
    assert recorder.stop()
    go_to(market, 5, 30)
    recorder.start()
    wait_for(recorder, 5)
    go_to(market, 6, 0)
    wait_for(recorder, 6)
    assert (minutes.taken, minutes.log) == ([6], {6: ""})


def test_a_second_life_in_the_same_minute_takes_it_not_again(
    market: HandMarket, recorder: Recorder, minutes: Minutes
) -> None:
    go_to(market, 1, 0.2)
    wait_for(recorder, 1)
    assert recorder.stop()
    second = recorder_of(market, minutes)
    go_to(market, 1, 0.7)
    second.start()
    eventually(lambda: second.seen_ns > 0)
    go_to(market, 2, 0.1)
    wait_for(second, 2)
    assert second.stop()
    assert minutes.taken == [1, 2]


def test_a_clock_set_back_repeats_no_minute(
    market: HandMarket, recorder: Recorder, minutes: Minutes
) -> None:
    go_to(market, 2, 0.1)
    wait_for(recorder, 2)
    go_to(market, 1, 0.1)
    go_to(market, 3, 0.1)
    wait_for(recorder, 3)
    assert minutes.taken == [2, 3]


def test_a_clock_that_jumps_by_a_year_leaves_a_day_of_words(
    market: HandMarket, recorder: Recorder, minutes: Minutes
) -> None:
    year = 365 * 1440
    market.clock.set_ns(MINUTE_NS + year * NS_PER_MINUTE)
    market.touch()  # one stamp so far ahead is doubted, the clock's own going on is not
    wait_for(recorder, year)
    assert recorder.stop()
    assert len(minutes.log) == 1441
    assert minutes.log[year] == ""
    assert min(minutes.log) == year - 1440


def test_one_line_tells_of_many_minutes_that_come_too_fast(
    market: HandMarket,
    recorder: Recorder,
    minutes: Minutes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for minute in (10, 20, 30):
        go_to(market, minute, 30)
        wait_for(recorder, minute)
    go_to(market, 31, 0)
    wait_for(recorder, 31)
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(said) == 2
    assert "30 were skipped" in said[1]
    assert recorder.stop()
    assert len(minutes.log) == 31


def test_a_minute_nobody_took_does_not_count_as_recorded(
    market: HandMarket, recorder: Recorder, minutes: Minutes
) -> None:
    minutes.is_full = True
    go_to(market, 1, 0.1)
    wait_for(recorder, 1)
    assert recorder.last_minute_ns == 0
    minutes.is_full = False
    eventually(lambda: minutes.log == {1: "more came than the disk takes"})


def test_a_minute_that_cannot_be_priced_has_its_quotes(
    market: HandMarket, minutes: Minutes
) -> None:
    recorder = Recorder(Market(market.board, lambda _board, _s: None, TradingView), minutes)
    recorder.start()
    eventually(lambda: recorder.seen_ns == MINUTE_NS)
    go_to(market, 1, 0.1)
    wait_for(recorder, 1)
    assert recorder.stop()
    assert np.isfinite(minutes.pictures[0]["bid"]).all()
    assert np.isnan(minutes.pictures[0]["mid_iv"]).all()


def test_quotes_and_volatilities_of_a_minute_are_of_one_moment(
    market: HandMarket, minutes: Minutes
) -> None:
    """The market moves on between the cut and the pricing; nothing of that is in the minute."""
    pricer = Pricer(market.board, market.clock, PricingSettings())

    def price(board: StillBoard, _within_s: float) -> MarketPricing:
        market.quote_chain(skewed, forward=105_000.0)
        return pricer.turn(board)

    before = pricer.turn()
    recorder = Recorder(Market(market.board, price, TradingView), minutes)
    recorder.start()
    eventually(lambda: recorder.seen_ns == MINUTE_NS)
    go_to(market, 1, 0.0)
    wait_for(recorder, 1)
    assert recorder.stop()
    picture = minutes.pictures[0]
    assert before.board is not None
    for at, name in enumerate(picture["instrument"]):
        assert picture["bid"][at] == before.board.quote(name).bid
        assert picture["mid_iv"][at] == pytest.approx(before.options[name].mid_iv, abs=0.01)


def test_it_starts_twice_and_stops_twice(recorder: Recorder) -> None:
    recorder.start()
    assert recorder.state().name == "recorder"
    assert recorder.stop()
    assert recorder.stop()
