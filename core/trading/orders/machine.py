"""One order of ours: reports, outcomes and fills folded in whatever order they arrive."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from decimal import Decimal

from core.clock import NS_PER_S
from core.domain.fill import Fill
from core.domain.label import is_ours, sleeve_of
from core.domain.order import NewOrder, OrderReport, OrderState, report_of
from core.trading.orders.states import UNPROVEN, UNSHOWN, may_follow, with_filled

log = logging.getLogger(__name__)

NEVER_ARRIVED = "never reached the venue"
WITHDRAWN = "withdrawn before it was sent"
ANSWER_S = 10.0
"""A sent order of which nothing was heard for so long has an unknown outcome."""
NEVER_NS = -1
"""In place of a stamp of the venue that never came."""


@dataclass(slots=True)
class Retry:
    """A question or a wish repeated at growing distances until it is settled."""

    first_s: float
    most_s: float = 15.0
    tries: int = 0
    due_ns: int | None = None
    """When it is due; None while nothing is wanted."""

    def want(self, now_ns: int, in_s: float = 0.0) -> None:
        """Make it due `in_s` from now, unless it is under way already."""
        if self.due_ns is None:
            self.due_ns = now_ns + int(in_s * NS_PER_S)

    def hurry(self, now_ns: int) -> None:
        """If it is wanted, make it due now and start the distances anew."""
        if self.due_ns is not None:
            self.tries, self.due_ns = 0, now_ns

    def is_due(self, now_ns: int) -> bool:
        """True when its time has come."""
        return self.due_ns is not None and now_ns >= self.due_ns

    def tried(self, now_ns: int) -> None:
        """It was done; the next time lies twice as far away as this one did."""
        wait_s = min(self.first_s * 2**self.tries, self.most_s)
        self.tries = min(self.tries + 1, 10)
        self.due_ns = now_ns + int(wait_s * NS_PER_S)

    def settle(self) -> None:
        """Nothing is wanted any more."""
        self.tries, self.due_ns = 0, None


def sent_report(order: NewOrder, now_ns: int, state: OrderState = OrderState.SENT) -> OrderReport:
    """`order` as it stands the moment it is sent or waits for that: no id, nothing filled."""
    return report_of(order, "", state, now_ns)


@dataclass(slots=True)
class OrderMachine:
    """One order and what is being done about it."""

    report: OrderReport
    serial: int
    """The how manyth order this run knows: breaks ties of the venue's milliseconds."""
    is_own: bool = False
    """True when this run sent it; its label is unique then."""
    ask: Retry = field(default_factory=lambda: Retry(2.0))
    """The question what became of its label."""
    cancel: Retry = field(default_factory=lambda: Retry(1.0))
    """The wish to see it gone; kept when it ends, in case the venue shows it again."""
    seen_ns: int = NEVER_NS
    """The venue's stamp of the newest report taken; NEVER_NS before the first."""
    is_final: bool = False
    """True once the venue itself said that it is over."""
    missed: int = 0
    """How many of the venue's lists in a row did not contain it."""
    wanted_amount: Decimal | None = None
    """What a change on its way asks for; None when none is."""
    traded: Decimal = Decimal(0)
    """Sum of its known fills."""

    @property
    def sleeve(self) -> str:
        """The sleeve its label names."""
        return sleeve_of(self.report.label)

    @property
    def is_working(self) -> bool:
        """True while it may still trade."""
        return self.report.state.is_working

    @property
    def outstanding(self) -> Decimal:
        """What may still change the position: not traded yet, or traded with its fill missing."""
        if not self.is_own:
            return self.report.remaining
        reached = self.report.filled
        if self.is_working:
            reached = max(self.report.amount, self.wanted_amount or self.report.amount)
        return max(reached - self.traded, Decimal(0))

    @property
    def is_stranger(self) -> bool:
        """True for an order that this program never made."""
        return not self.is_own and not is_ours(self.report.label)

    @property
    def owed(self) -> Decimal:
        """What it traded without the fills having come; known of orders of this run."""
        return max(self.report.filled - self.traded, Decimal(0)) if self.is_own else Decimal(0)

    @property
    def is_unconfirmed(self) -> bool:
        """True while only we say how an order that traded ended: its amount may have changed."""
        is_ended = self.report.state in (OrderState.FILLED, OrderState.CANCELLED)
        return self.is_own and not self.is_final and is_ended and self.report.filled > 0

    @property
    def is_new(self) -> bool:
        """True while it waits to be sent."""
        return self.report.state is OrderState.NEW

    @property
    def is_unproven(self) -> bool:
        """True while the venue may have it or not."""
        return self.report.state in UNPROVEN

    @property
    def is_unseen(self) -> bool:
        """True while it works and the venue has shown nothing of it but fills."""
        return self.is_working and not self.is_new and self.seen_ns == NEVER_NS

    @property
    def is_being_cancelled(self) -> bool:
        """True once somebody wants it gone."""
        return self.cancel.due_ns is not None

    def take_report(self, new: OrderReport, is_listed: bool = False) -> bool:
        """Fold the venue's report in, however late it comes; True when it changed anything.

        `is_listed` when the venue showed it just now among the orders that work.
        """
        self.missed = 0
        if not self.owed:
            self.ask.settle()
        is_believed = self._believes(new, is_listed)
        if is_believed and new.state is OrderState.REFUSED and self.seen_ns != NEVER_NS:
            new = replace(new, state=OrderState.CANCELLED)
        folded = self._folded(new if is_believed else self.report, new)
        is_changed = self._set(folded)
        if is_believed:
            if new.amount == self.wanted_amount:
                self.wanted_amount = None
            self.seen_ns = max(self.seen_ns, new.updated_ns)
            self.is_final = not new.state.is_working
        return is_changed

    def take_fill(self, fill: Fill, now_ns: int) -> bool:
        """Count a fill taken for the first time; True when the order's own figures changed."""
        self.missed = 0
        before, average = self.report, self._average_with(fill)
        if self.report.state in UNSHOWN and not self.report.type.is_stop and not self.is_final:
            self._name(fill)
            self.ask.want(now_ns, ANSWER_S)
        if self.count(abs(fill.amount)):
            self._set(replace(self.report, average_price=average))
        return self.report != before

    def count(self, size: Decimal) -> bool:
        """Add `size` to what its fills sum to; True when that is more than it reported."""
        self.traded += size
        if self.traded <= self.report.filled:
            return False
        return self._set(with_filled(self.report, self.traded))

    def send(self, now_ns: int) -> bool:
        """It leaves now."""
        report = replace(self.report, created_ns=now_ns, updated_ns=now_ns)
        return self._set(replace(report, state=OrderState.SENT))

    def withdraw(self, now_ns: int) -> bool:
        """It was not sent and never will be."""
        return self.is_new and self._end(OrderState.CANCELLED, WITHDRAWN, now_ns)

    def doubt(self, why: str, now_ns: int) -> bool:
        """No answer came: unless the venue showed it meanwhile, its label is asked for."""
        if self.is_unseen:
            self.ask.settle()
            self.ask.want(now_ns)
        if self.report.state is not OrderState.SENT:
            return False
        report = replace(self.report, state=OrderState.UNKNOWN, reason=why, updated_ns=now_ns)
        return self._set(report)

    def refuse(self, reason: str, now_ns: int) -> bool:
        """It was not taken; a report that proves otherwise is believed more."""
        if not self.is_unproven and not self.is_new:
            return False
        return self._end(OrderState.REFUSED, reason, now_ns)

    def vanish(self, reason: str, now_ns: int) -> bool:
        """The venue knows it no more: it is over, with what its fills add up to.

        What was answered so far may all have been overtaken: it is final when it is denied again.
        """
        self.missed = 0
        return self.is_working and self._end(OrderState.CANCELLED, reason, now_ns)

    def _believes(self, new: OrderReport, is_listed: bool) -> bool:
        """True when `new` tells more of its state than what is known."""
        if self.seen_ns == NEVER_NS:
            return True
        if self.is_final:
            return False
        if not new.state.is_working:
            return True
        if self.is_working:
            return new.updated_ns >= self.seen_ns
        return is_listed or new.updated_ns > self.seen_ns

    def _folded(self, kept: OrderReport, new: OrderReport) -> OrderReport:
        """`kept` with what only grows taken from both."""
        old = self.report
        average = new.average_price if new.filled >= old.filled else old.average_price
        kept = replace(
            kept,
            order_id=kept.order_id or new.order_id,
            label=kept.label or old.label,
            average_price=average if average is not None else old.average_price,
            created_ns=kept.created_ns or old.created_ns,
        )
        return with_filled(kept, max(old.filled, new.filled))

    def _name(self, fill: Fill) -> None:
        """A fill proves that the venue has it, and under which id."""
        order_id = self.report.order_id or fill.order_id
        self.report = replace(self.report, order_id=order_id, reason="")

    def _end(self, state: OrderState, reason: str, now_ns: int) -> bool:
        if self.report.filled:
            state = OrderState.CANCELLED
        return self._set(replace(self.report, state=state, reason=reason, updated_ns=now_ns))

    def _set(self, report: OrderReport) -> bool:
        """Take `report` for true unless the table of states forbids it."""
        if not may_follow(self.report.state, report.state, not self.is_final):
            log.error("%s may not become %s: %s", self.report.state, report.state, report)
            return False
        if not report.state.is_working:
            self.ask.settle()
        if report == self.report:
            return False
        self.report = report
        return True

    def _average_with(self, fill: Fill) -> Decimal:
        """The mean price by amount until the venue's own arrives."""
        size = abs(fill.amount)
        if not self.traded or self.report.average_price is None:
            return fill.price
        before = self.report.average_price * self.traded
        return (before + fill.price * size) / (self.traded + size)
