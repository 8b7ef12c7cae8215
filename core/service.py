"""A named background thread with one owner, visible on the screen."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What the screen shows of one service."""

    name: str
    is_running: bool
    last_error: str
    """The text of the error that ended the last run, empty when it ended well."""
    age_s: float
    """Seconds since it last started or stopped."""


class Service:
    """One named background thread: a link, the loop, the writer.

    `body` runs in the thread and returns soon after `stopping` is set. It may be started
    twice, stopped twice, and stopped while failing.
    """

    def __init__(self, name: str, body: Callable[[threading.Event], None]) -> None:
        self.name = name
        self._body = body
        self._gate = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._last_error = ""
        self._changed_at = time.monotonic()

    def start(self) -> None:
        """Run the body; does nothing until an earlier run has cleaned up."""
        with self._gate:
            if self._thread is not None and self._thread.is_alive():
                return
            self._stopping.clear()
            self._last_error = ""
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()

    def ask_to_stop(self) -> None:
        """Ask the body to end without waiting for it."""
        self._stopping.set()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Ask the body to end and wait for its clean-up; False if it is still running."""
        self._stopping.set()
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout_s)
        return not thread.is_alive()

    @property
    def is_running(self) -> bool:
        """True while the thread is alive."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def state(self) -> ServiceState:
        """Name, life and last error, for the screen."""
        age_s = time.monotonic() - self._changed_at
        return ServiceState(self.name, self.is_running, self._last_error, age_s)

    def _run(self) -> None:
        self._changed_at = time.monotonic()
        try:
            self._body(self._stopping)
        except Exception as error:
            self._last_error = f"{type(error).__name__}: {error}"
            log.exception("%s stopped on an error", self.name)
        finally:
            self._changed_at = time.monotonic()
