"""Connecting again and again: jittered waits that grow, and shrink with what lived."""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections.abc import Callable

import websocket

from core.errors import VoldeskError

log = logging.getLogger(__name__)

LINK_ERRORS = (OSError, websocket.WebSocketException, VoldeskError)
"""What ends one connection and is answered by the next one."""
_ATTEMPT_S = 5.0
"""An attempt may take so long to fail: this is no life of a connection."""


class Waits:
    """How long to wait before the next attempt: grows with each, shrinks with what lived.

    Attempts that fail at once are asked for ever less often. Each `easing_s` a connection lived
    takes one growth back, so that a link that stood for long comes back at once however often
    it is cut, and one that flaps settles at a pace both sides can bear.
    """

    def __init__(
        self,
        first_s: float = 0.25,
        factor: float = 1.8,
        longest_s: float = 30.0,
        jitter: float = 0.3,
        easing_s: float = 5.0,
    ) -> None:
        self._first_s = first_s
        self._factor = factor
        self._longest_s = longest_s
        self._jitter = jitter
        self._easing_s = easing_s
        self._most = math.ceil(math.log(longest_s / first_s, factor))
        self._growths = 0.0

    def after(self, lived_s: float) -> float:
        """Seconds to wait after a connection that ended when it was so old; ±`jitter`."""
        growths = max(0.0, self._growths - max(0.0, lived_s) / self._easing_s)
        self._growths = min(growths + 1, self._most)
        wait_s = min(self._first_s * math.pow(self._factor, growths), self._longest_s)
        return wait_s * random.uniform(1 - self._jitter, 1 + self._jitter)


def keep_connected(
    stopping: threading.Event,
    connect_once: Callable[[threading.Event], None],
    on_down: Callable[[str], None],
) -> None:
    """Call `connect_once` until `stopping`, waiting longer after each short-lived connection.

    `connect_once` returns when asked to stop and raises when the connection ends;
    `on_down` then hears why.
    A fault of our own is logged and ends the connection, not the link: the desk would be blind.
    """
    waits = Waits()
    while not stopping.is_set():
        began_s = time.monotonic()
        try:
            connect_once(stopping)
        except Exception as error:
            if not isinstance(error, LINK_ERRORS):
                log.exception("a connection ended on a fault of our own")
            on_down(reason_of(error))
            stopping.wait(waits.after(time.monotonic() - began_s - _ATTEMPT_S))


def reason_of(error: BaseException) -> str:
    """One short sentence for a link's end."""
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens at the venue's address"
    if isinstance(error, TimeoutError | websocket.WebSocketTimeoutException):
        return "the venue did not answer in time"
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
