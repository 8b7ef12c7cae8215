"""What we hold, and what the account is worth."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Position:
    """A signed holding in one instrument."""

    instrument: str
    amount: Decimal
    """Venue unit, + long: USD for inverse futures, base coin otherwise."""
    average_price: Decimal
    """Zero when flat."""
    realised: Decimal = Decimal(0)
    """Settlement currency, before fees."""
    fees: Decimal = Decimal(0)
    """Settlement currency, + is a cost."""
    funding: Decimal = Decimal(0)
    """Settlement currency, + was received."""
    found: Decimal = Decimal(0)
    """What of the amount came from no fill of ours: it was there at a start, or was accepted."""

    @property
    def is_flat(self) -> bool:
        """True when nothing is held."""
        return self.amount == 0


@dataclass(frozen=True, slots=True)
class Result:
    """What one sleeve earned in one currency so far, open profit left out."""

    sleeve: str
    currency: str
    realised: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    funding: Decimal = Decimal(0)

    @property
    def net(self) -> Decimal:
        """What is left of it."""
        return self.realised + self.funding - self.fees


@dataclass(frozen=True, slots=True)
class VenuePosition:
    """A position as the venue states it, to be compared with ours."""

    instrument: str
    amount: Decimal
    """Zero where the venue still tells the funding of what was closed this session."""
    average_price: Decimal
    funding: Decimal | None = None
    """Received since the last settlement; None where the venue states none."""


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """The venue's figures of one currency account, in that currency unless named otherwise."""

    currency: str
    equity: Decimal
    balance: Decimal
    available: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal
    delta_total: Decimal
    session_upl: Decimal
    session_rpl: Decimal
    total_pl: Decimal
    options_value: Decimal = Decimal(0)
    options_delta: Decimal = Decimal(0)
    options_gamma: Decimal = Decimal(0)
    options_vega: Decimal = Decimal(0)
    options_theta: Decimal = Decimal(0)
    at_ns: int = 0
