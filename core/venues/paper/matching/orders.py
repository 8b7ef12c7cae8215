"""Orders of the paper account, and where a resting one stands in its queue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from core.domain.instrument import Instrument
from core.domain.order import NewOrder, OrderReport, OrderState, OrderType, Side, report_of

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class MarketTrade:
    """One public execution that went through the book."""

    instrument: str
    taker: Side
    price: Decimal
    amount: Decimal
    at_ns: int
    """Venue time."""


@dataclass(slots=True)
class Working:
    """One live order. `report` is what the account sees, the rest is the estimate of its place."""

    report: OrderReport
    instrument: Instrument
    serial: int
    """The later of two at one price has the higher one."""
    ahead: Decimal | None = None
    """Most that may stand before it; None while it waits for a live book to join."""
    shrunk: Decimal = ZERO
    """How much of the queue went by a shrinking level and no trade has explained yet."""
    joined_ns: int = 0
    """Venue time; trades before it are not ours."""
    is_forced: bool = False
    """True for the venue's own liquidations, which cost more."""

    @property
    def side(self) -> Side:
        """Buy or sell."""
        return self.report.side

    @property
    def left(self) -> Decimal:
        """What may still trade."""
        return self.report.amount - self.report.filled

    @property
    def price(self) -> Decimal:
        """Its limit; 0 for a stop without one."""
        return self.report.price or ZERO

    @property
    def is_resting(self) -> bool:
        """True for an order in the book, joined or about to join."""
        return self.report.state is OrderState.OPEN

    @property
    def is_waiting(self) -> bool:
        """True for a stop that has not fired."""
        return self.report.state is OrderState.UNTRIGGERED

    def see(self, displayed: Decimal, is_fresh: bool = False) -> None:
        """Its level shows `displayed`: at most that is ahead, since later ones stand behind us.

        While the order `is_fresh` the level may have grown before us, unseen.
        """
        if self.ahead is None:
            return
        if is_fresh:
            self.ahead = max(self.ahead, displayed)
        if displayed < self.ahead:
            self.shrunk += self.ahead - displayed
            self.ahead = displayed

    def reached(self, trade: MarketTrade, amount: Decimal) -> Decimal:
        """How much of `amount` traded by takers gets to this order, which may be all or none.

        A shrinking level and the trade that made it shrink come on two ways; only what the level
        has not told already moves the queue on.
        """
        if self.ahead is None or trade.at_ns <= self.joined_ns:
            return ZERO
        if trade.price != self.price:
            self.ahead = ZERO  # traded through our price: everyone before us is gone
            return min(self.left, amount)
        told = min(self.shrunk, amount)
        self.shrunk -= told
        news = amount - told
        passed = min(self.ahead, news)
        self.ahead -= passed
        return min(self.left, news - passed)

    def leave_queue(self, serial: int) -> None:
        """Go to the back, behind our own orders with a lower serial too."""
        self.ahead, self.shrunk, self.joined_ns, self.serial = None, ZERO, 0, serial

    def take(self, amount: Decimal, price: Decimal, now_ns: int) -> None:
        """Count an execution."""
        old = self.report
        filled = old.filled + amount
        before = (old.average_price or ZERO) * old.filled
        state = OrderState.FILLED if filled >= old.amount else old.state
        self.report = replace(
            old,
            filled=filled,
            average_price=_average(before + price * amount, filled),
            state=state,
            updated_ns=now_ns,
        )

    def end(self, state: OrderState, reason: str, now_ns: int) -> None:
        """It is over."""
        self.report = replace(self.report, state=state, reason=reason, updated_ns=now_ns)


def accepted_report(
    order: NewOrder, order_id: str, price: Decimal | None, now_ns: int
) -> OrderReport:
    """A new order as it is accepted."""
    state = OrderState.UNTRIGGERED if order.type.is_stop else OrderState.OPEN
    return replace(report_of(order, order_id, state, now_ns), price=price)


def successor_of(stop: OrderReport, order_id: str, price: Decimal, now_ns: int) -> OrderReport:
    """The order a stop becomes when it fires: a new id, the same label."""
    is_market = stop.type is OrderType.STOP_MARKET
    return replace(
        stop,
        order_id=order_id,
        type=OrderType.MARKET if is_market else OrderType.LIMIT,
        price=price,
        state=OrderState.OPEN,
        updated_ns=now_ns,
    )


def _average(paid: Decimal, filled: Decimal) -> Decimal:
    return (paid / filled).quantize(Decimal("1E-10")).normalize()
