"""What goes over one connection: totals, rates and delays of the last seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

WINDOW_S: Final = 5
_MOST_SAMPLES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Rates:
    """What passed a second, over the last full seconds; NaN before there was one."""

    messages_per_s: float
    bytes_per_s: float


@dataclass(frozen=True, slots=True)
class Delay:
    """How long something takes, milliseconds; NaN when nothing was measured lately."""

    median_ms: float = nan
    p99_ms: float = nan


@dataclass(frozen=True, slots=True)
class _Second:
    number: int
    messages: int
    size: int


class Traffic:
    """Counts frames. The link's core writes, any thread reads."""

    def __init__(self) -> None:
        self.messages = 0
        """Frames received since the program started."""
        self._second = _Second(0, 0, 0)
        self._messages = 0
        self._size = 0
        self._full: deque[_Second] = deque(maxlen=WINDOW_S)

    def took(self, payloads: Sequence[bytes], now_s: float) -> None:
        """One batch was received."""
        number = int(now_s)
        if number != self._second.number:
            self._close(number)
        self.messages += len(payloads)
        self._messages += len(payloads)
        self._size += sum(map(len, payloads))

    def rates(self, now_s: float) -> Rates:
        """Over the last full seconds, silent ones included."""
        number = int(now_s)
        closed = [*self._full, _Second(self._second.number, self._messages, self._size)]
        if closed[0].number == 0:
            return Rates(nan, nan)
        recent = [one for one in closed if number - WINDOW_S <= one.number < number]
        return Rates(
            sum(one.messages for one in recent) / WINDOW_S,
            sum(one.size for one in recent) / WINDOW_S,
        )

    def _close(self, number: int) -> None:
        if self._second.number:
            self._full.append(_Second(self._second.number, self._messages, self._size))
        self._second = _Second(number, 0, 0)
        self._messages = self._size = 0


class Delays:
    """Delays of the last seconds. The link's core writes, any thread reads."""

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._samples: deque[tuple[float, float]] = deque(maxlen=_MOST_SAMPLES)

    def add(self, delay_ms: float, now_s: float) -> None:
        """One more was measured."""
        self._samples.append((now_s, delay_ms))

    def lately(self, now_s: float) -> Delay:
        """Median and 99th percentile of the window."""
        since_s = now_s - self._window_s
        found = sorted(delay_ms for at_s, delay_ms in self._samples.copy() if at_s >= since_s)
        if not found:
            return Delay()
        return Delay(found[len(found) // 2], found[min(len(found) - 1, len(found) * 99 // 100)])
