"""What the loop shows the world: one frozen value, replaced whole as events come in."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.domain.fill import Fill
from core.domain.order import OrderReport
from core.domain.parent import ParentOrder
from core.domain.position import AccountFigures, Position, Result
from core.domain.stop import LotStop
from core.trading.commands import Reply
from core.trading.ledger.explanation import Explained
from core.trading.risk.view import RiskView


@dataclass(frozen=True, slots=True)
class AutomationState:
    """One strategy as the header shows it."""

    name: str
    is_on: bool
    status: str
    """What it does or waits for, in words."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether automatic and opening orders may pass now."""

    is_open: bool
    reason: str
    """Why it is closed, in words; empty when open."""


@dataclass(frozen=True, slots=True)
class TradingView:
    """Orders, positions, money and automation at one moment."""

    sequence: int = 0
    at_ns: int = 0
    is_link_up: bool = False
    is_reconciled: bool = False
    orders: tuple[OrderReport, ...] = ()
    """Working ones first, newest first; then the last finished ones."""
    positions: tuple[Position, ...] = ()
    """Non-zero, by instrument."""
    sleeves: tuple[tuple[str, Position], ...] = ()
    """(sleeve, position), non-zero."""
    results: tuple[Result, ...] = ()
    """What every sleeve earned in every currency so far, flat contracts included."""
    totals: tuple[Result, ...] = ()
    """The same per currency; where sleeves face each other profit is realised here already."""
    explained: tuple[Explained, ...] = ()
    """What of each account's change since this start our bookings account for."""
    fills: tuple[Fill, ...] = ()
    """The newest 200, oldest first."""
    accounts: tuple[AccountFigures, ...] = ()
    automations: tuple[AutomationState, ...] = ()
    gate: Gate = Gate(False, "not connected yet")
    risk: RiskView = field(default_factory=RiskView)
    alarms: tuple[str, ...] = ()
    """Ledger differences and other states that need a person; empty when all is well."""
    checks: tuple[str, ...] = ()
    """What differs from the venue and endangers nothing: average prices."""
    replies: tuple[Reply, ...] = ()
    """The newest 50, oldest first."""
    parents: tuple[ParentOrder, ...] = ()
    """Running ones, newest first, then the last ended ones."""
    stops: tuple[LotStop, ...] = ()
    """The desk's own stops that stand, oldest first."""
    lag_ms: float = 0.0
    """How long the last event waited in the inbox."""

    def position(self, instrument: str) -> Position | None:
        """The position in `instrument`, None when flat."""
        return next((one for one in self.positions if one.instrument == instrument), None)

    def automation(self, name: str) -> AutomationState | None:
        """The state of the strategy called `name`."""
        return next((one for one in self.automations if one.name == name), None)

    @property
    def working(self) -> tuple[OrderReport, ...]:
        """Orders that may still trade."""
        return tuple(order for order in self.orders if order.state.is_working)
