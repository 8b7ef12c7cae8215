"""Whether the venue trades at all: open, locked in part or whole, in maintenance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Access(Enum):
    """How much of the venue can be traded."""

    UNKNOWN = "unknown"
    """It has not said yet; nothing is refused for that."""
    OPEN = "open"
    PARTLY_LOCKED = "partly locked"
    LOCKED = "locked"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class PlatformState:
    """What the venue says of itself."""

    access: Access = Access.UNKNOWN
    locked_indices: tuple[str, ...] = ()
    """Price indices (btc_usd, ...) whose contracts are locked; sorted."""
    admits_strangers: bool = True
    """False while public requests need a login."""

    def refusal(self, index: str = "") -> str:
        """Why contracts on `index` cannot be opened now, in words; empty when they can.

        Without an index: why nothing at all can be.
        """
        if self.access is Access.MAINTENANCE:
            return "the venue is in maintenance"
        if self.access is Access.LOCKED:
            return "the venue has locked trading"
        if index in self.locked_indices:
            return f"the venue has locked {index}"
        return ""

    @property
    def words(self) -> str:
        """What is not as usual, for a header and a status; empty when all is."""
        if self.access in (Access.UNKNOWN, Access.OPEN):
            return ""
        if self.access is Access.PARTLY_LOCKED:
            first, *rest = self.locked_indices
            return f"locked: {first}" + (f" and {len(rest)} more" if rest else "")
        return "locked" if self.access is Access.LOCKED else "in maintenance"
