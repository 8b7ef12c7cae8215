"""Time, asked in one place: wall time live, a given time in tests and replays."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
NS_PER_MINUTE = 60 * NS_PER_S
YEAR_NS = 365 * 86_400 * NS_PER_S


class Clock(Protocol):
    """Time as the program sees it."""

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, UTC."""
        ...

    def steady_ns(self) -> int:
        """Nanoseconds of a clock nobody sets; only differences mean something."""
        ...


class SystemClock:
    """The wall clock."""

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, UTC."""
        return time.time_ns()

    def steady_ns(self) -> int:
        """Nanoseconds of a clock nobody sets; only differences mean something."""
        return time.monotonic_ns()


class ManualClock:
    """A clock that stands still until it is told a time: tests and tapes."""

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> int:
        """The time it was last told."""
        return self._now_ns

    def steady_ns(self) -> int:
        """The same: it moves only when it is told."""
        return self._now_ns

    def set_ns(self, now_ns: int) -> None:
        """Move to `now_ns`, forwards or backwards."""
        self._now_ns = now_ns

    def advance_s(self, seconds: float) -> None:
        """Move forwards by `seconds`."""
        self._now_ns += int(seconds * NS_PER_S)


def utc(at_ns: int) -> datetime:
    """`at_ns` as an aware datetime, microsecond precision."""
    return datetime.fromtimestamp(at_ns / NS_PER_S, tz=UTC)


def years_between(now_ns: int, expiry_ns: int) -> float:
    """Calendar years of 365 days from `now_ns` to `expiry_ns`; negative when past."""
    return (expiry_ns - now_ns) / YEAR_NS
