"""Facts that enter the loop's inbox. A fact is not edited, and taking it twice changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.booking import Booking
from core.domain.fill import Fill
from core.domain.order import OrderReport
from core.domain.outcome import Outcome
from core.domain.position import AccountFigures, VenuePosition


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """The venue reported a new state of an order of ours."""

    report: OrderReport


@dataclass(frozen=True, slots=True)
class Filled:
    """An execution of ours; may arrive several times and by several ways."""

    fill: Fill


@dataclass(frozen=True, slots=True)
class OutcomeArrived:
    """What became of one order command."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class CancelFailed:
    """A cancel or a change was refused or not answered; the order's state comes separately."""

    order_id: str
    """The label while the id is not known; `all` when everything should go."""
    reason: str
    is_certain: bool = True
    """False when nobody knows whether it was done."""


@dataclass(frozen=True, slots=True)
class LabelAnswered:
    """The venue's answer to "what became of this label"; no reports: it knows nothing of it."""

    label: str
    reports: tuple[OrderReport, ...]
    fills: tuple[Fill, ...] = ()
    refusal: str = ""
    """Why the venue did not take the order, when a late answer to it says so."""


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """New figures of one currency account."""

    figures: AccountFigures


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The venue's whole truth at one moment: after login, after a reconnect, and on a timer."""

    positions: tuple[VenuePosition, ...]
    open_orders: tuple[OrderReport, ...]
    fills: tuple[Fill, ...]
    """Recent executions, to be taken exactly once each."""
    accounts: tuple[AccountFigures, ...]
    at_ns: int


@dataclass(frozen=True, slots=True)
class Booked:
    """Lines of the venue's own books in one currency; the same line may be told again."""

    currency: str
    bookings: tuple[Booking, ...]
    """Settlements, deliveries and transfers, oldest first; none when nothing is new."""


@dataclass(frozen=True, slots=True)
class TradingLinkChanged:
    """The trading link went up (after login and reconciliation) or down."""

    is_up: bool
    why: str = ""


Fact = (
    OrderChanged
    | Filled
    | OutcomeArrived
    | CancelFailed
    | LabelAnswered
    | AccountChanged
    | Reconciled
    | Booked
    | TradingLinkChanged
)
