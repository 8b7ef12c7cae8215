"""Stops the desk watches itself: what was asked for, and how one stands. Each guards one lot."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

ATR_BARS = 14
BAR_S = 60


class StopKind(Enum):
    """What a stop goes by."""

    PRICE = "price"
    """Mark at a price."""
    PERCENT = "percent"
    """So many percent beyond the lot's average price."""
    ATR = "atr"
    """So many average true ranges from mark when it was armed."""
    TRAIL = "trail"
    """So far behind the best mark since it was armed."""
    TRAIL_PERCENT = "trail_percent"
    TRAIL_ATR = "trail_atr"
    TIME = "time"
    """So many seconds after it was armed, whatever the price."""

    @property
    def family(self) -> str:
        """fixed, trailing or time: a lot has one stop of each, the newest."""
        if self is StopKind.TIME:
            return "time"
        is_trail = self in (StopKind.TRAIL, StopKind.TRAIL_PERCENT, StopKind.TRAIL_ATR)
        return "trailing" if is_trail else "fixed"


class StopState(Enum):
    """Where a stop stands. Only ARMED can fire, and nothing becomes ARMED again."""

    ARMED = "armed"
    FIRED = "fired"
    """The lot is being closed."""
    DONE = "done"
    """It fired and the lot is closed."""
    ENDED = "ended"
    """Cancelled, replaced, or its lot went another way."""

    @property
    def is_standing(self) -> bool:
        """True while it still has something to do."""
        return self in (StopState.ARMED, StopState.FIRED)


@dataclass(frozen=True, slots=True)
class StopRule:
    """A stop as it is asked for."""

    kind: StopKind
    value: Decimal
    """A price, percent, a multiple of the true range, or seconds; positive."""

    def __post_init__(self) -> None:
        if self.value <= 0:
            raise ValueError(f"a stop of {self.value} is not above 0")

    @property
    def words(self) -> str:
        """`stop 61500`, `stop 2%`, `stop 3atr`, `trail 1.5%`, `stop 30m`: as it is typed."""
        number = f"{self.value.normalize():f}"
        match self.kind:
            case StopKind.PERCENT | StopKind.TRAIL_PERCENT:
                number += "%"
            case StopKind.ATR | StopKind.TRAIL_ATR:
                number += "atr"
            case StopKind.TIME:
                number = lasting(self.value)
        return f"{'trail' if self.kind.family == 'trailing' else 'stop'} {number}"


@dataclass(frozen=True, slots=True)
class LotStop:
    """One stop as it stands: of one sleeve's position in one instrument, on one side."""

    key: str
    """Unique over all runs."""
    name: str
    """s1, s2, ...: what is typed; given anew in every run."""
    sleeve: str
    instrument: str
    sign: int
    """+1 guards a long lot, -1 a short one."""
    rule: StopRule
    armed_ns: int
    changed_ns: int
    state: StopState = StopState.ARMED
    trigger: Decimal | None = None
    """Mark at which it fires; None for a time stop."""
    distance: Decimal | None = None
    """Trailing by price or range: how far the trigger stays behind `best`."""
    best: Decimal | None = None
    """Trailing: the best mark seen since it was armed."""
    deadline_ns: int | None = None
    """Time stops: when it fires."""
    amount: Decimal = Decimal(0)
    """What the lot held, signed, when the stop was armed, and when it fired."""
    reason: str = ""
    """Why it ended, or what it did."""
    blind: str = ""
    """Why it cannot act now; empty when it can. Never stored."""


def lasting(seconds: Decimal) -> str:
    """`45s`, `30m`, `2h`, `1d`: the largest unit that divides it."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0:
            return f"{(seconds / size).normalize():f}{unit}"
    return f"{seconds.normalize():f}s"
