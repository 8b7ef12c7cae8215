"""What a strategy sees and says. It never sends an order: it says what its sleeve should hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from core.domain.position import AccountFigures, Position
from core.market.board import Board
from core.trading.journal import Seen


@dataclass(frozen=True, slots=True)
class Execution:
    """How a difference is worked."""

    passive_s: float = 0.0
    """Rest at the touch for so long, then cross; 0 crosses at once."""
    price_cap_pct: Decimal = Decimal("0.2")
    """How far beyond the touch a crossing order may reach, percent."""
    max_order: Decimal | None = None
    """Largest single order in venue units; None for no cap of its own."""
    reprices: int = 0
    """How often a resting order moves on to the touch, each time for `passive_s`, before the rest
    crosses."""
    slices: int = 1
    """Into how many parts the whole is cut, spread over `duration_s`; each is worked as above."""
    duration_s: float = 0.0
    jitter: float = 0.0
    """How irregular the slices come: part of the time between two, 0 to 0.9."""

    def __post_init__(self) -> None:
        if self.slices < 1 or self.reprices < 0 or not 0 <= self.jitter <= 0.9:
            raise ValueError(
                f"{self.slices} slices, {self.reprices} reprices, jitter {self.jitter}: "
                "at least one slice, no negative count, jitter from 0 to 0.9"
            )
        if self.slices > 1 and self.duration_s <= 0:
            raise ValueError(f"{self.slices} slices need a duration, not {self.duration_s} s")

    @property
    def patience_s(self) -> float:
        """How long one order may rest before the rest of it crosses."""
        return self.passive_s * (self.reprices + 1)


@dataclass(frozen=True, slots=True)
class Target:
    """What a sleeve should hold of an instrument. Saying it twice changes nothing."""

    sleeve: str
    instrument: str
    amount: Decimal
    """Signed, venue unit."""
    why: str
    execution: Execution = Execution()


class Holdings(Protocol):
    """What the ledger lets strategies read; only on the loop thread."""

    def held(self, sleeve: str, instrument: str) -> Decimal:
        """Signed amount the sleeve holds."""
        ...

    def total(self, instrument: str) -> Decimal:
        """Signed amount held by all sleeves together."""
        ...

    def positions(self) -> tuple[Position, ...]:
        """All non-zero positions."""
        ...

    def account(self, currency: str) -> AccountFigures | None:
        """The venue's last figures of one currency."""
        ...

    def is_in_flight(self, sleeve: str, instrument: str) -> bool:
        """True while an order of the sleeve works there or its outcome is unknown."""
        ...


def untold(seen: Seen) -> None:
    """Nobody keeps what strategies say."""


@dataclass(frozen=True, slots=True)
class Context:
    """The world at one moment, as a strategy sees it."""

    now_ns: int
    board: Board
    holdings: Holdings
    tell: Callable[[Seen], None] = untold
    """Writes down what the strategy saw and made of it."""


class Strategy(Protocol):
    """A program that trades one or more sleeves of its own."""

    name: str
    """hedger, pair, ...: what commands and the store call it."""

    def start(self, context: Context) -> None:
        """It was switched on; may be called again after `stop`."""
        ...

    def stop(self, context: Context) -> None:
        """It was switched off: no target of its own stands after this."""
        ...

    def on_time(self, context: Context) -> tuple[Target, ...]:
        """Called several times a second, on or off; targets count only while it is on.

        The tuple is everything that stands: a target left out is withdrawn, and what works
        for it is cancelled. What is held stays held.
        """
        ...

    def status(self) -> str:
        """What it does or waits for, in words."""
        ...
