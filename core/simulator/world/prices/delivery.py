"""The delivery price: the average of each index over the half hour before 08:00 UTC."""

from __future__ import annotations

from core.simulator.world.listing.calendar import DAY_MS, last_settlement_ms

WINDOW_MS = 1_800_000


class DeliveryAverage:
    """Time-weighted mean of every index inside the window; the index itself outside."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._weight_s = 0.0

    def add(self, now_ms: int, indices: dict[str, float], dt_s: float) -> None:
        """Let `dt_s` seconds at these indices pass."""
        inside_ms = now_ms - (last_settlement_ms(now_ms) + DAY_MS - WINDOW_MS)
        if inside_ms < 0:
            self._sums, self._weight_s = {}, 0.0
            return
        dt_s = min(dt_s, inside_ms / 1000.0)
        for name, price in indices.items():
            self._sums[name] = self._sums.get(name, 0.0) + price * dt_s
        self._weight_s += dt_s

    def end(self) -> None:
        """The price was taken; the next one begins from nothing."""
        self._sums, self._weight_s = {}, 0.0

    def price(self, index: str, present: float, digits: int = 4) -> float:
        """The average so far, or `present` when the window has not begun."""
        if not self._weight_s or index not in self._sums:
            return present
        return round(self._sums[index] / self._weight_s, digits)
