"""Works one difference through one order at a time: post at the touch, reprice, then cross.

Router and parent orders share it; they say how much is wanted, this decides what is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from core.clock import NS_PER_S
from core.domain.instrument import Instrument
from core.domain.label import new_label
from core.domain.order import NewOrder, OrderReport, OrderState, Side, TimeInForce
from core.market.board import Board
from core.trading.execution.prices import crossing, touch
from core.trading.execution.work import Work
from core.trading.orders.blotter import Blotter
from core.trading.orders.gateway import Gateway
from core.trading.orders.machine import OrderMachine
from core.trading.risk.conditions import Conditions
from core.trading.risk.limits import RiskGate

AMEND_S = 3.0
"""An amend that was not confirmed for so long counts as lost: the order is cancelled instead."""
HELD_S = 2.0
"""A resting order leaves the book once the gate has been closed to it for so long."""


class Worker:
    """Sends, reprices and withdraws; holds nothing of its own."""

    def __init__(
        self,
        board: Board,
        blotter: Blotter,
        gateway: Gateway,
        gate: RiskGate,
        conditions: Conditions,
    ) -> None:
        self._board = board
        self._blotter = blotter
        self._gateway = gateway
        self._gate = gate
        self._conditions = conditions

    def withdraw(self, machine: OrderMachine, now_ns: int) -> None:
        """Want an order gone; asked once, then repeated by the gateway until it is."""
        if not machine.is_being_cancelled:
            self._gateway.cancel(machine, now_ns)

    def tend(self, work: Work, wanted: Decimal, now_ns: int) -> None:
        """The order of `work` is in flight: let it rest, move it, or want it gone.

        `wanted` is what may still trade, signed.
        """
        machine = work.order
        if machine is None or machine.is_unproven or not machine.report.post_only:
            return
        if self._is_unwanted(work, machine, wanted, now_ns):
            self.withdraw(machine, now_ns)
        elif work.amended_from is not None:
            self._await_amend(work, machine, now_ns)
        elif now_ns >= work.rest_until_ns and not self._reprice(work, machine, now_ns):
            work.has_rested = True
            self.withdraw(machine, now_ns)

    def note_end(self, work: Work, now_ns: int) -> None:
        """The order in flight is over and all its fills have come."""
        if (machine := work.order) is None:
            return
        work.order = work.amended_from = work.held_since_ns = None
        work.past = work.past.plus(machine)
        report = machine.report
        work.refusals = work.refusals + 1 if report.state is OrderState.REFUSED else 0
        if report.filled:
            work.retry.settle()
        if report.state is OrderState.FILLED:
            work.try_passive()
        elif report.state is OrderState.REFUSED or not (report.post_only and work.has_rested):
            work.retry.tried(now_ns)
            work.status = report.reason or "the last order found nobody"
        if report.state is OrderState.REFUSED and not report.order_id:
            machine.cancel.want(now_ns)  # should the venue show it after all, it goes at once

    def share(self, work: Work, instrument: Instrument, left: Decimal, now_ns: int) -> Decimal:
        """What of `left` (signed) may be worked now: all of it, or what its slice allows."""
        slices = work.slices
        if slices is None:
            return left
        begun = slices.begun
        allowed = slices.allowed(abs(left), instrument.min_amount, now_ns)
        if slices.begun != begun:
            work.try_passive()
        return allowed if left > 0 else -allowed

    def send(
        self,
        work: Work,
        instrument: Instrument,
        amount: Decimal,
        now_ns: int,
        say: Callable[[], None],
    ) -> None:
        """Send the next order towards `amount` (signed); `say` is called just before."""
        if work.retry.due_ns is not None and not work.retry.is_due(now_ns):
            return
        order = self._order(work, instrument, amount)
        if order is None:
            work.status = f"{instrument.name} has no price to trade at"
            return
        work.status = self._hold(order, now_ns) or ""
        if work.status:
            return
        say()
        if (reason := self._gateway.submit(order, now_ns)) is not None:
            work.status = reason
            work.refusals += 1
            work.retry.tried(now_ns)
            return
        work.order = self._blotter.find(order.label)
        work.rest_until_ns = now_ns + int(work.execution.passive_s * NS_PER_S)

    def _is_unwanted(self, work: Work, machine: OrderMachine, wanted: Decimal, now_ns: int) -> bool:
        """True when a resting order would fill more than is wanted, or may not rest any more."""
        report = machine.report
        listed = self._board.instrument(report.instrument)
        step = Decimal(0) if listed is None else listed.min_amount
        if machine.outstanding - wanted * report.side.sign >= step:
            return True
        if self._board.is_stale(report.instrument):
            return self._conditions.is_link_up
        if self._hold(_rest(report), now_ns, machine) is None:
            work.held_since_ns = None
            return False
        if work.held_since_ns is None:
            work.held_since_ns = now_ns
        return now_ns - work.held_since_ns >= int(HELD_S * NS_PER_S)

    def _reprice(self, work: Work, machine: OrderMachine, now_ns: int) -> bool:
        """Let it rest once more at the touch of now; False when its patience is over.

        The order is amended, never replaced: it stays one order with one id, so there is no
        moment in which neither or both of two orders may trade.
        """
        report, execution = machine.report, work.execution
        instrument = self._board.instrument(report.instrument)
        if work.repriced >= execution.reprices or instrument is None or report.price is None:
            return False
        price = touch(instrument, self._board.quote(instrument.name), report.side)
        if price is None or not self._conditions.is_link_up:
            return False
        if price != report.price:
            if not self._gate.has_room(now_ns):
                return True
            if self._gateway.amend(machine, report.amount, price, now_ns) is not None:
                return False
            work.amended_from = report.price
            work.amend_until_ns = now_ns + int(AMEND_S * NS_PER_S)
        work.repriced += 1
        work.rest_until_ns = now_ns + int(execution.passive_s * NS_PER_S)
        return True

    def _await_amend(self, work: Work, machine: OrderMachine, now_ns: int) -> None:
        if machine.report.price != work.amended_from:
            work.amended_from = None
        elif now_ns >= work.amend_until_ns:
            self.withdraw(machine, now_ns)

    def _hold(
        self, order: NewOrder, now_ns: int, replaces: OrderMachine | None = None
    ) -> str | None:
        """Why it must wait: no price is made from a stale book, nothing opens at a closed gate."""
        if self._board.is_stale(order.instrument):
            return f"the book of {order.instrument} is stale: nothing is priced from it"
        if self._conditions.is_link_up and self._gate.is_exit(order, replaces):
            return None
        return self._gate.hold(order, now_ns) or self._conditions.gate(now_ns).reason or None

    def _order(self, work: Work, instrument: Instrument, amount: Decimal) -> NewOrder | None:
        execution = work.execution
        side = Side.BUY if amount > 0 else Side.SELL
        size = self._capped(work, instrument, abs(amount))
        quote = self._board.quote(instrument.name)
        label = new_label(work.sleeve)
        if execution.passive_s > 0 and not work.has_rested:
            price = touch(instrument, quote, side)
            if price is not None:
                return NewOrder(instrument.name, side, size, label, price=price, post_only=True)
        price = crossing(instrument, quote, side, execution.price_cap_pct)
        if price is None:
            return None
        ioc = TimeInForce.IOC
        return NewOrder(instrument.name, side, size, label, price=price, time_in_force=ioc)

    def _capped(self, work: Work, instrument: Instrument, amount: Decimal) -> Decimal:
        most = work.execution.max_order
        wanted = amount if most is None else min(amount, most)
        return max(self._gate.capped(instrument, wanted), instrument.min_amount)


def _rest(report: OrderReport) -> NewOrder:
    """What is left of a resting order, as the gate judges orders."""
    return NewOrder(
        report.instrument,
        report.side,
        max(report.remaining, Decimal(1)),
        report.label,
        price=report.price,
        post_only=True,
        reduce_only=report.reduce_only,
    )
