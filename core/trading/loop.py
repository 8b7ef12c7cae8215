"""The thread around the engine: one event at a time, a tick every 100 ms, one frozen view out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from core.clock import Clock
from core.market.board import Board
from core.service import Service, ServiceState
from core.settings import RiskSettings
from core.trading.engine import Engine
from core.trading.inbox import Event, Inbox, Posted, Tick
from core.trading.journal import Journal, NullJournal, Restored
from core.trading.strategy import Strategy
from core.trading.view import TradingView
from core.venues.base import Emit, TradingVenue

TICK_S = 0.1
FRAME_S = 1 / 30
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
    ) -> None:
        self._clock = clock
        self._inbox = Inbox()
        self.venue = venue_factory(self.post)
        self._engine = Engine(
            board, self.venue, risk, strategies, journal or NullJournal(), restored
        )
        self._service = Service("loop", self._body)
        self._view = TradingView()
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
        """End the thread, then the venue's."""
        is_ended = self._service.stop()
        return self.venue.stop() and is_ended

    def state(self) -> ServiceState:
        """The thread as the screen shows it."""
        return self._service.state()

    def _body(self, stopping: threading.Event) -> None:
        tick_at_s = time.monotonic()
        while not stopping.is_set():
            posted = self._inbox.take(tick_at_s - time.monotonic())
            if posted is not None:
                self._take(posted)
            if time.monotonic() >= tick_at_s:
                self._take(Posted(Tick(), time.monotonic()))
                tick_at_s = time.monotonic() + TICK_S
            self._publish(posted)

    def _take(self, posted: Posted) -> None:
        self._engine.handle(posted.event, self._clock.now_ns())

    def _publish(self, posted: Posted | None) -> None:
        now_s = time.monotonic()
        is_due = self._inbox.is_empty or now_s - self._published_s >= FRAME_S
        if self._engine.is_dirty and is_due:
            lag_ms = 0.0 if posted is None else posted.waited_ms()
            self._view = self._engine.picture(self._clock.now_ns(), lag_ms)
            self._published_s = now_s
