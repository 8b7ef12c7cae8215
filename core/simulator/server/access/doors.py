"""How many connections one address may hold."""

from __future__ import annotations

from collections import Counter

MOST_CONNECTIONS = 32
"""Of one address; the next is refused with 429 at the upgrade."""


class Doors:
    """Counts the open sockets of every address."""

    def __init__(self, is_limited: bool) -> None:
        self._is_limited = is_limited
        self._open: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """True when one more is let in; it must `leave`."""
        if self._is_limited and self._open[address] >= MOST_CONNECTIONS:
            return False
        self._open[address] += 1
        return True

    def leave(self, address: str) -> None:
        """One is gone."""
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]
