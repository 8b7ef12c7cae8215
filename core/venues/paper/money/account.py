"""The account: a balance per settlement currency, positions, and what they bind and are worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.domain.fill import Fill
from core.domain.instrument import Instrument, Kind
from core.domain.money import decimal_of
from core.domain.position import AccountFigures, VenuePosition
from core.venues.paper.money.contracts import (
    ZERO,
    coins_of,
    delivery_fee,
    eight,
    payoff,
    worth,
)
from core.venues.paper.money.holding import Holding
from core.venues.paper.money.margin import Exposure, margin_of
from core.venues.paper.money.marks import Marks, MarksOf

_FUNDING_NS = 8 * 3600 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class OpenAmount:
    """An order as margin sees it: what is left of it, signed, and its limit."""

    instrument: Instrument
    amount: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Paid:
    """What a settlement or a delivery did to the balance, fee included."""

    instrument: Instrument
    change: Decimal
    funding: Decimal | None
    """Of the session that ended; None for what has none."""
    price: Decimal | None = None
    """What one unit was delivered at; None for settlements."""
    fee: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Funds:
    """What margin checks look at, in one currency."""

    equity: Decimal
    options_value: Decimal
    initial: Decimal
    maintenance: Decimal

    @property
    def margin_balance(self) -> Decimal:
        """Equity without the options."""
        return self.equity - self.options_value

    @property
    def available(self) -> Decimal:
        """Money free for new orders."""
        return self.margin_balance - self.initial


class Account:
    """Balances and positions. One thread writes it."""

    def __init__(self, balances: Mapping[str, Decimal], marks_of: MarksOf) -> None:
        self.balances = dict(balances)
        self.holdings: dict[str, Holding] = {}
        self._marks_of = marks_of

    # Booking.

    def take(self, it: Instrument, fill: Fill) -> Decimal:
        """Book a fill with its fee; returns the profit it realised."""
        holding = self.holdings.setdefault(it.name, Holding(it))
        gained = holding.apply(fill.amount, fill.price)
        if it.is_option:
            self._pay(it, -fill.amount * fill.price)
        self._pay(it, -fill.fee)
        return gained

    def accrue_funding(self, name: str, rate_8h: Decimal, index: Decimal, span_ns: int) -> None:
        """Let funding run for `span_ns`; longs pay when the rate is positive."""
        holding = self.holdings[name]
        coin = 1 / index if holding.instrument.is_inverse else index
        paid = holding.size * coin * rate_8h * span_ns / _FUNDING_NS
        holding.funding -= paid.quantize(Decimal("1E-18"))

    def settle(self) -> list[Paid]:
        """The daily settlement: session profit of futures becomes balance, sessions restart."""
        lines = []
        for name, holding in list(self.holdings.items()):
            marks = self._marks_of(holding.instrument)
            if marks is None:
                continue
            if not holding.instrument.is_option:
                change = self._pay(holding.instrument, holding.session_rpl)
                change += self._pay(holding.instrument, holding.session_upl(marks.mark))
                lines.append(Paid(holding.instrument, change, _funding_of(holding)))
            holding.start_session(marks.mark)
            if not holding.size:
                del self.holdings[name]
        return lines

    def deliver(self, name: str, delivery: Decimal) -> Paid:
        """End a position in an expired instrument at its delivery price."""
        holding = self.holdings.pop(name)
        it, size = holding.instrument, holding.size
        paid = ZERO
        if it.is_option:
            paid = payoff(it, delivery)
            change = self._pay(it, size * paid)
        else:
            last = worth(it, size, delivery) - holding.session_cost if size else ZERO
            change = self._pay(it, holding.session_rpl) + self._pay(it, last)
        fee = delivery_fee(it, size, delivery, paid)
        change += self._pay(it, -fee)
        return Paid(it, change, _funding_of(holding), paid if it.is_option else delivery, fee)

    # Reading.

    def size_in(self, name: str) -> Decimal:
        """Signed size held."""
        holding = self.holdings.get(name)
        return ZERO if holding is None else holding.size

    def positions(self) -> tuple[VenuePosition, ...]:
        """Everything that is not flat, or that funding was paid for this session."""
        return tuple(
            VenuePosition(name, one.size, eight(one.average_price), _funding_of(one))
            for name, one in self.holdings.items()
            if one.size or one.funding
        )

    def funds(self, currency: str, orders: Iterable[OpenAmount]) -> Funds:
        """The purse valued at the marks, with `orders` open."""
        futures, options = self._split(currency)
        session = sum((one.session_rpl for one, _ in futures), ZERO)
        upl = self._sum(futures, lambda one, marks: one.session_upl(marks.mark))
        value = self._sum(options, lambda one, marks: one.value(marks.mark))
        equity = eight(self.balances.get(currency, ZERO)) + eight(session) + upl + value
        initial, maintenance = self._margins(currency, orders)
        return Funds(equity, value, initial, maintenance)

    def figures(self, currency: str, orders: Iterable[OpenAmount], at_ns: int) -> AccountFigures:
        """What the venue would print of one currency."""
        funds = self.funds(currency, orders)
        futures, options = self._split(currency)
        both = [*futures, *options]
        deltas = sum(_net_delta(currency, one, marks) for one, marks in both)
        greeks = {
            name: _five(sum(float(one.size) * getattr(marks, name) for one, marks in options))
            for name in ("gamma", "vega", "theta")
        }
        option_delta = sum(_option_delta(currency, one, marks) for one, marks in options)
        return AccountFigures(
            currency=currency,
            equity=funds.equity,
            balance=eight(self.balances.get(currency, ZERO)),
            available=funds.available,
            initial_margin=funds.initial,
            maintenance_margin=funds.maintenance,
            delta_total=eight(decimal_of(deltas)),
            session_upl=self._sum(futures, lambda one, marks: one.session_upl(marks.mark))
            + self._sum(options, lambda one, marks: one.session_upl(marks.mark)),
            session_rpl=eight(sum((one.session_rpl for one, _ in futures), ZERO))
            + eight(sum((one.realised for one, _ in options), ZERO)),
            total_pl=self._sum(futures, lambda one, marks: one.total_upl(marks.mark))
            + self._sum(options, lambda one, marks: one.total_upl(marks.mark)),
            options_value=funds.options_value,
            options_delta=_five(option_delta),
            options_gamma=greeks["gamma"],
            options_vega=greeks["vega"],
            options_theta=greeks["theta"],
            at_ns=at_ns,
        )

    # Inside.

    def _pay(self, it: Instrument, money: Decimal) -> Decimal:
        """Move money into the balance, rounded; what moved."""
        moved = eight(money)
        self.balances[it.settlement] = self.balances.get(it.settlement, ZERO) + moved
        return moved

    def _split(self, currency: str) -> tuple[list[tuple[Holding, Marks]], ...]:
        """(futures, options) of a currency with their marks; what never had marks is left out."""
        found: tuple[list[tuple[Holding, Marks]], ...] = ([], [])
        for holding in self.holdings.values():
            it = holding.instrument
            if it.settlement == currency and (marks := self._marks_of(it)) is not None:
                found[it.is_option].append((holding, marks))
        return found

    @staticmethod
    def _sum(held: list[tuple[Holding, Marks]], of: Callable[[Holding, Marks], Decimal]) -> Decimal:
        return eight(sum((of(one, marks) for one, marks in held), ZERO))

    def _margins(self, currency: str, orders: Iterable[OpenAmount]) -> tuple[Decimal, Decimal]:
        instruments = {
            one.instrument.name: one.instrument
            for one in self.holdings.values()
            if one.size and one.instrument.settlement == currency
        }
        working = [one for one in orders if one.instrument.settlement == currency]
        instruments |= {one.instrument.name: one.instrument for one in working}
        initial = maintenance = 0.0
        for name, it in instruments.items():
            if (marks := self._marks_of(it)) is None:
                continue
            own = [one for one in working if one.instrument.name == name]
            exposure = exposure_of(self.size_in(name), own)
            need = margin_of(it, exposure, float(marks.mark), marks.underlying)
            initial, maintenance = initial + need.initial, maintenance + need.maintenance
        return eight(decimal_of(initial)), eight(decimal_of(maintenance))


def _funding_of(one: Holding) -> Decimal | None:
    return eight(one.funding) if one.instrument.kind is Kind.PERPETUAL else None


def exposure_of(size: Decimal, orders: Iterable[OpenAmount]) -> Exposure:
    """Position and orders of one instrument together."""
    buying = selling = cost = 0.0
    for order in orders:
        if order.amount > 0:
            buying += float(order.amount)
            cost += float(order.amount * order.price) if order.instrument.is_option else 0.0
        else:
            selling -= float(order.amount)
    return Exposure(float(size), buying, selling, cost)


def _net_delta(currency: str, one: Holding, marks: Marks) -> float:
    """Of one position in coins, or in USDC; the value of inverse options is taken off."""
    if not one.size:
        return 0.0
    price = float(marks.index) if currency == "USDC" else 1.0
    if not one.instrument.is_option:
        return float(coins_of(one.instrument, one.size, marks.mark)) * price
    own = round(float(one.size) * marks.delta, 5)
    return own * price - (0.0 if currency == "USDC" else float(one.value(marks.mark)))


def _option_delta(currency: str, one: Holding, marks: Marks) -> float:
    return float(one.size) * marks.delta * (float(marks.index) if currency == "USDC" else 1.0)


def _five(value: float) -> Decimal:
    return decimal_of(round(value, 5))
