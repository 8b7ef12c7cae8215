"""Frames into the board. The live link and the tape share this, so both see the same market."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import MarketDataError
from core.market.board import Board
from core.market.ticker import Ticker
from core.venues.deribit.decode import decode
from core.venues.deribit.market.tops import TopWatch
from core.venues.deribit.wire import (
    BookData,
    Heartbeat,
    IndexPrice,
    InstrumentState,
    Notification,
    Reply,
    Request,
    VolatilityIndex,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gap:
    """Frames of one book were lost: it is stale until a new snapshot comes."""

    instrument: str


Event = Gap | Reply | Heartbeat | InstrumentState | Notification | Request
"""What a batch of frames holds beside market data."""


class Replica:
    """Decodes frames and writes them into the board. One thread owns it."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._tops = TopWatch()
        self.messages = 0
        """Frames taken since the start."""
        self.gaps = 0
        """Books that lost frames, told by the next frame or by a ticker."""
        self.unreadable = 0
        self.venue_ms = 0
        """The venue's time of the last timed frame, milliseconds; 0 before the first."""

    def take(self, payloads: Sequence[bytes], at_ns: int) -> list[Event]:
        """Write market data received at `at_ns`; returns everything else in order."""
        events: list[Event] = []
        for payload in payloads:
            try:
                frame = decode(payload)
            except MarketDataError as error:
                self.unreadable += 1
                log.warning("frame dropped: %s", error)
                continue
            if isinstance(frame, BookData):
                if not self._book(frame, at_ns):
                    events.append(Gap(frame.instrument_name))
            elif isinstance(frame, Ticker):
                self._ticker(frame, at_ns)
            elif isinstance(frame, IndexPrice):
                self.venue_ms = frame.timestamp or self.venue_ms
                self._board.put_index(frame.index_name, frame.price, at_ns)
                events += self._lost(at_ns)
            elif isinstance(frame, VolatilityIndex):
                if frame.volatility:
                    self._board.put_volatility_index(frame.index_name, frame.volatility, at_ns)
            else:
                events.append(frame)
        self.messages += len(payloads)
        return events

    def _ticker(self, frame: Ticker, at_ns: int) -> None:
        self.venue_ms = frame.timestamp
        book = self._board.book(frame.instrument_name)
        if book is None:
            return  # not listed, or no longer
        self._board.put_ticker(frame, at_ns)
        self._tops.see(frame, book, at_ns)

    def _lost(self, at_ns: int) -> list[Gap]:
        """Books that lost their last frame. An index speaks once a second on every connection."""
        found = self._tops.lost(self._board, self.venue_ms, at_ns)
        for name in found:
            if (book := self._board.book(name)) is not None:
                book.drop()
        self.gaps += len(found)
        return [Gap(name) for name in found]

    def _book(self, frame: BookData, at_ns: int) -> bool:
        """False when the frame does not follow the last one of its book."""
        self.venue_ms = frame.timestamp
        book = self._board.book(frame.instrument_name)
        if book is None:
            return True  # not listed, or no longer
        book.at_ns, book.venue_ms = at_ns, frame.timestamp
        parent = frame.prev_change_id
        if parent is None or frame.type == "snapshot":
            if frame.is_snapshot:
                book.snapshot(frame.change_id, frame.bids, frame.asks)
                return True
            parent = -1
        if book.change(parent, frame.change_id, frame.bids, frame.asks):
            return True
        self.gaps += 1
        return False
