"""One signed holding with the venue's average price and the profit taken so far."""

from __future__ import annotations

from decimal import Context, Decimal

from core.domain import money
from core.domain.fill import Fill
from core.domain.instrument import Instrument
from core.domain.position import Position

ZERO = Decimal(0)
_MEANT = Context(prec=24)


class Holding:
    """Amount, average price, realised profit, fees and funding of one instrument.

    Futures priced in USD and settled in coin average harmonically, all else arithmetically.
    `instrument` may be None for contracts the board does not list, and an average may be
    missing (0) where the venue stated none: then the profit is what the venue said each
    fill realised.
    """

    __slots__ = ("amount", "average", "fees", "found", "funding", "realised")

    def __init__(self, amount: Decimal = ZERO, average: Decimal = ZERO) -> None:
        self.amount = amount
        self.average = average
        self.realised = ZERO
        self.fees = ZERO
        self.funding = ZERO
        self.found = ZERO
        """What of the amount came from no fill of ours; what is closed is taken from the rest
        first."""

    def take(self, instrument: Instrument | None, fill: Fill, is_found: bool = False) -> None:
        """Fold one fill in: add, reduce, close or flip."""
        self.fees += fill.fee
        closed = self._closing_part(fill.amount)
        if closed:
            self.realised += self._profit(instrument, closed, fill)
            self.amount -= closed
        self.found = _within(self.found, self.amount)
        if is_found:
            self.found += fill.amount + closed
        self._add(instrument, fill.amount + closed, fill.price)

    def resume(self, instrument: Instrument | None, lot: Position) -> None:
        """Fold in what an earlier run left: its lot as a trade, and what it had earned."""
        if lot.amount:
            self.take(instrument, _opening(lot))
            self.found = _within(self.found + lot.found, self.amount)
        self.realised += lot.realised
        self.fees += lot.fees
        self.funding += lot.funding

    def restate(self, instrument: Instrument | None, average: Decimal) -> None:
        """Take `average` for ours; what open profit loses or wins by it counts as realised.

        So the profit altogether stays what it was, and the sleeves go on summing up to it.
        """
        if not self.amount or average == self.average:
            return
        if instrument is not None and self.average > 0 and average > 0:
            self.realised += money.profit(instrument, self.amount, self.average, average)
        self.average = average

    def position(self, name: str) -> Position:
        """The holding as a frozen value."""
        earned = self.realised, self.fees, self.funding
        return Position(name, self.amount, self.average, *earned, self.found)

    def _closing_part(self, amount: Decimal) -> Decimal:
        """The part of the holding, signed like it, that a trade of `amount` takes away."""
        if self.amount * amount >= 0:
            return ZERO
        return self.amount if abs(amount) >= abs(self.amount) else -amount

    def _profit(self, instrument: Instrument | None, closed: Decimal, fill: Fill) -> Decimal:
        if instrument is None or self.average <= 0 or fill.price < 0:
            return fill.profit
        if not fill.price and not instrument.is_option:
            return fill.profit
        return money.profit(instrument, closed, self.average, fill.price)

    def _add(self, instrument: Instrument | None, amount: Decimal, price: Decimal) -> None:
        if amount:
            self.average = self._mean(instrument, amount, price)
            self.amount += amount
        if not self.amount:
            self.average = ZERO

    def _mean(self, instrument: Instrument | None, amount: Decimal, price: Decimal) -> Decimal:
        if not self.amount or self.average <= 0 or price <= 0:
            return price
        total = self.amount + amount
        if instrument is not None and instrument.is_inverse and not instrument.is_option:
            return _shortest(total / (self.amount / self.average + amount / price))
        return _shortest((self.amount * self.average + amount * price) / total)


def _opening(lot: Position) -> Fill:
    return Fill(lot.instrument, "", "", "", lot.amount, lot.average_price, ZERO, 0)


def _within(part: Decimal, whole: Decimal) -> Decimal:
    """`part` of `whole`, signed like it and no larger."""
    return min(part, whole, key=abs) if part * whole > 0 else ZERO


def _shortest(value: Decimal) -> Decimal:
    """Without the last digits, where quotients end in noise, and without trailing zeros."""
    value = _MEANT.plus(value)
    whole = value.to_integral_value()
    return whole if value == whole else value.normalize()
