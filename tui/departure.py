"""Ends the program on a signal, also when the terminal no longer takes what is drawn.

Textual hands its pictures to a thread over a queue of 30. When the terminal is gone that thread
dies of its first write, when it is frozen it waits; either way the queue fills and the next
picture, or the farewell itself, blocks the whole screen for good. Here the queue is emptied then.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from queue import Empty, Queue
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.app import VoldeskApp

log = logging.getLogger(__name__)
SIGNALS = (signal.SIGTERM, signal.SIGHUP)
PATIENCE_S = 1.0
"""How long the farewell may take on a terminal that is still there."""
LAST_DOOR_S = 3.0
"""After so long the desk is stopped and the process ends without the screen."""


class Departure:
    """Listens to the signals that end programs, while the app runs."""

    def __init__(self, app: VoldeskApp) -> None:
        self._app = app
        self._loop: asyncio.AbstractEventLoop | None = None
        self._before: dict[signal.Signals, Any] = {}
        self._is_over = threading.Event()
        self._is_draining = False

    def watch(self) -> None:
        """Take the signals. Not through asyncio: a blocked loop would never hear them."""
        self._loop = asyncio.get_running_loop()
        for number in SIGNALS:
            self._before[number] = signal.signal(number, self._signalled)

    def unwatch(self) -> None:
        """Give the signals back; the screen is over."""
        self._is_over.set()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def check(self) -> None:
        """Leave when the terminal has gone without a signal; called with every frame."""
        writer = self._writer()
        if writer is not None and not writer.is_alive() and not self._is_draining:
            self._leave("the terminal is gone", 0.0)

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        is_hangup = number == signal.SIGHUP
        if is_hangup:  # comes with SIGCONT, on which Textual would begin to draw anew
            signal.signal(signal.SIGCONT, signal.SIG_DFL)
        name = signal.Signals(number).name
        if self._loop is not None and not self._loop.is_closed():
            patience_s = 0.0 if is_hangup else PATIENCE_S
            self._loop.call_soon_threadsafe(self._leave, f"{name} received", patience_s)
            self._empty_queue(patience_s)

    def _leave(self, why: str, patience_s: float) -> None:
        log.warning("%s: leaving", why)
        self._empty_queue(patience_s)
        self._app.exit(0)

    def _empty_queue(self, patience_s: float) -> None:
        if not self._is_draining:
            self._is_draining = True
            threading.Thread(
                target=self._drain, args=(patience_s,), name="farewell", daemon=True
            ).start()

    def _drain(self, patience_s: float) -> None:
        """Throw away what nobody draws, until the screen is over; at last end without it."""
        end = time.monotonic() + LAST_DOOR_S
        self._is_over.wait(patience_s)
        while time.monotonic() < end:
            self._throw_away_one()
            if self._is_over.is_set():
                return
        log.error("the screen does not end: the desk ends without it")
        self._app.desk.stop()
        logging.shutdown()
        os._exit(0)

    def _throw_away_one(self) -> None:
        writer = self._writer()
        if writer is None:
            self._is_over.wait(0.05)
            return
        queue: Queue[str | None] = writer._queue
        try:
            picture = queue.get(timeout=0.05)
        except Empty:
            return
        if picture is None:  # the writer's own end: it is the writer's to take
            queue.put(None)
            self._is_over.wait(0.05)

    def _writer(self) -> Any:
        """Textual's writer thread; None without a terminal, as in tests."""
        return getattr(self._app._driver, "_writer_thread", None)
