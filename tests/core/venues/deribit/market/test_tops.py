"""A book that lost its last frame and stays quiet is found by its ticker; no other is."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from core.clock import NS_PER_MS, ManualClock
from core.market.board import Board
from core.market.ticker import Ticker
from core.venues.deribit.decode import decode
from core.venues.deribit.market.replica import Replica
from core.venues.deribit.market.tops import agrees
from core.venues.deribit.names import instrument_named
from core.venues.deribit.wire import BookData
from tests.core.venues.deribit.market.talk import (
    CALL,
    NOW_NS,
    PERPETUAL,
    Talk,
    change,
    notification,
    snapshot,
)
from tests.core.venues.recorded import capture_frames

NAN = float("nan")
SAME: dict[str, Any] = {
    "best_bid_price": 10.0,
    "best_bid_amount": 1.0,
    "best_ask_price": 11.0,
    "best_ask_amount": 2.0,
}
OTHER = SAME | {"best_bid_amount": 7.0}


class Market:
    """A live conversation whose venue speaks once a second."""

    def __init__(self) -> None:
        self.talk = Talk()
        self.talk.live()

    def now_ms(self) -> int:
        return self.talk.clock.now_ns() // NS_PER_MS

    def ticker(self, **top: Any) -> None:
        data = {"instrument_name": CALL, "timestamp": self.now_ms(), "state": "open"}
        self.talk.hear(notification(f"ticker.{CALL}.100ms", data | top))

    def index(self) -> None:
        data = {"index_name": "btc_usd", "price": 90_000.0, "timestamp": self.now_ms()}
        self.talk.hear(notification("deribit_price_index.btc_usd", data))

    def book(self, frame: dict[str, Any]) -> None:
        frame["params"]["data"]["timestamp"] = self.now_ms()
        self.talk.hear(frame)

    def pass_s(self, seconds: int) -> None:
        for _ in range(seconds):
            self.talk.wait(1.0)
            self.index()

    def resubscribe(self, **top: Any) -> None:
        """The venue does what was asked, and the ticker says the same as before."""
        channels = [f"book.{CALL}.100ms"]
        self.talk.answer("public/unsubscribe", result=channels)
        self.talk.wait()
        self.talk.answer("public/subscribe", result=channels)
        self.book(snapshot(CALL, 100))
        self.talk.wait()
        self.ticker(**top)

    @property
    def found(self) -> int:
        return self.talk.core.gaps

    def is_stale(self) -> bool:
        return self.talk.board.is_stale(CALL)


def test_a_lost_last_frame_makes_the_book_stale_and_it_alone_is_subscribed_anew() -> None:
    market = Market()
    market.pass_s(5)
    market.ticker(**OTHER)
    market.pass_s(2)
    assert not market.is_stale()
    market.pass_s(1)
    assert market.is_stale()
    assert not market.talk.board.is_stale(PERPETUAL)
    assert (market.talk.core.gaps, market.talk.core.resyncs) == (1, 1)
    leave = market.talk.last("public/unsubscribe")
    assert leave["params"]["channels"] == [f"book.{CALL}.100ms"]
    market.resubscribe(**SAME)
    market.pass_s(30)
    assert not market.is_stale()
    assert market.found == 1


def test_a_ticker_that_comes_before_its_book_alarms_nobody() -> None:
    market = Market()
    for step in range(20):
        market.pass_s(1)
        market.ticker(**OTHER)
        market.pass_s(1)
        market.book(change(CALL, 101 + step, 100 + step))
    market.pass_s(10)
    assert (market.found, market.is_stale()) == (0, False)


def test_a_ticker_older_than_the_book_says_nothing() -> None:
    market = Market()
    market.pass_s(1)
    old_ms = market.now_ms()
    market.pass_s(1)
    market.book(change(CALL, 101, 100))
    market.ticker(**OTHER, timestamp=old_ms)
    market.pass_s(10)
    assert market.found == 0


def test_the_next_ticker_may_take_it_back() -> None:
    market = Market()
    market.pass_s(1)
    market.ticker(**OTHER)
    market.pass_s(1)
    market.ticker(**SAME)
    market.pass_s(10)
    assert market.found == 0


def test_a_backlog_after_a_silence_is_no_lost_frame() -> None:
    market = Market()
    market.pass_s(1)
    market.ticker(**OTHER)
    sent_ms = market.now_ms()
    market.talk.wait(10.0)
    late = change(CALL, 101, 100)
    late["params"]["data"]["timestamp"] = sent_ms + 10
    index = {"index_name": "btc_usd", "price": 9.0, "timestamp": sent_ms + 5}
    market.talk.hear(notification("deribit_price_index.btc_usd", index), late)
    market.pass_s(10)
    assert market.found == 0


@pytest.mark.parametrize("state", ["closed", "inactive", "locked"])
def test_what_is_not_open_has_no_top_to_compare(state: str) -> None:
    market = Market()
    market.pass_s(1)
    market.ticker(**OTHER, state=state)
    market.pass_s(10)
    assert market.found == 0


def test_a_ticker_that_never_agrees_costs_ever_fewer_subscriptions() -> None:
    market = Market()
    market.pass_s(1)
    market.ticker(**OTHER)
    found_at_s: list[int] = []
    for second in range(600):
        market.pass_s(1)
        if market.found > len(found_at_s):
            found_at_s.append(second)
            market.resubscribe(**OTHER)
    waits = [after - before for before, after in itertools.pairwise(found_at_s)]
    assert waits == sorted(waits)
    assert len(found_at_s) <= 8


@pytest.mark.parametrize(
    ("top", "is_agreed"),
    [
        ((10.0, 1.0, 11.0, 2.0), True),
        ((10.0, 1.0, 11.0, 3.0), False),
        ((9.5, 1.0, 11.0, 2.0), False),
        ((NAN, NAN, 11.0, 2.0), False),
    ],
)
def test_prices_and_amounts_of_both_sides_are_compared(
    top: tuple[float, float, float, float], is_agreed: bool
) -> None:
    assert agrees(ticker(SAME), top) is is_agreed


def test_an_empty_side_is_zero_on_the_wire_and_null_says_nothing() -> None:
    empty = SAME | {"best_bid_price": 0.0, "best_bid_amount": 0.0}
    assert agrees(ticker(empty), (NAN, NAN, 11.0, 2.0))
    assert not agrees(ticker(empty), (10.0, 1.0, 11.0, 2.0))
    assert agrees(ticker({}), (10.0, 1.0, 11.0, 2.0))


def ticker(top: dict[str, float]) -> Ticker:
    data = {"instrument_name": CALL, "timestamp": NOW_NS // NS_PER_MS} | top
    frame = decode(json.dumps(notification(f"ticker.{CALL}.100ms", data)).encode())
    assert isinstance(frame, Ticker)
    return frame


def test_raw_books_and_tickers_recorded_at_the_venue_give_no_alarm() -> None:
    """Of 2021, half a minute of ten options; 32 of 89 tickers came before their book."""
    texts = capture_frames()
    timed = [one for one in map(decode, texts) if isinstance(one, BookData | Ticker)]
    names = {one.instrument_name for one in timed}
    board = Board(ManualClock())
    board.list_instruments(one for one in map(instrument_named, names) if one is not None)
    replica, contradicted = Replica(board), 0
    for text in texts:
        frame = decode(text)
        if not isinstance(frame, BookData | Ticker):
            continue
        at_ns = frame.timestamp * NS_PER_MS
        index = (
            b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":'
            b'"deribit_price_index.btc_usd","data":{"index_name":"btc_usd","price":1,'
            b'"timestamp":%d}}}' % frame.timestamp
        )
        replica.take([text, index], at_ns)
        if isinstance(frame, Ticker) and (book := board.book(frame.instrument_name)):
            contradicted += book.change_id > 0 and not agrees(frame, book.top())
    assert (replica.gaps, contradicted) == (0, 32)
