"""What is said over one market-data connection, and what its books hold, without a socket."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

from core.clock import NS_PER_MS, Clock
from core.domain.instrument import Instrument
from core.market.board import Board
from core.settings import VenueSettings
from core.venues.base import Tap
from core.venues.deribit.answers import Answer, Failure, Result
from core.venues.deribit.endpoints import Credentials
from core.venues.deribit.limits import Limits
from core.venues.deribit.market.audit import BookAudit
from core.venues.deribit.market.listing import Listing
from core.venues.deribit.market.platform import NO_STRANGERS, PlatformWatch
from core.venues.deribit.market.replica import Event, Gap, Replica
from core.venues.deribit.market.shards import Plan, book_channel
from core.venues.deribit.market.snapshots import SnapshotWatch
from core.venues.deribit.market.subscriptions import RAW_DENIED, Subscriptions
from core.venues.deribit.session import Session
from core.venues.deribit.wire import (
    ErrorData,
    Heartbeat,
    InstrumentState,
    Notification,
    Reply,
)
from core.venues.link.traffic import Delays, Traffic

log = logging.getLogger(__name__)

RAW: Final = "raw"
_SOURCE: Final = {"source": "feed"}
SLOWER: Final = "100ms"
_LEAST_DELAY_MS: Final = -1_000.0
_MOST_DELAY_MS: Final = 30_000.0
"""Beyond these a clock is wrong, or a simulator runs at another speed: no delay is told."""
_MOST_SKEW_MS: Final = 1_000.0


@dataclass(frozen=True, slots=True)
class Listed:
    """The whole list of wanted instruments, as the venue gave it."""

    instruments: tuple[Instrument, ...]


class MarketConversation:
    """Keeps the books of its plan true; one of several also keeps the list of instruments.

    A `LinkCore`. It writes the board's rows of its own instruments and says `Listed`.
    """

    def __init__(
        self,
        name: str,
        board: Board,
        clock: Clock,
        settings: VenueSettings,
        limits: Limits,
        credentials: Credentials | None = None,
        tap: Tap | None = None,
        is_first: bool = False,
    ) -> None:
        self.name = name
        self._board = board
        self._clock = clock
        self._settings = settings
        self._tap = tap
        self._has_key = credentials is not None
        self._session = Session(
            clock, limits, credentials, settings.request_timeout_s, settings.silence_s
        )
        self._session.on_failure = self._failed
        self._subscriptions = Subscriptions(self._session, self._denied)
        self._replica = Replica(board)
        self._watch = SnapshotWatch(board)
        self._audit = BookAudit(self._session, board, clock, self._wrong)
        self._platform = PlatformWatch(self._session, board.put_platform) if is_first else None
        self._listing = Listing(self._session, settings, self._heard_list) if is_first else None
        self._listed: list[Listed] = []
        self._interval = SLOWER
        self._must_log_in = False
        self._is_logging_in = False
        self._slower_because = ""
        self._plan = Plan()
        self._asked_plan: Plan | None = None
        self.is_up = False
        """True while every channel of the plan is held."""
        self.resyncs = 0
        """Snapshots asked for because a book had lost its thread."""
        self.heard_s = nan
        """When the last frame came, of the clock that only counts; NaN before the first."""
        self.traffic = Traffic()
        self.delays = Delays()

    # Any thread.

    @property
    def broken(self) -> str:
        """Why this connection must be made anew; empty while it is sound."""
        return self._session.broken

    @property
    def status(self) -> str:
        """What it is doing, in words."""
        if not self.is_up:
            return "logging in" if self._is_logging_in else "subscribing"
        why = f" ({self._slower_because})" if self._slower_because else ""
        return f"live, {self._interval}{why}"

    @property
    def gaps(self) -> int:
        """Books that lost a frame."""
        return self._replica.gaps

    def carry(self, plan: Plan) -> None:
        """Hold exactly this plan from now on."""
        self._plan = plan

    # The link, one call at a time.

    def opened(self, now_s: float) -> None:
        """A new connection: everything is asked for anew."""
        self._subscriptions.reset()
        self._watch.reset()
        self._audit.reset()
        self._asked_plan = None
        self._slower_because = ""
        self._interval = _wished_interval(self._settings, self._has_key)
        self._session.open(now_s)
        self._is_logging_in = self._has_key and (self._interval == RAW or self._must_log_in)
        if self._is_logging_in:
            self._session.login(self._logged_in, now_s)
        if self._platform is not None:
            self._platform.reset(now_s)
        if self._listing is not None:
            self._listing.reset(now_s)

    def received(self, payloads: Sequence[bytes], now_s: float) -> None:
        """Frames: market data goes to the board, the rest to who asked."""
        now_ns = self._clock.now_ns()
        if self._tap is not None:
            self._tap.received(self.name, payloads, now_ns)
        replica = self._replica
        with self._board.writing:
            events = replica.take(payloads, now_ns)
            self._board.touch(self.name, now_ns, replica.venue_ms * NS_PER_MS)
        self._session.heard(now_s)
        self.heard_s = now_s
        self.traffic.took(payloads, now_s)
        if replica.venue_ms:
            self._measure(now_ns - replica.venue_ms * NS_PER_MS, now_s)
        if events:
            self._handle(events, now_s)

    def passed(self, now_s: float) -> None:
        """Timers: the session's, the list's, the snapshots' and the subscriptions'."""
        self._session.tick(now_s)
        if self._platform is not None:
            self._platform.tick(now_s)
        if self._listing is not None:
            is_known = self._board.is_venue_time_known
            self._listing.tick(now_s, self._board.venue_now_ns() if is_known else 0)
        if not self._is_logging_in:
            self._subscribe(now_s)

    def lost(self, why: str) -> None:
        """Its books are stale until the next connection brings their snapshots."""
        self.is_up = False
        self._is_logging_in = False
        if self._tap is not None:
            self._tap.dropped(self.name, self._clock.now_ns())
        self._board.drop_feed(self.name)
        self._session.lose(why)

    def outgoing(self) -> list[bytes]:
        """The frames to send now."""
        return self._session.outgoing()

    def facts(self) -> list[Listed]:
        """New lists of instruments."""
        if not self._listed:
            return self._listed
        found, self._listed = self._listed, []
        return found

    # Inside.

    def _measure(self, delay_ns: int, now_s: float) -> None:
        """Whole numbers until it is known to be sane: a stamp may be larger than any float."""
        is_skewed = abs(self._session.skew_ms) > _MOST_SKEW_MS
        if not is_skewed and _LEAST_DELAY_MS < delay_ns // NS_PER_MS < _MOST_DELAY_MS:
            self.delays.add(delay_ns / NS_PER_MS, now_s)

    def _handle(self, events: list[Event], now_s: float) -> None:
        gaps: dict[str, None] = {}  # a book may be lost, healed and lost again within one batch
        for event in events:
            if isinstance(event, Gap):
                gaps[event.instrument] = None
            elif isinstance(event, Reply | Heartbeat):
                self._session.take(event, now_s)
            elif isinstance(event, InstrumentState):
                self._state_changed(event, now_s)
            elif isinstance(event, Notification) and self._platform is not None:
                self._platform.heard(event)
        if gaps:
            self._resync(list(gaps), now_s)

    def _state_changed(self, event: InstrumentState, now_s: float) -> None:
        if self._listing is not None:
            is_listed = self._board.instrument(event.instrument_name) is not None
            self._listing.state_changed(event, is_listed, now_s)

    def _resync(self, names: Sequence[str], now_s: float) -> None:
        """Ask for new snapshots of these books alone; all others go on undisturbed."""
        self.resyncs += len(names)
        channels = [book_channel(name, self._interval) for name in names]
        self._subscriptions.renew(channels, now_s)

    def _subscribe(self, now_s: float) -> None:
        plan = self._plan
        if plan is not self._asked_plan:
            self._asked_plan = plan
            self._want(plan)
            self._board.assign(plan.names, self.name)
        self._subscriptions.work(now_s)
        if not plan.indices:
            return
        if not self.is_up and self._subscriptions.is_complete:
            self.is_up = True
            count = len(plan.names)
            log.info("%s is %s with %d instruments", self.name, self.status, count, extra=_SOURCE)
        self._look_after(plan, now_s)

    def _want(self, plan: Plan) -> None:
        channels = plan.channels(self._interval)
        if self._platform is not None:
            channels = [*self._platform.channels, *channels]
        self._subscriptions.want(channels)

    def _look_after(self, plan: Plan, now_s: float) -> None:
        if not self._watch.is_due(now_s):
            return
        holds, interval = self._subscriptions.holds, self._interval
        held = [name for name in plan.names if holds(book_channel(name, interval))]
        if overdue := self._watch.overdue(held, now_s):
            self._resync(overdue, now_s)
        if self.is_up:
            self._audit.tick(held, now_s)

    def _wrong(self, name: str) -> None:
        """Its new snapshot replaces it; until then a tape, which knows no answers, agrees."""
        self._resync([name], self._session.now_s)

    def _heard_list(self, instruments: list[Instrument]) -> None:
        self._listed.append(Listed(tuple(instruments)))

    # What the account may have.

    def _logged_in(self, answer: Answer) -> None:
        self._is_logging_in = False
        if isinstance(answer, Result):
            return
        if self._interval == RAW:
            self._slow_down("the login was refused")
        why = answer.error.message if isinstance(answer, Failure) else answer.why
        log.warning("%s could not log in: %s", self.name, why, extra=_SOURCE)

    def _denied(self, error: ErrorData) -> None:
        if error.code == RAW_DENIED and self._interval == RAW:
            self._slow_down("raw was refused")

    def _slow_down(self, why: str) -> None:
        log.warning("%s takes %s books: %s", self.name, SLOWER, why, extra=_SOURCE)
        self._interval, self._slower_because = SLOWER, why
        if self._asked_plan is not None:
            self._want(self._asked_plan)

    def _failed(self, error: ErrorData) -> None:
        if self._platform is not None:
            self._platform.failed(error)
        if error.code == NO_STRANGERS and self._has_key and not self._must_log_in:
            self._must_log_in = True
            self._session.broken = "the venue wants a login for market data now"


def _wished_interval(settings: VenueSettings, has_key: bool) -> str:
    """`auto` is raw where a key may get it.

    On the simulator raw and 100ms carry the same 2,400 messages a second, raw with a login more.
    """
    if settings.book_interval != "auto":
        return settings.book_interval
    return RAW if has_key and settings.mode != "sim" else SLOWER
