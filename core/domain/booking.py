"""One line of the venue's own books that is no trade."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


class BookingKind(Enum):
    """What the venue did to the account."""

    SETTLED = "settled"
    """A session ended: profit and funding of a future that goes on moved into the balance."""
    DELIVERED = "delivered"
    """A contract ended; what was held of it was paid out."""
    CASH = "cash"
    """Money came or went without a trade: deposits, withdrawals, transfers, corrections."""


@dataclass(frozen=True, slots=True)
class Booking:
    """A settlement, a delivery or a transfer, as the venue wrote it down."""

    id: str
    """Unique within a currency."""
    kind: BookingKind
    currency: str
    instrument: str
    """Empty for cash."""
    change: Decimal
    """Of the balance, fee included; + came in."""
    at_ns: int
    price: Decimal | None = None
    """What one unit was delivered at, in the contract's quote: for options what one paid."""
    fee: Decimal = Decimal(0)
    """+ is a cost."""
    funding: Decimal | None = None
    """Received over the session that ended; None where the venue states none."""
