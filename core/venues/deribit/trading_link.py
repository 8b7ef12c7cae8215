"""Orders to Deribit and facts from it: one connection, one thread, apart from market data.

A command is encoded and sent in the caller's thread, because handing it over would cost the
most precious milliseconds; the link's own thread reads and keeps the timers. A lock guards the
conversation, and facts are emitted outside it.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Final

import websocket

from core.clock import NS_PER_MS, Clock
from core.domain.order import NewOrder
from core.errors import LinkError, MarketDataError
from core.service import Service, ServiceState
from core.settings import VenueSettings
from core.venues.base import Emit, LinkState
from core.venues.deribit.account.conversation import Conversation
from core.venues.deribit.decode import decode_any
from core.venues.deribit.endpoints import Credentials
from core.venues.deribit.limits import Limits
from core.venues.deribit.session import Session
from core.venues.deribit.wire import Heartbeat, Notification, Reply
from core.venues.link.backoff import keep_connected, reason_of
from core.venues.link.batch_socket import BatchSocket, open_socket

log = logging.getLogger(__name__)

_POLL_S: Final = 0.05
_TICK_S: Final = 0.05
_CONNECT_S: Final = 4.0
_CURRENCIES: Final = ("BTC", "ETH", "USDC")


class DeribitTrading:
    """A `TradingVenue`: every call returns at once, what became of it arrives as facts."""

    def __init__(
        self,
        url: str,
        settings: VenueSettings,
        credentials: Credentials | None,
        clock: Clock,
        emit: Emit,
    ) -> None:
        self._url = url
        self._clock = clock
        self._emit = emit
        self._silence_s = settings.silence_s
        self._stale_after_s = settings.stale_after_s
        limits = Limits()
        self._session = Session(
            clock, limits, credentials, settings.request_timeout_s, settings.silence_s
        )
        self._conversation = Conversation(self._session, clock, limits, _CURRENCIES)
        self._lock = threading.Lock()
        self._socket: BatchSocket | None = None
        self._status = "not started"
        self._messages = 0
        self._reconnects = -1
        self._heard_ns = 0
        self._service = Service("trading link", self._body)

    # Any thread.

    def start(self) -> None:
        """Connect, log in, reconcile, and keep doing so."""
        self._service.start()

    def stop(self) -> bool:
        """Close the connection; True when its thread is gone."""
        return self._service.stop()

    def place(self, order: NewOrder) -> None:
        """Send it once; exactly one OutcomeArrived with its label follows."""
        self._say(lambda now_s: self._conversation.place(order, now_s))

    def amend(self, order_id: str, amount: Decimal, price: Decimal | None) -> None:
        """Change a resting order; OrderChanged or CancelFailed follows."""
        self._say(lambda now_s: self._conversation.amend(order_id, amount, price, now_s))

    def cancel(self, order_id: str) -> None:
        """Cancel one order; OrderChanged or CancelFailed follows."""
        self._say(lambda now_s: self._conversation.cancel(order_id, now_s))

    def cancel_all(self) -> None:
        """Cancel everything that rests; a CancelFailed about `all` follows if that fails."""
        self._say(self._conversation.cancel_all)

    def ask_label(self, label: str, instrument: str) -> None:
        """Ask what became of a label; LabelAnswered follows, or silence if the link is down."""
        self._say(lambda now_s: self._conversation.ask_label(label, instrument, now_s))

    def reconcile(self) -> None:
        """Ask for the whole truth; Reconciled follows, or silence if the link is down."""
        self._say(self._conversation.reconcile)

    def state(self) -> LinkState:
        """For the screen."""
        age_ms = math.nan
        if self._heard_ns:
            age_ms = (self._clock.now_ns() - self._heard_ns) / NS_PER_MS
        return LinkState(
            name="trading",
            is_up=self._conversation.is_up,
            status=self._status,
            messages=self._messages,
            gaps=0,
            resyncs=0,
            reconnects=max(0, self._reconnects),
            age_ms=age_ms,
            latency_ms=math.nan,
        )

    def service_state(self) -> ServiceState:
        """The thread, for the screen."""
        return self._service.state()

    # Both: with the lock, then without.

    def _say(self, speak: Callable[[float], None]) -> None:
        """Let `speak` talk to the conversation, send what it wants sent, tell what it found."""
        with self._lock:
            speak(time.monotonic())
            self._send()
            facts = self._conversation.facts()
        for fact in facts:
            self._emit(fact)

    def _send(self) -> None:
        """A failed send may have left half a frame behind, so that link ends; nothing is retried.

        The requests stay open: the link's thread answers them when it gives the socket up.
        """
        frames, socket = self._session.outgoing(), self._socket
        if socket is None:
            return
        try:
            for frame in frames:
                socket.send(frame)
        except (OSError, websocket.WebSocketException) as error:
            self._session.broken = f"sending failed: {error}"
            socket.abort()

    # The link's own thread from here on.

    def _body(self, stopping: threading.Event) -> None:
        keep_connected(stopping, self._connect_once, self._went_down)
        self._status = "stopped"

    def _connect_once(self, stopping: threading.Event) -> None:
        self._status = "connecting"
        self._reconnects += 1
        why = "the desk closed it"
        socket = open_socket(self._url, _CONNECT_S, _POLL_S)
        try:
            self._socket = socket
            self._say(self._conversation.begin)
            next_tick_s = 0.0
            while not stopping.is_set():
                payloads = socket.recv_batch()
                now_s = time.monotonic()
                if payloads or now_s >= next_tick_s:
                    next_tick_s = now_s + _TICK_S
                    self._say(lambda at_s: self._turn(payloads, at_s))  # noqa: B023
        except BaseException as error:
            why = reason_of(error)
            raise
        finally:
            self._socket = None
            self._say(lambda _: self._conversation.lose(why))
            socket.end()

    def _turn(self, payloads: list[bytes], now_s: float) -> None:
        """Fold in what came, then see to the timers."""
        if payloads:
            self._messages += len(payloads)
            self._heard_ns = self._clock.now_ns()
            self._session.heard(now_s)
        for payload in payloads:
            self._take(payload, now_s)
        self._conversation.tick(now_s)
        self._status = self._conversation.step
        if self._session.broken:
            raise LinkError(self._session.broken)
        if self._session.silent_s(now_s) > self._silence_s:
            raise LinkError(f"no message for {self._silence_s:g} s")

    def _take(self, payload: bytes, now_s: float) -> None:
        try:
            frame = decode_any(payload)
        except MarketDataError as error:
            log.warning("frame dropped: %s", error)
            self._conversation.unreadable(now_s)
            return
        if isinstance(frame, Reply | Heartbeat | Notification):
            self._conversation.take(frame, now_s)

    def _went_down(self, why: str) -> None:
        self._status = f"down: {why}"
        log.warning("the trading link is down: %s", why)
