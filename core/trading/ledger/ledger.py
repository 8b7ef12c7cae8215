"""The ledger: fills taken exactly once, by sleeve and in total."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from decimal import Decimal

from core.domain.fill import Fill
from core.domain.instrument import Instrument
from core.domain.label import MANUAL
from core.domain.position import Position
from core.trading.journal import FillRecord, Journal, Origin, Restored
from core.trading.ledger.holding import Holding

FILLS_SHOWN = 200


class Ledger:
    """What we hold. The sleeves of an instrument always sum to its total."""

    def __init__(
        self,
        instrument_of: Callable[[str], Instrument | None],
        journal: Journal,
        restored: Restored,
    ) -> None:
        self._find = instrument_of
        self._journal = journal
        self._known: dict[str, Instrument] = {}
        self._totals: defaultdict[str, Holding] = defaultdict(Holding)
        self._sleeves: defaultdict[tuple[str, str], Holding] = defaultdict(Holding)
        self._seen: set[tuple[str, str]] = set(restored.trades)
        self._bookings = 0
        self.fills: deque[Fill] = deque(maxlen=FILLS_SHOWN)
        """The newest executions, oldest first."""
        for sleeve, lot in restored.lots:
            self._restore(sleeve, lot)

    def take(self, fill: Fill, sleeve: str, now_ns: int) -> bool:
        """Fold `fill` in for `sleeve`; False when its trade was taken before."""
        if not self.mark_seen(fill):
            return False
        self._fold(fill, sleeve)
        self.fills.append(fill)
        self._journal.record("fill", FillRecord(sleeve, fill), now_ns)
        return True

    def mark_seen(self, fill: Fill) -> bool:
        """Take the trade for known without booking it; False when it was."""
        key = (fill.instrument, fill.trade_id)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def adopt(self, instrument: str, amount: Decimal, price: Decimal, now_ns: int) -> None:
        """Book `amount` the venue holds and no fill of ours explains into `manual`."""
        listed = self.instrument(instrument)
        self._totals[instrument].adjust(listed, amount, price)
        self._book(MANUAL, instrument, amount, price, "adopted", now_ns)

    def restate(self, instrument: str, average_price: Decimal) -> None:
        """Take the venue's average price of the total for ours."""
        if (total := self._totals.get(instrument)) is not None and total.amount:
            total.average = average_price

    def deliver(self, instrument: str, now_ns: int) -> None:
        """Forget what was held of an expired contract; its profit is in the account's figures."""
        for sleeve, held in self.sleeves_in(instrument):
            price = self._sleeves[sleeve, instrument].average
            self._book(sleeve, instrument, -held, price, "delivered", now_ns)
        total = self._totals[instrument]
        total.adjust(self.instrument(instrument), -total.amount, total.average)

    def net_out(self, instrument: str, price: Decimal, now_ns: int) -> None:
        """Once the total is flat, let sleeves that still face each other settle at `price`."""
        if self.total(instrument):
            return
        for sleeve, held in self.sleeves_in(instrument):
            self._book(sleeve, instrument, -held, price, "transfer", now_ns)

    def held(self, sleeve: str, instrument: str) -> Decimal:
        """Signed amount `sleeve` holds."""
        holding = self._sleeves.get((sleeve, instrument))
        return Decimal(0) if holding is None else holding.amount

    def total(self, instrument: str) -> Decimal:
        """Signed amount of all sleeves together."""
        holding = self._totals.get(instrument)
        return Decimal(0) if holding is None else holding.amount

    def average(self, instrument: str) -> Decimal:
        """Average price of the total, 0 when flat."""
        holding = self._totals.get(instrument)
        return Decimal(0) if holding is None else holding.average

    def sleeves_in(self, instrument: str) -> list[tuple[str, Decimal]]:
        """(sleeve, signed amount) of all that hold some of `instrument`, by name."""
        return sorted(
            (sleeve, holding.amount)
            for (sleeve, name), holding in self._sleeves.items()
            if name == instrument and holding.amount
        )

    def positions(self) -> tuple[Position, ...]:
        """Non-zero totals, by instrument."""
        held = [one.position(name) for name, one in self._totals.items() if one.amount]
        return tuple(sorted(held, key=lambda one: one.instrument))

    def sleeves(self) -> tuple[tuple[str, Position], ...]:
        """(sleeve, position), non-zero, by sleeve and instrument."""
        held = [
            (sleeve, holding.position(name))
            for (sleeve, name), holding in self._sleeves.items()
            if holding.amount
        ]
        return tuple(sorted(held, key=lambda one: (one[0], one[1].instrument)))

    def instrument(self, name: str) -> Instrument | None:
        """The contract called `name`, also after it expired; None when it was never listed."""
        listed = self._find(name)
        if listed is None:
            return self._known.get(name)
        self._known[name] = listed
        return listed

    def _restore(self, sleeve: str, lot: Position) -> None:
        own = self._sleeves[sleeve, lot.instrument]
        own.adjust(None, lot.amount, lot.average_price)
        own.realised, own.fees = lot.realised, lot.fees
        total = self._totals[lot.instrument]
        total.adjust(self.instrument(lot.instrument), lot.amount, lot.average_price)
        total.realised += lot.realised
        total.fees += lot.fees

    def _fold(self, fill: Fill, sleeve: str) -> None:
        listed = self.instrument(fill.instrument)
        self._totals[fill.instrument].take(listed, fill)
        self._sleeves[sleeve, fill.instrument].take(listed, fill)

    def _book(
        self,
        sleeve: str,
        instrument: str,
        amount: Decimal,
        price: Decimal,
        origin: Origin,
        now_ns: int,
    ) -> None:
        """Change one sleeve by a booking of our own and write it down as one."""
        self._bookings += 1
        trade_id = f"{origin}-{now_ns}-{self._bookings}"
        booking = Fill(
            instrument, trade_id, "", f"{sleeve}:{origin}", amount, price, Decimal(0), now_ns
        )
        holding, listed = self._sleeves[sleeve, instrument], self.instrument(instrument)
        if origin == "transfer":
            holding.take(listed, booking)
        else:
            holding.adjust(listed, amount, price)
        self._journal.record("fill", FillRecord(sleeve, booking, origin), now_ns)
