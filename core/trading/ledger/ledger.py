"""The ledger: fills taken exactly once, by sleeve and in total."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from core.domain.fill import Fill
from core.domain.instrument import Instrument
from core.domain.label import MANUAL
from core.domain.position import Position, Result
from core.trading.journal import FillRecord, Journal, Origin, Restored
from core.trading.ledger.holding import Holding

FILLS_SHOWN = 200
_GRAIN = Decimal("1E-18")
"""The finest part money is divided into."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The end of a contract."""

    instrument: str
    price: Decimal | None
    """What one unit was paid out at, in its quote; None when the venue did not tell."""
    fee: Decimal = Decimal(0)


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
        self._known = {one.name: one for one in restored.contracts}
        self._totals: defaultdict[str, Holding] = defaultdict(Holding)
        self._sleeves: defaultdict[tuple[str, str], Holding] = defaultdict(Holding)
        self._seen: set[tuple[str, str]] = set(restored.trades)
        self._funded: dict[str, list[tuple[str, Decimal]]] = {}
        """Who held what when funding was booked last."""
        self._bookings = 0
        self.fills: deque[Fill] = deque(maxlen=FILLS_SHOWN)
        """The newest executions, oldest first."""
        self._restore(restored)

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
        """Book `amount` the venue holds and no fill of ours explains into `manual`.

        What reduces the total does so at the total's own average and realises nothing.
        """
        total = self._totals[instrument]
        at = total.average if total.amount * amount < 0 else price
        self._book_whole(MANUAL, instrument, amount, at, "adopted", now_ns)

    def restate(self, instrument: str, average_price: Decimal) -> None:
        """Take the venue's average price of the total for ours."""
        if (total := self._totals.get(instrument)) is not None:
            total.restate(self.instrument(instrument), average_price)

    def deliver(self, delivery: Delivery, now_ns: int) -> None:
        """Close what was held of an expired contract, every sleeve at the delivery price.

        Without a price it goes at the total's average: together the sleeves realise nothing.
        """
        instrument = delivery.instrument
        total = self._totals[instrument]
        price = total.average if delivery.price is None else delivery.price
        held = self.sleeves_in(instrument)
        fees = shares(delivery.fee, [abs(amount) for _, amount in held])
        total.fees += delivery.fee
        if not held:
            self._sleeves[MANUAL, instrument].fees += delivery.fee
        if total.amount:
            end = Fill(instrument, "", "", "", -total.amount, price, Decimal(0), now_ns)
            total.take(self.instrument(instrument), end)
        for (sleeve, amount), fee in zip(held, fees, strict=True):
            self._book(sleeve, instrument, -amount, price, "delivered", now_ns, fee)

    def net_out(self, instrument: str, price: Decimal, now_ns: int) -> None:
        """Once the total is flat, let sleeves that still face each other settle at `price`."""
        if self.total(instrument):
            return
        for sleeve, held in self.sleeves_in(instrument):
            self._book(sleeve, instrument, -held, price, "transfer", now_ns)

    def earn(self, instrument: str, funding: Decimal) -> tuple[tuple[str, Decimal], ...]:
        """Book funding, divided by what the sleeves hold or held when it was booked last.

        Returns each sleeve's part; together they are `funding` to the last digit.
        """
        held = self.sleeves_in(instrument)
        if self.total(instrument):
            self._funded[instrument] = held
        held = self._funded.get(instrument) or [(MANUAL, Decimal(1))]
        self._totals[instrument].funding += funding
        parts = shares(funding, [amount for _, amount in held])
        divided = tuple((sleeve, part) for (sleeve, _), part in zip(held, parts, strict=True))
        for sleeve, part in divided:
            self._sleeves[sleeve, instrument].funding += part
        return divided

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

    def realised(self, instrument: str) -> Decimal:
        """Profit taken in the total so far, before fees."""
        holding = self._totals.get(instrument)
        return Decimal(0) if holding is None else holding.realised

    def lot_average(self, sleeve: str, instrument: str) -> Decimal:
        """Average price of one sleeve's part, 0 when flat."""
        holding = self._sleeves.get((sleeve, instrument))
        return Decimal(0) if holding is None else holding.average

    def sleeves_in(self, instrument: str) -> list[tuple[str, Decimal]]:
        """(sleeve, signed amount) of all that hold some of `instrument`, by name."""
        return sorted(
            (sleeve, holding.amount)
            for (sleeve, name), holding in self._sleeves.items()
            if name == instrument and holding.amount
        )

    def facing(self) -> list[str]:
        """Instruments whose sleeves hold against each other and leave no total, by name."""
        held = {name for (_, name), one in self._sleeves.items() if one.amount}
        return sorted(name for name in held if not self.total(name))

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

    def results(self) -> tuple[Result, ...]:
        """What every sleeve earned in every currency, flat contracts included; by name."""
        return self._sums((sleeve, name, one) for (sleeve, name), one in self._sleeves.items())

    def totals(self) -> tuple[Result, ...]:
        """The same of the totals, per currency, under no sleeve's name."""
        return self._sums(("", name, one) for name, one in self._totals.items())

    def earned(self, currency: str) -> Result:
        """The totals of one currency."""
        found = (one for one in self.totals() if one.currency == currency)
        return next(found, Result("", currency))

    def currency(self, name: str) -> str:
        """What the contract is settled in; empty when it was never listed."""
        found = self.instrument(name)
        return "" if found is None else found.settlement

    def instrument(self, name: str) -> Instrument | None:
        """The contract called `name`, also after it expired; None when it was never listed."""
        listed = self._find(name)
        if listed is None:
            return self._known.get(name)
        self._known[name] = listed
        return listed

    def _sums(self, holdings: Iterable[tuple[str, str, Holding]]) -> tuple[Result, ...]:
        found: dict[tuple[str, str], Result] = {}
        for sleeve, name, one in holdings:
            key = sleeve, self.currency(name)
            found[key] = _plus(found.get(key) or Result(*key), one)
        return tuple(found[key] for key in sorted(found))

    def _restore(self, restored: Restored) -> None:
        totals = {one.instrument: one for one in restored.totals}
        for sleeve, lot in restored.lots:
            listed = self.instrument(lot.instrument)
            self._sleeves[sleeve, lot.instrument].resume(listed, lot)
            total = self._totals[lot.instrument]
            if lot.instrument in totals:
                total.funding += lot.funding
            else:
                total.resume(listed, lot)
        for name, one in totals.items():
            self._totals[name].resume(self.instrument(name), one)

    def _fold(self, fill: Fill, sleeve: str) -> None:
        listed = self.instrument(fill.instrument)
        self._totals[fill.instrument].take(listed, fill)
        self._sleeves[sleeve, fill.instrument].take(listed, fill)

    def _book_whole(
        self,
        sleeve: str,
        instrument: str,
        amount: Decimal,
        price: Decimal,
        origin: Origin,
        now_ns: int,
    ) -> None:
        """Change a sleeve and with it the total."""
        booking = self._book(sleeve, instrument, amount, price, origin, now_ns)
        self._totals[instrument].take(self.instrument(instrument), booking, origin == "adopted")

    def _book(
        self,
        sleeve: str,
        instrument: str,
        amount: Decimal,
        price: Decimal,
        origin: Origin,
        now_ns: int,
        fee: Decimal = Decimal(0),
    ) -> Fill:
        """Change one sleeve by a booking of our own and write it down as one."""
        self._bookings += 1
        trade_id = f"{origin}-{now_ns}-{self._bookings}"
        label = f"{sleeve}:{origin}"
        booking = Fill(instrument, trade_id, "", label, amount, price, fee, now_ns)
        holding = self._sleeves[sleeve, instrument]
        before = holding.realised
        holding.take(self.instrument(instrument), booking, origin == "adopted")
        booking = replace(booking, profit=holding.realised - before)
        self._journal.record("fill", FillRecord(sleeve, booking, origin), now_ns)
        return booking


def shares(whole: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`whole` divided in proportion to signed weights; the parts sum up to it exactly."""
    total = sum(weights, Decimal(0))
    if not total:
        return [whole if at == 0 else Decimal(0) for at, _ in enumerate(weights)]
    parts = [(whole * weight / total).quantize(_GRAIN) for weight in weights[1:]]
    return [whole - sum(parts, Decimal(0)), *parts]


def _plus(known: Result, one: Holding) -> Result:
    return replace(
        known,
        realised=known.realised + one.realised,
        fees=known.fees + one.fees,
        funding=known.funding + one.funding,
    )
