from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from core.clock import ManualClock
from core.market.board import Board
from core.market.book import BookState
from core.market.ticker import Ticker
from core.venues.deribit.decode import decode
from core.venues.deribit.market.replica import Gap, Replica
from core.venues.deribit.names import instrument_named
from core.venues.deribit.wire import BookData, Heartbeat
from tests.core.venues.recorded import capture_frames, frames
from tests.core.venues.slow_book import SlowBook, replay


def board_for(texts: Iterable[bytes]) -> Board:
    """A board that lists every instrument the frames name."""
    names = {
        frame.instrument_name
        for frame in map(decode, texts)
        if isinstance(frame, BookData | Ticker)
    }
    board = Board(ManualClock())
    board.list_instruments(one for one in map(instrument_named, sorted(names)) if one is not None)
    return board


def assert_same_books(board: Board, expected: dict[str, SlowBook]) -> None:
    for name, slow in expected.items():
        levels = board.levels(name, 10_000)
        assert levels is not None
        assert [[level.price, level.amount] for level in levels.bids] == slow.bids
        assert [[level.price, level.amount] for level in levels.asks] == slow.asks
        assert levels.change_id == slow.change_id
        assert levels.state is (BookState.STALE if slow.is_broken else BookState.LIVE)


@pytest.mark.parametrize(
    ("folder", "books", "broken"),
    [("cryptofeed", 5, 0), ("ssc2ce", 1, 1), ("ccxt", 1, 0)],
)
def test_recorded_books_equal_a_slow_replay(folder: str, books: int, broken: int) -> None:
    texts = [text for _, text in frames(folder)]
    board = board_for(texts)
    replica = Replica(board)
    replica.take(texts, 1)
    expected = replay(texts)
    assert (len(expected), sum(one.is_broken for one in expected.values())) == (books, broken)
    assert_same_books(board, expected)
    assert (replica.gaps, replica.unreadable) == (broken, 0)


def test_the_2021_capture_equals_a_slow_replay() -> None:
    texts = capture_frames()
    board = board_for(texts)
    replica = Replica(board)
    replica.take(texts, 1)
    expected = replay(texts)
    assert len(expected) == 10
    assert_same_books(board, expected)
    assert (replica.gaps, replica.unreadable) == (0, 0)
    assert all(board.ticker(name) is not None for name in expected)


def test_the_gap_at_the_end_of_the_2020_dump_is_reported() -> None:
    texts = [text for _, text in frames("ssc2ce")]
    replica = Replica(board_for(texts))
    assert Gap("BTC-PERPETUAL") in replica.take(texts, 1)


def test_every_recorded_frame_goes_through_the_board() -> None:
    texts = [text for _, text in frames()] + capture_frames()
    replica = Replica(board_for(texts))
    replica.take(texts, 1)
    assert replica.messages == len(texts)
    assert replica.unreadable == 0


def book_frame(**data: Any) -> bytes:
    base = {"timestamp": 5, "instrument_name": "BTC-PERPETUAL", "bids": [], "asks": []}
    params = {"channel": "book.BTC-PERPETUAL.100ms", "data": base | data}
    return json.dumps({"jsonrpc": "2.0", "method": "subscription", "params": params}).encode()


def test_a_change_without_a_parent_is_a_gap() -> None:
    snapshot = book_frame(type="snapshot", change_id=1)
    replica = Replica(board_for([snapshot]))
    events = replica.take([snapshot, book_frame(type="change", change_id=2)], 1)
    assert events == [Gap("BTC-PERPETUAL")]


def test_a_malformed_frame_is_counted_and_the_rest_goes_on() -> None:
    snapshot = book_frame(type="snapshot", change_id=1)
    replica = Replica(board_for([snapshot]))
    beat = b'{"params":{"type":"test_request"},"method":"heartbeat","jsonrpc":"2.0"}'
    assert replica.take([snapshot[:-9], beat, snapshot], 1) == [Heartbeat("test_request")]
    assert (replica.messages, replica.unreadable) == (3, 1)


def test_frames_of_instruments_that_are_not_listed_are_ignored() -> None:
    replica = Replica(Board(ManualClock()))
    assert replica.take([book_frame(type="snapshot", change_id=1)], 1) == []


def test_the_venues_volatility_index_is_kept_as_a_decimal() -> None:
    text = (
        b'{"jsonrpc":"2.0","method":"subscription","params":'
        b'{"channel":"deribit_volatility_index.btc_usd","data":'
        b'{"timestamp":1619777946007,"volatility":%s,"index_name":"btc_usd"}}}'
    )
    board = Board(ManualClock())
    replica = Replica(board)
    assert replica.take([text % b"129.36", text % b"null"], 1) == []
    assert board.volatility_index("btc_usd") == pytest.approx(1.2936)
    assert replica.unreadable == 0
