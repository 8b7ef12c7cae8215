"""One position: what is held, what it cost, what it earned this session."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.domain.instrument import Instrument
from core.venues.paper.money.contracts import ZERO, part_of, price_at, worth


@dataclass(slots=True)
class Holding:
    """Signed: + long. Costs are kept instead of prices, because a price would be rounded."""

    instrument: Instrument
    size: Decimal = ZERO
    cost: Decimal = ZERO
    """Worth of what is held at the prices it was bought at."""
    session_cost: Decimal = ZERO
    """Where this session's profit starts: worth at the last settlement, later fills at theirs."""
    realised: Decimal = ZERO
    """Of this session, without funding."""
    funding: Decimal = ZERO
    """Received this session; negative when paid."""

    @property
    def average_price(self) -> Decimal:
        """Entry price; 0 when nothing is held."""
        return price_at(self.instrument, self.size, self.cost)

    @property
    def session_rpl(self) -> Decimal:
        """Realised this session, funding included."""
        return self.realised + self.funding

    def apply(self, size: Decimal, price: Decimal) -> Decimal:
        """Book an execution of `size` (signed); returns the profit it realised."""
        if self.size * size >= 0:
            self._add(size, price)
            return ZERO
        closed = -size if abs(size) <= abs(self.size) else self.size
        gained = self._close(closed, price)
        if size + closed:
            self._add(size + closed, price)
        return gained

    def value(self, mark: Decimal) -> Decimal:
        """Worth at a mark."""
        return worth(self.instrument, self.size, mark)

    def session_upl(self, mark: Decimal) -> Decimal:
        """Unrealised profit since the last settlement, or since the entry after it."""
        return self.value(mark) - self.session_cost if self.size else ZERO

    def total_upl(self, mark: Decimal) -> Decimal:
        """Unrealised profit against the average price."""
        return self.value(mark) - self.cost if self.size else ZERO

    def start_session(self, mark: Decimal) -> None:
        """After settlement: profit counts from the mark."""
        self.session_cost = self.value(mark) if self.size else ZERO
        self.realised = self.funding = ZERO

    def _add(self, size: Decimal, price: Decimal) -> None:
        paid = worth(self.instrument, size, price)
        self.size += size
        self.cost += paid
        self.session_cost += paid

    def _close(self, closed: Decimal, price: Decimal) -> Decimal:
        """Take `closed` (signed as the position) out; returns the profit of this session."""
        it, whole = self.instrument, self.size
        start = part_of(it, self.session_cost, closed, whole)
        gained = worth(it, closed, price) - start
        self.session_cost -= start
        self.cost -= part_of(it, self.cost, closed, whole)
        self.size -= closed
        self.realised += gained
        return gained
