"""One execution of ours."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution of ours, as the venue reported it."""

    instrument: str
    trade_id: str
    order_id: str
    label: str
    amount: Decimal
    """Signed, + bought. USD for inverse futures, base coin otherwise."""
    price: Decimal
    """In the quote currency; inverse options quote in base coin."""
    fee: Decimal
    """Paid in the settlement currency, + is a cost."""
    at_ns: int
    """Venue time of the match, nanoseconds since the epoch, UTC."""
    is_maker: bool = False
    index_price: Decimal | None = None
    profit: Decimal = Decimal(0)
    """What the venue says this trade realised, settlement currency."""

    def __post_init__(self) -> None:
        if not self.amount:
            raise ValueError(f"{self.instrument} fill {self.trade_id} has no amount")
