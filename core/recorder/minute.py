"""The thread that waits for full minutes and hands each one to the store."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.clock import NS_PER_MINUTE, NS_PER_S, utc
from core.market.board import Board
from core.market.still import StillBoard
from core.pricing.view import MarketPricing
from core.recorder.skipped import Skipped
from core.recorder.snapshot import Moment, minute_batches
from core.service import Service, ServiceState
from core.store.batch import Batch
from core.trading.view import TradingView

log = logging.getLogger(__name__)

_POLL_S = 0.05
_LEAST_WAIT_S = 0.001
_LATEST_NS = 10 * NS_PER_S
"""A minute seen later than this (the machine slept) is not that minute any more."""
_PRICED_WITHIN_S = 5.0
_TELL_S = 1.0
"""Skipped minutes are written down at most so often."""


class Sink(Protocol):
    """Where minutes go: the store's writer."""

    def put(self, *batches: Batch) -> bool:
        """Take rows that are written together, without blocking; False when they are lost."""
        ...


@dataclass(frozen=True, slots=True)
class Market:
    """What the recorder looks at."""

    board: Board
    price: Callable[[StillBoard, float], MarketPricing | None]
    """Prices the board of one moment, within so many seconds; None when that fails."""
    trading: Callable[[], TradingView]
    """The newest frozen view of what is held."""


class Recorder:
    """Takes one picture at every full minute of the venue's time.

    The board is copied still at the minute, then that copy is priced: every figure of a minute is
    of one moment. The minute in which it starts is not taken. The minute is the key of every row,
    so one that an earlier run wrote stays as it is. A minute without a picture is written down
    with the reason; one that passed while nothing ran is not there at all.
    """

    def __init__(self, market: Market, sink: Sink) -> None:
        self._market = market
        self._sink = sink
        self._skipped = Skipped()
        self._told_at = 0.0
        self._service = Service("recorder", self._run)
        self.seen_ns = 0
        """The newest minute that was dealt with, recorded or not; 0 before the start."""
        self.last_minute_ns = 0
        """The newest minute handed over; 0 before the first."""

    def start(self) -> None:
        """Wait for the next full minute in the background."""
        self._service.start()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """End the thread; False if it is still running."""
        return self._service.stop(timeout_s)

    def state(self) -> ServiceState:
        """For the screen."""
        return self._service.state()

    def _run(self, stopping: threading.Event) -> None:
        board = self._market.board
        is_first = True
        while not stopping.wait(_until_next_s(board.venue_now_ns())):
            if not board.is_venue_time_known:
                continue  # our own clock may be minutes ahead, and those would be lost
            now_ns = board.venue_now_ns()
            minute_ns = _minute_of(now_ns)
            if is_first:
                self.seen_ns, is_first = max(self.seen_ns, minute_ns), False
            elif minute_ns > self.seen_ns:
                self._skipped.between(self.seen_ns, minute_ns, now_ns)
                self._record(minute_ns)
                self.seen_ns = minute_ns
            if time.monotonic() - self._told_at >= _TELL_S:
                self._tell_skipped()
        self._tell_skipped()

    def _record(self, minute_ns: int) -> None:
        board, trading = self._market.board.still(), self._market.trading()
        if late_ns := max(0, board.venue_ns - minute_ns - _LATEST_NS):
            late_s = (late_ns + _LATEST_NS) / NS_PER_S
            self._skipped.one(minute_ns, board.venue_ns, f"seen {late_s:.1f} s late")
            return
        pricing = self._market.price(board, _PRICED_WITHIN_S)
        if pricing is None:
            log.warning("the minute %s has no volatilities: it was not priced", utc(minute_ns))
        moment = Moment(board, pricing or MarketPricing(), trading)
        if not (batches := minute_batches(moment, minute_ns)):
            self._skipped.one(minute_ns, board.venue_ns, "nothing was listed")
        elif not self._sink.put(*batches):
            self._skipped.one(minute_ns, board.venue_ns, "more came than the disk takes")
        else:
            self.last_minute_ns = minute_ns
            self._skipped.over()

    def _tell_skipped(self) -> None:
        batch = self._skipped.batch()
        if batch is not None and self._sink.put(batch):
            self._skipped.written()
        self._told_at = time.monotonic()


def _minute_of(at_ns: int) -> int:
    return at_ns // NS_PER_MINUTE * NS_PER_MINUTE


def _until_next_s(now_ns: int) -> float:
    """To the next full minute if it is near, else a little: the venue's clock may jump."""
    left_s = (NS_PER_MINUTE - now_ns % NS_PER_MINUTE) / NS_PER_S
    return min(_POLL_S, max(_LEAST_WAIT_S, left_s))
