"""The parts of the engine, joined once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import nan

from core.domain.stop import LotStop
from core.market.board import Board
from core.settings import RiskSettings, WorkSettings
from core.trading.control.automation import Automations
from core.trading.control.guard import Guard
from core.trading.control.replies import Replies
from core.trading.execution.closer import Closer
from core.trading.execution.parents import ParentOrders
from core.trading.execution.ranges import Ranges
from core.trading.execution.router import Router
from core.trading.execution.stops import Stops, Watch
from core.trading.execution.worker import Worker
from core.trading.holdings import LoopHoldings
from core.trading.journal import HedgeRecord, Journal, Kind, Restored, Seen
from core.trading.ledger.books import VenueBooks
from core.trading.ledger.explanation import Explanation
from core.trading.ledger.facing import FacingSleeves
from core.trading.ledger.ledger import Ledger
from core.trading.ledger.reconciliation import RESTATED, Reconciliation
from core.trading.orders.blotter import Blotter
from core.trading.orders.gateway import Gateway
from core.trading.orders.machine import OrderMachine
from core.trading.orders.scribe import Scribe
from core.trading.risk.conditions import Conditions
from core.trading.risk.exposure import Exposure
from core.trading.risk.limits import RiskGate
from core.trading.risk.losses import KEPT, Losses
from core.trading.risk.senses import Senses
from core.trading.risk.sleeve_losses import SleeveLosses
from core.trading.risk.usage import Usage
from core.trading.risk.view import RiskView
from core.trading.strategy import Context, Strategy
from core.venues.base import TradingVenue


@dataclass(frozen=True, slots=True)
class Parts:
    """Every part, each with one job; they live on the loop thread."""

    board: Board
    venue: TradingVenue
    journal: Journal
    conditions: Conditions
    ledger: Ledger
    books: VenueBooks
    truth: Reconciliation
    facing: FacingSleeves
    explanation: Explanation
    blotter: Blotter
    gate: RiskGate
    gateway: Gateway
    scribe: Scribe
    router: Router
    closer: Closer
    parents: ParentOrders
    stops: Stops
    automations: Automations
    senses: Senses
    usage: Usage
    guard: Guard
    losses: Losses
    replies: Replies
    holdings: LoopHoldings

    def context(self, now_ns: int) -> Context:
        """The world as a strategy may see it now."""
        return Context(now_ns, self.board, self.holdings, partial(self._tell, now_ns))

    def _tell(self, now_ns: int, seen: Seen) -> None:
        kind: Kind = "hedge" if isinstance(seen, HedgeRecord) else "signal"
        self.journal.record(kind, seen, now_ns)

    def risk(self, now_ns: int) -> RiskView:
        """Every limit with its use, and what keeps the gate closed."""
        conditions, losses = self.conditions, self.losses
        profit, drawdown = losses.profit_usd, losses.drawdown_usd
        sent = self.gate.sent_lately(now_ns)
        return RiskView(
            at_ns=now_ns,
            uses=self.usage.uses(sent, self.guard.sleeve_lost_usd),
            causes=conditions.causes(now_ns),
            lock=losses.lock,
            profit_usd=nan if profit is None else float(profit),
            drawdown_usd=nan if drawdown is None else float(drawdown),
            since_ns=losses.since_ns,
            heard_ms=conditions.heard_ms,
            silent_ms=self.board.silent_ms,
        )


@dataclass(frozen=True, slots=True)
class _Orders:
    """What everything that trades stands on: the books, and the one way to the venue."""

    ledger: Ledger
    books: VenueBooks
    truth: Reconciliation
    scribe: Scribe
    replies: Replies
    blotter: Blotter
    conditions: Conditions
    gate: RiskGate
    gateway: Gateway


def _orders(
    board: Board, venue: TradingVenue, risk: RiskSettings, journal: Journal, restored: Restored
) -> _Orders:
    ledger = Ledger(board.instrument, journal, restored)
    books = VenueBooks(ledger, journal, restored, board.venue_now_ns)
    truth = Reconciliation(ledger, books, journal, board.venue_now_ns, restored.text(RESTATED))
    scribe = Scribe(journal, ledger)
    replies = Replies(journal, scribe)
    blotter = Blotter(_order_changed(scribe, replies))
    blotter.restore(restored.orders)
    conditions = Conditions()
    gate = RiskGate(risk, board, ledger, blotter, conditions)
    gateway = Gateway(venue, blotter, gate, scribe)
    return _Orders(ledger, books, truth, scribe, replies, blotter, conditions, gate, gateway)


def join(
    board: Board,
    venue: TradingVenue,
    risk: RiskSettings,
    strategies: Sequence[Strategy],
    journal: Journal,
    restored: Restored,
    work: WorkSettings,
) -> Parts:
    """Build the parts; nothing is sent yet."""
    base = _orders(board, venue, risk, journal, restored)
    ledger, truth, blotter = base.ledger, base.truth, base.blotter
    gateway, conditions, replies = base.gateway, base.conditions, base.replies
    worker = Worker(board, blotter, gateway, base.gate, conditions)
    router = Router(board, ledger, blotter, gateway, worker, journal)
    closer = Closer(board, ledger, truth, blotter, gateway, replies.say)
    parents = ParentOrders(work, board, worker, journal, replies.say, restored.parents)
    watch = Watch(board, ledger, truth, conditions, closer, Ranges(board))
    automations = Automations(strategies, restored.automations_on, router, journal)
    holdings = LoopHoldings(ledger, blotter)
    losses = Losses(risk, board, holdings.accounts, journal, restored.text(KEPT))
    return Parts(
        board=board,
        venue=venue,
        journal=journal,
        conditions=conditions,
        ledger=ledger,
        books=base.books,
        truth=truth,
        facing=FacingSleeves(ledger, journal, board),
        explanation=Explanation(ledger, base.books),
        blotter=blotter,
        gate=base.gate,
        gateway=gateway,
        scribe=base.scribe,
        router=router,
        closer=closer,
        parents=parents,
        stops=Stops(watch, journal, _fired(parents, replies), restored.stops),
        automations=automations,
        senses=Senses(conditions, board, venue, journal),
        usage=Usage(risk, Exposure(board, ledger, blotter), blotter, losses),
        guard=Guard(risk, conditions, losses, SleeveLosses(board, ledger), automations),
        losses=losses,
        replies=replies,
        holdings=holdings,
    )


def _order_changed(scribe: Scribe, replies: Replies) -> Callable[[OrderMachine, int], None]:
    """Who hears of every change of an order: first the journal, then who asked for it."""

    def changed(machine: OrderMachine, now_ns: int) -> None:
        scribe.tell_order(machine, now_ns)
        replies.order_changed(machine, now_ns)

    return changed


def _fired(parents: ParentOrders, replies: Replies) -> Callable[[LotStop, int], None]:
    """What else a stop does when it fires: its lot must not be built up again beside it."""

    def fired(stop: LotStop, number: int) -> None:
        parents.cancel(lambda one: one.instrument == stop.instrument, stop.changed_ns)
        text = f"{stop.name} {stop.rule.words} of {stop.instrument} fired: {stop.reason}"
        replies.say(number, True, text, stop.changed_ns)

    return fired
