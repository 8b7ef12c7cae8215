"""Positions and working orders as USD and greeks at stake."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from math import isfinite

from core.domain.instrument import Instrument
from core.domain.label import sleeve_of
from core.domain.money import decimal_of, notional_usd
from core.domain.order import NewOrder, Side
from core.errors import VoldeskError
from core.market.board import Board
from core.market.quote import Quote
from core.trading.ledger.ledger import Ledger
from core.trading.orders.blotter import Blotter
from core.trading.orders.machine import OrderMachine

ZERO, ONE = Decimal(0), Decimal(1)


class Unmeasured(VoldeskError):
    """A price or greek that a limit needs is not known; the text says which."""


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


@dataclass(frozen=True, slots=True)
class Stake:
    """One instrument as it may become, measured at the prices of one moment."""

    instrument: Instrument
    held: Decimal
    pending: Pending
    quote: Quote
    index: Decimal | None
    """USD per coin; None while it is not known."""
    price: Decimal | None = None
    """What an order asks, or what was paid: for linear futures, at least or in place of mark."""

    @property
    def is_empty(self) -> bool:
        """True when nothing is held and nothing works."""
        return not self.held and self.pending == NOTHING_PENDING

    @property
    def has_no_price(self) -> bool:
        """True while the USD behind it are not known."""
        return self._unit_usd() is None

    def with_order(self, order: NewOrder) -> Stake:
        """The same with one more order working."""
        return replace(self, pending=self.pending.with_order(order.side, order.amount))

    def usd(self, amount: Decimal) -> Decimal:
        """USD behind a signed amount, with its sign; Unmeasured while it is not known."""
        if not amount:
            return ZERO
        unit = self._unit_usd()
        if unit is None:
            what = "index" if self.instrument.is_option else "price"
            raise Unmeasured(
                f"{self.instrument.name} has no {what} yet: its size in USD cannot be checked"
            )
        return amount * unit

    def worst_usd(self) -> Decimal:
        """The largest unsigned position that can come of it."""
        return self.usd(self.pending.worst(self.held))

    def delta(self, amount: Decimal) -> Decimal:
        """Coins behind a signed amount; Unmeasured while it has no greeks."""
        return self._times(amount, self._unit_delta, "delta")

    def delta_usd(self, amount: Decimal) -> Decimal:
        """The same at the index."""
        return self._times(self.delta(amount), lambda: self.index, "delta in USD")

    def vega(self, amount: Decimal) -> Decimal:
        """USD per volatility point of a signed amount; Unmeasured while it has no greeks."""
        return self._times(amount, self._unit_vega, "vega")

    def _times(self, amount: Decimal, unit: Callable[[], Decimal | None], what: str) -> Decimal:
        if not amount:
            return ZERO
        if (one := unit()) is None:
            raise Unmeasured(f"{self.instrument.name} has no {what} yet: it cannot be checked")
        return amount * one

    def _unit_usd(self) -> Decimal | None:
        return unit_usd(self.instrument, self.quote, self.index, self.price)

    def _unit_delta(self) -> Decimal | None:
        """Coins behind one unit; for inverse options the venue's delta less the premium."""
        instrument, quote = self.instrument, self.quote
        if instrument.is_option:
            return _decimal(quote.delta - (quote.mark if instrument.is_inverse else 0.0))
        if not instrument.is_inverse:
            return Decimal(1)
        price = price_of(quote.mark, quote.mid, quote.last)
        return None if price is None else 1 / price

    def _unit_vega(self) -> Decimal | None:
        return _decimal(self.quote.vega) if self.instrument.is_option else ZERO


