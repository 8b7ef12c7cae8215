"""The three outcomes of an order command."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.fill import Fill
from core.domain.order import OrderReport


@dataclass(frozen=True, slots=True)
class Accepted:
    """The venue has the order; `report` is its first state."""

    label: str
    report: OrderReport
    fills: tuple[Fill, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer proves that the order was not taken."""

    label: str
    reason: str
    """The venue's reason, or our own limit's, in words."""
    code: int = 0
    """The venue's error code; 0 for a refusal of our own."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer proves anything: settle it by asking, never by sending again."""

    label: str
    why: str


Outcome = Accepted | Refused | Unknown
