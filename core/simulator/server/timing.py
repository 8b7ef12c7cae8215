"""The time sessions, tokens, credits and faults go by."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timing(Protocol):
    """Durations and things to do later, in the server's one loop."""

    def now_s(self) -> float:
        """Seconds from some start on."""
        ...

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call once when `seconds` have passed."""
        ...


class WallTiming:
    """Time as the clients live it, whatever the exchange's speed."""

    def now_s(self) -> float:
        """The monotonic clock."""
        return time.monotonic()

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """By the loop's own timer."""
        asyncio.get_running_loop().call_later(seconds, call)
