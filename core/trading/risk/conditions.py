"""What must hold before anything is opened: links, venue, reconciliation, ledger, loop, losses.

The dead-man: every cause but a lock goes away by itself, and the gate opens again.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

from core.clock import NS_PER_S
from core.trading.view import Gate

LAG_LIMIT_MS = 2_000.0
SILENT_S = 12.0
"""The venue's heartbeat comes every 10 s: later than this it is missed."""
TRUTH_LIMIT_S = 60
"""The venue's positions may be so old before they count as unknown."""


@dataclass(slots=True)
class Conditions:
    """The state of the world; the engine writes it, the gate and the screen read it."""

    is_link_up: bool = False
    link_why: str = "not connected yet"
    is_reconciled: bool = False
    reconciled_ns: int = 0
    alarm: str = ""
    """The first difference between ledger and venue, in words."""
    is_in_doubt: bool = False
    """The last comparison differed and is being repeated."""
    lag_ms: float = 0.0
    lock: str = ""
    """A limit on losses was breached; only an act of a person lifts it."""
    unknown_losses: str = ""
    """Why losses cannot be counted now; programs wait until they can."""
    market_why: str = ""
    """Why no price of the market can be trusted, such as that every link is silent."""
    platform_why: str = ""
    """What keeps the venue itself from trading: locked, maintenance."""
    heard_ms: float = nan
    """Since the trading link last said anything; NaN when it does not tell."""
    journal_why: str = ""
    """Why what happens cannot be written down."""
    is_ending: bool = False
    """The desk is going down: nothing is opened any more."""

    def closed_for_all(self, now_ns: int) -> str:
        """Why nobody may open anything, in words; empty when somebody may."""
        return next((one for one in self._for_all(now_ns) if one), "") or self.locked

    def gate(self, now_ns: int) -> Gate:
        """Whether programs may send opening orders now."""
        reason = next(iter(self.causes(now_ns)), "")
        return Gate(not reason, reason)

    def causes(self, now_ns: int) -> tuple[str, ...]:
        """Everything that keeps programs from opening, by weight."""
        every = (*self._for_all(now_ns), self.locked, *self._for_programs(), self._uncounted)
        return tuple(one for one in every if one)

    def closed_for_hedges(self, now_ns: int) -> str:
        """Why even an order that reduces risk must wait: all causes but locks on losses."""
        every = (*self._for_all(now_ns), *self._for_programs())
        return next((one for one in every if one), "")

    @property
    def locked(self) -> str:
        """The lock in words, empty when there is none."""
        return f"opening is locked: {self.lock}; `risk reset` lifts it" if self.lock else ""

    @property
    def _uncounted(self) -> str:
        return f"losses cannot be counted: {self.unknown_losses}" if self.unknown_losses else ""

    def _for_all(self, now_ns: int) -> tuple[str, ...]:
        return (
            "the desk is shutting down" if self.is_ending else "",
            "" if self.is_link_up else f"the trading link is down: {self.link_why}",
            self.platform_why,
            self._truth_why(now_ns) if self.is_link_up else "",
        )

    def _truth_why(self, now_ns: int) -> str:
        if not self.is_reconciled:
            return "positions are not reconciled with the venue yet"
        age_s = (now_ns - self.reconciled_ns) // NS_PER_S
        if age_s > TRUTH_LIMIT_S:
            return f"the venue has not confirmed positions for {age_s} s"
        return ""

    def _for_programs(self) -> tuple[str, ...]:
        late_s = self.heard_ms / 1e3
        return (
            f"ledger and venue disagree: {self.alarm}" if self.alarm else "",
            "positions differed, the venue is being asked again" if self.is_in_doubt else "",
            f"the loop is {self.lag_ms / 1e3:.1f} s behind" if self.lag_ms > LAG_LIMIT_MS else "",
            self.market_why,
            f"the trading link has been silent for {late_s:.0f} s" if late_s > SILENT_S else "",
            self.journal_why,
        )
