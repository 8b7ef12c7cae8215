"""One order of ours: reports, outcomes and fills folded in whatever order they arrive."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from core.clock import NS_PER_S
from core.domain.fill import Fill
from core.domain.label import sleeve_of
from core.domain.order import NewOrder, OrderReport, OrderState

NEVER_ARRIVED = "never reached the venue"
ENDED = frozenset({OrderState.FILLED, OrderState.CANCELLED})
"""What only the venue can say, and takes back never."""
UNPROVEN = frozenset({OrderState.SENT, OrderState.UNKNOWN})
"""The venue has not shown us this order yet."""


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


def sent_report(order: NewOrder, now_ns: int) -> OrderReport:
    """`order` as it stands the moment it is sent: no id, nothing filled."""
    return OrderReport(
        "",
        order.label,
        order.instrument,
        order.side,
        order.amount,
        Decimal(0),
        None,
        order.price,
        order.type,
        OrderState.SENT,
        order.time_in_force,
        order.post_only,
        order.reduce_only,
        order.trigger_price,
        created_ns=now_ns,
        updated_ns=now_ns,
    )


def fold(old: OrderReport, new: OrderReport) -> OrderReport:
    """What is known after the venue's report `new`, however late it comes.

    An ended order never works again; an order believed refused does, if the venue shows it
    and had never shown it before. What is filled only grows.
    """
    filled = max(old.filled, new.filled)
    if old.state in UNPROVEN or _is_refused_unseen(old):
        kept = new
    elif old.state in ENDED or old.state is OrderState.REFUSED:
        kept = new if new.state is OrderState.FILLED else old
    elif not new.state.is_working or new.updated_ns >= old.updated_ns:
        kept = new
    else:
        kept = old
    average = new.average_price if new.filled >= old.filled else old.average_price
    kept = replace(
        kept,
        order_id=kept.order_id or new.order_id,
        label=kept.label or old.label,
        filled=filled,
        average_price=average if average is not None else old.average_price,
        created_ns=kept.created_ns or old.created_ns,
    )
    return with_filled(kept, filled)


def with_filled(report: OrderReport, filled: Decimal) -> OrderReport:
    """`report` with `filled` of it traded; filled whole, it is over."""
    if filled >= report.amount and report.state is not OrderState.FILLED:
        return replace(report, filled=filled, state=OrderState.FILLED, reason="")
    return report if filled == report.filled else replace(report, filled=filled)


def _is_refused_unseen(report: OrderReport) -> bool:
    return report.state is OrderState.REFUSED and not report.order_id


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
    missed: int = 0
    """How many of the venue's lists in a row did not contain it."""
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
        reached = self.report.amount if self.is_working else self.report.filled
        return max(reached - self.traded, Decimal(0))

    @property
    def is_unproven(self) -> bool:
        """True while the venue has not shown it."""
        return self.report.state in UNPROVEN

    @property
    def is_being_cancelled(self) -> bool:
        """True once somebody wants it gone."""
        return self.cancel.due_ns is not None

    def take_report(self, new: OrderReport) -> bool:
        """Fold the venue's report in; True when it changed anything."""
        self.missed = 0
        self.ask.settle()
        return self._set(fold(self.report, new))

    def take_fill(self, fill: Fill) -> bool:
        """Count a fill taken for the first time; True when the order's own figures changed."""
        average = self._average_with(fill)
        if not self.count(abs(fill.amount)):
            return False
        return self._set(replace(self.report, average_price=average))

    def count(self, size: Decimal) -> bool:
        """Add `size` to what its fills sum to; True when that is more than it reported."""
        self.traded += size
        if self.traded <= self.report.filled:
            return False
        return self._set(with_filled(self.report, self.traded))

    def doubt(self, why: str, now_ns: int) -> bool:
        """No answer came: unless the venue showed it meanwhile, its label is asked for."""
        if not self.is_unproven:
            return False
        self.ask.want(now_ns)
        report = replace(self.report, state=OrderState.UNKNOWN, reason=why, updated_ns=now_ns)
        return self._set(report)

    def refuse(self, reason: str, now_ns: int) -> bool:
        """It was not taken; a report that proves otherwise is believed more."""
        if not self.is_unproven:
            return False
        return self._end(OrderState.REFUSED, reason, now_ns)

    def vanish(self, reason: str, now_ns: int) -> bool:
        """The venue knows it no more: it is over, with what its fills add up to."""
        return self.is_working and self._end(OrderState.CANCELLED, reason, now_ns)

    def _end(self, state: OrderState, reason: str, now_ns: int) -> bool:
        if self.traded:
            state = OrderState.CANCELLED
        return self._set(replace(self.report, state=state, reason=reason, updated_ns=now_ns))

    def _set(self, report: OrderReport) -> bool:
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
