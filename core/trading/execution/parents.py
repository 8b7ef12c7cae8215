"""Parent orders: amounts a person wants worked patiently, each through one order at a time.

All in the manual sleeve. What counts as filled is what the fills of a parent's own orders sum
to, so nothing else in the sleeve can disturb it. A parent is never taken up by a later run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from core.clock import NS_PER_S
from core.domain.label import MANUAL
from core.domain.parent import ParentOrder, ParentState
from core.market.board import Board
from core.settings import WorkSettings
from core.trading.commands import WorkAmount
from core.trading.execution.work import Work, work_for
from core.trading.execution.worker import Worker
from core.trading.journal import Journal, ParentRecord
from core.trading.orders.machine import OrderMachine
from core.trading.strategy import Execution

log = logging.getLogger(__name__)
ZERO = Decimal(0)
REFUSALS = 8
"""So many refusals in a row, and it is given up."""
ENDED_SHOWN = 5
OVER = "the desk went down over it: what it had open is cancelled, nothing is taken up again"

Say = Callable[[int, bool, str, int], None]
"""(command number, is ok, text, now): puts a reply next to its command."""


@dataclass(slots=True)
class Parent:
    """One of them on its way; `shown` is what the last step found."""

    number: int
    """Of the command that asked."""
    work: Work
    shown: ParentOrder
    orders: list[OrderMachine] = field(default_factory=list)
    """Every order it ever sent: one believed refused may still come to life."""
    refusal: str = ""
    """Why the venue would not reprice its order, as it was said last."""

    @property
    def filled(self) -> Decimal:
        """What the fills of its orders sum to."""
        return sum((one.traded for one in self.orders), ZERO)

    @property
    def alive(self) -> list[OrderMachine]:
        """Orders that may still trade, or whose fills are not all here."""
        return [one for one in self.orders if one.is_working or one.outstanding]

    @property
    def left(self) -> Decimal:
        """What may still be sent once nothing is in flight; never negative."""
        waiting = sum((one.outstanding for one in self.alive), ZERO)
        return max(self.shown.asked - self.filled - waiting, ZERO)


class ParentOrders:
    """Every parent order of this run, and the ones the last run left behind."""

    def __init__(
        self,
        settings: WorkSettings,
        board: Board,
        worker: Worker,
        journal: Journal,
        say: Say,
        left_behind: tuple[ParentOrder, ...] = (),
    ) -> None:
        self._settings = settings
        self._board = board
        self._worker = worker
        self._journal = journal
        self._say = say
        self._left_behind = left_behind
        self._parents: list[Parent] = []
        self._ended: list[ParentOrder] = []
        # Names go on after those shown as interrupted: w2 never means two things.
        self._count = max((int(one.name[1:]) for one in left_behind), default=0)
        self._is_over = False

    # Reading.

    def shown(self) -> tuple[ParentOrder, ...]:
        """Running ones, newest first, then the last ended ones."""
        running = [one.shown for one in reversed(self._parents)]
        return tuple(running + self._ended[::-1])

    @property
    def is_clear(self) -> bool:
        """True when no order of any of them may still trade."""
        return not any(one.alive for one in self._parents)

    def owner(self, machine: OrderMachine) -> str:
        """The name of the running parent that sent this order, empty when none did."""
        found = (one for one in self._parents if any(machine is child for child in one.orders))
        return next((one.shown.name for one in found), "")

    def newest(self) -> ParentOrder | None:
        """The newest that is not being ended yet."""
        running = [one.shown for one in self._parents if one.shown.state is ParentState.WORKING]
        return running[-1] if running else None

    # Asking.

    def begin(self, number: int, request: WorkAmount, now_ns: int) -> str:
        """Work an amount from now on; its name, w1 and so on."""
        self._count += 1
        name, execution = f"w{self._count}", self._execution(request)
        shown = ParentOrder(
            f"{name}@{now_ns}",
            name,
            request.instrument,
            request.side,
            request.amount,
            ZERO,
            ZERO,
            ZERO,
            request.duration_s,
            execution.slices,
            ParentState.WORKING,
            "",
            now_ns,
            now_ns,
        )
        parent = Parent(number, work_for(MANUAL, request.instrument, execution), shown)
        self._parents.append(parent)
        self._write(parent, now_ns)
        return name

    def cancel(self, is_meant: Callable[[ParentOrder], bool], now_ns: int) -> list[str]:
        """End those meant: their orders are cancelled, what is filled stays. Their names."""
        found = [one for one in self._parents if is_meant(one.shown)]
        for parent in found:
            parent.shown = _with(parent.shown, ParentState.ENDING, "being cancelled", now_ns)
            for machine in parent.alive:
                self._worker.withdraw(machine, now_ns)
        return [one.shown.name for one in found]

    def rest(self, now_ns: int) -> None:
        """The desk goes down: cancel what works and send nothing more in this run."""
        self._is_over = True
        for parent in self._parents:
            for machine in parent.alive:
                self._worker.withdraw(machine, now_ns)

    def tell_left_behind(self, now_ns: int) -> None:
        """Show what the last run did not finish; it is written down as interrupted."""
        for one in self._left_behind:
            over = _with(one, ParentState.INTERRUPTED, OVER, now_ns)
            self._ended.append(over)
            self._journal.record("parent", ParentRecord(over), over.changed_ns)
            log.warning("%s", words(over), extra={"kind": "ORDR", "source": MANUAL})
        self._left_behind = ()

    def refused(self, machine: OrderMachine, reason: str, now_ns: int) -> None:
        """The venue would not reprice an order of a parent: its command hears why, once."""
        for parent in self._parents:
            is_repriced = parent.work.order is machine and parent.work.amended_from is not None
            if is_repriced and parent.refusal != reason:
                parent.refusal = reason
                text = f"{parent.shown.name}: its order was not repriced: {reason}"
                self._say(parent.number, False, text, now_ns)

    # Moving on.

    def step(self, now_ns: int) -> None:
        """Move every parent on as far as the last events allow."""
        for parent in list(self._parents):
            self._move(parent, now_ns)
            self._show(parent, now_ns)

    def _move(self, parent: Parent, now_ns: int) -> None:
        work, is_ending = parent.work, parent.shown.state is ParentState.ENDING
        if alive := parent.alive:
            for machine in alive:
                if machine is not work.order or is_ending:
                    self._worker.withdraw(machine, now_ns)
            if not is_ending:
                self._worker.tend(work, self._wanted(parent), now_ns)
            return
        self._worker.note_end(work, now_ns)
        if not (is_ending or self._is_over):
            self._send(parent, now_ns)

    def _wanted(self, parent: Parent) -> Decimal:
        """Signed: what its order in flight may at most have outstanding."""
        return (parent.shown.asked - parent.filled) * parent.shown.side.sign

    def _send(self, parent: Parent, now_ns: int) -> None:
        work, shown = parent.work, parent.shown
        instrument = self._board.instrument(shown.instrument)
        if instrument is None:
            work.status = f"{shown.instrument} is not listed"
            return
        left = parent.left // instrument.min_amount * instrument.min_amount
        amount = self._worker.share(work, instrument, left * shown.side.sign, now_ns)
        if not amount:
            work.status = ""
            return
        before = work.order
        self._worker.send(work, instrument, amount, now_ns, lambda: None)
        if work.order is not None and work.order is not before:
            parent.orders.append(work.order)

    def _show(self, parent: Parent, now_ns: int) -> None:
        """Renew the picture; end it when there is nothing to do any more."""
        old, alive = parent.shown, parent.alive
        open_ = sum((one.outstanding for one in alive if _rests(one)), ZERO)
        in_flight = sum((one.outstanding for one in alive if not _rests(one)), ZERO)
        state, status = self._state(parent, old)
        new = replace(
            old, filled=parent.filled, open=open_, in_flight=in_flight, state=state, status=status
        )
        parent.shown = new
        if (new.filled, new.state) != (old.filled, old.state):
            self._write(parent, now_ns)
        if not new.state.is_standing:
            self._end(parent, now_ns)

    def _state(self, parent: Parent, old: ParentOrder) -> tuple[ParentState, str]:
        if parent.alive:
            return old.state, old.status if old.state is ParentState.ENDING else self._rate(parent)
        if parent.filled >= old.asked:
            return ParentState.FILLED, ""
        if old.state is ParentState.ENDING:
            return ParentState.CANCELLED, ""
        if parent.work.refusals >= REFUSALS:
            return ParentState.FAILED, parent.work.status
        return old.state, parent.work.status or self._rate(parent)

    def _rate(self, parent: Parent) -> str:
        """Which slice it is at."""
        slices = parent.work.slices
        return "" if slices is None else f"slice {slices.begun} of {slices.count}"

    def _end(self, parent: Parent, now_ns: int) -> None:
        self._parents.remove(parent)
        self._ended = [*self._ended, parent.shown][-ENDED_SHOWN:]
        text = words(parent.shown)
        log.info("%s", text, extra={"kind": "ORDR", "source": MANUAL})
        self._say(parent.number, parent.shown.state is not ParentState.FAILED, text, now_ns)

    def _write(self, parent: Parent, now_ns: int) -> None:
        """Every record of one parent has a later time than the one before."""
        shown = parent.shown
        parent.shown = _with(shown, shown.state, shown.status, now_ns)
        self._journal.record("parent", ParentRecord(parent.shown), parent.shown.changed_ns)

    def _execution(self, request: WorkAmount) -> Execution:
        """From the settings; a resting order of a slice never outlasts half the slice's time."""
        settings, duration_s = self._settings, request.duration_s
        slices = self._slices(request) if duration_s > 0 else 1
        patience_s = settings.passive_s
        if slices > 1:
            patience_s = min(patience_s, duration_s / slices / 2 / (settings.reprices + 1))
        return Execution(
            passive_s=patience_s,
            price_cap_pct=settings.price_cap_pct,
            reprices=settings.reprices,
            slices=slices,
            duration_s=duration_s,
            jitter=settings.jitter if slices > 1 else 0.0,
        )

    def _slices(self, request: WorkAmount) -> int:
        """As many as asked for or one every `slice_s`, never more than there are contracts."""
        asked = request.slices or round(request.duration_s / self._settings.slice_s)
        instrument = self._board.instrument(request.instrument)
        most = asked if instrument is None else int(request.amount / instrument.min_amount)
        return max(1, min(asked, most))


def words(one: ParentOrder) -> str:
    """`w1 twap 12 x BUY 100 BTC-PERPETUAL: 30 filled, working: slice 4 of 12`."""
    what = f"{one.name} {one.words} {one.side.value.upper()} {_plain(one.asked)} {one.instrument}"
    done = f"{_plain(one.filled)} filled, {one.state.value}"
    return f"{what}: {done}" + (f": {one.status}" if one.status else "")


def _rests(machine: OrderMachine) -> bool:
    return machine.is_working and not machine.is_unproven


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _with(one: ParentOrder, state: ParentState, status: str, now_ns: int) -> ParentOrder:
    """Changed as of now, and by the database's microseconds later than before."""
    later_ns = max(now_ns, one.changed_ns + NS_PER_S // 1_000_000)
    return replace(one, state=state, status=status, changed_ns=later_ns)
