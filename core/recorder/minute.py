"""The thread that waits for full minutes and hands each one to the store."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.clock import NS_PER_MINUTE, NS_PER_S, utc
from core.domain.position import AccountFigures
from core.market.board import Board
from core.pricing.view import MarketPricing
from core.recorder.snapshot import minute_batches
from core.service import Service, ServiceState
from core.store.batch import Batch

log = logging.getLogger(__name__)

_POLL_S = 0.1
_LATEST_S = 10
"""A minute seen later than this (the machine slept) is not that minute any more."""


class Sink(Protocol):
    """Where minutes go: the store's writer."""

    def put(self, *batches: Batch) -> bool:
        """Take rows that are written together, without blocking; False when they are lost."""
        ...


@dataclass(frozen=True, slots=True)
class Market:
    """What the recorder looks at; the functions return the newest frozen value."""

    board: Board
    pricing: Callable[[], MarketPricing]
    accounts: Callable[[], tuple[AccountFigures, ...]]


class Recorder:
    """Takes one picture at every full minute of the venue's time.

    The minute in which it starts is not taken. The minute is the key of every row, so a minute
    that an earlier run wrote stays as it is, and one that passed while nothing ran is not there.
    """

    def __init__(self, market: Market, sink: Sink) -> None:
        self._market = market
        self._sink = sink
        self._is_skipping = False
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
        while not stopping.wait(_POLL_S):
            if not board.is_venue_time_known:
                continue  # our own clock may be minutes ahead, and those would be lost
            now_ns = board.venue_now_ns()
            minute_ns = _minute_of(now_ns)
            if minute_ns > self.seen_ns:
                if not is_first:
                    self._record(minute_ns, now_ns)
                self.seen_ns = minute_ns
            is_first = False

    def _record(self, minute_ns: int, now_ns: int) -> None:
        if now_ns - minute_ns > _LATEST_S * NS_PER_S:
            # A simulator that runs 200 times as fast skips them all: one line says so.
            level = logging.DEBUG if self._is_skipping else logging.WARNING
            log.log(level, "the minute %s was seen too late and is not recorded", utc(minute_ns))
            self._is_skipping = True
            return
        self._is_skipping = False
        market = self._market
        batches = minute_batches(market.board, market.pricing(), market.accounts(), minute_ns)
        if batches and self._sink.put(*batches):
            self.last_minute_ns = minute_ns


def _minute_of(at_ns: int) -> int:
    return at_ns // NS_PER_MINUTE * NS_PER_MINUTE
