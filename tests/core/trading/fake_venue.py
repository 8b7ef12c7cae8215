"""A venue in memory that speaks the protocol: it keeps orders and positions and emits facts."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from math import nan

from core.clock import Clock
from core.domain.events import (
    AccountChanged,
    CancelFailed,
    Filled,
    LabelAnswered,
    OrderChanged,
    OutcomeArrived,
    Reconciled,
    TradingLinkChanged,
)
from core.domain.fill import Fill
from core.domain.order import (
    Amendment,
    NewOrder,
    OrderReport,
    OrderState,
    OrderType,
    TimeInForce,
    report_of,
)
from core.domain.outcome import Accepted, Refused, Unknown
from core.domain.position import AccountFigures, VenuePosition
from core.venues.base import Emit, LinkState

ZERO = Decimal(0)
ENTRY = Decimal(100)
"""What the venue states as the average price of every position of its own."""


class FakeVenue:
    """Takes everything by default; `mode` and the numbers below script its moods."""

    def __init__(self, emit: Emit, clock: Clock) -> None:
        self.emit = emit
        self._clock = clock
        self._numbers = itertools.count(1)
        self.mode = "accept"
        """accept, refuse, lose (takes it, never answers), drop (never arrives), mute (takes it,
        says only Unknown)."""
        self.takes: Decimal | None = None
        """How much of a crossing order finds somebody; None for all of it."""
        self.market_price = ENTRY
        self.is_deaf_to_cancels = False
        self.is_deaf_to_amends = False
        self.is_silent = False
        """It answers no question, neither about a label nor about the whole truth."""
        self.placed: list[NewOrder] = []
        self.amended: list[tuple[str, Decimal, Decimal | None]] = []
        self.changes: list[Amendment] = []
        self.cancelled: list[str] = []
        self.labels_cancelled: list[str] = []
        self.asked: list[str] = []
        self.swept = 0
        self.reconciled = 0
        self.orders: dict[str, OrderReport] = {}
        self.fills: list[Fill] = []
        self.positions: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.link = LinkState("fake", True, "live", 0, 0, 0, 0, nan, nan)
        self.equity = {"BTC": Decimal(10)}
        self.is_started = False

    # The protocol.

    def start(self) -> None:
        self.is_started = True
        self.connect()

    def stop(self) -> bool:
        self.is_started = False
        return True

    def place(self, order: NewOrder) -> None:
        self.placed.append(order)
        if self.mode == "refuse":
            self.emit(OutcomeArrived(Refused(order.label, "not_enough_funds", 10009)))
        elif self.mode == "drop":
            self.emit(OutcomeArrived(Unknown(order.label, "the socket was cut")))
        else:
            self._take(order)

    def amend(self, change: Amendment) -> None:
        order_id, price = change.order_id, change.price
        self.amended.append((order_id, change.amount, price))
        self.changes.append(change)
        report = self.orders.get(order_id)
        if self.is_deaf_to_amends:
            return
        if report is None or not report.state.is_working:
            self.emit(CancelFailed(order_id, "not_open_order"))
            return
        self._store(
            replace(
                report,
                amount=change.amount,
                price=price or report.price,
                post_only=bool(change.post_only),
                reduce_only=change.reduce_only,
            )
        )
        self.emit(OrderChanged(self.orders[order_id]))

    def cancel(self, order_id: str) -> None:
        self.cancelled.append(order_id)
        report = self.orders.get(order_id)
        if self.is_deaf_to_cancels:
            return
        if report is None or not report.state.is_working:
            self.emit(CancelFailed(order_id, "not_open_order"))
            return
        self._end(report, "user_request")

    def cancel_label(self, label: str, instrument: str) -> None:
        self.labels_cancelled.append(label)
        for report in self.working():
            if (report.label, report.instrument) == (
                label,
                instrument,
            ) and not self.is_deaf_to_cancels:
                self._end(report, "user_request")

    def cancel_all(self) -> None:
        self.swept += 1
        for report in list(self.orders.values()):
            if report.state.is_working and not self.is_deaf_to_cancels:
                self._end(report, "user_request")

    def ask_label(self, label: str, instrument: str) -> None:
        self.asked.append(label)
        mine = [one for one in self.orders.values() if one.instrument == instrument]
        reports = tuple(one for one in mine if one.label == label)
        fills = tuple(one for one in self.fills if one.label == label)
        if not self.is_silent:
            self.emit(LabelAnswered(label, reports, fills))

    def reconcile(self) -> None:
        self.reconciled += 1
        if not self.is_silent:
            self.emit(self.truth())

    def state(self) -> LinkState:
        return self.link

    # Levers of the tests.

    def connect(self) -> None:
        """Log in: the whole truth, then the link is up."""
        self.emit(self.truth())
        self.emit(TradingLinkChanged(True))

    def disconnect(self, why: str = "cut") -> None:
        self.emit(TradingLinkChanged(False, why))

    def truth(self) -> Reconciled:
        positions = tuple(
            VenuePosition(name, amount, ENTRY) for name, amount in self.positions.items()
        )
        working = tuple(one for one in self.orders.values() if one.state.is_working)
        accounts = tuple(self.figures(one) for one in self.equity)
        now_ns = self._clock.now_ns()
        return Reconciled(positions, working, tuple(self.fills), accounts, now_ns)

    def figures(self, currency: str) -> AccountFigures:
        """The account of one currency: equity, and nothing else of interest."""
        equity = self.equity[currency]
        rest = (equity, equity, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO)
        return AccountFigures(currency, equity, *rest, at_ns=self._clock.now_ns())

    def worth(self, currency: str, equity: str) -> None:
        """Let the equity of one currency become this, and tell."""
        self.equity[currency] = Decimal(equity)
        self.emit(AccountChanged(self.figures(currency)))

    def working(self) -> list[OrderReport]:
        return [one for one in self.orders.values() if one.state.is_working]

    def trade(self, order_id: str, amount: Decimal, price: Decimal | None = None) -> Fill:
        """Fill `amount` of a resting order and tell."""
        fill = self.trade_unseen(order_id, amount, price)
        self.emit(Filled(fill))
        self.emit(OrderChanged(self.orders[order_id]))
        return fill

    def trade_unseen(self, order_id: str, amount: Decimal, price: Decimal | None = None) -> Fill:
        """Fill `amount` of a resting order and tell nobody."""
        return self._fill(self.orders[order_id], amount, price)

    def strange_order(self, report: OrderReport) -> None:
        """An order of the account that somebody else placed."""
        self._store(report)
        self.emit(OrderChanged(report))

    # What it does inside.

    def _take(self, order: NewOrder) -> None:
        now_ns = self._clock.now_ns()
        state = OrderState.UNTRIGGERED if order.type.is_stop else OrderState.OPEN
        report = report_of(order, f"id-{next(self._numbers)}", state, now_ns)
        self._store(report)
        fills = self._cross(report, order)
        if self.mode == "mute":
            self.emit(OutcomeArrived(Unknown(order.label, "the reply was lost")))
        elif self.mode == "accept":
            final = self.orders[report.order_id]
            self.emit(OutcomeArrived(Accepted(order.label, final, tuple(fills))))

    def _cross(self, report: OrderReport, order: NewOrder) -> list[Fill]:
        is_ioc = order.time_in_force is TimeInForce.IOC
        if not is_ioc and order.type is not OrderType.MARKET:
            return []
        amount = order.amount if self.takes is None else min(self.takes, order.amount)
        if order.reduce_only:
            amount = min(amount, abs(self.positions[order.instrument]))
        fills = [self._fill(report, amount, order.price or self.market_price)] if amount else []
        if self.orders[report.order_id].state.is_working and is_ioc:
            left = self.orders[report.order_id]
            self._store(replace(left, state=OrderState.CANCELLED, reason="immediate_or_cancel"))
        return fills

    def _fill(self, report: OrderReport, amount: Decimal, price: Decimal | None) -> Fill:
        at = price or report.price or self.market_price
        signed = amount * report.side.sign
        fill = Fill(
            report.instrument,
            f"t-{next(self._numbers)}",
            report.order_id,
            report.label,
            signed,
            at,
            ZERO,
            self._clock.now_ns(),
        )
        self.fills.append(fill)
        self.positions[report.instrument] += signed
        filled = report.filled + amount
        state = OrderState.FILLED if filled >= report.amount else OrderState.OPEN
        self._store(replace(report, filled=filled, average_price=at, state=state))
        return fill

    def _end(self, report: OrderReport, reason: str) -> None:
        self._store(replace(report, state=OrderState.CANCELLED, reason=reason))
        self.emit(OrderChanged(self.orders[report.order_id]))

    def _store(self, report: OrderReport) -> None:
        self.orders[report.order_id] = replace(report, updated_ns=self._clock.now_ns())
