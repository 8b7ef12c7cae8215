"""Stops the desk watches itself, on the loop thread, against the venue's mark.

Each guards one sleeve's lot of one instrument, on the side it had when the stop was armed. It
fires once: the lot, as large as it is then, is closed with orders that can only reduce it. A
stop never fires on a price that is not live, and never arms itself again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from core.clock import NS_PER_S
from core.domain.label import MANUAL
from core.domain.stop import LotStop, StopKind, StopState
from core.market.board import Board
from core.trading.commands import ArmStop
from core.trading.execution.closer import Closer
from core.trading.execution.prices import live_mark
from core.trading.execution.ranges import Ranges
from core.trading.execution.stop_prices import StopPrices, stop_prices
from core.trading.journal import Journal, StopRecord
from core.trading.ledger.ledger import Ledger
from core.trading.ledger.reconciliation import Reconciliation
from core.trading.risk.conditions import Conditions

log = logging.getLogger(__name__)
AGAIN_NS = 5 * NS_PER_S
"""An exit that gave up is begun again so much later, as long as the lot is there."""
BEST_NS = NS_PER_S
"""The best mark of a trailing stop is written down no more often."""


@dataclass(slots=True)
class _Watched:
    """One stop and what is not part of its record."""

    stop: LotStop
    number: int = 0
    """Of the command that armed it; 0 after a restart."""
    again_ns: int = 0
    written_ns: int = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """What stops look at, and who closes for them."""

    board: Board
    ledger: Ledger
    truth: Reconciliation
    conditions: Conditions
    closer: Closer
    ranges: Ranges


class Stops:
    """Arms, watches, fires and ends; the engine turns it on every tick."""

    def __init__(
        self,
        watch: Watch,
        journal: Journal,
        fired: Callable[[LotStop, int], None],
        restored: tuple[LotStop, ...] = (),
    ) -> None:
        self._board = watch.board
        self._ledger = watch.ledger
        self._truth = watch.truth
        self._conditions = watch.conditions
        self._closer = watch.closer
        self._ranges = watch.ranges
        self._journal = journal
        self._fired = fired
        self._count = 0
        self._watched = [_Watched(replace(one, name=self._name())) for one in restored]

    # Reading.

    def standing(self) -> tuple[LotStop, ...]:
        """Armed and fired ones, oldest first."""
        return tuple(one.stop for one in self._watched)

    def alarms(self) -> tuple[str, ...]:
        """The stops that cannot act now, and why."""
        return tuple(
            f"{one.stop.name} {one.stop.rule.words} of {one.stop.instrument} is blind: "
            f"{one.stop.blind}"
            for one in self._watched
            if one.stop.blind
        )

    # Asking.

    def arm(self, request: ArmStop, number: int, now_ns: int) -> tuple[bool, str]:
        """Guard the manual lot of an instrument; (is ok, what was done or why not)."""
        name, rule = request.instrument, request.rule
        lot = self._ledger.held(MANUAL, name)
        if not lot:
            return False, f"nothing is held of {name} by hand: there is no lot to guard"
        prices = self._prices(request, 1 if lot > 0 else -1)
        if isinstance(prices, str):
            return False, prices
        replaced = self.end(
            lambda old: old.instrument == name and old.rule.kind.family == rule.kind.family,
            "replaced",
            now_ns,
        )
        deadline_ns = None
        if rule.kind is StopKind.TIME:
            deadline_ns = now_ns + int(rule.value * NS_PER_S)
        stop = LotStop(
            f"{name}@{now_ns}-{self._count}",
            self._name(),
            MANUAL,
            name,
            1 if lot > 0 else -1,
            rule,
            now_ns,
            now_ns,
            trigger=prices.trigger,
            distance=prices.distance,
            best=prices.best,
            deadline_ns=deadline_ns,
            amount=lot,
        )
        self._watched.append(_Watched(stop, number, written_ns=now_ns))
        self._journal.record("stop", StopRecord(stop), now_ns)
        return True, _armed_words(stop) + (f", replaces {', '.join(replaced)}" if replaced else "")

    def end(self, is_meant: Callable[[LotStop], bool], why: str, now_ns: int) -> list[str]:
        """Take back those meant; a lot that is being closed already goes on closing. Names."""
        found = [one for one in self._watched if is_meant(one.stop)]
        for one in found:
            self._settle(one, StopState.ENDED, why, now_ns)
        return [one.stop.name for one in found]

    # Watching.

    def watch(self, now_ns: int) -> None:
        """Look at every lot and its mark; nothing before the venue's positions are known."""
        self._ranges.sample({one.instrument for one in self._ledger.positions()}, now_ns)
        if self._truth.is_first:
            return
        for one in list(self._watched):
            if one.stop.state is StopState.FIRED:
                self._finish(one, now_ns)
            else:
                self._watch(one, now_ns)

    def _watch(self, one: _Watched, now_ns: int) -> None:
        stop = one.stop
        lot = self._ledger.held(stop.sleeve, stop.instrument)
        if lot * stop.sign <= 0:
            why = "its lot turned" if lot else "its lot is flat"
            self._settle(one, StopState.ENDED, why, now_ns)
            return
        blind = "" if self._conditions.is_link_up else "the trading link is down"
        is_due = False
        if stop.deadline_ns is not None:
            is_due = now_ns >= stop.deadline_ns
        elif (mark := live_mark(self._board, stop.instrument)) is None:
            blind = blind or f"{stop.instrument} has no live mark price"
        else:
            self._follow(one, mark, now_ns)
            is_due = _is_crossed(one.stop, mark)
        self._say_blind(one, blind)
        if is_due and not blind:
            self._fire(one, lot, now_ns)

    def _follow(self, one: _Watched, mark: Decimal, now_ns: int) -> None:
        """A better mark takes a trailing stop with it."""
        stop = one.stop
        if stop.best is None or (mark - stop.best) * stop.sign <= 0:
            return
        trigger = _behind(stop, mark)
        one.stop = replace(stop, best=mark, trigger=trigger)
        if now_ns - one.written_ns >= BEST_NS:
            self._write(one, now_ns)

    def _fire(self, one: _Watched, lot: Decimal, now_ns: int) -> None:
        """Written down first, then the lot goes: after a crash it is finished, not fired anew."""
        mark = live_mark(self._board, one.stop.instrument)
        reason = "time is up" if one.stop.deadline_ns is not None else f"mark {mark}"
        one.stop = replace(one.stop, state=StopState.FIRED, amount=lot, reason=reason)
        self._write(one, now_ns)
        text = f"{_armed_words(one.stop)} FIRED: {reason}, closes {abs(lot).normalize():f}"
        log.warning("%s", text, extra={"kind": "RISK", "source": "stop"})
        self._fired(one.stop, one.number)
        self._close(one, now_ns)

    def _finish(self, one: _Watched, now_ns: int) -> None:
        """It has fired: done when the lot is gone, begun again when the exit gave up."""
        stop = one.stop
        lot = self._ledger.held(stop.sleeve, stop.instrument)
        if lot * stop.sign <= 0:
            self._settle(one, StopState.DONE, stop.reason, now_ns)
        elif abs(lot) > abs(stop.amount):
            self._settle(one, StopState.ENDED, "its lot grew after it fired", now_ns)
        elif self._closer.is_closing(stop.sleeve, stop.instrument):
            one.again_ns = now_ns + AGAIN_NS
        elif now_ns >= one.again_ns:
            self._close(one, now_ns)

    def _close(self, one: _Watched, now_ns: int) -> None:
        one.again_ns = now_ns + AGAIN_NS
        self._closer.close_lot(one.stop.sleeve, one.stop.instrument, one.number)

    def _prices(self, request: ArmStop, sign: int) -> StopPrices | str:
        mark = live_mark(self._board, request.instrument)
        instrument = self._board.instrument(request.instrument)
        if request.rule.kind is StopKind.TIME:
            return StopPrices()
        if instrument is None or mark is None:
            return f"{request.instrument} has no live mark price: a stop cannot be checked"
        average = self._ledger.lot_average(MANUAL, request.instrument)
        ranges = self._ranges
        atr = ranges.atr(request.instrument)
        bars = ranges.bars(request.instrument)
        return stop_prices(request.rule, sign, instrument, mark, average, atr, bars)

    def _say_blind(self, one: _Watched, blind: str) -> None:
        if blind == one.stop.blind:
            return
        one.stop = replace(one.stop, blind=blind)
        text = f"{one.stop.name} {one.stop.rule.words} of {one.stop.instrument}"
        words = f"{text} is blind: {blind}" if blind else f"{text} sees again"
        log.warning("%s", words, extra={"kind": "RISK", "source": "stop"})

    def _settle(self, one: _Watched, state: StopState, reason: str, now_ns: int) -> None:
        one.stop = replace(one.stop, state=state, reason=reason)
        self._write(one, now_ns)
        self._watched.remove(one)
        text = f"{_armed_words(one.stop)} is {state.value}: {reason}"
        log.info("%s", text, extra={"kind": "RISK", "source": "stop"})

    def _write(self, one: _Watched, now_ns: int) -> None:
        """Every record of one stop has a later time, by the database's microseconds."""
        later_ns = max(now_ns, one.stop.changed_ns + 1_000)
        one.stop = replace(one.stop, changed_ns=later_ns)
        one.written_ns = now_ns
        self._journal.record("stop", StopRecord(one.stop), later_ns)

    def _name(self) -> str:
        self._count += 1
        return f"s{self._count}"


def _is_crossed(stop: LotStop, mark: Decimal) -> bool:
    return stop.trigger is not None and (mark - stop.trigger) * stop.sign <= 0


def _behind(stop: LotStop, mark: Decimal) -> Decimal:
    """Where a trailing stop stands once `mark` is the best."""
    distance = stop.distance
    if distance is None:
        distance = mark * stop.rule.value / 100
    return mark - distance * stop.sign


def _armed_words(stop: LotStop) -> str:
    """`s1 stop 2% of BTC-PERPETUAL at 58800`."""
    at = "" if stop.trigger is None else f" at {stop.trigger.normalize():f}"
    return f"{stop.name} {stop.rule.words} of {stop.instrument}{at}"
