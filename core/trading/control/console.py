"""Carries out commands: places, changes, cancels, closes, switches, kills, and answers each."""

from __future__ import annotations

from typing import assert_never

from core.domain.label import MANUAL
from core.domain.order import NewOrder, OrderState, Side
from core.trading.commands import (
    AcceptPosition,
    AmendOrder,
    ArmStop,
    CancelOrder,
    CancelOrders,
    CancelScope,
    CloseEverything,
    ClosePosition,
    Command,
    Kill,
    PlaceOrders,
    ResetRisk,
    SwitchAutomation,
    WorkAmount,
)
from core.trading.control.standing import Standing
from core.trading.journal import CommandRecord
from core.trading.orders.machine import OrderMachine, sent_report
from core.trading.orders.words import order_text
from core.trading.parts import Parts

_BEFORE_TRIGGER = frozenset(
    {OrderState.NEW, OrderState.SENT, OrderState.UNTRIGGERED, OrderState.UNKNOWN}
)


class Console:
    """One command at a time; the orders of a long ladder wait their turn as new ones."""

    def __init__(self, parts: Parts) -> None:
        self._gateway = parts.gateway
        self._gate = parts.gate
        self._blotter = parts.blotter
        self._truth = parts.truth
        self._explanation = parts.explanation
        self._ledger = parts.ledger
        self._router = parts.router
        self._closer = parts.closer
        self._standing = Standing(parts)
        self._automations = parts.automations
        self._guard = parts.guard
        self._replies = parts.replies
        self._conditions = parts.conditions
        self._journal = parts.journal
        self._context = parts.context
        self._unfinished_kill: tuple[int, Kill] | None = None

    def handle(self, command: Command, now_ns: int) -> None:
        """Carry out one command."""
        number, request = command.number, command.request
        record = CommandRecord(number, command.text, repr(request))
        self._journal.record("command", record, now_ns)
        match request:
            case PlaceOrders():
                self._place(number, request, now_ns)
            case AmendOrder():
                self._amend(number, request, now_ns)
            case CancelOrder():
                self._cancel(number, request, now_ns)
            case CancelOrders():
                self._sweep(number, request.scope, now_ns)
            case WorkAmount():
                self._standing.work(number, request, now_ns)
            case ArmStop():
                self._standing.arm(number, request, now_ns)
            case ClosePosition():
                self._close(number, [request.instrument], now_ns)
            case CloseEverything():
                self._close(number, self._truth.true_instruments(), now_ns)
            case AcceptPosition():
                self._accept(number, request.instrument, now_ns)
            case SwitchAutomation():
                self._switch(number, request, now_ns)
            case Kill():
                self._kill(number, request, now_ns)
            case ResetRisk():
                self._replies.say(number, True, self._guard.reset(now_ns), now_ns)
            case _:
                assert_never(request)

    def on_time(self, now_ns: int) -> None:
        """Send the ladder orders whose turn has come."""
        self._gateway.release(now_ns)

    def link_returned(self, now_ns: int) -> None:
        """Finish a kill that was asked for while the link was down."""
        if self._unfinished_kill is not None:
            number, kill = self._unfinished_kill
            self._unfinished_kill = None
            self._kill(number, kill, now_ns)

    def _place(self, number: int, request: PlaceOrders, now_ns: int) -> None:
        is_ladder = len(request.orders) > 1
        for order in request.orders:
            must_wait = is_ladder and not self._gate.has_room(now_ns)
            self._submit(number, order, must_wait, now_ns)
        if not request.orders:
            self._replies.say(number, False, "there is no order to place", now_ns)

    def _submit(self, number: int, order: NewOrder, must_wait: bool, now_ns: int) -> None:
        submit = self._gateway.queue if must_wait else self._gateway.submit
        reason = submit(order, now_ns)
        if reason is None:
            self._replies.await_outcome(order.label, number)
        else:
            instrument = self._ledger.instrument(order.instrument)
            text = order_text(sent_report(order, now_ns), instrument)
            self._replies.say(number, False, f"{text}: {reason}", now_ns)

    def _amend(self, number: int, request: AmendOrder, now_ns: int) -> None:
        machine = self._blotter.find(request.order_id)
        if machine is None:
            self._replies.say(number, False, f"there is no order {request.order_id}", now_ns)
            return
        reason = self._gateway.amend(machine, request.amount, request.price, now_ns)
        if reason is None:
            self._replies.await_amendment(machine, number, request.amount, request.price, now_ns)
        else:
            self._replies.say(number, False, reason, now_ns)

    def _cancel(self, number: int, request: CancelOrder, now_ns: int) -> None:
        if self._standing.cancel_one(number, request.order_id, now_ns):
            return
        machine = self._blotter.find(request.order_id)
        if machine is None or not machine.is_working:
            state = "unknown" if machine is None else machine.report.state.value
            text = f"order {request.order_id} is {state}: there is nothing to cancel"
            self._replies.say(number, False, text, now_ns)
            return
        self._replies.await_cancel(machine, number)
        self._gateway.cancel(machine, now_ns)

    def _sweep(self, number: int, scope: CancelScope, now_ns: int) -> None:
        chosen = self._chosen(scope)
        if scope is CancelScope.LAST:
            ended = self._standing.cancel_last(chosen[0] if chosen else None, now_ns)
            chosen = [] if ended else chosen
        else:
            ended = self._standing.cancel(scope, now_ns)
        for machine in chosen:
            self._replies.await_sweep(machine, number)
        if scope is CancelScope.ALL:
            self._replies.await_clearance(number)
            self._gateway.cancel_all(now_ns)
        else:
            for machine in chosen:
                self._gateway.cancel(machine, now_ns)
        text = _count(len(chosen), "order", "being cancelled") + _of_strangers(chosen)
        self._replies.say(number, True, ", ".join([text, *_ended(ended)]), now_ns)

    def _chosen(self, scope: CancelScope) -> list[OrderMachine]:
        working = self._blotter.newest_first()
        match scope:
            case CancelScope.ALL:
                return working
            case CancelScope.BUYS:
                return [one for one in working if one.report.side is Side.BUY]
            case CancelScope.SELLS:
                return [one for one in working if one.report.side is Side.SELL]
            case CancelScope.STOPS:
                return [one for one in working if _is_trigger(one)]
            case CancelScope.LAST:
                return [one for one in working if _is_by_hand(one)][:1]
            case _:
                assert_never(scope)

    def _close(self, number: int, instruments: list[str], now_ns: int) -> None:
        if not self._conditions.is_link_up:
            why = self._conditions.link_why
            text = f"nothing can be closed: the trading link is down: {why}"
            self._replies.say(number, False, text, now_ns)
            return
        held = [name for name in instruments if self._truth.true_amount(name)]
        self._start_closing(number, held, now_ns)
        if not held:
            what = instruments[0] if instruments else "everything"
            self._replies.say(number, True, f"{what} is flat already", now_ns)

    def _start_closing(self, number: int, instruments: list[str], now_ns: int) -> None:
        for name in instruments:
            self._router.forget_instrument(name, now_ns)
            self._standing.leave(name, now_ns)
            self._closer.close(name, number)

    def _accept(self, number: int, instrument: str, now_ns: int) -> None:
        is_booked, text = self._truth.accept(instrument, now_ns)
        if is_booked:
            self._explanation.restart()
            self._conditions.alarm = next(iter(self._truth.alarms), "")
            self._conditions.is_in_doubt = self._truth.is_in_doubt
        self._replies.say(number, is_booked, text, now_ns)

    def _switch(self, number: int, request: SwitchAutomation, now_ns: int) -> None:
        name = request.name
        if name not in self._automations.names:
            known = ", ".join(self._automations.names) or "none"
            self._replies.say(number, False, f"there is no strategy {name}: {known}", now_ns)
            return
        if request.is_on and (why := self._guard.refusal(name)):
            self._replies.say(number, False, why, now_ns)
            return
        self._automations.switch(name, request.is_on, self._context(now_ns))
        word = "on" if request.is_on else "off"
        self._replies.say(number, True, f"{name} is {word}", now_ns)

    def _kill(self, number: int, request: Kill, now_ns: int) -> None:
        """Everything that must happen comes before anything that can fail."""
        were_on = self._automations.all_off(now_ns)
        self._closer.stop()
        ended = self._standing.cancel(CancelScope.ALL, now_ns)
        working = self._blotter.newest_first()
        for machine in working:
            self._replies.await_sweep(machine, number)
        self._replies.await_clearance(number)
        self._gateway.cancel_all(now_ns)
        held = self._truth.true_instruments() if request.flatten else []
        words = [f"{', '.join(were_on) or 'automation'} off"]
        words.append(_count(len(working), "order", "being cancelled") + _of_strangers(working))
        words += _ended(ended)
        if request.flatten:
            words.append(_count(len(held), "position", "being closed"))
        if self._conditions.is_link_up:
            self._start_closing(number, held, now_ns)
        else:
            self._unfinished_kill = (number, request)
            words.append("the link is down, the venue is told when it returns")
        self._replies.say(number, True, ", ".join(words), now_ns)


def _is_trigger(machine: OrderMachine) -> bool:
    return machine.report.type.is_stop and machine.report.state in _BEFORE_TRIGGER


def _is_by_hand(machine: OrderMachine) -> bool:
    """True for what a user would call an order of his made here."""
    is_mine = machine.sleeve == MANUAL and not machine.is_stranger
    return is_mine and not machine.is_being_cancelled


def _of_strangers(machines: list[OrderMachine]) -> str:
    """What to add when some of them were placed elsewhere."""
    count = sum(one.is_stranger for one in machines)
    return f", {count} of them placed elsewhere" if count else ""


def _count(count: int, noun: str, what: str) -> str:
    """`3 orders are being cancelled`, `no position is being closed`."""
    if not count:
        return f"no {noun} is {what}"
    return f"1 {noun} is {what}" if count == 1 else f"{count} {noun}s are {what}"


def _ended(names: list[str]) -> list[str]:
    """`w1, s2 ended` as one part of a sentence, nothing when there are none."""
    return [f"{' and '.join(names)} ended"] if names else []
