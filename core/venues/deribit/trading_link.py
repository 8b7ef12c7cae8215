"""Orders to Deribit and facts from it: one connection, one thread, apart from market data.

A command is encoded and sent in the caller's thread, because handing it over would cost the
most precious milliseconds; the link's own thread reads and keeps the timers.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from typing import Final

from core.clock import Clock
from core.domain.events import Fact
from core.domain.order import Amendment, NewOrder
from core.errors import MarketDataError
from core.service import ServiceState
from core.settings import VenueSettings
from core.venues.base import Emit, LinkState
from core.venues.deribit.account.conversation import Conversation
from core.venues.deribit.decode import decode_any
from core.venues.deribit.endpoints import Credentials
from core.venues.deribit.limits import Limits
from core.venues.deribit.session import Session
from core.venues.deribit.wire import Heartbeat, Notification, Reply
from core.venues.link.link import Link
from core.venues.link.traffic import Traffic

log = logging.getLogger(__name__)

_CURRENCIES: Final = ("BTC", "ETH", "USDC")


class TradingCore:
    """The account's conversation as a `LinkCore`: frames in and out as bytes, facts counted."""

    def __init__(
        self,
        settings: VenueSettings,
        credentials: Credentials | None,
        clock: Clock,
        since_ns: int = 0,
    ) -> None:
        limits = Limits()
        self.session = Session(
            clock, limits, credentials, settings.request_timeout_s, settings.silence_s
        )
        self.conversation = Conversation(self.session, clock, limits, _CURRENCIES, since_ns)
        self.traffic = Traffic()
        self.heard_s = math.nan
        """When the last frame came, of the clock that only counts; NaN before the first."""

    @property
    def broken(self) -> str:
        """Why this connection must be made anew; empty while it is sound."""
        return self.session.broken

    @property
    def status(self) -> str:
        """What the start-up is doing, or live, in words."""
        return self.conversation.step

    def opened(self, now_s: float) -> None:
        """Log in, subscribe, reconcile."""
        self.conversation.begin(now_s)

    def received(self, payloads: Sequence[bytes], now_s: float) -> None:
        """Frames: each is folded in; one that cannot be read leads to reconciliation."""
        self.heard_s = now_s
        self.traffic.took(payloads, now_s)
        self.session.heard(now_s)
        for payload in payloads:
            self._take(payload, now_s)

    def passed(self, now_s: float) -> None:
        """Time-outs, the token's refresh, queries that wait."""
        self.conversation.tick(now_s)

    def lost(self, why: str) -> None:
        """What was under way is unknown now."""
        self.conversation.lose(why)

    def outgoing(self) -> list[bytes]:
        """The frames to send now."""
        return self.session.outgoing()

    def facts(self) -> list[Fact]:
        """What happened on the account."""
        return self.conversation.facts()

    def _take(self, payload: bytes, now_s: float) -> None:
        try:
            frame = decode_any(payload)
        except MarketDataError as error:
            log.warning("frame dropped: %s", error)
            self.conversation.unreadable(now_s)
            return
        if isinstance(frame, Reply | Heartbeat | Notification):
            self.conversation.take(frame, now_s)


class DeribitTrading:
    """A `TradingVenue`: every call returns at once, what became of it arrives as facts."""

    def __init__(
        self,
        url: str,
        settings: VenueSettings,
        credentials: Credentials | None,
        clock: Clock,
        emit: Emit,
        since_ns: int = 0,
    ) -> None:
        """`since_ns`: fills before it are known from an earlier run; 0 when there was none."""
        self._core = TradingCore(settings, credentials, clock, since_ns)
        self._conversation = self._core.conversation
        self._link = Link("trading link", url, self._core, emit)

    # Any thread.

    def start(self) -> None:
        """Connect, log in, reconcile, and keep doing so."""
        self._link.start()

    def stop(self) -> bool:
        """Close the connection; True when its thread is gone."""
        return self._link.stop()

    def place(self, order: NewOrder) -> None:
        """Send it once; exactly one OutcomeArrived with its label follows."""
        self._link.say(lambda now_s: self._conversation.place(order, now_s))

    def amend(self, change: Amendment) -> None:
        """Change a resting order; OrderChanged or CancelFailed follows."""
        self._link.say(lambda now_s: self._conversation.amend(change, now_s))

    def cancel(self, order_id: str) -> None:
        """Cancel one order; OrderChanged or CancelFailed follows."""
        self._link.say(lambda now_s: self._conversation.cancel(order_id, now_s))

    def cancel_label(self, label: str, instrument: str) -> None:
        """Cancel the order of a label whose id is not known; OrderChanged, or CancelFailed."""
        self._link.say(lambda now_s: self._conversation.cancel_label(label, instrument, now_s))

    def cancel_all(self) -> None:
        """Cancel everything that rests; a CancelFailed about `all` follows if that fails."""
        self._link.say(self._conversation.cancel_all)

    def ask_label(self, label: str, instrument: str) -> None:
        """Ask what became of a label; LabelAnswered follows, or silence if the link is down."""
        self._link.say(lambda now_s: self._conversation.ask_label(label, instrument, now_s))

    def reconcile(self) -> None:
        """Ask for the whole truth; Reconciled follows, or silence if the link is down."""
        self._link.say(self._conversation.reconcile)

    def state(self) -> LinkState:
        """For the screen; its latency is the round trip of requests."""
        core, now_s = self._core, time.monotonic()
        rates, trips = core.traffic.rates(now_s), core.session.round_trips.lately(now_s)
        return LinkState(
            name="trading",
            is_up=self._conversation.is_up,
            status=self._link.status,
            messages=core.traffic.messages,
            gaps=0,
            resyncs=0,
            reconnects=self._link.reconnects,
            age_ms=(now_s - core.heard_s) * 1e3,
            latency_ms=trips.median_ms,
            latency_p99_ms=trips.p99_ms,
            messages_per_s=rates.messages_per_s,
            bytes_per_s=rates.bytes_per_s,
            is_swept_when_lost=self._conversation.is_swept_when_lost,
        )

    def service_state(self) -> ServiceState:
        """The thread, for the screen."""
        return self._link.service_state()
