"""Works what strategies want: one order at a time per sleeve and instrument, passive, then across.

For each target the difference to what the sleeve holds is sent, and nothing new while
anything of it is in flight, unknown, or filled without its fills having come.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from core.clock import NS_PER_S
from core.domain.instrument import Instrument
from core.domain.label import HEDGER, MANUAL, new_label
from core.domain.order import NewOrder, OrderState, Side, TimeInForce
from core.market.board import Board
from core.trading.execution.prices import crossing, touch
from core.trading.journal import DecisionRecord, Journal
from core.trading.ledger.ledger import Ledger
from core.trading.orders.blotter import Blotter
from core.trading.orders.gateway import Gateway
from core.trading.orders.machine import OrderMachine, Retry
from core.trading.risk.limits import RiskGate
from core.trading.strategy import Target

log = logging.getLogger(__name__)
ZERO = Decimal(0)
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Progress:
    """What was sent for one target; filled + open + cancelled is always asked."""

    asked: Decimal = ZERO
    filled: Decimal = ZERO
    open: Decimal = ZERO
    cancelled: Decimal = ZERO

    def plus(self, machine: OrderMachine) -> Progress:
        """The sums with one more order, wherever it stands."""
        report = machine.report
        gone = report.amount - report.filled - report.remaining
        return Progress(
            self.asked + report.amount,
            self.filled + report.filled,
            self.open + report.remaining,
            self.cancelled + gone,
        )


@dataclass(slots=True)
class Work:
    """One target being worked."""

    target: Target
    order: OrderMachine | None = None
    """The one in flight, or the last one until its end was noted."""
    rest_until_ns: int = 0
    has_rested: bool = False
    """The passive try is over: the rest crosses."""
    retry: Retry = field(default_factory=lambda: Retry(0.5, 30.0))
    """When to try again after a refusal or an order that found nobody."""
    status: str = ""
    """What it waits for, in words."""
    past: Progress = Progress()


class Router:
    """Holds the targets of the strategies that are on and turns them into orders."""

    def __init__(
        self,
        board: Board,
        ledger: Ledger,
        blotter: Blotter,
        gateway: Gateway,
        gate: RiskGate,
        journal: Journal,
    ) -> None:
        self._board = board
        self._ledger = ledger
        self._blotter = blotter
        self._gateway = gateway
        self._gate = gate
        self._journal = journal
        self._works: dict[Key, Work] = {}
        self._last: dict[Key, Progress] = {}

    def want(self, is_meant: Callable[[str], bool], targets: Iterable[Target], now_ns: int) -> None:
        """Take all that is wanted for the sleeves meant; what is not named is withdrawn.

        A target said again changes nothing. ValueError for the manual sleeve.
        """
        standing = {(one.sleeve, one.instrument): one for one in targets}
        for key in [key for key in self._works if is_meant(key[0]) and key not in standing]:
            self._withdraw(key, now_ns)
        for target in standing.values():
            if target.sleeve == MANUAL:
                raise ValueError(f"a program may not trade the manual sleeve: {target.why}")
            work = self._works.get((target.sleeve, target.instrument))
            if work is not None:
                work.target = target
            elif not self._is_reached(target):
                self._works[target.sleeve, target.instrument] = Work(target)

    def forget(self, is_meant: Callable[[str], bool], now_ns: int) -> None:
        """Drop the targets of the sleeves meant and cancel their orders; positions stay."""
        for key in [key for key in self._works if is_meant(key[0])]:
            del self._works[key]
        for machine in self._blotter.working():
            if is_meant(machine.sleeve):
                self._gateway.cancel(machine, now_ns)

    def forget_instrument(self, instrument: str, now_ns: int) -> None:
        """Drop every target in `instrument` and cancel the orders working it."""
        for key in [key for key in self._works if key[1] == instrument]:
            self._withdraw(key, now_ns)

    def step(self, now_ns: int) -> None:
        """Move every target on as far as the last events allow."""
        for key, work in list(self._works.items()):
            if in_flight := self._blotter.in_flight(*key):
                self._tend(work, in_flight, now_ns)
            else:
                self._note_end(work, now_ns)
                self._advance(key, work, now_ns)

    def progress(self, sleeve: str, instrument: str) -> Progress:
        """What was sent for the current target there, or for the last one."""
        key = sleeve, instrument
        work = self._works.get(key)
        if work is None:
            return self._last.get(key, Progress())
        return work.past if work.order is None else work.past.plus(work.order)

    def status(self, is_meant: Callable[[str], bool]) -> str:
        """What the targets of the sleeves meant wait for, empty when nothing holds them up."""
        waits = [work.status for key, work in self._works.items() if is_meant(key[0])]
        return "; ".join(sorted({one for one in waits if one}))

    def _tend(self, work: Work, in_flight: list[OrderMachine], now_ns: int) -> None:
        """Something is in flight: let it rest, or want it gone."""
        for machine in in_flight:
            if machine is work.order:
                if self._is_overdue(work, machine, now_ns):
                    self._gateway.cancel(machine, now_ns)
            elif not machine.report.reduce_only:
                self._gateway.cancel(machine, now_ns)

    def _is_overdue(self, work: Work, machine: OrderMachine, now_ns: int) -> bool:
        """True when a resting order had its time, or would fill more than is wanted now."""
        if machine.is_unproven or not machine.report.post_only:
            return False
        if now_ns >= work.rest_until_ns:
            work.has_rested = True
            return True
        listed = self._board.instrument(machine.report.instrument)
        step = ZERO if listed is None else listed.min_amount
        wanted = self._difference(work.target) * machine.report.side.sign
        return machine.outstanding - wanted >= step

    def _note_end(self, work: Work, now_ns: int) -> None:
        """The order in flight is over and all its fills have come."""
        if (machine := work.order) is None:
            return
        work.order = None
        work.past = work.past.plus(machine)
        report = machine.report
        if report.filled:
            work.retry.settle()
        if report.state is OrderState.FILLED:
            work.has_rested = False
        elif report.state is OrderState.REFUSED or not (report.post_only and work.has_rested):
            work.retry.tried(now_ns)
            work.status = report.reason or "the last order found nobody"

    def _advance(self, key: Key, work: Work, now_ns: int) -> None:
        """Nothing is in flight: send the next order, or be done."""
        target = work.target
        instrument = self._board.instrument(target.instrument)
        if instrument is None:
            work.status = f"{target.instrument} is not listed"
            return
        difference = instrument.amount_near(self._difference(target))
        if not difference:
            self._last[key] = work.past
            del self._works[key]
        elif work.retry.due_ns is None or work.retry.is_due(now_ns):
            self._send(work, instrument, difference, now_ns)

    def _withdraw(self, key: Key, now_ns: int) -> None:
        work = self._works.pop(key)
        if work.order is not None:
            self._gateway.cancel(work.order, now_ns)

    def _is_reached(self, target: Target) -> bool:
        instrument = self._board.instrument(target.instrument)
        difference = self._difference(target)
        return not (difference if instrument is None else instrument.amount_near(difference))

    def _difference(self, target: Target) -> Decimal:
        return target.amount - self._ledger.held(target.sleeve, target.instrument)

    def _send(self, work: Work, instrument: Instrument, difference: Decimal, now_ns: int) -> None:
        order = self._order(work, instrument, difference)
        if order is None:
            work.status = f"{instrument.name} has no price to trade at"
            return
        work.status = self._gate.hold(order, now_ns) or ""
        if work.status:
            return
        self._say(work.target, now_ns)
        if (reason := self._gateway.submit(order, now_ns)) is not None:
            work.status = reason
            work.retry.tried(now_ns)
            return
        work.order = self._blotter.find(order.label)
        work.rest_until_ns = now_ns + int(work.target.execution.passive_s * NS_PER_S)

    def _order(self, work: Work, instrument: Instrument, difference: Decimal) -> NewOrder | None:
        execution = work.target.execution
        side = Side.BUY if difference > 0 else Side.SELL
        amount = self._capped(work.target, instrument, abs(difference))
        quote = self._board.quote(instrument.name)
        label = new_label(work.target.sleeve)
        if execution.passive_s > 0 and not work.has_rested:
            price = touch(instrument, quote, side)
            if price is not None:
                return NewOrder(instrument.name, side, amount, label, price=price, post_only=True)
        price = crossing(instrument, quote, side, execution.price_cap_pct)
        if price is None:
            return None
        ioc = TimeInForce.IOC
        return NewOrder(instrument.name, side, amount, label, price=price, time_in_force=ioc)

    def _capped(self, target: Target, instrument: Instrument, amount: Decimal) -> Decimal:
        most = target.execution.max_order
        wanted = amount if most is None else min(amount, most)
        return max(self._gate.capped(instrument, wanted), instrument.min_amount)

    def _say(self, target: Target, now_ns: int) -> None:
        """Write down what is wanted and why, once for each order it leads to."""
        held = self._ledger.held(target.sleeve, target.instrument)
        record = DecisionRecord(target.sleeve, target.instrument, target.amount, held, target.why)
        self._journal.record("decision", record, now_ns)
        kind = "HEDG" if target.sleeve.startswith(HEDGER) else "SIGN"
        text = f"{target.instrument} from {held.normalize():f} to {target.amount.normalize():f}"
        log.debug("%s: %s", text, target.why, extra={"kind": kind, "source": target.sleeve})
