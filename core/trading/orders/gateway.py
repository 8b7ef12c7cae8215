"""The one way to the venue: intent, risk gate, blotter, venue. Nothing else calls `place`."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from core.domain.order import Amendment, NewOrder, OrderReport, OrderType
from core.trading.orders.blotter import Blotter
from core.trading.orders.machine import OrderMachine
from core.trading.orders.scribe import Scribe
from core.trading.orders.words import order_text
from core.trading.risk.limits import RiskGate
from core.venues.base import TradingVenue

CROWD = 10
"""More orders than this that outlive a sweep are swept once more."""
SWEEPS = 3
"""So often everything is cancelled at once before it goes on one by one."""


class Gateway:
    """Sends what the gate lets pass, and repeats cancels and questions until they are settled."""

    def __init__(
        self, venue: TradingVenue, blotter: Blotter, gate: RiskGate, scribe: Scribe
    ) -> None:
        self._venue = venue
        self._blotter = blotter
        self._gate = gate
        self._scribe = scribe
        self._sweeps = 0
        """How often the venue was told to cancel everything since the last order left."""

    def submit(self, order: NewOrder, now_ns: int) -> str | None:
        """Send `order` once; the reason when the gate refuses it."""
        if self._blotter.find(order.label) is not None:
            return _used_before(order)
        return self._send(order, now_ns)

    def queue(self, order: NewOrder, now_ns: int) -> str | None:
        """Send `order` when its turn has come; the reason when it never will."""
        if self._blotter.find(order.label) is not None:
            return _used_before(order)
        self._blotter.queued(order, now_ns)
        return None

    def release(self, now_ns: int) -> None:
        """Send what waits here as far as this second has room for it."""
        for machine in self._blotter.queue():
            if not self._gate.has_room(now_ns):
                return
            reason = self._send(_order_of(machine.report), now_ns)
            if reason is not None:
                self._blotter.refuse(machine, reason, now_ns)

    def _send(self, order: NewOrder, now_ns: int) -> str | None:
        if (reason := self._gate.refusal(order, now_ns)) is not None:
            self._scribe.tell_refusal(reason, order.label.partition(":")[0], now_ns)
            return reason
        self._gate.count_sent(now_ns)
        self._sweeps = 0
        self._blotter.sent(order, now_ns)
        self._venue.place(order)
        return None

    def amend(
        self, machine: OrderMachine, amount: Decimal, price: Decimal | None, now_ns: int
    ) -> str | None:
        """Change a working order; the reason when that is not possible or not allowed."""
        report = machine.report
        if not machine.is_working or not report.order_id:
            return f"{order_text(report, None)} is {report.state.value}: it cannot be changed"
        if price is not None and report.price is None:
            return f"{order_text(report, None)} has no price: cancel it and place it anew"
        if amount <= report.filled:
            return f"{report.filled.normalize():f} is filled already: the amount must be above it"
        reason = self._amend_refusal(machine, amount, price, now_ns)
        if reason is not None:
            self._scribe.tell_refusal(reason, machine.sleeve, now_ns)
            return reason
        self._gate.count_sent(now_ns)
        machine.wanted_amount = amount
        self._venue.amend(_amendment(report, amount, price))
        return None

    def cancel(self, machine: OrderMachine, now_ns: int) -> None:
        """Want it gone: sent now, or as soon as the venue has named it, until it is over."""
        if machine.is_new:
            self._blotter.withdraw(machine, now_ns)
        if not machine.is_working:
            return
        if machine.is_being_cancelled:
            machine.cancel.hurry(now_ns)
        else:
            machine.cancel.want(now_ns)
            self._send_cancel(machine, now_ns)

    def cancel_all(self, now_ns: int) -> None:
        """Want everything gone, also what we do not know of, and orders placed elsewhere.

        One request for all goes out; orders that outlive it are cancelled one by one.
        """
        self.withdraw_all(now_ns)
        for machine in self._blotter.working():
            machine.cancel.want(now_ns)
            machine.cancel.hurry(now_ns)
            machine.cancel.tried(now_ns)
        self._sweeps = 1
        self._venue.cancel_all()

    def sweep_failed(self, is_certain: bool, now_ns: int) -> None:
        """Not everything was cancelled: ask again, or go on one by one."""
        if not is_certain and 0 < self._sweeps < SWEEPS:
            self._sweeps += 1
            self._venue.cancel_all()
            return
        self._sweeps = 0
        for machine in self._blotter.working():
            machine.cancel.hurry(now_ns)

    def withdraw_all(self, now_ns: int) -> None:
        """What waits here is not sent any more."""
        for machine in self._blotter.queue():
            self._blotter.withdraw(machine, now_ns)

    def hurry(self, now_ns: int) -> None:
        """The link is back: ask and cancel at once what waits."""
        for machine in self._blotter.unsettled():
            machine.ask.hurry(now_ns)
            machine.cancel.hurry(now_ns)

    def repeat(self, now_ns: int) -> None:
        """Ask and cancel again what is due; called while the link is up."""
        for machine in self._blotter.unsettled():
            report = machine.report
            if machine.ask.is_due(now_ns) and report.label:
                machine.ask.tried(now_ns)
                self._venue.ask_label(report.label, report.instrument)
        due = [one for one in self._blotter.working() if one.cancel.is_due(now_ns)]
        if len(due) > CROWD and 0 < self._sweeps < SWEEPS:
            self._sweeps += 1
            self._venue.cancel_all()
            for machine in due:
                machine.cancel.tried(now_ns)
            return
        for machine in due:
            self._send_cancel(machine, now_ns)

    def _send_cancel(self, machine: OrderMachine, now_ns: int) -> None:
        """By its id; by its label while the venue has not told its id."""
        report = machine.report
        machine.cancel.tried(now_ns)
        if report.order_id:
            self._venue.cancel(report.order_id)
        elif report.label:
            self._venue.cancel_label(report.label, report.instrument)

    def _amend_refusal(
        self, machine: OrderMachine, amount: Decimal, price: Decimal | None, now_ns: int
    ) -> str | None:
        """What the gate says of the rest the order would have."""
        report = machine.report
        wanted = _rest(report, amount, price)
        is_smaller = price in (None, report.price) and amount <= report.amount
        if is_smaller:
            return self._gate.misfit(wanted)
        return self._gate.refusal(wanted, now_ns, replaces=machine)


def _rest(report: OrderReport, amount: Decimal, price: Decimal | None) -> NewOrder:
    order = replace(_order_of(report), amount=amount - report.filled)
    return order if price is None else replace(order, price=price)


def _amendment(report: OrderReport, amount: Decimal, price: Decimal | None) -> Amendment:
    """The change, with the order's own flags: what is not said is the venue's to choose."""
    knows_post_only = report.type is OrderType.LIMIT or report.post_only
    post_only = report.post_only if knows_post_only else None
    return Amendment(report.order_id, amount, price, post_only, report.reduce_only)


def _order_of(report: OrderReport) -> NewOrder:
    """The order as it was asked for."""
    return NewOrder(
        report.instrument,
        report.side,
        report.amount,
        report.label,
        report.type,
        report.price,
        report.time_in_force,
        report.post_only,
        report.reduce_only,
        report.trigger_price,
    )


def _used_before(order: NewOrder) -> str:
    return f"label {order.label} was used before: an order is never sent twice"
