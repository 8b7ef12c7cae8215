"""One market-data connection: a thread that owns its socket, its session and its books."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Sequence
from typing import Final

from core.clock import NS_PER_MS, Clock
from core.errors import LinkError
from core.market.board import Board
from core.service import Service, ServiceState
from core.settings import VenueSettings
from core.venues.base import LinkState, Tap
from core.venues.deribit.answers import Answer, Result
from core.venues.deribit.endpoints import Credentials
from core.venues.deribit.limits import Limits
from core.venues.deribit.market.listing import Listed, Listing
from core.venues.deribit.market.replica import Event, Gap, Replica
from core.venues.deribit.market.shards import Plan, book_channel
from core.venues.deribit.market.snapshots import SnapshotWatch
from core.venues.deribit.market.subscriptions import Subscriptions
from core.venues.deribit.session import Session
from core.venues.deribit.wire import Heartbeat, InstrumentState, Reply
from core.venues.link.backoff import keep_connected
from core.venues.link.batch_socket import BatchSocket, open_socket

log = logging.getLogger(__name__)

POLL_S: Final = 0.1
"""The longest a quiet socket keeps the thread from its timers."""
_TICK_S: Final = 0.05
_CONNECT_S: Final = 4.0
_MOST_SKEW_MS: Final = 1_000.0


class Feed:
    """Keeps the books of its plan true; the first feed also keeps the list of instruments."""

    def __init__(
        self,
        name: str,
        url: str,
        board: Board,
        clock: Clock,
        settings: VenueSettings,
        limits: Limits,
        credentials: Credentials | None = None,
        tap: Tap | None = None,
    ) -> None:
        self.name = name
        self._url = url
        self._board = board
        self._clock = clock
        self._settings = settings
        self._tap = tap
        self._session = Session(
            clock, limits, credentials, settings.request_timeout_s, settings.silence_s
        )
        self._needs_login = settings.book_interval == "raw" and credentials is not None
        self._subscriptions = Subscriptions(self._session)
        self._replica = Replica(board)
        self._watch = SnapshotWatch(board)
        self._listing: Listing | None = None
        self._plan = Plan()
        self._asked_plan: Plan | None = None
        self._next_tick_s = 0.0
        self._status = "not started"
        self._is_up = False
        self._reconnects = -1
        self._resyncs = 0
        self._heard_ns = 0
        self._latency_ms = math.nan
        self._service = Service(name, self._body)

    # Any thread.

    def lists_for(self, listed: Listed) -> None:
        """Make this feed the one that asks what is listed; before `start` only."""
        self._listing = Listing(self._session, self._settings, listed)

    def carry(self, plan: Plan) -> None:
        """Hold exactly this plan from now on."""
        self._plan = plan

    def start(self) -> None:
        """Connect, and keep connected."""
        self._service.start()

    def ask_to_stop(self) -> None:
        """Let the thread end by itself."""
        self._service.ask_to_stop()

    def stop(self) -> bool:
        """Close the connection; True when the thread is gone."""
        return self._service.stop()

    def service_state(self) -> ServiceState:
        """The thread, for the screen."""
        return self._service.state()

    def state(self) -> LinkState:
        """The connection, for the screen."""
        age_ms = math.nan
        if self._heard_ns:
            age_ms = (self._clock.now_ns() - self._heard_ns) / NS_PER_MS
        is_silent = self._is_up and age_ms > self._settings.stale_after_s * 1000
        return LinkState(
            self.name,
            self._is_up and not is_silent,
            "silent" if is_silent else self._status,
            self._replica.messages,
            self._replica.gaps,
            self._resyncs,
            max(0, self._reconnects),
            age_ms,
            self._latency_ms,
        )

    # The feed's own thread from here on.

    def _body(self, stopping: threading.Event) -> None:
        keep_connected(stopping, self._connect_once, self._went_down)
        self._status, self._is_up = "stopped", False

    def _connect_once(self, stopping: threading.Event) -> None:
        self._status = "connecting"
        self._reconnects += 1
        socket = open_socket(self._url, _CONNECT_S, POLL_S)
        try:
            self._begin(time.monotonic())
            while not stopping.is_set():
                self._turn(socket)
        finally:
            self._is_up = False
            if self._tap is not None:
                self._tap.dropped(self.name, self._clock.now_ns())
            self._board.drop_feed(self.name)
            self._session.lose("the market link dropped")
            socket.end()

    def _begin(self, now_s: float) -> None:
        self._status = "subscribing"
        self._next_tick_s = 0.0
        self._subscriptions.reset()
        self._watch.reset()
        self._asked_plan = None
        self._session.open(now_s)
        if self._needs_login:
            self._session.login(_logged_in, now_s)
        if self._listing is not None:
            self._listing.reset(now_s)

    def _turn(self, socket: BatchSocket) -> None:
        """Read once, then see to the timers when they are due."""
        payloads = socket.recv_batch()
        now_s = time.monotonic()
        if payloads:
            self._take(payloads, now_s)
        if now_s >= self._next_tick_s:
            self._next_tick_s = now_s + _TICK_S
            self._tick(now_s)
        for frame in self._session.outgoing():
            socket.send(frame)

    def _take(self, payloads: list[bytes], now_s: float) -> None:
        now_ns = self._clock.now_ns()
        if self._tap is not None:
            self._tap.received(self.name, payloads, now_ns)
        events = self._replica.take(payloads, now_ns)
        self._session.heard(now_s)
        self._heard_ns = now_ns
        self._board.touch(self.name, now_ns, self._replica.venue_ms * NS_PER_MS)
        if self._replica.venue_ms:
            latency_ms = now_ns / NS_PER_MS - self._replica.venue_ms
            # A sped-up simulator's clock is far ahead of ours: it tells no latency.
            self._latency_ms = latency_ms if latency_ms > -_MOST_SKEW_MS else math.nan
        if events:
            self._handle(events, now_s)

    def _handle(self, events: list[Event], now_s: float) -> None:
        gaps = []
        for event in events:
            if isinstance(event, Gap):
                gaps.append(event.instrument)
            elif isinstance(event, Reply | Heartbeat):
                self._session.take(event, now_s)
            elif isinstance(event, InstrumentState) and self._listing is not None:
                is_listed = self._board.instrument(event.instrument_name) is not None
                self._listing.state_changed(event, is_listed, now_s)
        if gaps:
            self._resync(gaps, now_s)

    def _resync(self, names: Sequence[str], now_s: float) -> None:
        """Ask for new snapshots of these books alone; all others go on undisturbed."""
        self._resyncs += len(names)
        interval = self._settings.book_interval
        self._subscriptions.renew([book_channel(name, interval) for name in names], now_s)

    def _tick(self, now_s: float) -> None:
        if self._session.broken:
            raise LinkError(self._session.broken)
        if self._session.silent_s(now_s) > self._settings.silence_s:
            raise LinkError(f"no message for {self._settings.silence_s:g} s")
        self._session.tick(now_s)
        if self._listing is not None:
            self._listing.tick(now_s, self._board.venue_now_ns())
        if self._needs_login and not self._session.is_logged_in:
            return
        self._subscribe(now_s)

    def _subscribe(self, now_s: float) -> None:
        plan = self._plan
        if plan is not self._asked_plan:
            self._asked_plan = plan
            self._subscriptions.want(plan.channels)
            self._board.assign(plan.names, self.name)
        self._subscriptions.work(now_s)
        if not plan.channels:
            return
        if not self._is_up and self._subscriptions.is_complete:
            self._status, self._is_up = "live", True
            log.info("%s is live with %d channels", self.name, len(plan.channels))
        held, interval = self._subscriptions.held, self._settings.book_interval
        overdue = self._watch.overdue(
            (name for name in plan.names if book_channel(name, interval) in held), now_s
        )
        if overdue:
            self._resync(overdue, now_s)

    def _went_down(self, why: str) -> None:
        self._status = f"down: {why}"
        log.warning("%s is down: %s", self.name, why)


def _logged_in(answer: Answer) -> None:
    if not isinstance(answer, Result):
        log.warning("the market link may not read raw channels: %s", answer)
