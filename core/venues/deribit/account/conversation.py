"""Everything said about one account over one connection at a time, without a socket.

From login to reconciliation, then commands out and facts in. Facts are collected here; the
link takes them out and emits them while it holds no lock.
"""

from __future__ import annotations

import logging
from typing import Final

from core.clock import Clock
from core.domain.events import (
    AccountChanged,
    CancelFailed,
    Fact,
    Filled,
    LabelAnswered,
    OrderChanged,
    OutcomeArrived,
    Reconciled,
    TradingLinkChanged,
)
from core.domain.order import Amendment, NewOrder
from core.domain.outcome import Refused
from core.errors import MarketDataError
from core.venues.deribit.account import facts
from core.venues.deribit.account.bookings import BookingsQuery
from core.venues.deribit.account.labels import LabelQuery
from core.venues.deribit.account.orders import ALL, Orders
from core.venues.deribit.account.reconciliation import Reconciliation
from core.venues.deribit.account.startup import Startup
from core.venues.deribit.limits import Limits
from core.venues.deribit.session import Session
from core.venues.deribit.wire import Heartbeat, Notification, Reply

log = logging.getLogger(__name__)

LINK_IS_DOWN: Final = "trading link is down"


class Conversation:
    """One account's state machine. Its link holds a lock around every call."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        limits: Limits,
        currencies: tuple[str, ...],
        since_ns: int = 0,
    ) -> None:
        """Fills from before `since_ns` are known; 0 when none is."""
        self._session = session
        self._clock = clock
        self._facts: list[Fact] = []
        self._orders = Orders(session, self._facts.append)
        self._startup = Startup(session, self._started, self._failed)
        self._reconciliation = Reconciliation(
            session, clock, limits, currencies, self._reconciled, self._not_reconciled, since_ns
        )
        self._bookings = BookingsQuery(session, currencies, self._facts.append)
        self._queries: dict[tuple[str, str], LabelQuery] = {}
        """By label and instrument."""
        self.is_up = False

    @property
    def step(self) -> str:
        """What the start-up is doing, or live, in words."""
        return "live" if self.is_up else self._startup.step

    @property
    def is_swept_when_lost(self) -> bool | None:
        """Whether the venue says it cancels on disconnect; None while it has not said."""
        return self._startup.is_swept_when_lost if self.is_up else None

    def facts(self) -> list[Fact]:
        """What happened since the last look, in order; handed out once."""
        found = self._facts[:]
        self._facts.clear()
        return found

    # A connection's life.

    def begin(self, now_s: float) -> None:
        """A new socket stands: log in and reconcile."""
        self._startup.begin(now_s)

    def take(self, frame: Reply | Heartbeat | Notification, now_s: float) -> None:
        """Fold in one frame."""
        if isinstance(frame, Notification):
            self._notified(frame)
        else:
            self._session.take(frame, now_s)

    def unreadable(self, now_s: float) -> None:
        """A frame was lost to us: it may have been a fill, so ask for the whole truth."""
        self._reconciliation.disturb()
        if self.is_up:
            self._reconciliation.start(now_s)

    def tick(self, now_s: float) -> None:
        """Let time pass."""
        self._session.tick(now_s)
        self._bookings.tick(now_s)
        for query in self._queries.values():
            query.tick(now_s)
        self._queries = {topic: one for topic, one in self._queries.items() if not one.is_over}

    def lose(self, why: str) -> None:
        """The socket is gone: what was under way is unknown, and the link is down."""
        self._reconciliation.abandon()
        self._bookings.abandon()
        self._queries.clear()
        self._session.lose(why)
        if self.is_up:
            self.is_up = False
            self._facts.append(TradingLinkChanged(False, why))

    # Commands.

    def place(self, order: NewOrder, now_s: float) -> None:
        """Send an order; exactly one OutcomeArrived with its label follows."""
        if self.is_up:
            self._orders.place(order, now_s)
        else:
            self._facts.append(OutcomeArrived(Refused(order.label, LINK_IS_DOWN)))

    def amend(self, change: Amendment, now_s: float) -> None:
        """Change an order; OrderChanged or CancelFailed follows."""
        if self.is_up:
            self._orders.amend(change, now_s)
        else:
            self._facts.append(CancelFailed(change.order_id, LINK_IS_DOWN))

    def cancel(self, order_id: str, now_s: float) -> None:
        """Cancel an order; OrderChanged or CancelFailed follows."""
        if self.is_up:
            self._orders.cancel(order_id, now_s)
        else:
            self._facts.append(CancelFailed(order_id, LINK_IS_DOWN))

    def cancel_label(self, label: str, instrument: str, now_s: float) -> None:
        """Cancel the order of a label; OrderChanged or CancelFailed follows."""
        if self.is_up:
            self._orders.cancel_label(label, instrument, now_s)
        else:
            self._facts.append(CancelFailed(label, LINK_IS_DOWN))

    def cancel_all(self, now_s: float) -> None:
        """Cancel everything that rests."""
        if self.is_up:
            self._orders.cancel_all(now_s)
        else:
            self._facts.append(CancelFailed(ALL, LINK_IS_DOWN))

    def ask_label(self, label: str, instrument: str, now_s: float) -> None:
        """Ask what became of a label; LabelAnswered follows, or silence without a link.

        A question that waits or is on its way already is not asked a second time.
        """
        asked = self._queries.get((label, instrument))
        if self.is_up and (asked is None or asked.is_over):
            query = LabelQuery(self._session, label, instrument, self._label_answered)
            self._queries[label, instrument] = query
            query.start(now_s)

    def reconcile(self, now_s: float) -> None:
        """Ask for the whole truth; Reconciled follows, or silence without a link."""
        if self.is_up:
            self._reconciliation.start(now_s)

    # Inside.

    def _started(self) -> None:
        self._reconciliation.start(self._session.now_s)

    def _failed(self, why: str) -> None:
        self._session.broken = why

    def _reconciled(self, truth: Reconciled) -> None:
        self._facts.append(truth)
        if not self.is_up:
            self.is_up = True
            self._facts.append(TradingLinkChanged(True))
        self._bookings.start(self._session.now_s)

    def _not_reconciled(self, why: str) -> None:
        if self.is_up:
            log.warning("reconciliation failed: %s", why)
        else:
            self._failed(why)

    def _label_answered(self, answer: LabelAnswered) -> None:
        self._facts.append(answer)

    def _notified(self, frame: Notification) -> None:
        kind = frame.channel.split(".")[1] if frame.channel.startswith("user.") else ""
        try:
            if kind == "orders":
                self._facts += [OrderChanged(one) for one in facts.orders_of(frame.data)]
            elif kind == "trades":
                self._reconciliation.disturb()
                self._facts += [Filled(one) for one in facts.fills_of(frame.data)]
            elif kind == "portfolio":
                now_ns = self._clock.now_ns()
                self._facts.append(AccountChanged(facts.account_of(frame.data, now_ns)))
        except MarketDataError as error:
            log.error("%s: %s", frame.channel, error)
            self.unreadable(self._session.now_s)
