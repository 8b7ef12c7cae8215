"""Simulated time: wall time, or wall time running faster from the moment of the start."""

from __future__ import annotations

import time
from typing import Protocol

from core.clock import NS_PER_MS, SystemClock

STEP_NS = 100_000_000
"""From one step of the exchange to the next, at speed 1."""


class ExchangeClock(Protocol):
    """Time as the exchange sees it."""

    speed: float
    """Exchange seconds per wall second."""

    def now_ns(self) -> int:
        """Exchange time, nanoseconds since the epoch, UTC."""
        ...

    def now_ms(self) -> int:
        """Exchange time as the venue prints it."""
        ...


class SimClock:
    """Runs from the start on at `speed`; at speed 1 it is the wall clock. Never goes backwards."""

    def __init__(self, speed: float = 1.0, start_ns: int | None = None) -> None:
        self.speed = speed
        self._start_ns = SystemClock().now_ns() if start_ns is None else start_ns
        self._started_at_s = time.monotonic()

    def now_ns(self) -> int:
        """Exchange time, nanoseconds since the epoch, UTC."""
        elapsed_s = time.monotonic() - self._started_at_s
        return self._start_ns + int(elapsed_s * self.speed * 1e9)

    def now_ms(self) -> int:
        """Exchange time as the venue prints it."""
        return self.now_ns() // NS_PER_MS


class SteppedClock:
    """Stands still but for `tick`: one step of the exchange at a time."""

    def __init__(self, start_ns: int, speed: float = 1.0) -> None:
        self.speed = speed
        self._at_ns = start_ns
        self._step_ns = round(STEP_NS * speed)

    def now_ns(self) -> int:
        """Where it stands."""
        return self._at_ns

    def now_ms(self) -> int:
        """Where it stands, as the venue prints it."""
        return self._at_ns // NS_PER_MS

    def tick(self) -> None:
        """Move on by one step."""
        self._at_ns += self._step_ns
