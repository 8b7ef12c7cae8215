"""The paper exchange: commands in, facts out, everything written down in between.

It decides nothing for the account that the public data does not show: takers get the displayed
depth once, resting orders fill behind what stood before them, and a stale book fills nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal

from core.clock import Clock
from core.domain.booking import Booking, BookingKind
from core.domain.events import (
    AccountChanged,
    Booked,
    CancelFailed,
    Fact,
    LabelAnswered,
    OutcomeArrived,
    Reconciled,
)
from core.domain.instrument import Instrument
from core.domain.order import Amendment, NewOrder, OrderState
from core.domain.outcome import Accepted, Refused
from core.errors import VenueError
from core.market.board import Board
from core.venues.deribit.account.facts import TRIGGERED
from core.venues.paper.journal import Kept
from core.venues.paper.matching.admission import Admission
from core.venues.paper.matching.checks import refused, words_of
from core.venues.paper.matching.matcher import Matcher
from core.venues.paper.matching.orders import MarketTrade, Working
from core.venues.paper.matching.records import Records, Write
from core.venues.paper.matching.shelf import Shelf
from core.venues.paper.money.account import Account, Paid
from core.venues.paper.money.marks import BoardMarks

log = logging.getLogger(__name__)


class Exchange:
    """One thread calls it; `commit` ends each step and tells what happened in it."""

    def __init__(
        self,
        board: Board,
        clock: Clock,
        balances: dict[str, Decimal],
        write: Write,
        tell: Callable[[Fact], None],
    ) -> None:
        self._clock = clock
        self.marks_of = BoardMarks(board)
        self.account = Account(balances, self.marks_of)
        self.shelf = Shelf()
        self.records = Records(self.account, write, tell)
        self.matcher = Matcher(board, clock, self.account, self.shelf, self.records, self.marks_of)
        self._admission = Admission(
            board, clock, self.account, self.shelf, self.matcher, self.marks_of
        )
        self.settled_ns = 0
        self.funded_ns = 0

    def restore(self, kept: Kept) -> None:
        """Take over what was written down; orders rest again once their books are live."""
        self.settled_ns, self.funded_ns = kept.settled_ns, kept.funded_ns
        self.account.balances |= kept.balances
        self.account.holdings = {name: one for name, one in kept.holdings.items() if one}
        self.shelf.restore(kept)

    def whole(self) -> Kept:
        """Everything, to be written down in one piece."""
        return Kept(
            self.shelf.number,
            self.settled_ns,
            self.funded_ns,
            dict(self.account.balances),
            dict(self.account.holdings),
            self.shelf.kept(),
            list(self.shelf.fills),
            list(self.shelf.bookings),
        )

    def commit(self) -> None:
        """End a step: write it down, then tell."""
        self.records.commit(self.shelf.number, self.settled_ns, self.funded_ns)

    # Commands.

    def place(self, order: NewOrder) -> None:
        """Accept and match, or refuse in the venue's words."""
        try:
            working = self._admission.new(order)
        except VenueError as error:
            refusal = Refused(order.label, words_of(error), error.code)
            self.records.say(OutcomeArrived(refusal))
            return
        fills = [] if working.is_waiting else self.matcher.execute(working, is_told=False)
        self.matcher.settle(working, is_told=False)
        if fills:
            self.matcher.traded_in(working)
        self.records.answer(OutcomeArrived(Accepted(order.label, working.report, tuple(fills))))

    def amend(self, change: Amendment) -> None:
        """Change a working order; only less size at the same price keeps its place."""
        working = self.shelf.working.get(change.order_id)
        if working is None:
            self._not_open(change.order_id)
            return
        try:
            changed = self._admission.changed(working, change.amount, change.price)
        except VenueError as error:
            self.records.say(CancelFailed(change.order_id, words_of(error)))
            return
        old, working.report = working.report, changed
        keeps = changed.price == old.price and changed.amount <= old.amount
        fills = []
        if working.is_resting and not keeps:
            working.leave_queue(self.shelf.number + 1)
            fills = self.matcher.execute(working)
        self.matcher.settle(working)
        if fills:
            self.matcher.traded_in(working)

    def cancel(self, order_id: str) -> None:
        """Take one back, whatever the state of its book."""
        working = self.shelf.working.get(order_id)
        if working is None:
            self._not_open(order_id)
        else:
            self.matcher.end(working, "user request")

    def cancel_label(self, label: str, instrument: str) -> None:
        """Take back what a label names in one instrument; nothing is said of one not known."""
        for one in self.shelf.of_label(label):
            if one.instrument == instrument and one.order_id in self.shelf.working:
                self.cancel(one.order_id)

    def cancel_all(self) -> None:
        """Take everything back."""
        for working in list(self.shelf.working.values()):
            self.matcher.end(working, "user request")

    def ask_label(self, label: str) -> None:
        """Everything known of a label."""
        fills = tuple(one for one in self.shelf.fills if one.label == label)
        self.records.say(LabelAnswered(label, self.shelf.of_label(label), fills))

    def reconcile(self) -> None:
        """The whole truth."""
        for currency in self.account.balances:
            lines = tuple(one for one in self.shelf.bookings if one.currency == currency)
            self.records.say(Booked(currency, lines))
        self.records.say(
            Reconciled(
                self.account.positions(),
                tuple(one.report for one in self.shelf.working.values()),
                self.shelf.fills,
                tuple(self.matcher.figures(one) for one in self.account.balances),
                self._clock.now_ns(),
            )
        )

    # The market moves.

    def step(self) -> None:
        """Look at every book with orders of ours, and at the stops."""
        self.matcher.liquidity.refresh()
        for name in self.shelf.busy_names():
            self.matcher.look(name)
        for stop in self.shelf.stops():
            self._watch(stop)

    def traded(self, trade: MarketTrade) -> None:
        """A public execution."""
        self.matcher.traded(trade)

    def book(self, paid: Paid, at_ns: int) -> None:
        """Write a settlement or a delivery into the account's books."""
        kind = BookingKind.SETTLED if paid.price is None else BookingKind.DELIVERED
        it = paid.instrument
        line = Booking(
            self.shelf.new_id(), kind, it.settlement, it.name, paid.change, at_ns, paid.price,
            paid.fee, paid.funding,
        )  # fmt: skip
        self.shelf.add_booking(line)
        self.records.line(line)

    def tell_money(self) -> None:
        """New figures of every currency."""
        for currency in self.account.balances:
            self.records.say(AccountChanged(self.matcher.figures(currency)))

    def cancel_in(self, name: str, reason: str) -> None:
        """Take back everything in one instrument."""
        for working in list(self.shelf.working.values()):
            if working.instrument.name == name:
                self.matcher.end(working, reason)

    def force(self, it: Instrument, size: Decimal) -> None:
        """Close half of a position for want of margin, at least one smallest order."""
        try:
            working = self._admission.forced(it, size)
        except VenueError as error:
            log.warning("the liquidation of %s waits: %s", it.name, words_of(error))
            return
        self.matcher.execute(working)
        self.matcher.settle(working)
        self.matcher.traded_in(working)

    # Inside.

    def _not_open(self, order_id: str) -> None:
        self.records.say(CancelFailed(order_id, words_of(refused(11044, "not_open_order"))))

    def _watch(self, stop: Working) -> None:
        """Fire a stop whose mark has come; never on a stale book."""
        marks, trigger = self.marks_of(stop.instrument), stop.report.trigger_price
        is_live = self.matcher.liquidity.look(stop.instrument.name) is not None
        if marks is None or trigger is None or not is_live:
            return
        if (marks.mark - trigger) * stop.side.sign < 0:
            return
        try:
            born = self._admission.fired(stop)
        except VenueError as error:
            log.warning("%s waits: %s", stop.report.order_id, words_of(error))
            return
        self.matcher.end(stop, TRIGGERED)
        try:
            self._admission.check_fired(born)
        except VenueError as error:
            self.matcher.end(born, words_of(error), OrderState.REFUSED)
            return
        fills = self.matcher.execute(born)
        self.matcher.settle(born)
        if fills:
            self.matcher.traded_in(born)
