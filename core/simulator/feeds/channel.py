"""What every channel has: a name, subscribers and a rhythm."""

from __future__ import annotations

import zlib
from typing import Protocol

from core.simulator.ordered import OrderedSet
from core.simulator.rpc import CLOSING, encode, opening_of

FAST, SLOW = 1, 10
"""Steps of 100 ms between two frames: `raw` and `100ms`, or `agg2`."""
PERIODS = {"raw": FAST, "100ms": FAST, "agg2": SLOW}


class Subscriber(Protocol):
    """Something frames can be sent to."""

    def send(self, frame: bytes) -> None:
        """Queue one frame."""
        ...


class Channel:
    """Subscribers of one channel. Subclasses say what is sent, and when."""

    def __init__(self, name: str, period: int = FAST) -> None:
        self.name = name
        self.subscribers: OrderedSet[Subscriber] = OrderedSet()
        self._period = period
        self._phase = zlib.crc32(name.encode()) % period
        self._opening = opening_of(name)

    def is_due(self, step: int) -> bool:
        """True on the steps this channel may speak."""
        return (step + self._phase) % self._period == 0

    def join(self, subscriber: Subscriber) -> None:
        """Add a subscriber and greet it with the current state; a second time does nothing."""
        if subscriber not in self.subscribers:
            self.subscribers.add(subscriber)
            self.greet(subscriber)

    def greet(self, subscriber: Subscriber) -> None:
        """Send the current state to one subscriber; event channels have none."""

    def flush(self) -> None:
        """Send what changed since the last time."""

    def emit(self, data: object) -> None:
        """Send one value to everybody."""
        self.emit_bytes(encode(data))

    def emit_bytes(self, data: bytes) -> None:
        """Send one encoded value to everybody."""
        frame = self._opening + data + CLOSING
        for subscriber in self.subscribers:
            subscriber.send(frame)

    def emit_to(self, subscriber: Subscriber, data: object) -> None:
        """Send one value to one subscriber."""
        subscriber.send(self._opening + encode(data) + CLOSING)
