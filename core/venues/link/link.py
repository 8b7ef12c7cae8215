"""The one place where a socket meets a thread: bytes to a core, and the core's frames back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

import websocket

from core.errors import LinkError
from core.service import Service, ServiceState
from core.venues.link.backoff import keep_connected, reason_of
from core.venues.link.batch_socket import BatchSocket, open_socket
from core.venues.link.core import LinkCore

log = logging.getLogger(__name__)

POLL_S: Final = 0.05
"""The longest a quiet socket keeps the thread from the core's timers."""
_TICK_S: Final = 0.05
_CONNECT_S: Final = 4.0

F = TypeVar("F")
Heard = Callable[[F], None]
"""Is told one fact; called in whichever thread learned it."""


class Link(Generic[F]):
    """Keeps a core connected: connect, read a batch, let time pass, send; wait and start over.

    Any thread may talk to the core through `say`, which sends at once, in that thread: handing
    an order over to the link's own thread would cost the most precious milliseconds. A lock
    guards the core, and facts are emitted outside it.
    """

    def __init__(self, name: str, url: str, core: LinkCore[F], emit: Heard[F]) -> None:
        self.name = name
        self._url = url
        self._core = core
        self._emit = emit
        self._lock = threading.Lock()
        self._socket: BatchSocket | None = None
        self._without = "not started"
        self._failed = ""
        self._connects = 0
        self._service = Service(name, self._body)

    # Any thread.

    def start(self) -> None:
        """Connect, and keep connected."""
        self._service.start()

    def ask_to_stop(self) -> None:
        """Let the thread end by itself."""
        self._service.ask_to_stop()

    def stop(self) -> bool:
        """Close the connection; True when the thread is gone."""
        return self._service.stop()

    @property
    def status(self) -> str:
        """Why there is no connection, or what the core is doing on it; in words."""
        return self._without or self._core.status

    @property
    def reconnects(self) -> int:
        """Attempts to connect after the first."""
        return max(0, self._connects - 1)

    def service_state(self) -> ServiceState:
        """The thread, for the screen."""
        return self._service.state()

    def say(self, speak: Callable[[float], None]) -> None:
        """Let `speak` talk to the core, send what comes of it, emit what was learned."""
        with self._lock:
            speak(time.monotonic())
            self._send()
            facts = self._core.facts()
        self._tell(facts)

    def _tell(self, facts: Sequence[F]) -> None:
        for fact in facts:
            self._emit(fact)

    def _send(self) -> None:
        """A failed send may have left half a frame behind, so the link ends; nothing is retried.

        Requests stay open: the core answers them when it is told that the connection is lost.
        """
        frames, socket = self._core.outgoing(), self._socket
        if socket is None:
            return
        try:
            for frame in frames:
                socket.send(frame)
        except (OSError, websocket.WebSocketException) as error:
            self._failed = f"sending failed: {error}"
            socket.abort()

    # The link's own thread from here on.

    def _body(self, stopping: threading.Event) -> None:
        keep_connected(stopping, self._connect_once, self._went_down)
        self._without = "stopped"

    def _connect_once(self, stopping: threading.Event) -> None:
        self._without = "connecting"
        self._connects += 1
        why = "the desk closed it"
        socket = open_socket(self._url, _CONNECT_S, POLL_S)
        try:
            self._failed, self._without, self._socket = "", "", socket
            self.say(self._core.opened)
            self._serve(socket, stopping)
        except BaseException as error:
            why = reason_of(error)
            raise
        finally:
            self._socket, self._without = None, "closing"
            self.say(lambda _: self._core.lost(why))
            socket.end()

    def _serve(self, socket: BatchSocket, stopping: threading.Event) -> None:
        next_tick_s = 0.0
        while not stopping.is_set():
            payloads = socket.recv_batch()
            now_s = time.monotonic()
            is_due = now_s >= next_tick_s
            if is_due:
                next_tick_s = now_s + _TICK_S
            if payloads or is_due:
                self._turn(payloads, now_s, is_due)

    def _turn(self, payloads: list[bytes], now_s: float, is_due: bool) -> None:
        core = self._core
        with self._lock:
            if payloads:
                core.received(payloads, now_s)
            if is_due:
                core.passed(now_s)
            self._send()
            facts = core.facts()
        self._tell(facts)
        if why := self._failed or core.broken:
            raise LinkError(why)

    def _went_down(self, why: str) -> None:
        self._without = f"down: {why}"
        log.warning("%s is down: %s", self.name, why)
