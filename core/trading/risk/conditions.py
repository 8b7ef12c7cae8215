"""What must hold before anything is opened: link, reconciliation, ledger, a loop that keeps up."""

from __future__ import annotations

from dataclasses import dataclass

from core.clock import NS_PER_S
from core.trading.view import Gate

LAG_LIMIT_MS = 2_000.0
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
    is_ending: bool = False
    """The desk is going down: nothing is opened any more."""

    def closed_for_all(self, now_ns: int) -> str:
        """Why nobody may open anything, in words; empty when somebody may."""
        if self.is_ending:
            return "the desk is shutting down"
        if not self.is_link_up:
            return f"the trading link is down: {self.link_why}"
        if not self.is_reconciled:
            return "positions are not reconciled with the venue yet"
        age_s = (now_ns - self.reconciled_ns) // NS_PER_S
        if age_s > TRUTH_LIMIT_S:
            return f"the venue has not confirmed positions for {age_s} s"
        return ""

    def gate(self, now_ns: int) -> Gate:
        """Whether programs may send opening orders now."""
        reason = self.closed_for_all(now_ns)
        if not reason and self.alarm:
            reason = f"ledger and venue disagree: {self.alarm}"
        if not reason and self.is_in_doubt:
            reason = "positions differed, the venue is being asked again"
        if not reason and self.lag_ms > LAG_LIMIT_MS:
            reason = f"the loop is {self.lag_ms / 1e3:.1f} s behind"
        return Gate(not reason, reason)
