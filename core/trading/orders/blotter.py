"""Every order that works, ours or made elsewhere, and the last hundred that ended."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from core.clock import NS_PER_S
from core.domain.fill import Fill
from core.domain.label import is_ours
from core.domain.order import NewOrder, OrderReport, OrderState
from core.domain.outcome import Accepted, Outcome, Refused
from core.trading.orders.machine import ANSWER_S, NEVER_ARRIVED, OrderMachine, sent_report
from core.trading.orders.states import UNPROVEN, with_filled

T = TypeVar("T")
ENDED_SHOWN = 100
IDS_REMEMBERED = 5_000
EARLIER_RUN = "the last run ended without knowing what became of it"
AGAIN_S = 2.0
"""When a label nobody knows is asked for again while its order may still be on its way."""
FILLS_S = 1.0
"""Fills of an ended order may come so much later before they are asked for."""
LISTS_MISSED = 2
"""What so many of the venue's answers lack is over: one may have been overtaken."""


class Blotter:
    """Finds orders by label and id and folds in what is said about them.

    `on_change` is called after each change of an order with its machine and the time.
    """

    def __init__(self, on_change: Callable[[OrderMachine, int], None]) -> None:
        self._on_change = on_change
        self._queue: dict[int, OrderMachine] = {}
        """Orders that wait here to be sent, the next one first."""
        self._working: dict[int, OrderMachine] = {}
        self._by_label: dict[str, OrderMachine] = {}
        """Orders this run sent: their labels are unique."""
        self._by_id: dict[str, OrderMachine] = {}
        self._ended: deque[OrderMachine] = deque()
        self._owing: dict[int, OrderMachine] = {}
        """Orders of this run that traded more than the fills that came, or ended unconfirmed."""
        self._ended_ids: OrderedDict[str, None] = OrderedDict()
        self._stray_fills: OrderedDict[str, Decimal] = OrderedDict()
        """Order id to what was filled of orders not known yet."""
        self._count = 0

    # Reading.

    def queue(self) -> list[OrderMachine]:
        """Orders that wait here to be sent, the next one first."""
        return list(self._queue.values())

    def working(self) -> list[OrderMachine]:
        """Orders that left and may still trade, in the order this run met them."""
        return list(self._working.values())

    def newest_first(self) -> list[OrderMachine]:
        """Orders that may still trade, newest first; those that wait to be sent before them."""
        waiting = [*self._queue.values(), *self._working.values()]
        return sorted(waiting, key=_age, reverse=True)

    def unsettled(self) -> list[OrderMachine]:
        """Working orders, and ended ones of which fills are still missing."""
        owing = [one for one in self._owing.values() if not one.is_working]
        return [*self._working.values(), *owing]

    def in_flight(self, sleeve: str, instrument: str) -> list[OrderMachine]:
        """The unsettled orders of one sleeve in one instrument."""
        return [
            one
            for one in self.unsettled()
            if one.report.instrument == instrument and one.sleeve == sleeve
        ]

    def find(self, name: str) -> OrderMachine | None:
        """The order with this id, or with this label while it has none."""
        return self._by_id.get(name) or self._by_label.get(name)

    def find_label(self, label: str) -> OrderMachine | None:
        """The order of this label that works, ours or not; else the one this run sent."""
        working = (one for one in self._working.values() if one.report.label == label)
        return next(working, self._by_label.get(label))

    def label_of(self, order_id: str) -> str:
        """The label of the order with this id, empty when it is not known."""
        machine = self._by_id.get(order_id)
        return "" if machine is None else machine.report.label

    def is_own(self, label: str) -> bool:
        """True when this run sent an order with this label and still knows it."""
        return label in self._by_label

    @property
    def working_count(self) -> int:
        """How many orders may still trade."""
        return len(self._working)

    def working_in(self, instrument: str) -> int:
        """How many of them are orders in `instrument`."""
        return sum(one.report.instrument == instrument for one in self._working.values())

    def reports(self) -> tuple[OrderReport, ...]:
        """Working ones first, newest first; then the last ended ones, newest first."""
        ended = [one.report for one in reversed(self._ended)]
        return tuple([one.report for one in self.newest_first()] + ended)

    # Folding.

    def restore(self, orders: Iterable[tuple[OrderReport, Decimal]]) -> None:
        """Remember orders of an earlier run whose end was not written down, to be asked for.

        With each comes what its fills that were written down add up to.
        """
        for report, traded in orders:
            self._restore(report, traded)

    def _restore(self, report: OrderReport, traded: Decimal) -> None:
        if not report.order_id:
            report = replace(report, state=OrderState.UNKNOWN, reason=EARLIER_RUN)
        report = with_filled(report, max(report.filled, traded))
        machine = self._new(report, is_ours(report.label))
        machine.traded = traded
        if report.order_id:
            machine.seen_ns = report.updated_ns
        machine.ask.want(report.updated_ns)
        self._settle(machine, False, report.updated_ns)

    def queued(self, order: NewOrder, now_ns: int) -> OrderMachine:
        """Remember `order`, which waits here until it may be sent."""
        machine = self._new(sent_report(order, now_ns, OrderState.NEW), is_own=True)
        self._on_change(machine, now_ns)
        return machine

    def sent(self, order: NewOrder, now_ns: int) -> OrderMachine:
        """Remember `order` the moment before it is sent."""
        machine = self._by_label.get(order.label)
        if machine is not None and machine.is_new:
            del self._queue[machine.serial]
            self._working[machine.serial] = machine
            machine.send(now_ns)
        else:
            machine = self._new(sent_report(order, now_ns), is_own=True)
        self._on_change(machine, now_ns)
        return machine

    def refuse(self, machine: OrderMachine, reason: str, now_ns: int) -> None:
        """The gate did not let it pass."""
        self._settle(machine, machine.refuse(reason, now_ns), now_ns)

    def withdraw(self, machine: OrderMachine, now_ns: int) -> None:
        """It is not sent after all."""
        self._settle(machine, machine.withdraw(now_ns), now_ns)

    def take_report(
        self, report: OrderReport, now_ns: int, is_listed: bool = False
    ) -> OrderMachine | None:
        """Fold a report in; None when it names no order, or one forgotten long ago.

        What the venue shows exists: a state it has no name for counts as open.
        """
        if report.state in UNPROVEN or report.state is OrderState.NEW:
            report = replace(report, state=OrderState.OPEN)
        report = with_filled(report, report.filled)
        known = self._by_id.get(report.order_id)
        machine = known or self._unbound(report.label, report.instrument)
        if machine is None:
            if not report.order_id or report.order_id in self._ended_ids:
                return None
            machine = self._new(report, is_own=False)
            self._end_triggered(machine, now_ns)
            self._settle(machine, True, now_ns)
            return machine
        changed = machine.take_report(report, is_listed)
        self._bind(machine)
        self._settle(machine, changed, now_ns)
        return machine

    def take_fill(self, fill: Fill, now_ns: int) -> None:
        """Count a fill that the ledger took for the first time."""
        machine = self._by_id.get(fill.order_id) or self._unbound(fill.label, fill.instrument)
        if machine is not None:
            changed = machine.take_fill(fill, now_ns)
            self._bind(machine)
            self._settle(machine, changed, now_ns)
        elif fill.order_id:
            size = self._stray_fills.get(fill.order_id, Decimal(0)) + abs(fill.amount)
            _remember(self._stray_fills, fill.order_id, size)

    def take_outcome(self, outcome: Outcome, now_ns: int) -> OrderMachine | None:
        """Fold in what became of a command; its fills are taken separately."""
        if isinstance(outcome, Accepted):
            return self.take_report(outcome.report, now_ns)
        machine = self._by_label.get(outcome.label)
        if machine is None:
            return None
        if isinstance(outcome, Refused):
            changed = machine.refuse(outcome.reason, now_ns)
        else:
            changed = machine.doubt(outcome.why, now_ns)
        self._settle(machine, changed, now_ns)
        return machine

    def take_answer(
        self, label: str, reports: Sequence[OrderReport], now_ns: int, refusal: str = ""
    ) -> None:
        """Fold in what the venue knows of a label; what it does not know is over.

        `refusal` is what a late answer to the order itself said.
        """
        shown = {report.order_id for report in reports}
        owing = [
            one for one in self._owing.values() if one.report.label == label and not one.is_working
        ]
        for report in reports:
            self.take_report(report, now_ns)
        for machine in [one for one in self._working.values() if one.report.label == label]:
            machine.ask.settle()
            machine.wanted_amount = None
            if machine.report.order_id not in shown:
                self._settle(machine, self._deny(machine, bool(shown), refusal, now_ns), now_ns)
        for machine in owing:
            if machine.is_unconfirmed and machine.report.order_id not in shown:
                machine.missed += 1
                machine.is_final = machine.missed >= LISTS_MISSED
            self._await_fills(machine, now_ns)

    def _deny(self, machine: OrderMachine, is_shown: bool, refusal: str, now_ns: int) -> bool:
        """The venue does not know it: over, unless it may still be on its way there."""
        if not machine.is_unproven:
            return machine.vanish(_end_reason(machine.report, is_shown), now_ns)
        if refusal:
            return machine.refuse(refusal, now_ns)
        if machine.report.state is OrderState.SENT:
            return False
        if now_ns - machine.report.created_ns < int(ANSWER_S * NS_PER_S):
            machine.ask.want(now_ns, AGAIN_S)
            return False
        return machine.refuse(NEVER_ARRIVED, now_ns)

    def take_list(self, reports: Iterable[OrderReport], now_ns: int) -> None:
        """Fold in the venue's open orders; what it does not list is asked for by label."""
        listed = set()
        for report in reports:
            listed.add(report.order_id)
            self.take_report(report, now_ns, is_listed=True)
        for machine in list(self._working.values()):
            if machine.is_unproven or machine.report.order_id in listed:
                continue
            machine.missed += 1
            if machine.report.label:
                machine.ask.want(now_ns)
            elif machine.missed >= LISTS_MISSED:
                changed = machine.vanish("no longer among the venue's open orders", now_ns)
                self._settle(machine, changed, now_ns)

    def doubt_silence(self, now_ns: int) -> None:
        """Orders sent long ago of which nothing was heard have an unknown outcome."""
        limit_ns = now_ns - int(ANSWER_S * NS_PER_S)
        for machine in list(self._working.values()):
            report = machine.report
            if report.state is OrderState.SENT and report.updated_ns <= limit_ns:
                changed = machine.doubt(f"no answer within {ANSWER_S:.0f} s", now_ns)
                self._settle(machine, changed, now_ns)

    def _new(self, report: OrderReport, is_own: bool) -> OrderMachine:
        self._count += 1
        machine = OrderMachine(report, self._count, is_own)
        if not is_own:
            machine.seen_ns, machine.is_final = report.updated_ns, not report.state.is_working
        place = self._queue if machine.is_new else self._working
        place[machine.serial] = machine
        if is_own:
            self._by_label[report.label] = machine
        self._bind(machine)
        return machine

    def _unbound(self, label: str, instrument: str) -> OrderMachine | None:
        """The order this run sent under `label` and that has no id yet.

        A label found on another instrument was put there by somebody else.
        """
        machine = self._by_label.get(label)
        if machine is None or machine.report.order_id:
            return None
        return machine if machine.report.instrument == instrument else None

    def _bind(self, machine: OrderMachine) -> None:
        """Make it findable by its id, and count the fills that came before it."""
        if order_id := machine.report.order_id:
            self._by_id[order_id] = machine
            machine.count(self._stray_fills.pop(order_id, Decimal(0)))

    def _end_triggered(self, born: OrderMachine, now_ns: int) -> None:
        """A stop that fired lives on under a new id with the same label."""
        if not is_ours(born.report.label) or born.report.state is OrderState.UNTRIGGERED:
            return
        for stop in list(self._working.values()):
            is_same = stop is not born and stop.report.label == born.report.label
            if is_same and stop.report.state is OrderState.UNTRIGGERED:
                if stop.is_being_cancelled:
                    born.cancel.want(now_ns)
                reason = f"triggered: became order {born.report.order_id}"
                self._settle(stop, stop.vanish(reason, now_ns), now_ns)

    def _settle(self, machine: OrderMachine, changed: bool, now_ns: int) -> None:
        """Move the machine to where its state belongs and tell of the change."""
        if machine.is_working and not machine.is_new and machine.serial not in self._working:
            self._working[machine.serial] = machine
            if machine in self._ended:
                self._ended.remove(machine)
        elif not machine.is_working:
            for place in (self._working, self._queue):
                if place.pop(machine.serial, None) is not None:
                    self._ended.append(machine)
        self._await_fills(machine, now_ns)
        self._forget_old()
        if changed:
            self._on_change(machine, now_ns)

    def _await_fills(self, machine: OrderMachine, now_ns: int) -> None:
        """An order whose fills are missing, or whose end only they tell, is asked for."""
        if machine.owed or machine.is_unconfirmed:
            self._owing[machine.serial] = machine
            machine.ask.want(now_ns, FILLS_S)
        elif self._owing.pop(machine.serial, None) is not None:
            machine.ask.settle()

    def _forget_old(self) -> None:
        while len(self._ended) > ENDED_SHOWN and self._ended[0].serial not in self._owing:
            machine = self._ended.popleft()
            report = machine.report
            if self._by_label.get(report.label) is machine:
                del self._by_label[report.label]
            if report.order_id:
                self._by_id.pop(report.order_id, None)
                _remember(self._ended_ids, report.order_id, None)


def _remember(memory: OrderedDict[str, T], key: str, value: T) -> None:
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > IDS_REMEMBERED:
        memory.popitem(last=False)


def _end_reason(report: OrderReport, is_shown: bool) -> str:
    if report.state is OrderState.UNTRIGGERED and is_shown:
        return "triggered"
    return "the venue knows it no longer"


def _age(machine: OrderMachine) -> tuple[bool, int, int]:
    """Sorts by birth: what the venue has not shown yet is the newest."""
    return not machine.report.order_id, machine.report.created_ns, machine.serial
