"""Positions and working orders as USD at stake."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from core.domain.instrument import Instrument
from core.domain.money import decimal_of, notional_usd
from core.domain.order import NewOrder, Side
from core.market.board import Board
from core.trading.ledger.ledger import Ledger
from core.trading.orders.blotter import Blotter
from core.trading.orders.machine import OrderMachine

ZERO = Decimal(0)


def price_of(*values: float) -> Decimal | None:
    """The first of `values` that is a positive number, None when none is."""
    return next((decimal_of(one) for one in values if isfinite(one) and one > 0), None)


@dataclass(frozen=True, slots=True)
class Pending:
    """Signed sums of what working orders may still add; reduce-only ones add nothing."""

    buys: Decimal = ZERO
    sells: Decimal = ZERO

    def on(self, side: Side) -> Decimal:
        """The unsigned sum of one side."""
        return self.buys if side is Side.BUY else -self.sells

    def with_order(self, side: Side, amount: Decimal) -> Pending:
        """The sums with one more order."""
        if side is Side.BUY:
            return Pending(self.buys + amount, self.sells)
        return Pending(self.buys, self.sells - amount)

    def worst(self, held: Decimal) -> Decimal:
        """The largest unsigned position that can come of `held`."""
        return max(abs(held + self.buys), abs(held + self.sells))


NOTHING_PENDING = Pending()


class Exposure:
    """Reads ledger, blotter and board; holds nothing of its own."""

    def __init__(self, board: Board, ledger: Ledger, blotter: Blotter) -> None:
        self._board = board
        self._ledger = ledger
        self._blotter = blotter

    def mark(self, name: str) -> Decimal | None:
        """The venue's mark, None before the first ticker."""
        return price_of(self._board.quote(name).mark)

    def reference(self, name: str) -> Decimal | None:
        """Mark, mid or last price, whichever there is first."""
        quote = self._board.quote(name)
        return price_of(quote.mark, quote.mid, quote.last)

    def usd(self, instrument: Instrument, amount: Decimal, price: Decimal | None) -> Decimal | None:
        """USD behind `amount`, unsigned; None while the price or index it needs is missing."""
        if not amount:
            return ZERO
        if instrument.is_option:
            quote = self._board.quote(instrument.name)
            index = price_of(quote.index, self._board.index_price(instrument.index))
            return None if index is None else notional_usd(instrument, amount, ZERO, index)
        price = price or self.reference(instrument.name)
        if price is None and not instrument.is_inverse:
            return None
        return notional_usd(instrument, amount, price or ZERO, ZERO)

    def pending(
        self, name: str, sleeve: str | None = None, without: OrderMachine | None = None
    ) -> Pending:
        """What the working orders in `name` may still add, of all sleeves or one."""
        chosen = (
            one
            for one in self._blotter.unsettled()
            if one is not without
            and one.report.instrument == name
            and (sleeve is None or one.sleeve == sleeve)
        )
        return _sums(chosen).get(name, NOTHING_PENDING)

    def after(self, order: NewOrder, without: OrderMachine | None = None) -> Decimal:
        """The position once this order and all working ones of its side are filled, signed."""
        waiting = self.pending(order.instrument, without=without).on(order.side)
        return self._ledger.total(order.instrument) + (waiting + order.amount) * order.side.sign

    def others_usd(self, name: str) -> Decimal:
        """The worst case of all positions but `name`; only listed contracts count."""
        held = {one.instrument: one for one in self._ledger.positions()}
        waiting = _sums(self._blotter.unsettled())
        total = ZERO
        for other in (held.keys() | waiting.keys()) - {name}:
            if (instrument := self._board.instrument(other)) is None:
                continue
            position = held.get(other)
            amount, entry = (ZERO, None) if position is None else (position.amount, position)
            worst = waiting.get(other, NOTHING_PENDING).worst(amount)
            price = self.reference(other) or (None if entry is None else entry.average_price)
            total += self.usd(instrument, worst, price) or ZERO
        return total


def _sums(machines: Iterable[OrderMachine]) -> dict[str, Pending]:
    """Per instrument, what `machines` may still add."""
    sums: dict[str, Pending] = {}
    for machine in machines:
        report = machine.report
        if not report.reduce_only:
            known = sums.get(report.instrument, NOTHING_PENDING)
            sums[report.instrument] = known.with_order(report.side, machine.outstanding)
    return sums
