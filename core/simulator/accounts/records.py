"""What an account remembers: its executions, its ledger rows, its settlements."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.simulator.accounts.money import eight
from core.simulator.world.listing.instruments import Instrument


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution of a client's order."""

    instrument: str
    currency: str
    kind: str
    at_ms: int
    seq: int
    row: dict[str, Any]
    """The user trade as the venue prints it."""

    @property
    def currencies(self) -> tuple[str, ...]:
        """The purses it moved: of spot those of both currencies."""
        return tuple(self.instrument.split("_")) if self.kind == "spot" else (self.currency,)


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line of the transaction log."""

    currency: str
    at_ms: int
    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Settlement:
    """One instrument at one settlement or delivery."""

    instrument: str
    currency: str
    at_ms: int
    kind: str
    """settlement, delivery or exercise."""
    row: dict[str, Any]


def settlement_record(
    it: Instrument, at_ms: int, kind: str, position: Decimal, mark: float, index: float,
    gained: Decimal, session: Decimal, funding: Decimal | None,
) -> Settlement:  # fmt: skip
    """A settlement row as printed; for deliveries `index` is the delivery price."""
    row: dict[str, Any] = {
        "position": float(position),
        "timestamp": at_ms,
        "type": kind,
        "index_price": index,
        "instrument_name": it.name,
        "mark_price": mark,
        "profit_loss": float(eight(gained)),
        "session_profit_loss": float(eight(session)),
    }
    if funding is not None:
        row["funding"] = float(eight(funding))
    return Settlement(it.name, it.settlement, at_ms, kind, row)


def bankruptcy_record(currency: str, at_ms: int, funded: Decimal) -> Settlement:
    """The row of a purse the insurance had to fill up; it belongs to no instrument."""
    row = {
        "type": "bankruptcy",
        "timestamp": at_ms,
        "session_bankruptcy": float(funded),
        "funded": float(funded),
        "socialized": 0.0,
        "session_tax": 0.0,
        "session_tax_rate": 0.0,
    }
    return Settlement("", currency, at_ms, "bankruptcy", row)
