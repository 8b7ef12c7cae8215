"""The thread around the engine: one event at a time, a tick every 100 ms, one frozen view out."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from core.clock import Clock
from core.market.board import Board
from core.service import Service, ServiceState
from core.settings import RiskSettings, WorkSettings
from core.trading.engine import Engine
from core.trading.inbox import Event, Inbox, Tick
from core.trading.journal import Journal, NullJournal, Restored
from core.trading.strategy import Strategy
from core.trading.view import TradingView
from core.venues.base import Emit, TradingVenue

log = logging.getLogger(__name__)
TICK_S = 0.1
FRAME_S = 1 / 30
"""Pictures follow each other no closer; the first after a quiet moment comes at once."""
END_S = 3.0
"""How long the loop waits at its end for cancels to be confirmed."""
NOTHING_RESTORED = Restored()


class TradingLoop:
    """Owns ledger, orders, risk gate, router and strategies, and the venue's life."""

    def __init__(
        self,
        clock: Clock,
        board: Board,
        venue_factory: Callable[[Emit], TradingVenue],
        risk: RiskSettings,
        strategies: Sequence[Strategy] = (),
        journal: Journal | None = None,
        restored: Restored = NOTHING_RESTORED,
        work: WorkSettings | None = None,
    ) -> None:
        self._clock = clock
        self._inbox = Inbox()
        self.venue = venue_factory(self.post)
        self._engine = Engine(
            board, self.venue, risk, strategies, journal or NullJournal(), restored, work
        )
        self._service = Service("loop", self._body)
        self._view = TradingView()
        self._lag_ms = 0.0
        self._tick_at_s = 0.0
        self._published_s = 0.0

    @property
    def view(self) -> TradingView:
        """The newest picture; any thread may read it."""
        return self._view

    def post(self, event: Event) -> None:
        """Put a fact or a command into the inbox; any thread may call it."""
        self._inbox.post(event)

    def start(self) -> None:
        """Start the thread, then the venue's; returns at once."""
        self._service.start()
        self.venue.start()

    def stop(self) -> bool:
        """Cancel what programs have working, end the thread, then the venue's.

        Safe to call twice; False when a thread is still there after some seconds.
        """
        is_ended = self._service.stop()
        return self.venue.stop() and is_ended

    def state(self) -> ServiceState:
        """The thread as the screen shows it."""
        return self._service.state()

    def _body(self, stopping: threading.Event) -> None:
        self._guard(lambda: self._engine.begin(self._clock.now_ns()))
        while not stopping.is_set():
            self._turn()
        self._guard(lambda: self._engine.end(self._clock.now_ns()))
        end_at_s = time.monotonic() + END_S
        while not self._engine.is_clear and time.monotonic() < end_at_s:
            self._turn()
        self._guard(self._publish)

    def _turn(self) -> None:
        """Take one event if one comes in time, then the tick and the picture if they are due."""
        posted = self._inbox.take(self._wake_at_s() - time.monotonic())
        if posted is not None:
            self._lag_ms = posted.waited_ms()
            self._handle(posted.event, self._lag_ms)
        now_s = time.monotonic()
        if now_s >= self._tick_at_s:
            self._tick_at_s = now_s + TICK_S
            self._handle(Tick(), 0.0 if self._inbox.is_empty else self._lag_ms)
        if self._engine.is_dirty and now_s >= self._published_s + FRAME_S:
            self._guard(self._publish)

    def _wake_at_s(self) -> float:
        if self._engine.is_dirty:
            return min(self._tick_at_s, self._published_s + FRAME_S)
        return self._tick_at_s

    def _handle(self, event: Event, lag_ms: float) -> None:
        self._guard(lambda: self._engine.handle(event, self._clock.now_ns(), lag_ms))

    def _publish(self) -> None:
        self._published_s = time.monotonic()
        self._view = self._engine.picture(self._clock.now_ns())

    def _guard(self, step: Callable[[], None]) -> None:
        """The outermost frame of one step: an error costs the programs, not the cancels."""
        try:
            step()
        except Exception as error:
            log.exception("the loop met an error")
            self._engine.fail(error, self._clock.now_ns())
