"""Books that lost their last frame and then stay quiet: their tickers tell.

A lost frame is noticed when the next one does not follow it. When none comes, the book is wrong
and looks sound; but every ticker carries the best prices and amounts of the same book.
"""

from __future__ import annotations

from typing import NamedTuple

from core.clock import NS_PER_MS
from core.market.board import Board
from core.market.book import Book, BookState, Top
from core.market.ticker import Ticker

PATIENCE_MS = 2_500
"""How long a difference must last, by the venue's stamps and by our clock, while the book says
nothing: longer than the slowest channel (agg2) lags, so that the order in which book and ticker
happen to arrive alarms nobody."""
_MOST_DOUBLINGS = 8
"""Eleven minutes: a book whose ticker never agrees is not subscribed anew all the time."""


class _Doubt(NamedTuple):
    change_id: int
    """The state of the book that the ticker contradicted: the next frame ends the doubt."""
    venue_ms: int
    at_ns: int


class TopWatch:
    """Compares tickers with the tops of their books. Its replica alone calls it.

    It knows frames and receive times only, so that a tape finds the same books at the same
    frames.
    """

    def __init__(self) -> None:
        self._doubts: dict[str, _Doubt] = {}
        self._in_vain: dict[str, int] = {}
        """How often a book was subscribed anew since its ticker last agreed."""

    def see(self, ticker: Ticker, book: Book, at_ns: int) -> None:
        """A ticker came: does it contradict its book?"""
        name = ticker.instrument_name
        if agrees(ticker, book.top()):
            if name in self._doubts or name in self._in_vain:
                self._doubts.pop(name, None)
                self._in_vain.pop(name, None)
            return
        is_telling = ticker.timestamp > book.venue_ms and ticker.state in ("open", "")
        if not is_telling or book.state is not BookState.LIVE:
            return
        doubt = self._doubts.get(name)
        if doubt is None or doubt.change_id != book.change_id:
            self._doubts[name] = _Doubt(book.change_id, ticker.timestamp, at_ns)

    def lost(self, board: Board, venue_ms: int, at_ns: int) -> list[str]:
        """Books that were contradicted long enough, each once; asked about once a second."""
        found = []
        for name, doubt in list(self._doubts.items()):
            book = board.book(name)
            if (
                book is None
                or book.state is not BookState.LIVE
                or book.change_id != doubt.change_id
            ):
                del self._doubts[name]
                continue
            patience_ms = PATIENCE_MS << min(self._in_vain.get(name, 0), _MOST_DOUBLINGS)
            waited_ms = min(venue_ms - doubt.venue_ms, (at_ns - doubt.at_ns) / NS_PER_MS)
            if waited_ms >= patience_ms:
                del self._doubts[name]
                self._in_vain[name] = self._in_vain.get(name, 0) + 1
                found.append(name)
        return found


def agrees(ticker: Ticker, top: Top) -> bool:
    """False when the ticker names another best price or amount; 0.0 is an empty side.

    A side it does not speak of (null) contradicts nothing.
    """
    bid, bid_amount, ask, ask_amount = top
    return _is_same(ticker.best_bid_price, ticker.best_bid_amount, bid, bid_amount) and _is_same(
        ticker.best_ask_price, ticker.best_ask_amount, ask, ask_amount
    )


def _is_same(price: float | None, amount: float | None, ours: float, our_amount: float) -> bool:
    if price is None or amount is None:
        return True
    if not amount:
        return ours != ours
    return price == ours and amount == our_amount
