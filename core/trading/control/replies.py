"""What is said to commands: at once, or when the venue has answered."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal

from core.domain.events import CancelFailed
from core.domain.order import OrderReport, OrderState
from core.trading.commands import Reply
from core.trading.journal import Journal, ReplyRecord
from core.trading.orders.machine import WITHDRAWN, OrderMachine
from core.trading.orders.scribe import Scribe
from core.trading.orders.states import QUIET

REPLIES_SHOWN = 50
TRIGGERED = "triggered"
"""How the reason of a stop's end begins that lives on as another order."""
EVERYTHING = "all"
"""The order id in a failure that speaks of cancelling everything."""


@dataclass(slots=True)
class _Amendment:
    number: int
    amount: Decimal
    price: Decimal | None
    is_doubted: bool = False
    """No answer came: the next thing the venue says of the order tells."""

    def is_done(self, report: OrderReport) -> bool:
        """True when `report` shows what was asked for."""
        return report.amount == self.amount and self.price in (None, report.price)


class Replies:
    """The newest replies, and which commands still wait for the venue's word."""

    def __init__(self, journal: Journal, scribe: Scribe) -> None:
        self._journal = journal
        self._scribe = scribe
        self._placed: dict[str, int] = {}
        """Label to command number."""
        self._accepted: dict[str, int] = {}
        """The same of orders the venue took, which it may still end by itself."""
        self._cancelled: dict[str, int] = {}
        """Order id to command number; of single cancels, which want an answer either way."""
        self._swept: dict[str, int] = {}
        """The same of cancelled sets, where only a failure is told."""
        self._amended: dict[str, _Amendment] = {}
        self._doubted: deque[tuple[int, str]] = deque(maxlen=REPLIES_SHOWN)
        """(command, order id) of cancels that were told to have no answer yet."""
        self._said: deque[Reply] = deque(maxlen=REPLIES_SHOWN)

    @property
    def newest(self) -> tuple[Reply, ...]:
        """Oldest first."""
        return tuple(self._said)

    def say(self, number: int, is_ok: bool, text: str, now_ns: int) -> None:
        """Put one sentence next to a command."""
        self._said.append(Reply(number, is_ok, text, now_ns))
        self._journal.record("reply", ReplyRecord(number, is_ok, text), now_ns)

    def await_outcome(self, label: str, number: int) -> None:
        """An order was sent for a command: its outcome is the answer."""
        self._placed[label] = number

    def await_cancel(self, machine: OrderMachine, number: int) -> None:
        """An order is being cancelled for a command that names it."""
        self._cancelled[machine.report.order_id or machine.report.label] = number

    def await_sweep(self, machine: OrderMachine, number: int) -> None:
        """An order is being cancelled as one of a set."""
        self._swept[machine.report.order_id or machine.report.label] = number

    def await_clearance(self, number: int) -> None:
        """The venue is asked to cancel everything."""
        self._swept[EVERYTHING] = number

    def await_amendment(
        self,
        machine: OrderMachine,
        number: int,
        amount: Decimal,
        price: Decimal | None,
        now_ns: int,
    ) -> None:
        """An order is being changed."""
        earlier = self._amended.get(machine.report.order_id)
        if earlier is not None:
            text = f"{self._scribe.outcome(machine)}: overtaken by a newer change"
            self.say(earlier.number, False, text, now_ns)
        self._amended[machine.report.order_id] = _Amendment(number, amount, price)

    def order_changed(self, machine: OrderMachine, now_ns: int) -> None:
        """Answer the commands that waited for this."""
        if machine.report.state not in QUIET:
            self._tell_ended(machine, now_ns)
            self._tell_placed(machine, now_ns)
            self._tell_amended(machine, now_ns)
        if not machine.is_working:
            self._tell_cancelled(machine, now_ns)

    def order_shown(self, machine: OrderMachine | None, now_ns: int) -> None:
        """The venue showed an order: a change that was not answered was done or was not."""
        if machine is None:
            return
        wanted = self._amended.get(machine.report.order_id)
        if wanted is not None and wanted.is_doubted:
            del self._amended[machine.report.order_id]
            is_done = wanted.is_done(machine.report)
            text = self._scribe.outcome(machine)
            self.say(wanted.number, is_done, text if is_done else f"{text}: not changed", now_ns)

    def request_failed(
        self, failed: CancelFailed, machine: OrderMachine | None, now_ns: int
    ) -> bool:
        """The venue refused to cancel or change an order, or did not answer.

        False when no command waits for it.
        """
        order_id = failed.order_id
        what = f"order {order_id}" if machine is None else self._scribe.outcome(machine)
        if order_id == EVERYTHING:
            what = "all orders"
        amendment = self._amended.get(order_id)
        if amendment is not None:
            self._amendment_failed(amendment, what, failed, now_ns)
            return True
        label = "" if machine is None else machine.report.label
        keys = [(one, key) for one in (self._cancelled, self._swept) for key in (order_id, label)]
        number = next((one[key] for one, key in keys if key in one), None)
        if number is None:
            return False
        if failed.is_certain:
            for one, key in keys:
                one.pop(key, None)
            self.say(number, False, f"{what}: not cancelled: {failed.reason}", now_ns)
        elif (number, order_id) not in self._doubted:
            self._doubted.append((number, order_id))
            text = f"{what}: {failed.reason}: it is being cancelled again"
            self.say(number, False, text, now_ns)
        return True

    def _amendment_failed(
        self, wanted: _Amendment, what: str, failed: CancelFailed, now_ns: int
    ) -> None:
        if failed.is_certain:
            del self._amended[failed.order_id]
            self.say(wanted.number, False, f"{what}: not changed: {failed.reason}", now_ns)
        elif not wanted.is_doubted:
            wanted.is_doubted = True
            text = f"{what}: {failed.reason}: the venue is being asked what became of the change"
            self.say(wanted.number, False, text, now_ns)

    def _tell_placed(self, machine: OrderMachine, now_ns: int) -> None:
        report = machine.report
        number = self._placed.get(report.label)
        if number is None:
            return
        is_lost = report.state is OrderState.REFUSED or (
            report.state is OrderState.CANCELLED and not report.filled
        )
        if report.state is OrderState.UNKNOWN:
            text = f"{self._scribe.outcome(machine)}: the venue is being asked"
            self.say(number, False, text, now_ns)
            return
        del self._placed[report.label]
        if machine.is_working:
            self._accepted[report.label] = number
        if report.reason == WITHDRAWN:  # whoever withdrew it was told how many
            return
        self.say(number, not is_lost, self._scribe.outcome(machine), now_ns)

    def _tell_ended(self, machine: OrderMachine, now_ns: int) -> None:
        """An order that was taken ends unfilled and nobody here wanted that: why is said.

        A stop that fired goes on under its label; what became of it counts.
        """
        report = machine.report
        if machine.is_working or report.reason.startswith(TRIGGERED):
            return
        number = self._accepted.pop(report.label, None)
        is_lost = report.state is not OrderState.FILLED
        if number is not None and is_lost and not machine.is_being_cancelled:
            self.say(number, False, self._scribe.outcome(machine), now_ns)

    def _tell_amended(self, machine: OrderMachine, now_ns: int) -> None:
        report = machine.report
        wanted = self._amended.get(report.order_id)
        if wanted is None:
            return
        is_done = wanted.is_done(report)
        if is_done or not machine.is_working:
            del self._amended[report.order_id]
            self.say(wanted.number, is_done, self._scribe.outcome(machine), now_ns)

    def _tell_cancelled(self, machine: OrderMachine, now_ns: int) -> None:
        report = machine.report
        for name in (report.order_id, report.label):
            self._swept.pop(name, None)
            number = self._cancelled.pop(name, None)
            if number is not None:
                is_gone = report.state is not OrderState.FILLED
                self.say(number, is_gone, self._scribe.outcome(machine), now_ns)
