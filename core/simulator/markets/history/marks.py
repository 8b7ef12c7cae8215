"""The marks of the perpetuals, second by second."""

from __future__ import annotations

from collections import deque
from typing import Final

from core.simulator.markets.floor import Floor

EVERY_MS: Final = 1_000
KEPT: Final = 3_600
Point = tuple[int, float]
"""Time in ms and mark price."""


class Marks:
    """The last hour that was lived; other instruments have none, as on the venue."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._sampled_ms = 0
        self.rows: dict[str, deque[Point]] = {}
        """By perpetual, oldest first."""

    def step(self, now_ms: int) -> None:
        """Take the present marks in, once a second."""
        if now_ms - self._sampled_ms < EVERY_MS:
            return
        self._sampled_ms = now_ms
        for market in self._floor.markets:
            if market.instrument.is_perpetual:
                self.of(market.name).append((now_ms, market.mark))

    def of(self, name: str) -> deque[Point]:
        """The points of one perpetual."""
        return self.rows.setdefault(name, deque(maxlen=KEPT))

    def between(self, name: str, start_ms: int, end_ms: int) -> list[Point]:
        """Those of [start, end]; empty for instruments without."""
        return [point for point in self.rows.get(name, ()) if start_ms <= point[0] <= end_ms]
