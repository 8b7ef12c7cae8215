from __future__ import annotations

from decimal import Decimal
from math import isnan

import pytest

from core.clock import ManualClock
from core.domain.instrument import Instrument, Kind
from core.market.board import Board
from core.market.book import Stamps
from core.market.ticker import Greeks, Stats, Ticker

NAME = "BTC-25DEC26-90000-C"
S = 1_000_000_000


def option(name: str = NAME, is_active: bool = True) -> Instrument:
    return Instrument(
        name=name,
        kind=Kind.OPTION,
        base="BTC",
        quote="BTC",
        settlement="BTC",
        is_inverse=True,
        contract_size=Decimal(1),
        min_amount=Decimal("0.1"),
        tick=Decimal("0.0001"),
        expiry_ns=1_798_185_600 * S,
        strike=90_000.0,
        is_call=True,
        is_active=is_active,
        chain="BTC",
    )


def board_with(*instruments: Instrument) -> tuple[Board, ManualClock]:
    clock = ManualClock(100 * S)
    board = Board(clock, stale_after_s=3.0)
    board.list_instruments(instruments)
    board.assign([one.name for one in instruments], "feed")
    return board, clock


def snapshot(board: Board, name: str = NAME) -> None:
    book = board.book(name)
    assert book is not None
    book.snapshot(1, [("new", 0.038, 18.0)], [("new", 0.039, 22.3)])


def test_a_book_is_stale_before_its_first_snapshot() -> None:
    board, clock = board_with(option())
    board.touch("feed", clock.now_ns())
    assert board.is_stale(NAME)
    snapshot(board)
    assert not board.is_stale(NAME)


def test_a_silent_feed_turns_its_books_stale() -> None:
    board, clock = board_with(option())
    snapshot(board)
    board.touch("feed", clock.now_ns())
    clock.advance_s(2.9)
    assert not board.is_stale(NAME)
    clock.advance_s(0.2)
    assert board.is_stale(NAME)
    assert board.quote(NAME).is_stale


class SetBack(ManualClock):
    """A clock that somebody sets while time goes on."""

    def __init__(self, now_ns: int) -> None:
        super().__init__(now_ns)
        self.off_ns = 0

    def now_ns(self) -> int:
        return super().now_ns() + self.off_ns


def test_a_clock_that_is_set_neither_ages_a_feed_nor_keeps_a_dead_one_alive() -> None:
    clock = SetBack(100_000 * S)
    board = Board(clock, stale_after_s=3.0)
    board.list_instruments([option()])
    board.assign([NAME], "feed")
    snapshot(board)
    board.touch("feed", clock.now_ns())
    clock.off_ns = 3_600 * S
    assert not board.is_stale(NAME)
    clock.off_ns = -3_600 * S
    clock.advance_s(3.1)
    assert board.is_stale(NAME)
    assert board.silent_ms == 3_100


def test_a_lost_feed_drops_its_own_books_only() -> None:
    board, clock = board_with(option(), option("BTC-25DEC26-95000-C"))
    board.assign(["BTC-25DEC26-95000-C"], "other")
    for name in board.catalog.by_name:
        snapshot(board, name)
    for feed in ("feed", "other"):
        board.touch(feed, clock.now_ns())
    board.drop_feed("feed")
    assert board.is_stale(NAME)
    assert not board.is_stale("BTC-25DEC26-95000-C")


def test_what_is_not_listed_is_stale_and_has_no_prices() -> None:
    board, _ = board_with(option())
    quote = board.quote("nothing")
    assert quote.is_stale
    assert isnan(quote.bid)
    assert board.levels("nothing", 5) is None


def test_a_vanished_instrument_leaves_nothing_behind() -> None:
    board, clock = board_with(option())
    snapshot(board)
    board.put_ticker(Ticker(NAME, 1), clock.now_ns())
    board.list_instruments([])
    board.put_ticker(Ticker(NAME, 2), clock.now_ns())
    assert board.book(NAME) is None
    assert board.ticker(NAME) is None
    assert isnan(board.ticker_age_s(NAME))


def test_listing_again_keeps_the_books_of_those_that_stay() -> None:
    board, clock = board_with(option())
    board.touch("feed", clock.now_ns())
    snapshot(board)
    board.list_instruments([option(), option("BTC-25DEC26-95000-C")])
    assert not board.is_stale(NAME)


def test_inactive_instruments_are_not_listed() -> None:
    board, _ = board_with(option(is_active=False))
    assert board.instrument(NAME) is None


def test_a_quote_has_volatilities_as_decimals_and_nan_for_what_is_missing() -> None:
    board, clock = board_with(option())
    ticker = Ticker(
        NAME,
        1,
        mark_price=0.0385,
        mark_iv=36.5,
        last_price=None,
        greeks=Greeks(0.34, 0.00002, 153.7, -29.4),
        stats=Stats(price_change=-3.75),
    )
    board.put_ticker(ticker, clock.now_ns())
    quote = board.quote(NAME)
    assert (quote.mark, quote.mark_iv, quote.delta) == (0.0385, 0.365, 0.34)
    assert quote.price_change == -3.75
    assert isnan(quote.last)
    assert isnan(quote.bid)
    assert isnan(quote.mid)


def test_a_book_tells_its_last_change_and_when_it_came() -> None:
    board, _ = board_with(option())
    assert board.stamps("nothing") is None
    assert board.stamps(NAME) == Stamps(0, 0, 0)
    snapshot(board)
    book = board.book(NAME)
    assert book is not None
    book.at_ns, book.venue_ms = 101 * S, 100_500
    assert board.stamps(NAME) == Stamps(1, 101 * S, 100_500_000_000)


def test_every_write_moves_the_sequence() -> None:
    board, clock = board_with(option())
    seen = [board.sequence]
    board.touch("feed", clock.now_ns())
    seen.append(board.sequence)
    board.drop_feed("feed")
    seen.append(board.sequence)
    assert len(set(seen)) == 3


def test_a_volatility_index_that_fell_silent_is_unknown() -> None:
    board, clock = board_with()
    assert isnan(board.volatility_index("btc_usd"))
    board.put_volatility_index("btc_usd", 43.2, clock.now_ns())
    assert board.volatility_index("btc_usd") == pytest.approx(0.432)
    assert board.still().volatility_index("btc_usd") == pytest.approx(0.432)
    assert isnan(board.still().volatility_index("eth_usd"))
    clock.advance_s(61)
    assert isnan(board.volatility_index("btc_usd"))
    assert isnan(board.still().volatility_index("btc_usd"))
