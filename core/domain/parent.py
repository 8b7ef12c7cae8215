"""Parent orders: an amount worked by hand's order through many small orders, as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from core.domain.order import Side


class ParentState(Enum):
    """Where a parent order stands."""

    WORKING = "working"
    ENDING = "ending"
    """Cancelled; its last order is not over yet."""
    FILLED = "filled"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """Given up after refusals."""
    INTERRUPTED = "interrupted"
    """The desk went down over it; it is not taken up again."""

    @property
    def is_standing(self) -> bool:
        """True while an order of it may work."""
        return self in (ParentState.WORKING, ParentState.ENDING)


@dataclass(frozen=True, slots=True)
class ParentOrder:
    """One amount being worked. filled + open + in flight + left is always asked."""

    key: str
    """Unique over all runs."""
    name: str
    """w1, w2, ...: what is typed; given anew in every run."""
    instrument: str
    side: Side
    asked: Decimal
    """Positive, the venue's unit, as the other amounts."""
    filled: Decimal
    open: Decimal
    """Rests at the venue."""
    in_flight: Decimal
    """Sent and not answered, or traded and its fills not here yet."""
    duration_s: float
    """Spread over so long; 0 works it at once."""
    slices: int
    state: ParentState
    status: str
    """What it waits for or why it ended, in words."""
    began_ns: int
    changed_ns: int

    @property
    def left(self) -> Decimal:
        """What was not sent yet, or came back unfilled."""
        return self.asked - self.filled - self.open - self.in_flight

    @property
    def words(self) -> str:
        """`work` or `twap 12 x`."""
        return f"twap {self.slices} x" if self.slices > 1 else "work"
