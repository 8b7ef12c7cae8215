"""The time sessions, tokens, credits and faults go by: the wall's, or the exchange's."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable
from typing import Protocol

from core.clock import NS_PER_S
from core.simulator.clock import ExchangeClock


class Timing(Protocol):
    """Durations and things to do later, in the server's one loop."""

    def now_s(self) -> float:
        """Seconds from some start on."""
        ...

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call once when `seconds` have passed."""
        ...

    def may_end(self, since_s: float) -> bool:
        """True when a client that was last heard at `since_s` had a chance to speak since."""
        ...


class WallTiming:
    """Time as the clients live it, whatever the exchange's speed."""

    def now_s(self) -> float:
        """The monotonic clock."""
        return time.monotonic()

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """By the loop's own timer."""
        asyncio.get_running_loop().call_later(seconds, call)

    def may_end(self, since_s: float) -> bool:
        """Always: wall time passes for the client too."""
        del since_s
        return True


class SteppedTiming:
    """Time of an exchange that stands still until it is told to move on."""

    def __init__(self, clock: ExchangeClock) -> None:
        self._clock = clock
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._began_s = 0.0

    def now_s(self) -> float:
        """The exchange's clock."""
        return self._clock.now_ns() / NS_PER_S

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """In the first step at or after that time."""
        self._count += 1
        heapq.heappush(self._due, (self.now_s() + seconds, self._count, call))

    def begin(self) -> None:
        """An advance begins: until it is over no client can answer anything."""
        self._began_s = self.now_s()

    def run_due(self) -> None:
        """Call what is due, in order."""
        now_s = self.now_s()
        while self._due and self._due[0][0] <= now_s:
            heapq.heappop(self._due)[2]()

    def may_end(self, since_s: float) -> bool:
        """Only when it was silent before this advance began."""
        return since_s < self._began_s
