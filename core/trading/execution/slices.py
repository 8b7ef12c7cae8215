"""Spreads an amount over time: one slice a slot, larger ones after a pause, never a burst."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

from core.clock import NS_PER_S

CATCH_UP = 2
"""A slice after a pause is at most so many times the usual size; what is left then ends later."""


@dataclass(slots=True)
class Slices:
    """The schedule of one amount. Begins when it is first asked; nothing here knows orders.

    Slot k lies at start + k x interval, moved on by up to `jitter` of an interval, the first not
    at all. In every slot at most one slice begins, so a pause of any length is followed by slices
    at the usual distance: what was missed is spread over the slots that are left.
    """

    count: int
    duration_s: float
    jitter: float = 0.0
    """Part of an interval, 0 to 0.9."""
    dice: random.Random = field(default_factory=random.Random)
    begun: int = 0
    """Slices begun so far."""
    next_ns: int = 0
    """When the next slice may begin."""
    _start_ns: int | None = None
    _usual: Decimal = Decimal(0)
    _floor: Decimal = Decimal(0)
    """The current slice is over once no more than this is left of the whole."""

    def allowed(self, left: Decimal, step: Decimal, now_ns: int) -> Decimal:
        """How much of `left` (unsigned) may be worked now: what is left of the present slice.

        A multiple of `step`, 0 while the next slot is waited for.
        """
        if self._start_ns is None:
            self._start_ns = now_ns
            self._usual = _up(left / self.count, step)
            self._floor = left
        if left <= self._floor and now_ns >= self.next_ns:
            self._begin(left, step, now_ns, self._start_ns)
        rest = max(left - self._floor, Decimal(0))
        return rest // step * step

    def _begin(self, left: Decimal, step: Decimal, now_ns: int, start_ns: int) -> None:
        interval_ns = max(int(self.duration_s * NS_PER_S / self.count), 1)
        slot = (now_ns - start_ns) // interval_ns
        slots_left = max(self.count - slot, 1)
        size = min(_up(left / slots_left, step), CATCH_UP * self._usual, left)
        self.begun += 1
        self._floor = left - size
        later_ns = int(self.dice.random() * self.jitter * interval_ns)
        self.next_ns = start_ns + (slot + 1) * interval_ns + later_ns


def _up(amount: Decimal, step: Decimal) -> Decimal:
    return (amount / step).to_integral_value(ROUND_CEILING) * step
