"""What the screen shows of limits and of the gate: frozen values made on the loop's thread."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Literal

Unit = Literal["USD", "orders", "instruments", "%"]


@dataclass(frozen=True, slots=True)
class Use:
    """One limit and how much of it is used where it is used most."""

    name: str
    """The setting, without `risk.`."""
    used: float
    """In the unit; NaN while it cannot be measured, or where there is nothing to use up."""
    cap: float
    """`inf` when there is none."""
    unit: Unit = "USD"
    what: str = ""
    """Where it is used most: an instrument, a coin, a sleeve; empty for the desk as a whole."""

    @property
    def part(self) -> float:
        """The part that is used, above 1 when breached; NaN while it is not known."""
        if self.used <= 0:
            return 0.0
        return self.used / self.cap if self.cap else float("inf")


@dataclass(frozen=True, slots=True)
class RiskView:
    """Every limit, and everything that keeps the gate closed; replaced once a second."""

    at_ns: int = 0
    uses: tuple[Use, ...] = ()
    causes: tuple[str, ...] = ()
    """Why programs may not open now, by weight; empty when they may."""
    lock: str = ""
    """Why opening is locked until a person lifts it; empty when it is not."""
    profit_usd: float = nan
    """Since `since_ns`; NaN while it cannot be known."""
    drawdown_usd: float = nan
    """Below the best moment since then."""
    since_ns: int = 0
    """Venue time from which losses count; 0 before the first figures."""
    heard_ms: float = nan
    """Since the trading link last said anything."""
    silent_ms: float = nan
    """Since any market link did."""
