"""What may be asked of the loop, as values. The screen, the command line and tests post them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from core.domain.order import NewOrder, Side
from core.domain.stop import StopRule


class CancelScope(Enum):
    """Which working orders a cancel means."""

    ALL = "all"
    LAST = "last"
    """The newest still working order of the manual sleeve."""
    BUYS = "buys"
    SELLS = "sells"
    STOPS = "stops"


@dataclass(frozen=True, slots=True)
class PlaceOrders:
    """Send these, each through the risk gate; a ladder is one command with many orders."""

    orders: tuple[NewOrder, ...]


@dataclass(frozen=True, slots=True)
class AmendOrder:
    """Change price or amount of a working order."""

    order_id: str
    amount: Decimal
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Cancel one order by the venue's id, or by label while it has none.

    A parent order and a stop of the desk's own go by their names: w1, s1.
    """

    order_id: str


@dataclass(frozen=True, slots=True)
class CancelOrders:
    """Cancel a set."""

    scope: CancelScope


@dataclass(frozen=True, slots=True)
class WorkAmount:
    """Work an amount patiently: post-only, reprice, cross; over a time if one is given."""

    instrument: str
    side: Side
    amount: Decimal
    """Positive, the venue's unit."""
    duration_s: float = 0.0
    """Spread over so long; 0 works it at once."""
    slices: int = 0
    """Into how many parts; 0 takes the settings' distance."""


@dataclass(frozen=True, slots=True)
class ArmStop:
    """Let the desk watch the manual lot of an instrument and close it by this rule."""

    instrument: str
    rule: StopRule


@dataclass(frozen=True, slots=True)
class ClosePosition:
    """Bring one position to zero with a reduce-only order that crosses."""

    instrument: str


@dataclass(frozen=True, slots=True)
class CloseEverything:
    """Bring every position to zero."""


@dataclass(frozen=True, slots=True)
class AcceptPosition:
    """Book a difference that raised an alarm as the venue has it; what we lack goes to manual."""

    instrument: str


@dataclass(frozen=True, slots=True)
class SwitchAutomation:
    """Turn a strategy on or off by name: hedger, pair."""

    name: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Kill:
    """Automation off, everything cancelled, and positions closed if asked."""

    flatten: bool = False


@dataclass(frozen=True, slots=True)
class ResetRisk:
    """Lift a lock on losses and count them from now on; programs stay off."""


Request = (
    PlaceOrders
    | AmendOrder
    | CancelOrder
    | CancelOrders
    | WorkAmount
    | ArmStop
    | ClosePosition
    | CloseEverything
    | AcceptPosition
    | SwitchAutomation
    | Kill
    | ResetRisk
)


@dataclass(frozen=True, slots=True)
class Command:
    """One request with the number its replies carry, and the text the user typed."""

    number: int
    request: Request
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the loop says to a command: stands next to the command on the screen."""

    number: int
    is_ok: bool
    text: str
    at_ns: int
