"""A venue's rate limits as a credit model: a request goes out only when it is paid for."""

from __future__ import annotations

import threading


class Pool:
    """Credits that leak back continuously. Any thread may take; it never goes below zero.

    Kept a little poorer than the venue's own pool, because requests bunch up on the way.
    """

    def __init__(self, size: float, per_s: float, caution: float = 0.9) -> None:
        self._lock = threading.Lock()
        self._caution = caution
        self._at_s: float | None = None
        self.size = size * caution
        self.per_s = per_s * caution
        self._left = self.size

    def resize(self, size: float, per_s: float) -> None:
        """Take over the limits the venue states for this account."""
        with self._lock:
            self.size, self.per_s = size * self._caution, per_s * self._caution
            self._left = min(self._left, self.size)

    def take(self, cost: float, now_s: float) -> bool:
        """Pay `cost` if it is there; False leaves the pool as it was."""
        with self._lock:
            self._refill(now_s)
            if self._left < cost:
                return False
            self._left -= cost
            return True

    def drain(self, now_s: float) -> None:
        """The venue says there is nothing left: start again from zero."""
        with self._lock:
            self._refill(now_s)
            self._left = 0.0

    def _refill(self, now_s: float) -> None:
        if self._at_s is not None and now_s > self._at_s:
            self._left = min(self.size, self._left + (now_s - self._at_s) * self.per_s)
        self._at_s = now_s if self._at_s is None else max(now_s, self._at_s)
