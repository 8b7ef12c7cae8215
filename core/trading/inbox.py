"""The one queue into the loop: facts of the venue, commands of the desk, ticks of time."""

from __future__ import annotations

import queue
import time
from dataclasses import dataclass

from core.domain.events import Fact
from core.trading.commands import Command


@dataclass(frozen=True, slots=True)
class Tick:
    """Time moved on: timers, strategies and the router get their turn."""


Event = Fact | Command | Tick


@dataclass(frozen=True, slots=True)
class Posted:
    """An event with the moment it entered the queue."""

    event: Event
    posted_s: float
    """On the monotonic clock."""

    def waited_ms(self) -> float:
        """How long it has been in the queue."""
        return (time.monotonic() - self.posted_s) * 1e3


class Inbox:
    """Any thread posts, the loop takes, in the order of posting."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Posted] = queue.SimpleQueue()

    def post(self, event: Event) -> None:
        """Put `event` at the end; returns at once."""
        self._queue.put(Posted(event, time.monotonic()))

    def take(self, timeout_s: float) -> Posted | None:
        """The oldest event, or None when none came within `timeout_s`."""
        try:
            if timeout_s <= 0:
                return self._queue.get_nowait()
            return self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None

    @property
    def is_empty(self) -> bool:
        """True when nothing waits now."""
        return self._queue.empty()
