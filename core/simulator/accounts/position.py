"""One position: what is held, what it cost, and what it earned this session."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from core.simulator.accounts.money import ZERO, exact, part_of, price_at, worth
from core.simulator.markets.market import Market


@dataclass(slots=True)
class Position:
    """Signed: + long. USD for inverse futures, base coin otherwise.

    Costs are kept instead of prices, because a price would have to be rounded.
    """

    market: Market
    size: Decimal = ZERO
    cost: Decimal = ZERO
    """Worth of what is held at the prices it was bought at."""
    cost_usd: Decimal = ZERO
    """The same in USD; inverse options only."""
    session_cost: Decimal = ZERO
    """Where this session's profit starts: worth at the last settlement, later fills at theirs."""
    realized: Decimal = ZERO
    """Of this session, without funding."""
    funding: Decimal = ZERO
    """Received this session; negative when paid."""
    logged_funding: Decimal = ZERO
    """The part of `funding` that transaction log rows have shown already."""
    funding_from: Decimal = ZERO
    """The market's funding meter when it was last read."""

    @property
    def average_price(self) -> Decimal:
        """Entry price; 0 when nothing is held."""
        return price_at(self.market.instrument, self.size, self.cost)

    @property
    def average_usd(self) -> Decimal:
        """Entry price of an inverse option in USD."""
        return self.cost_usd / self.size if self.size else ZERO

    @property
    def session_rpl(self) -> Decimal:
        """Realised this session, funding included."""
        return self.realized + self.funding

    def mark(self) -> Decimal:
        """The mark price it is valued at."""
        return exact(self.market.mark)

    def apply(self, size: Decimal, price: Decimal, index: Decimal) -> Decimal:
        """Book an execution of `size` (signed); returns the profit it realised."""
        self.take_funding()
        if self.size * size >= 0:
            self._add(size, price, index)
            return ZERO
        closed = -size if abs(size) <= abs(self.size) else self.size
        gained = self._close(closed, price)
        if size + closed:
            self._add(size + closed, price, index)
        return gained

    def take_funding(self) -> None:
        """Book the funding since the last reading; longs pay when the rate is positive."""
        paid = self.market.funding.paid
        self.funding -= self.size * (paid - self.funding_from)
        self.funding_from = paid

    def unlogged_funding(self) -> Decimal:
        """The funding no transaction log row has shown yet; asking marks it as shown."""
        fresh, self.logged_funding = self.funding - self.logged_funding, self.funding
        return fresh

    def value(self) -> Decimal:
        """Worth at the mark."""
        return worth(self.market.instrument, self.size, self.mark())

    def session_upl(self) -> Decimal:
        """Unrealised profit since the last settlement, or since the entry after it."""
        return self.value() - self.session_cost if self.size else ZERO

    def total_upl(self) -> Decimal:
        """Unrealised profit against the average price."""
        return self.value() - self.cost if self.size else ZERO

    def start_session(self) -> None:
        """After settlement: profit counts from the mark."""
        self.session_cost = self.value() if self.size else ZERO
        self.realized = self.funding = self.logged_funding = ZERO

    def copy(self) -> Position:
        """One to play with."""
        return replace(self)

    def state(self) -> dict[str, Any]:
        """What is saved."""
        names = (
            "size", "cost", "cost_usd", "session_cost", "realized", "funding", "logged_funding",
        )  # fmt: skip
        return {"name": self.market.name} | {name: str(getattr(self, name)) for name in names}

    def _add(self, size: Decimal, price: Decimal, index: Decimal) -> None:
        it = self.market.instrument
        paid = worth(it, size, price)
        self.size += size
        self.cost += paid
        self.session_cost += paid
        if it.is_option:
            self.cost_usd += paid if it.is_linear else paid * index

    def _close(self, closed: Decimal, price: Decimal) -> Decimal:
        """Take `closed` (signed as the position) out; returns the profit of this session."""
        it, whole = self.market.instrument, self.size
        start = part_of(it, self.session_cost, closed, whole)
        gained = worth(it, closed, price) - start
        self.session_cost -= start
        self.cost -= part_of(it, self.cost, closed, whole)
        self.cost_usd -= part_of(it, self.cost_usd, closed, whole)
        self.size -= closed
        self.realized += gained
        return gained
