"""The loop without its thread: folds one event at a time and shows what came of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import assert_never

from core.clock import NS_PER_S
from core.domain.events import (
    AccountChanged,
    Booked,
    CancelFailed,
    Fact,
    Filled,
    LabelAnswered,
    OrderChanged,
    OutcomeArrived,
    Reconciled,
    TradingLinkChanged,
)
from core.domain.fill import Fill
from core.domain.label import sleeve_of
from core.domain.outcome import Accepted
from core.market.board import Board
from core.settings import RiskSettings, WorkSettings
from core.trading.commands import Command
from core.trading.control.console import Console
from core.trading.control.replies import EVERYTHING
from core.trading.inbox import Event, Tick
from core.trading.journal import HISTORY, Journal, KeptRecord, NoteRecord, Restored
from core.trading.parts import join
from core.trading.risk.view import RiskView
from core.trading.strategy import Strategy
from core.trading.view import AutomationState, Gate, TradingView
from core.venues.base import TradingVenue

log = logging.getLogger(__name__)
RECONCILE_S = 15
RETRY_S = 3
"""The same while positions are not known at all."""
DOUBT_S = 1
"""A comparison that differed, or could not be made, is repeated so soon."""
PICTURE_NS = NS_PER_S
"""A picture is never older than this."""
RISK_NS = NS_PER_S
"""How often the use of the limits is measured: 2 ms with 60 positions and 40 orders."""
ERRORS_SHOWN = 3


class Engine:
    """Everything that must be exact, driven by `handle`. One thread at a time."""

    def __init__(
        self,
        board: Board,
        venue: TradingVenue,
        risk: RiskSettings,
        strategies: Sequence[Strategy],
        journal: Journal,
        restored: Restored,
        work: WorkSettings | None = None,
    ) -> None:
        work = work or WorkSettings()
        self.parts = join(board, venue, risk, strategies, journal, restored, work)
        self._console = Console(self.parts)
        self._restored = restored
        self._history_ns = restored.since_ns
        """Executions before this are in the lots or in what was adopted."""
        self._noted_ns = restored.since_ns
        """What was written down of it."""
        self._reconcile_ns = 0
        self._gate = Gate(False, "")
        self._automations: tuple[AutomationState, ...] = ()
        self._errors: list[str] = []
        self._risk = RiskView()
        self._sequence = 0
        self._picture_ns = 0
        self.is_dirty = True
        """True when `picture` would show something new."""

    def handle(self, event: Event, now_ns: int, lag_ms: float = 0.0) -> None:
        """Fold one event in that waited `lag_ms`; raises only what a strategy raises."""
        self.parts.conditions.lag_ms = lag_ms
        if isinstance(event, Tick):
            self._tick(now_ns)
        elif isinstance(event, Command):
            self._console.handle(event, now_ns)
            self.is_dirty = True
        else:
            self._take(event, now_ns)
            self.is_dirty = True
        self._work(now_ns)

    def begin(self, now_ns: int) -> None:
        """The loop starts: programs that were on resume as soon as positions are known."""
        self.parts.conditions.is_ending = False
        if not self.parts.truth.is_first:
            self.parts.automations.resume(self.parts.context(now_ns))

    def end(self, now_ns: int) -> None:
        """The loop is asked to stop: cancel what programs have working, send nothing new."""
        self.parts.conditions.is_ending = True
        self.parts.automations.pause(self.parts.context(now_ns))
        self.parts.parents.rest(now_ns)
        self.is_dirty = True

    @property
    def is_clear(self) -> bool:
        """True when no order of a program works, or none can be reached."""
        owns = self.parts.automations.owns
        is_up = self.parts.conditions.is_link_up
        if not is_up:
            return True
        is_idle = not any(owns(one.sleeve) for one in self.parts.blotter.working())
        return is_idle and self.parts.parents.is_clear

    def fail(self, error: Exception, now_ns: int) -> None:
        """An error escaped `handle`: programs are off, the alarm stays until the next start."""
        why = f"{type(error).__name__}: {error}"
        stopped = self.parts.automations.fail(why, now_ns)
        text = f"an error in the loop: {why}" + (f"; {stopped} switched off" if stopped else "")
        self.parts.journal.record("note", NoteRecord("error", text), now_ns)
        if text not in self._errors:
            self._errors = [*self._errors, text][-ERRORS_SHOWN:]
        self.is_dirty = True

    def picture(self, now_ns: int) -> TradingView:
        """The state as a frozen value."""
        parts = self.parts
        self._sequence += 1
        self._picture_ns = now_ns
        self.is_dirty = False
        return TradingView(
            sequence=self._sequence,
            at_ns=now_ns,
            is_link_up=parts.conditions.is_link_up,
            is_reconciled=parts.conditions.is_reconciled,
            orders=parts.blotter.reports(),
            positions=parts.ledger.positions(),
            sleeves=parts.ledger.sleeves(),
            results=parts.ledger.results(),
            totals=parts.ledger.totals(),
            explained=parts.explanation.newest,
            fills=tuple(parts.ledger.fills),
            accounts=parts.holdings.accounts(),
            automations=parts.automations.states(),
            gate=parts.conditions.gate(now_ns),
            risk=self._risk,
            alarms=self._alarms(),
            checks=parts.truth.averages,
            replies=parts.replies.newest,
            parents=parts.parents.shown(),
            stops=parts.stops.standing(),
            lag_ms=parts.conditions.lag_ms,
        )

    def _take(self, fact: Fact, now_ns: int) -> None:
        parts = self.parts
        match fact:
            case OrderChanged(report):
                machine = parts.blotter.take_report(report, now_ns)
                parts.replies.order_shown(machine, now_ns)
            case Filled(fill):
                self._take_fills((fill,), now_ns)
            case OutcomeArrived(outcome):
                parts.blotter.take_outcome(outcome, now_ns)
                if isinstance(outcome, Accepted):
                    self._take_fills(outcome.fills, now_ns)
            case CancelFailed():
                self._cancel_failed(fact, now_ns)
            case LabelAnswered(label, reports, fills, refusal):
                self._take_fills(fills, now_ns)
                parts.blotter.take_answer(label, reports, now_ns, refusal)
                parts.replies.order_shown(parts.blotter.find_label(label), now_ns)
            case AccountChanged(figures):
                parts.holdings.take_accounts((figures,))
            case Booked(_, bookings):
                parts.books.take(bookings, now_ns)
            case Reconciled():
                self._reconcile(fact, now_ns)
            case TradingLinkChanged(is_up, why):
                self._link(is_up, why, now_ns)
            case _:
                assert_never(fact)

    def _take_fills(self, fills: Iterable[Fill], now_ns: int) -> None:
        for fill in self._news(fills):
            sleeve = sleeve_of(fill.label or self.parts.blotter.label_of(fill.order_id))
            if self.parts.ledger.take(fill, sleeve, now_ns):
                self.parts.scribe.tell_fill(fill, sleeve)
                self.parts.blotter.take_fill(fill, now_ns)

    def _cancel_failed(self, failed: CancelFailed, now_ns: int) -> None:
        machine = self.parts.blotter.find(failed.order_id)
        is_told = self.parts.replies.request_failed(failed, machine, now_ns)
        if machine is not None and failed.is_certain and not is_told:
            self.parts.parents.refused(machine, failed.reason, now_ns)
        if failed.order_id == EVERYTHING:
            self.parts.gateway.sweep_failed(failed.is_certain, now_ns)
        if machine is not None and failed.is_certain:
            machine.wanted_amount = None
        if machine is not None and machine.is_working:
            machine.ask.want(now_ns)

    def _link(self, is_up: bool, why: str, now_ns: int) -> None:
        conditions = self.parts.conditions
        conditions.is_link_up, conditions.link_why = is_up, why
        if not is_up:
            conditions.is_reconciled = False
            return
        self.parts.gateway.hurry(now_ns)
        self._console.link_returned(now_ns)
        if not conditions.is_reconciled:
            self._reconcile_ns = now_ns

    def _reconcile(self, truth: Reconciled, now_ns: int) -> None:
        parts = self.parts
        parts.holdings.take_accounts(truth.accounts)
        if not parts.board.catalog.by_name:
            self._reconcile_ns = now_ns + DOUBT_S * NS_PER_S
            return
        is_first = parts.truth.is_first
        self._begin_history(truth.fills)
        self._take_fills(truth.fills, now_ns)
        parts.blotter.take_list(truth.open_orders, now_ns)
        parts.truth.take(truth, now_ns)
        parts.facing.look(now_ns)
        if not parts.truth.is_in_doubt and not parts.books.is_awaiting:
            parts.explanation.take(truth.accounts)
        conditions = parts.conditions
        conditions.is_reconciled, conditions.reconciled_ns = True, now_ns
        conditions.alarm = next(iter(parts.truth.alarms), "")
        conditions.is_in_doubt = parts.truth.is_in_doubt
        self._note_history(truth.fills, now_ns)
        wait_s = DOUBT_S if parts.truth.is_in_doubt else RECONCILE_S
        self._reconcile_ns = now_ns + wait_s * NS_PER_S
        if is_first:
            parts.parents.tell_left_behind(now_ns)
            parts.automations.resume(parts.context(now_ns))
        parts.guard.look(now_ns)

    def _begin_history(self, fills: Sequence[Fill]) -> None:
        """At a first start nothing is known: what is older is in the amounts to be adopted."""
        is_told = bool(self._restored.trades or self._restored.since_ns)
        if self.parts.truth.is_first and not is_told:
            self._history_ns = max((one.at_ns + 1 for one in fills), default=1)

    def _note_history(self, fills: Sequence[Fill], now_ns: int) -> None:
        """Write down from when on a later start has to ask, whenever that moved."""
        known_ns = max([self._history_ns, *(one.at_ns for one in fills)])
        if known_ns > self._noted_ns:
            self._noted_ns = known_ns
            self.parts.journal.record("kept", KeptRecord(HISTORY, str(known_ns)), now_ns)

    def _news(self, fills: Iterable[Fill]) -> list[Fill]:
        """Those that happened since the lots were known; the rest is contained in them."""
        news = []
        for fill in fills:
            if fill.at_ns >= self._history_ns or self.parts.blotter.is_own(fill.label):
                news.append(fill)
            else:
                self.parts.ledger.mark_seen(fill)
        return news

    def _tick(self, now_ns: int) -> None:
        parts = self.parts
        parts.blotter.doubt_silence(now_ns)
        if parts.conditions.is_link_up:
            parts.gateway.repeat(now_ns)
            if now_ns >= self._reconcile_ns:
                wait_s = RECONCILE_S if parts.conditions.is_reconciled else RETRY_S
                self._reconcile_ns = now_ns + wait_s * NS_PER_S
                parts.venue.reconcile()
        parts.senses.look()
        parts.guard.watch(now_ns)
        self._console.on_time(now_ns)
        parts.stops.watch(now_ns)
        if not parts.conditions.is_ending:
            parts.automations.on_time(parts.context(now_ns))
        self._watch(now_ns)

    def _work(self, now_ns: int) -> None:
        """Let router and closer go on from here."""
        self.parts.router.step(now_ns)
        self.parts.parents.step(now_ns)
        if self.parts.conditions.is_link_up:
            self.parts.closer.step(now_ns)

    def _watch(self, now_ns: int) -> None:
        """See what moves without an event: the gate, and what strategies say of themselves."""
        gate = self.parts.conditions.gate(now_ns)
        if gate.is_open != self._gate.is_open:
            text = "programs may trade" if gate.is_open else f"programs wait: {gate.reason}"
            log.info("%s", text, extra={"kind": "RISK", "source": "gate"})
            self.parts.journal.record("note", NoteRecord("gate", text), now_ns)
        automations = self.parts.automations.states()
        if (gate, automations) != (self._gate, self._automations):
            self.is_dirty = True
        self._gate, self._automations = gate, automations
        if now_ns - self._picture_ns >= PICTURE_NS:
            self.is_dirty = True
        if not 0 <= now_ns - self._risk.at_ns < RISK_NS:
            self._risk = self.parts.risk(now_ns)
            self.is_dirty = True

    def _alarms(self) -> tuple[str, ...]:
        parts = self.parts
        unlisted = tuple(
            f"{one.instrument} is held but not listed: no limit counts it"
            for one in parts.ledger.positions()
            if parts.board.instrument(one.instrument) is None
            and not parts.books.is_awaited(one.instrument)
        )
        stops = parts.stops.alarms()
        return parts.guard.alarms + parts.truth.alarms + unlisted + stops + tuple(self._errors)
