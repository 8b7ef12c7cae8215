"""Which prices changed a moment ago: a flash fades in two steps and is gone after 300 ms."""

from __future__ import annotations

import time
from collections.abc import Callable

FRESH_S, GONE_S = 0.15, 0.30
Key = tuple[str, str]
"""(instrument, bid or ask)."""


class Flashes:
    """Remembers the last price of everything shown; what was not shown does not flash."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._seen: dict[Key, tuple[float, float, int]] = {}
        self._next: dict[Key, tuple[float, float, int]] = {}
        self._at_s = 0.0

    def begin(self) -> None:
        """A new picture is drawn: what is not asked for until the next one is forgotten."""
        self._seen, self._next = self._next, {}
        self._at_s = self._now_s()

    def step(self, key: Key, price: float) -> int:
        """+2 or +1 for a price that rose just now or a little ago, -2 or -1 fallen, else 0."""
        before = self._seen.get(key)
        at_s, sign = -1.0, 0
        if before is not None:
            last, at_s, sign = before
            if price != last and price == price and last == last:
                at_s, sign = self._at_s, 1 if price > last else -1
        self._next[key] = (price, at_s, sign)
        age_s = self._at_s - at_s
        if not sign or age_s >= GONE_S:
            return 0
        return 2 * sign if age_s < FRESH_S else sign


GROUNDS = {2: "up_flash", 1: "up_ground", -1: "down_ground", -2: "down_flash"}
