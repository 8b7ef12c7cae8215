"""What a tape holds beside frames: who was listed, which link dropped, and the full state.

A state is what makes a replay able to begin in the middle of a tape, and what a replay that
comes by is compared with: both must be the same, to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import msgspec

from core.domain.instrument import Instrument
from core.market.board import Board
from core.market.book import Book, BookState
from core.market.platform import PlatformState
from core.market.ticker import Ticker

_PART: Final = 64
"""Instruments written at once: a thousand would keep the interpreter from the links."""


class Began(msgspec.Struct, frozen=True, tag_field="mark", tag="began"):
    """The first line of every file."""

    is_continued: bool = False
    """The file before it ends where this one begins; otherwise nothing before counts."""


class Dropped(msgspec.Struct, frozen=True, tag_field="mark", tag="dropped"):
    """The link is gone, and the trust in its books."""


class Lost(msgspec.Struct, frozen=True, tag_field="mark", tag="lost"):
    """Frames of the link came that were not written: the disk was too slow."""

    frames: int


class Listed(msgspec.Struct, frozen=True, tag_field="mark", tag="listed"):
    """What is listed from here on, and which link carries it."""

    instruments: list[Instrument]
    shares: dict[str, list[str]]


class Platform(msgspec.Struct, frozen=True, tag_field="mark", tag="platform"):
    """What the venue says of itself from here on."""

    state: PlatformState


class BookPart(msgspec.Struct, frozen=True):
    """One book, and the last ticker."""

    name: str
    state: BookState
    change_id: int
    bids: list[tuple[float, float]]
    """(price, amount)."""
    asks: list[tuple[float, float]]
    ticker_at_ns: int | None = None
    ticker: Ticker | None = None


class State(msgspec.Struct, frozen=True, tag_field="mark", tag="state"):
    """Some books of the link as they stood before its next frame."""

    heard_ns: int
    """When the link was last heard; 0 when it was not since it dropped."""
    indices: dict[str, float]
    books: list[BookPart]


Mark = Began | Dropped | Lost | Listed | Platform | State
_encode: Final = msgspec.json.Encoder().encode
_mark: Final = msgspec.json.Decoder(Mark).decode


def mark_of(text: bytes) -> Mark:
    """The mark in a line; msgspec.MsgspecError when there is none."""
    found: Mark = _mark(text)
    return found


def text_of(mark: Began | Dropped | Lost | Listed | Platform) -> bytes:
    """One line of JSON."""
    return _encode(mark)


@dataclass(frozen=True, slots=True)
class Captured:
    """The state of one link's books, copied but not yet written."""

    heard_ns: int
    indices: Mapping[str, float]
    books: tuple[tuple[str, BookState, int, dict[float, float], dict[float, float]], ...]
    tickers: Mapping[str, tuple[int, Ticker]]

    def texts(self) -> Iterator[bytes]:
        """The marks that hold it, a line each; none when there is nothing."""
        books = iter(self.books)
        while part := list(islice(books, _PART)):
            rows = [self._row(*one) for one in part]
            state = {"heard_ns": self.heard_ns, "indices": self.indices, "books": rows}
            yield _encode({"mark": "state", **state})

    def _row(
        self,
        name: str,
        state: BookState,
        change_id: int,
        bids: Mapping[float, float],
        asks: Mapping[float, float],
    ) -> dict[str, Any]:
        row: dict[str, Any] = {"name": name, "state": state, "change_id": change_id}
        row |= {"bids": list(bids.items()), "asks": list(asks.items())}
        if name in self.tickers:
            at_ns, ticker = self.tickers[name]
            row |= {"ticker_at_ns": at_ns, "ticker": _numbers(msgspec.to_builtins(ticker))}
        return row


def captured(board: Board, names: Iterable[str], heard_ns: int) -> Captured:
    """Copy the books of one link; only that link's thread may call it, between two batches."""
    books, tickers = [], {}
    for name in names:
        book, ticker, at_ns = board.book(name), board.ticker(name), board.ticker_at_ns(name)
        if book is not None:
            books.append((name, book.state, book.change_id, dict(book.bids), dict(book.asks)))
        if ticker is not None and at_ns is not None:
            tickers[name] = (at_ns, ticker)
    return Captured(heard_ns, board.index_prices(), tuple(books), tickers)


def put_state(board: Board, link: str, state: State) -> int:
    """Make the board's books those of `state`; returns how many trusted ones were different."""
    different = 0
    for part in state.books:
        book = board.book(part.name)
        if book is not None:
            different += book.state is BookState.LIVE and not _is_same(board, book, part)
            _put_part(board, book, part)
    known = board.index_prices()
    for index, price in state.indices.items():
        if index not in known:
            board.put_index(index, price, state.heard_ns)
    if state.heard_ns:
        board.touch(link, state.heard_ns)
    return different


def _is_same(board: Board, book: Book, part: BookPart) -> bool:
    return (
        (book.state, book.change_id) == (part.state, part.change_id)
        and (book.bids, book.asks) == (dict(part.bids), dict(part.asks))
        and board.ticker_at_ns(part.name) == part.ticker_at_ns
    )


def _put_part(board: Board, book: Book, part: BookPart) -> None:
    if part.state is not BookState.EMPTY:
        book.snapshot(part.change_id, _rows(part.bids), _rows(part.asks))
    if part.state is BookState.STALE:
        book.drop()
    if part.ticker is not None and part.ticker_at_ns is not None:
        board.put_ticker(part.ticker, part.ticker_at_ns)


def _rows(levels: Sequence[tuple[float, float]]) -> Iterator[tuple[str, float, float]]:
    return (("new", price, amount) for price, amount in levels)


def _numbers(fields: dict[str, Any]) -> dict[str, Any]:
    """Without NaN, which JSON has not: what is left out reads back as the default, NaN."""
    return {
        name: _numbers(value) if isinstance(value, dict) else value
        for name, value in fields.items()
        if value == value
    }
