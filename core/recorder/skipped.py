"""Minutes of which there is no picture, and why: told to the store, and once in the log."""

from __future__ import annotations

import logging
from collections import deque

from core.clock import NS_PER_MINUTE, NS_PER_MS, utc
from core.store.batch import Batch
from core.store.rows.minute import StoredMinute, minute_log_batch

log = logging.getLogger(__name__)

_MOST_AT_ONCE = 1440
"""A clock that jumps by years leaves no more rows than a day has minutes."""


class Skipped:
    """Collects skipped minutes until somebody writes them. One thread owns it."""

    def __init__(self) -> None:
        self._waiting: deque[StoredMinute] = deque(maxlen=7 * _MOST_AT_ONCE)
        self._running = 0
        """How many were skipped since the last picture."""

    def one(self, minute_ns: int, now_ns: int, why: str) -> None:
        """This minute has no picture."""
        # A simulator that runs 200 times as fast skips them all: one line says so.
        level = logging.DEBUG if self._running else logging.WARNING
        log.log(level, "the minute %s is not recorded: %s", utc(minute_ns), why)
        self._running += 1
        late_ms = (now_ns - minute_ns) / NS_PER_MS
        self._waiting.append(StoredMinute(minute_ns, now_ns, late_ms, skipped=why))

    def between(self, seen_ns: int, minute_ns: int, now_ns: int) -> None:
        """Nobody looked at the minutes after `seen_ns` and before `minute_ns`."""
        first_ns = max(seen_ns + NS_PER_MINUTE, minute_ns - _MOST_AT_ONCE * NS_PER_MINUTE)
        for unseen_ns in range(first_ns, minute_ns, NS_PER_MINUTE):
            self.one(unseen_ns, now_ns, "the clock went past it")

    def over(self) -> None:
        """A minute was recorded."""
        if self._running > 1:
            log.warning("minutes are recorded again, %d were skipped", self._running)
        self._running = 0

    def batch(self) -> Batch | None:
        """What was not written yet, None when nothing waits; `written` strikes it."""
        return minute_log_batch(list(self._waiting)) if self._waiting else None

    def written(self) -> None:
        """All that waits is on its way."""
        self._waiting.clear()