class Exposure:
    """Reads ledger, blotter and board; holds nothing of its own."""

    def __init__(self, board: Board, ledger: Ledger, blotter: Blotter) -> None:
        self._board = board
        self._ledger = ledger
        self._blotter = blotter

    def mark(self, name: str) -> Decimal | None:
        """The venue's mark, None before the first ticker."""
        return price_of(self._board.quote(name).mark)

    def usd(self, instrument: Instrument, amount: Decimal) -> Decimal | None:
        """USD behind `amount`, unsigned; None while the price or index it needs is missing."""
        quote = self._board.quote(instrument.name)
        unit = unit_usd(instrument, quote, self._index(instrument, quote))
        return None if unit is None else abs(amount) * unit

    def pending(
        self, name: str, sleeve: str | None = None, without: OrderMachine | None = None
    ) -> Pending:
        """What the working orders in `name` may still add, of all sleeves or one."""
        return self._pending(sleeve, without).get(name, NOTHING_PENDING)

    def stake(self, order: NewOrder, without: OrderMachine | None = None) -> Stake:
        """The order's instrument before it, priced no lower than the order asks.

        Unmeasured when it is not listed.
        """
        instrument = self._board.instrument(order.instrument)
        if instrument is None:
            raise Unmeasured(f"{order.instrument} is not listed")
        pending = self.pending(order.instrument, without=without)
        held = self._ledger.total(order.instrument)
        return self._stake(instrument, held, pending, order.price or order.trigger_price)

    def stakes(
        self, sleeve: str | None = None, without: OrderMachine | None = None
    ) -> dict[str, Stake]:
        """Every instrument that is held or being opened, of all sleeves or one; listed ones."""
        if sleeve is None:
            held = {one.instrument: one for one in self._ledger.positions()}
        else:
            held = {one.instrument: one for owner, one in self._ledger.sleeves() if owner == sleeve}
        waiting = self._pending(sleeve, without)
        found: dict[str, Stake] = {}
        for name in held.keys() | waiting.keys():
            if (instrument := self._board.instrument(name)) is None:
                continue
            position, pending = held.get(name), waiting.get(name, NOTHING_PENDING)
            amount = ZERO if position is None else position.amount
            # What was paid counts only where the market has no price at all.
            stake = self._stake(instrument, amount, pending, None)
            if position is not None and position.average_price and stake.has_no_price:
                stake = replace(stake, price=position.average_price)
            found[name] = stake
        return found

    def sleeves(self) -> set[str]:
        """Every sleeve that holds something or has an order working."""
        working = {one.sleeve for one in self._blotter.unsettled()}
        return working | {sleeve for sleeve, _ in self._ledger.sleeves()}

    def order_usd(self, machine: OrderMachine) -> Decimal | None:
        """USD of what an order may still trade; None while it cannot be known."""
        instrument = self._board.instrument(machine.report.instrument)
        return None if instrument is None else self.usd(instrument, machine.outstanding)

    def hedged_delta(self, order: NewOrder) -> tuple[Decimal, Decimal]:
        """(coins before, coins after) of the order's coin, what works on its side filled.

        Unmeasured when a part of it has no greeks.
        """
        mine = self.stake(order)
        change = mine.delta(order.signed_amount)
        before = ZERO
        for one in self.stakes().values():
            if one.instrument.base == mine.instrument.base:
                before += one.delta(one.held) + _pushed(one, one.delta, change)
        return before, before + change

    def _pending(self, sleeve: str | None, without: OrderMachine | None) -> dict[str, Pending]:
        machines = self._blotter.unsettled()
        return _sums(
            one
            for one in machines
            if one is not without and (sleeve is None or sleeve_of(one.report.label) == sleeve)
        )

    def _stake(
        self, instrument: Instrument, held: Decimal, pending: Pending, price: Decimal | None
    ) -> Stake:
        quote = self._board.quote(instrument.name)
        return Stake(instrument, held, pending, quote, self._index(instrument, quote), price)

    def _index(self, instrument: Instrument, quote: Quote) -> Decimal | None:
        return price_of(quote.index, self._board.index_price(instrument.index))


def _pushed(stake: Stake, measure: Callable[[Decimal], Decimal], sign: Decimal) -> Decimal:
    """What the working orders of a stake may still add to `measure` in the direction of `sign`."""
    both = (measure(stake.pending.buys), measure(stake.pending.sells))
    return sum((one for one in both if one * sign > 0), ZERO)


def unit_usd(
    instrument: Instrument, quote: Quote, index: Decimal | None, price: Decimal | None = None
) -> Decimal | None:
    """USD behind one unit; a linear future counts at the dearer of the market and `price`."""
    if instrument.is_option:
        return None if index is None else notional_usd(instrument, ONE, ZERO, index)
    if instrument.is_inverse:
        return notional_usd(instrument, ONE, ZERO, ZERO)
    known = price_of(quote.mark, quote.mid, quote.last)
    prices = [one for one in (known, price) if one is not None]
    return notional_usd(instrument, ONE, max(prices), ZERO) if prices else None


def _decimal(value: float) -> Decimal | None:
    return decimal_of(value) if isfinite(value) else None


def _sums(machines: Iterable[OrderMachine]) -> dict[str, Pending]:
    """Per instrument, what `machines` may still add."""
    sums: dict[str, Pending] = {}
    for machine in machines:
        report = machine.report
        if not report.reduce_only and machine.outstanding:
            known = sums.get(report.instrument, NOTHING_PENDING)
            sums[report.instrument] = known.with_order(report.side, machine.outstanding)
    return sums
