"""One position: what is held, at which price, and what it earned this session."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.simulator.accounts.money import ZERO, average, exact, profit
from core.simulator.markets.market import Market


@dataclass(slots=True)
class Position:
    """Signed: + long. USD for inverse futures, base coin otherwise."""

    market: Market
    size: Decimal = ZERO
    average_price: Decimal = ZERO
    average_usd: Decimal = ZERO
    """Entry price of an inverse option in USD."""
    session_price: Decimal = ZERO
    """Where this session's profit starts: the last settlement, or the entry after it."""
    realized: Decimal = ZERO
    """Of this session, without funding."""
    funding: Decimal = ZERO
    """Received this session; negative when paid."""
    funding_from: float = 0.0
    """The market's funding meter when it was last read."""

    def mark(self) -> Decimal:
        """The mark price it is valued at."""
        return exact(self.market.mark)

    def apply(self, size: Decimal, price: Decimal, index: Decimal) -> Decimal:
        """Book an execution of `size` (signed); returns the profit it realised."""
        self.take_funding()
        it = self.market.instrument
        if self.size * size >= 0:
            self._add(size, price, index)
            return ZERO
        closed = -size if abs(size) <= abs(self.size) else self.size
        gained = profit(it, closed, self.session_price, price)
        self.realized += gained
        self.size -= closed
        rest = size + closed
        if rest:
            self._add(rest, price, index)
        elif not self.size:
            self.average_price = self.average_usd = self.session_price = ZERO
        return gained

    def take_funding(self) -> Decimal:
        """Book the funding since the last reading; longs pay when the rate is positive."""
        paid = self.market.funding.paid
        received = -self.size * exact(paid - self.funding_from)
        self.funding_from = paid
        self.funding += received
        return received

    def session_upl(self) -> Decimal:
        """Unrealised profit since the last settlement, or since the entry after it."""
        if not self.size:
            return ZERO
        return profit(self.market.instrument, self.size, self.session_price, self.mark())

    def total_upl(self) -> Decimal:
        """Unrealised profit against the average price."""
        if not self.size:
            return ZERO
        return profit(self.market.instrument, self.size, self.average_price, self.mark())

    def start_session(self) -> None:
        """After settlement: profit counts from the mark."""
        if self.size:
            self.session_price = self.mark()
        self.realized = self.funding = ZERO

    def state(self) -> dict[str, Any]:
        """What is saved."""
        return {
            "name": self.market.name,
            "size": str(self.size),
            "average_price": str(self.average_price),
            "average_usd": str(self.average_usd),
            "session_price": str(self.session_price),
            "realized": str(self.realized),
            "funding": str(self.funding),
        }

    def _add(self, size: Decimal, price: Decimal, index: Decimal) -> None:
        it = self.market.instrument
        self.average_price = average(it, self.size, self.average_price, size, price)
        self.session_price = average(it, self.size, self.session_price, size, price)
        if it.is_option:
            usd = price if it.is_linear else price * index
            self.average_usd = average(it, self.size, self.average_usd, size, usd)
        self.size += size
