"""What a link carries: a conversation that knows neither sockets nor threads.

A core is told what happened (opened, received, time passed, lost) and the time at which it did,
and says what to send and what it learned. It is tested by calling it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

F_co = TypeVar("F_co", covariant=True)


class LinkCore(Protocol[F_co]):
    """One conversation over one connection at a time; its link never calls it twice at once."""

    @property
    def broken(self) -> str:
        """Why this connection must be made anew; empty while it is sound."""
        ...

    @property
    def status(self) -> str:
        """What it is doing on the present connection, in words."""
        ...

    def opened(self, now_s: float) -> None:
        """A new connection stands; nothing said on an earlier one counts any more."""
        ...

    def received(self, payloads: Sequence[bytes], now_s: float) -> None:
        """Frames came, in this order. Whatever is in them, it does not raise."""
        ...

    def passed(self, now_s: float) -> None:
        """Time passed: called many times a second, whether or not anything came."""
        ...

    def lost(self, why: str) -> None:
        """The connection is gone: what was under way is answered, what was held is stale."""
        ...

    def outgoing(self) -> list[bytes]:
        """The frames to send now, in order; handed out once."""
        ...

    def facts(self) -> Sequence[F_co]:
        """What was learned since the last look, in order; handed out once."""
        ...
