"""What a step of the exchange changed: facts to tell, and the line to write down before."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.domain.booking import Booking
from core.domain.events import Booked, Fact, Filled, OrderChanged
from core.domain.fill import Fill
from core.venues.paper.journal import Kept, KeptOrder
from core.venues.paper.matching.orders import Working
from core.venues.paper.money.account import Account

Write = Callable[[Kept], None]


class Records:
    """Collects one step, writes it, and only then lets it be told."""

    def __init__(self, account: Account, write: Write, tell: Callable[[Fact], None]) -> None:
        self._account = account
        self._write = write
        self._tell = tell
        self._facts: list[Fact] = []
        self._change = Kept()
        self._is_changed = False

    def changed(self, working: Working, is_told: bool = True) -> None:
        """An order has a new state; `is_told` False leaves the telling to its outcome."""
        instrument = working.instrument if working.report.state.is_working else None
        self._change.orders[working.report.order_id] = KeptOrder(working.report, instrument)
        self._is_changed = True
        if is_told:
            self._facts.append(OrderChanged(working.report))

    def filled(self, fill: Fill, is_told: bool = True) -> None:
        """An execution happened."""
        self._change.fills.append(fill)
        self.booked((fill.instrument,))
        if is_told:
            self._facts.append(Filled(fill))

    def booked(self, names: Iterable[str]) -> None:
        """Money or these positions moved."""
        self._is_changed = True
        for name in names:
            self.moved(name)

    def line(self, booking: Booking) -> None:
        """A settlement or a delivery was booked."""
        self._change.bookings.append(booking)
        self.booked((booking.instrument,))
        self._facts.append(Booked(booking.currency, (booking,)))

    def moved(self, name: str) -> None:
        """A position changed in a way that may be written with the next change."""
        self._change.holdings[name] = self._account.holdings.get(name)

    def say(self, *facts: Fact) -> None:
        """Tell these, after what has happened so far."""
        self._facts.extend(facts)

    def answer(self, fact: Fact) -> None:
        """Tell this before everything else of the step: the answer to a command."""
        self._facts.insert(0, fact)

    def commit(self, number: int, settled_ns: int, funded_ns: int) -> None:
        """Write the step down if it changed anything, then tell."""
        if self._is_changed:
            change = self._change
            change.number, change.settled_ns, change.funded_ns = number, settled_ns, funded_ns
            change.balances = dict(self._account.balances)
            self._write(change)
            self._change, self._is_changed = Kept(), False
        facts, self._facts = self._facts, []
        for fact in facts:
            self._tell(fact)
