"""Works what strategies want: one order at a time per sleeve and instrument, passive, then across.

For each target the difference to what the sleeve holds is sent, and nothing new while
anything of it is in flight, unknown, or filled without its fills having come.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from decimal import Decimal

from core.domain.label import HEDGER, MANUAL
from core.market.board import Board
from core.trading.execution.work import Progress, Work, work_for
from core.trading.execution.worker import Worker
from core.trading.journal import DecisionRecord, Journal
from core.trading.ledger.ledger import Ledger
from core.trading.orders.blotter import Blotter
from core.trading.orders.gateway import Gateway
from core.trading.strategy import Target

log = logging.getLogger(__name__)
Key = tuple[str, str]


class Router:
    """Holds the targets of the strategies that are on and turns them into orders."""

    def __init__(
        self,
        board: Board,
        ledger: Ledger,
        blotter: Blotter,
        gateway: Gateway,
        worker: Worker,
        journal: Journal,
    ) -> None:
        self._board = board
        self._ledger = ledger
        self._blotter = blotter
        self._gateway = gateway
        self._worker = worker
        self._journal = journal
        self._targets: dict[Key, Target] = {}
        self._works: dict[Key, Work] = {}
        """One for every target."""
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
            self._take((target.sleeve, target.instrument), target)

    def forget(self, is_meant: Callable[[str], bool], now_ns: int) -> None:
        """Drop the targets of the sleeves meant and cancel their orders; positions stay."""
        for key in [key for key in self._works if is_meant(key[0])]:
            del self._works[key], self._targets[key]
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
            if self._blotter.in_flight(*key):
                self._tend(work, self._targets[key], now_ns)
            else:
                self._worker.note_end(work, now_ns)
                self._advance(key, now_ns)

    def progress(self, sleeve: str, instrument: str) -> Progress:
        """What was sent for the current target there, or for the last one."""
        key = sleeve, instrument
        work = self._works.get(key)
        return self._last.get(key, Progress()) if work is None else work.progress

    def status(self, is_meant: Callable[[str], bool]) -> str:
        """What the targets of the sleeves meant wait for, empty when nothing holds them up."""
        waits = [work.status for key, work in self._works.items() if is_meant(key[0])]
        return "; ".join(sorted({one for one in waits if one}))

    def _take(self, key: Key, target: Target) -> None:
        work = self._works.get(key)
        if work is not None:
            self._targets[key], work.execution = target, target.execution
        elif not self._is_reached(target):
            self._targets[key] = target
            self._works[key] = work_for(*key, target.execution)

    def _tend(self, work: Work, target: Target, now_ns: int) -> None:
        """Something is in flight: what is not the work's own order goes, unless it only reduces."""
        for machine in self._blotter.in_flight(target.sleeve, target.instrument):
            if machine is work.order:
                self._worker.tend(work, self._difference(target), now_ns)
            elif not machine.report.reduce_only:
                self._worker.withdraw(machine, now_ns)

    def _advance(self, key: Key, now_ns: int) -> None:
        """Nothing is in flight: send the next order, or be done."""
        target, work = self._targets[key], self._works[key]
        instrument = self._board.instrument(target.instrument)
        if instrument is None:
            work.status = f"{target.instrument} is not listed"
            return
        difference = instrument.amount_near(self._difference(target))
        if not difference:
            self._last[key] = work.past
            del self._works[key], self._targets[key]
        elif amount := self._worker.share(work, instrument, difference, now_ns):
            self._worker.send(work, instrument, amount, now_ns, lambda: self._say(target, now_ns))

    def _withdraw(self, key: Key, now_ns: int) -> None:
        del self._targets[key]
        work = self._works.pop(key)
        if work.order is not None:
            self._gateway.cancel(work.order, now_ns)

    def _is_reached(self, target: Target) -> bool:
        instrument = self._board.instrument(target.instrument)
        difference = self._difference(target)
        return not (difference if instrument is None else instrument.amount_near(difference))

    def _difference(self, target: Target) -> Decimal:
        return target.amount - self._ledger.held(target.sleeve, target.instrument)

    def _say(self, target: Target, now_ns: int) -> None:
        """Write down what is wanted and why, once for each order it leads to."""
        held = self._ledger.held(target.sleeve, target.instrument)
        record = DecisionRecord(target.sleeve, target.instrument, target.amount, held, target.why)
        self._journal.record("decision", record, now_ns)
        kind = "HEDG" if target.sleeve.startswith(HEDGER) else "SIGN"
        text = f"{target.instrument} from {held.normalize():f} to {target.amount.normalize():f}"
        log.debug("%s: %s", text, target.why, extra={"kind": kind, "source": target.sleeve})
