"""What the public sees of each 08:00: one row per future settled and per contract delivered."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from core.simulator.markets.floor import Floor
from core.simulator.markets.market import Market

KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Settled:
    """One row with what requests look for."""

    number: int
    """Counts all rows; names the place where a page ended."""
    instrument: str
    currency: str
    kind: str
    """settlement or delivery."""
    at_ms: int
    row: dict[str, Any]


class PublicSettlements:
    """Looks at the floor whenever a new 08:00 was settled."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._settled_ms = 0
        self._marks: dict[str, float] = {}
        self._paid: dict[str, float] = {}
        self._count = 0
        self.rows: deque[Settled] = deque(maxlen=KEPT)
        """Oldest first."""

    def step(self, settled_ms: int, now_ms: int) -> None:
        """Write the rows of the newest settlement down once."""
        if settled_ms == self._settled_ms:
            return
        is_first, self._settled_ms = not self._settled_ms, settled_ms
        futures = [m for m in self._floor.markets if m.instrument.kind == "future"]
        if not is_first:
            gone = [m for m in self._floor.markets.expired()
                    if m.instrument.is_held and m.instrument.expiry_ms == settled_ms]  # fmt: skip
            self._write(futures, gone, now_ms)
        self._marks = {m.name: m.mark for m in futures}
        self._paid = {m.name: float(m.funding.paid) for m in futures}

    def _write(self, futures: list[Market], gone: list[Market], at_ms: int) -> None:
        rows = [self._settlement(m, at_ms) for m in futures if m.name in self._marks]
        rows += [(m, _delivery(m, at_ms)) for m in gone]
        totals: dict[str, float] = {}
        for market, row in rows:
            currency = market.instrument.settlement
            totals[currency] = totals.get(currency, 0.0) + row["profit_loss"]
        for market, row in rows:
            it = market.instrument
            self._count += 1
            row["session_profit_loss"] = round(totals[it.settlement], 8)
            self.rows.append(Settled(self._count, it.name, it.settlement, row["type"], at_ms, row))

    def _settlement(self, market: Market, at_ms: int) -> tuple[Market, dict[str, Any]]:
        it, held = market.instrument, market.open_interest
        mark, before = market.mark, self._marks[market.name]
        gained = held * (mark - before) if it.is_linear else held * (1.0 / before - 1.0 / mark)
        row: dict[str, Any] = {
            "type": "settlement", "timestamp": at_ms, "instrument_name": it.name,
            "position": held, "mark_price": mark, "index_price": market.index,
            "profit_loss": round(gained, 8),
        }  # fmt: skip
        if it.is_perpetual:
            paid = float(market.funding.paid) - self._paid[market.name]
            row["funding"] = round(-paid * held, 8)
        return market, row


def _delivery(market: Market, at_ms: int) -> dict[str, Any]:
    """A contract that ended; for these rows `index_price` is the delivery price."""
    it, price = market.instrument, market.delivery_price
    return {
        "type": "delivery", "timestamp": at_ms, "instrument_name": it.name,
        "position": market.open_interest, "mark_price": 0.0 if it.is_option else price,
        "index_price": price, "profit_loss": 0.0,
    }  # fmt: skip
