"""Quiet books read once by request: a lost frame below the top shows nowhere else.

A frame proves all before it and a ticker proves the top. What lost its last frame further down
and stays quiet is found here, one book at a time, the one that has been quiet longest first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from core.clock import NS_PER_S, Clock
from core.market.board import Board
from core.market.book import Book, BookState
from core.venues.deribit.answers import Answer, Result
from core.venues.deribit.session import Session

log = logging.getLogger(__name__)

QUIET_S: Final = 3.0
"""A book that spoke since then is left alone; so long a difference must last too, because a
frame may be on its way."""
_DEPTH: Final = 10_000


class _Read(msgspec.Struct, gc=False):
    """The levels of public/get_order_book."""

    bids: list[tuple[float, float]]
    asks: list[tuple[float, float]]


_read: Final = msgspec.json.Decoder(_Read, strict=False).decode


class BookAudit:
    """Reads quiet books of one connection. Its link's core alone calls it.

    A wrong book is told to `wrong`, which asks for a new snapshot. One that still differs after
    that is not asked about again: then request and channel mean different things.
    """

    def __init__(
        self, session: Session, board: Board, clock: Clock, wrong: Callable[[str], None]
    ) -> None:
        self._session = session
        self._board = board
        self._clock = clock
        self._wrong = wrong
        self._proven: dict[str, int] = {}
        """Change ids that were read and found right."""
        self._differs: dict[str, tuple[int, float]] = {}
        """(change id, when) of books that were read otherwise and may still speak."""
        self._renewed: set[str] = set()
        self._is_asked = False

    def reset(self) -> None:
        """A new connection: every book comes anew."""
        self._proven.clear()
        self._differs.clear()
        self._renewed.clear()
        self._is_asked = False

    def tick(self, names: Sequence[str], now_s: float) -> None:
        """Judge what differed, then read the next of `names`; to be called once a second."""
        self._judge(now_s)
        if self._is_asked:
            return
        if len(self._proven) > len(names):  # some are no longer listed
            self._proven = {one: self._proven[one] for one in names if one in self._proven}
        quiet_ns = self._clock.now_ns() - int(QUIET_S * NS_PER_S)
        waiting = {}
        for name in names:
            book = self._live(name)
            if book is not None and book.at_ns < quiet_ns and not self._is_known(name, book):
                waiting[name] = book
        if waiting:
            name = min(waiting, key=lambda one: waiting[one].at_ns)
            self._ask(name, waiting[name].change_id, now_s)

    def _live(self, name: str) -> Book | None:
        book = self._board.book(name)
        return book if book is not None and book.state is BookState.LIVE else None

    def _is_known(self, name: str, book: Book) -> bool:
        return self._proven.get(name) == book.change_id or name in self._differs

    def _ask(self, name: str, change_id: int, now_s: float) -> None:
        def then(answer: Answer) -> None:
            self._is_asked = False
            if isinstance(answer, Result):
                self._compare(name, change_id, answer.value)
            else:
                self._proven[name] = change_id  # the venue would not say: the next one

        self._is_asked = True
        params = {"instrument_name": name, "depth": _DEPTH}
        self._session.ask("public/get_order_book", params, then, now_s)

    def _compare(self, name: str, change_id: int, value: msgspec.Raw) -> None:
        book = self._live(name)
        if book is None or book.change_id != change_id:
            return  # it spoke: its frames prove it
        try:
            read = _read(value)
        except msgspec.MsgspecError as error:
            log.warning("the book of %s is unreadable: %s", name, error)
            self._proven[name] = change_id
            return
        if dict(read.bids) == book.bids and dict(read.asks) == book.asks:
            self._proven[name] = change_id
            self._renewed.discard(name)
        else:
            self._differs[name] = change_id, self._session.now_s

    def _judge(self, now_s: float) -> None:
        for name, (change_id, since_s) in list(self._differs.items()):
            book = self._live(name)
            if book is None or book.change_id != change_id:
                del self._differs[name]
            elif now_s - since_s >= QUIET_S:
                del self._differs[name]
                self._proven[name] = change_id
                if name not in self._renewed:
                    self._renewed.add(name)
                    log.warning("the book of %s lost a frame: read by request it differs", name)
                    self._wrong(name)
