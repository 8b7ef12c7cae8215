"""What stands behind the orders, as the console asks for it: parent orders and the desk's stops."""

from __future__ import annotations

from core.domain.order import Side
from core.domain.parent import ParentOrder
from core.domain.stop import LotStop
from core.trading.commands import ArmStop, CancelScope, WorkAmount
from core.trading.orders.machine import OrderMachine
from core.trading.parts import Parts

_SIDES = {CancelScope.BUYS: Side.BUY, CancelScope.SELLS: Side.SELL}


class Standing:
    """Begins, arms and takes back, and answers the command."""

    def __init__(self, parts: Parts) -> None:
        self._board = parts.board
        self._parents = parts.parents
        self._stops = parts.stops
        self._blotter = parts.blotter
        self._replies = parts.replies

    def work(self, number: int, request: WorkAmount, now_ns: int) -> None:
        """Begin a parent order; its end is told to the same command."""
        instrument = self._board.instrument(request.instrument)
        if instrument is None:
            text = f"{request.instrument} is not listed"
            self._replies.say(number, False, text, now_ns)
        elif not instrument.is_amount(request.amount):
            text = f"amount {request.amount:f} is no multiple of {instrument.min_amount:f}"
            self._replies.say(number, False, text, now_ns)
        else:
            name = self._parents.begin(number, request, now_ns)
            self._replies.say(number, True, f"{name} works from now on", now_ns)

    def arm(self, number: int, request: ArmStop, now_ns: int) -> None:
        """Arm a stop, or say why not."""
        is_ok, text = self._stops.arm(request, number, now_ns)
        self._replies.say(number, is_ok, text, now_ns)

    def cancel_one(self, number: int, name: str, now_ns: int) -> bool:
        """Cancel w1 or s1, or the parent of the order named; False when it is none of these."""
        machine = self._blotter.find(name)
        if machine is not None and machine.is_working:
            name = self._parents.owner(machine)
        done = self._parents.cancel(lambda one: one.name == name, now_ns)
        done += self._stops.end(lambda one: one.name == name, "cancelled", now_ns)
        if done:
            self._replies.say(number, True, f"{name} is being cancelled", now_ns)
        return bool(done)

    def cancel_last(self, newest: OrderMachine | None, now_ns: int) -> list[str]:
        """What `cc` means when a parent order is newer than `newest`, or sent it; else nothing."""
        parent = self._parents.newest()
        if parent is None:
            return []
        is_older = newest is not None and newest.report.created_ns > parent.began_ns
        if newest is not None and is_older and self._parents.owner(newest) != parent.name:
            return []
        return self._parents.cancel(lambda one: one.name == parent.name, now_ns)

    def cancel(self, scope: CancelScope, now_ns: int) -> list[str]:
        """End what belongs to the set; the names."""
        side = _SIDES.get(scope)

        def is_parent(one: ParentOrder) -> bool:
            return scope is CancelScope.ALL or one.side is side

        def is_stop(one: LotStop) -> bool:
            return scope in (CancelScope.ALL, CancelScope.STOPS) or exit_side(one) is side

        ended = self._parents.cancel(is_parent, now_ns)
        return ended + self._stops.end(is_stop, "cancelled", now_ns)

    def leave(self, instrument: str, now_ns: int) -> None:
        """The position is being closed: nothing may build it up again."""
        self._parents.cancel(lambda one: one.instrument == instrument, now_ns)


def exit_side(stop: LotStop) -> Side:
    """On which side its exit will be."""
    return Side.SELL if stop.sign > 0 else Side.BUY
