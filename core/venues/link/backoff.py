"""Connecting again and again: growing, jittered delays that start over after a good time."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator

import websocket

from core.errors import VoldeskError

log = logging.getLogger(__name__)

LINK_ERRORS = (OSError, websocket.WebSocketException, VoldeskError)
"""What ends one connection and is answered by the next one."""


def delays(
    first_s: float = 0.25, factor: float = 1.8, longest_s: float = 30.0, jitter: float = 0.3
) -> Iterator[float]:
    """Seconds to wait before each further attempt, without end; each varies by ±`jitter`."""
    delay_s = first_s
    while True:
        yield delay_s * random.uniform(1 - jitter, 1 + jitter)
        delay_s = min(delay_s * factor, longest_s)


def keep_connected(
    stopping: threading.Event,
    connect_once: Callable[[threading.Event], None],
    on_down: Callable[[str], None],
    good_after_s: float = 20.0,
) -> None:
    """Call `connect_once` until `stopping`, waiting longer after each short-lived connection.

    `connect_once` returns when asked to stop and raises when the connection ends;
    `on_down` then hears why. A connection that lived for `good_after_s` resets the delays.
    A fault of our own is logged and ends the connection, not the link: the desk would be blind.
    """
    waits = delays()
    while not stopping.is_set():
        began_s = time.monotonic()
        try:
            connect_once(stopping)
        except Exception as error:
            if not isinstance(error, LINK_ERRORS):
                log.exception("a connection ended on a fault of our own")
            on_down(reason_of(error))
            if time.monotonic() - began_s >= good_after_s:
                waits = delays()
            stopping.wait(next(waits))


def reason_of(error: BaseException) -> str:
    """One short sentence for a link's end."""
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens at the venue's address"
    if isinstance(error, TimeoutError | websocket.WebSocketTimeoutException):
        return "the venue did not answer in time"
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
