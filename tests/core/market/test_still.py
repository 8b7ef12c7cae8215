from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from math import isnan

import pytest

from core.market.board import Board
from core.market.still import StillBoard
from core.market.ticker import Ticker
from tests.core.pricing.market import FEED, HandMarket
from tests.eventually import eventually

FIRST, SECOND = "BTC-PERPETUAL", "ETH-PERPETUAL"


def two_perpetuals() -> HandMarket:
    market = HandMarket()
    market.list_chain((), chain="BTC")
    market.list_chain((), chain="ETH")
    for name in (FIRST, SECOND):
        market.quote(name, 1.0, 2.0)
    return market


def move_together(board: Board, stopping: threading.Event) -> None:
    """Both instruments at the same price in every batch, as one packet of the venue brings them."""
    price = 1.0
    while not stopping.is_set():
        price += 1.0
        with board.writing:
            for name in (FIRST, SECOND):
                book = board.book(name)
                assert book is not None
                book.snapshot(1, [("new", price, 1.0)], [("new", price + 1, 1.0)])
                board.put_ticker(Ticker(name, int(price), mark_price=price), 0)


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns every ten microseconds: in the middle of everything."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty")
def test_a_cut_never_holds_half_of_a_batch() -> None:
    market, stopping = two_perpetuals(), threading.Event()
    writer = threading.Thread(target=move_together, args=(market.board, stopping))
    stills: list[StillBoard] = []

    def look() -> bool:
        stills.extend(market.board.still() for _ in range(50))
        return len({still.quote(FIRST).bid for still in stills}) > 20

    writer.start()
    try:
        eventually(look, within_s=60)
    finally:
        stopping.set()
        writer.join()
    for still in stills:
        first, second = still.quote(FIRST), still.quote(SECOND)
        assert (first.bid, first.ask) == (second.bid, second.ask)
        assert isnan(first.mark) or first.mark == second.mark == first.bid


def test_what_was_read_once_does_not_move() -> None:
    market = two_perpetuals()
    market.board.put_index("btc_usd", 100.0, 0)
    still = market.board.still()
    market.quote(FIRST, 5.0, 6.0)
    market.board.put_index("btc_usd", 200.0, 0)
    market.board.list_instruments(())
    assert still.quote(FIRST).bid == 1.0
    assert still.index_price("btc_usd") == 100.0
    assert FIRST in still.catalog.by_name
    assert market.board.still().tops == {}


def test_it_says_the_same_as_the_board_of_that_moment() -> None:
    market = two_perpetuals()
    market.ticker(FIRST, None, mark_price=1.5, open_interest=7.0)
    book = market.board.book(SECOND)
    assert book is not None
    book.drop()
    market.clock.advance_s(1)
    still, board = market.board.still(), market.board
    assert still.venue_ns == board.venue_now_ns()
    assert still.quote(FIRST) == board.quote(FIRST)
    assert (still.is_stale(FIRST), still.is_stale(SECOND)) == (False, True)
    assert still.top(SECOND) == board.top(SECOND)
    assert still.ticker(FIRST) is board.ticker(FIRST)


def test_a_silent_feed_makes_its_books_stale_in_it() -> None:
    market = two_perpetuals()
    market.clock.advance_s(10)
    assert market.board.still().is_stale(FIRST)
    market.board.touch(FEED, market.clock.now_ns())
    assert not market.board.still().is_stale(FIRST)


def test_a_name_nobody_listed_has_nothing() -> None:
    still = two_perpetuals().board.still()
    assert isnan(still.quote("X").bid)
    assert still.is_stale("X")
    assert isnan(still.index_price("x_usd"))
