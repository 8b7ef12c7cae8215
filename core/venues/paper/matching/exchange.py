"""The paper exchange: takes orders, matches them against the replicated book, keeps its account.

It decides nothing for the order that the public data does not show: takers get the displayed
depth once, resting orders fill behind what stood before them, and a stale book fills nobody.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from decimal import Decimal
from typing import Final

from core.clock import Clock
from core.domain.events import (
    AccountChanged,
    CancelFailed,
    Fact,
    LabelAnswered,
    OutcomeArrived,
    Reconciled,
)
from core.domain.fill import Fill
from core.domain.instrument import Instrument
from core.domain.order import (
    NewOrder,
    OrderReport,
    OrderState,
    OrderType,
    Side,
    TimeInForce,
)
from core.domain.outcome import Accepted, Refused
from core.domain.position import AccountFigures
from core.errors import VenueError
from core.market.board import Board
from core.venues.paper.journal import ENDED_KEPT, FILLS_KEPT, Kept, KeptOrder
from core.venues.paper.matching.checks import (
    band_of,
    check_amount,
    check_band,
    check_flags,
    check_tick,
    check_trigger,
    listed,
    refused,
    words_of,
)
from core.venues.paper.matching.liquidity import Liquidity
from core.venues.paper.matching.margins import check_funds
from core.venues.paper.matching.orders import (
    MarketTrade,
    Working,
    report_of,
    successor_of,
)
from core.venues.paper.matching.records import Records
from core.venues.paper.money.account import Account, OpenAmount
from core.venues.paper.money.contracts import ZERO, trade_fee
from core.venues.paper.money.marks import BoardMarks

log = logging.getLogger(__name__)

TRIGGERED: Final = "triggered, goes on as a new order"
_KILLS: Final = (TimeInForce.IOC, TimeInForce.FOK)


class Exchange:
    """Everything of the paper account. One thread calls it; `commit` ends each step."""

    def __init__(self, board: Board, clock: Clock, account: Account, records: Records) -> None:
        self._board = board
        self._clock = clock
        self.account = account
        self._records = records
        self._liquidity = Liquidity(board)
        self._marks = BoardMarks(board)
        self.orders: dict[str, Working] = {}
        self._ended: dict[str, OrderReport] = {}
        self._fills: list[Fill] = []
        self._number = 0
        self.settled_ns = 0
        self.funded_ns = 0

    def restore(self, kept: Kept) -> None:
        """Take over what was written down; orders rest again once their books are live."""
        self._number = kept.number
        self.settled_ns, self.funded_ns = kept.settled_ns, kept.funded_ns
        self.account.balances |= kept.balances
        self.account.holdings = {name: one for name, one in kept.holdings.items() if one}
        self._fills = list(kept.fills)
        for order_id, one in kept.orders.items():
            if one.report.state.is_working and one.instrument is not None:
                self.orders[order_id] = Working(one.report, one.instrument, len(self.orders))
            else:
                self._ended[order_id] = one.report

    def whole(self) -> Kept:
        """Everything, to be written down in one piece."""
        orders = {name: KeptOrder(report) for name, report in self._ended.items()}
        for order_id, one in self.orders.items():
            orders[order_id] = KeptOrder(one.report, one.instrument)
        return Kept(
            self._number,
            self.settled_ns,
            self.funded_ns,
            dict(self.account.balances),
            dict(self.account.holdings),
            orders,
            list(self._fills),
        )

    def commit(self) -> None:
        """End a step: write it down, then tell."""
        self._records.commit(self._number, self.settled_ns, self.funded_ns)

    # Commands.

    def place(self, order: NewOrder) -> None:
        """Accept and match, or refuse in the venue's words."""
        try:
            working = self._admit(order)
        except VenueError as error:
            self._say(OutcomeArrived(Refused(order.label, words_of(error), error.code)))
            return
        self.orders[working.report.order_id] = working
        fills = [] if working.is_waiting else self._execute(working)
        self._settle(working, is_told=False)
        self._records.answer(OutcomeArrived(Accepted(order.label, working.report, tuple(fills))))
        self._after(working, bool(fills))

    def amend(self, order_id: str, amount: Decimal, price: Decimal | None) -> None:
        """Change a working order; only less size at the same price keeps its place."""
        working = self.orders.get(order_id)
        if working is None:
            self._say(CancelFailed(order_id, words_of(refused(11044, "not_open_order"))))
            return
        try:
            changed = self._amended(working, amount, price)
        except VenueError as error:
            self._say(CancelFailed(order_id, words_of(error)))
            return
        keeps = changed.price == working.report.price and changed.amount <= working.report.amount
        working.report = changed
        fills: list[Fill] = []
        if working.is_resting and not keeps:
            working.leave_queue()
            fills = self._execute(working, is_told=True)
        self._settle(working)
        self._after(working, bool(fills))

    def cancel(self, order_id: str) -> None:
        """Take one back, whatever the state of its book."""
        working = self.orders.get(order_id)
        if working is None:
            self._say(CancelFailed(order_id, words_of(refused(11044, "not_open_order"))))
            return
        self.end(working, "user request")

    def cancel_all(self) -> None:
        """Take everything back."""
        for working in list(self.orders.values()):
            self.end(working, "user request")

    def ask_label(self, label: str) -> None:
        """Everything known of a label."""
        reports = [one.report for one in self.orders.values() if one.report.label == label]
        reports += [one for one in self._ended.values() if one.label == label]
        fills = tuple(one for one in self._fills if one.label == label)
        self._say(LabelAnswered(label, tuple(reports), fills))

    def reconcile(self) -> None:
        """The whole truth."""
        now_ns = self._clock.now_ns()
        working = tuple(one.report for one in self.orders.values())
        accounts = tuple(self._figures(one) for one in self.account.balances)
        fills = tuple(self._fills)
        self._say(Reconciled(self.account.positions(), working, fills, accounts, now_ns))

    # The market moves.

    def step(self) -> None:
        """Look at every book with orders of ours, and at the stops."""
        for name in list(dict.fromkeys(one.instrument.name for one in self.orders.values())):
            look = self._liquidity.look(name)
            if look is None:
                continue
            for working in self._resting_in(name):
                if working.ahead is None:
                    self._join(working)
                else:
                    working.see(look.displayed(working.side, working.price))
                self._cross(working)
        for working in [one for one in self.orders.values() if one.is_waiting]:
            self._watch(working)

    def traded(self, trade: MarketTrade) -> None:
        """A public execution: what of it would have been ours."""
        left = trade.amount
        if self._liquidity.look(trade.instrument) is None:
            return
        for working in self._resting_in(trade.instrument):
            if working.side is trade.taker or not left > 0:
                continue
            if (trade.price - working.price) * working.side.sign > 0:
                continue  # it happened at a price better than ours
            amount = working.reached(trade, left)
            if amount > 0:
                left -= amount
                self._maker_filled(working, amount)

    def tell_money(self) -> None:
        """New figures of every currency."""
        for currency in self.account.balances:
            self._say(AccountChanged(self._figures(currency)))

    def end(self, working: Working, reason: str, state: OrderState = OrderState.CANCELLED) -> None:
        """An order is over."""
        working.end(state, reason, self._clock.now_ns())
        self._settle(working)

    def cancel_in(self, name: str, reason: str) -> None:
        """Take back everything in one instrument."""
        for working in [one for one in self.orders.values() if one.instrument.name == name]:
            self.end(working, reason)

    def forget(self, name: str) -> None:
        """An instrument expired."""
        self._liquidity.forget(name)

    def open_amounts(self, but: str = "") -> list[OpenAmount]:
        """The orders that bind margin, without the one with id `but`; reduce-only ones do not."""
        return [
            OpenAmount(one.instrument, one.left * one.side.sign, one.price)
            for order_id, one in self.orders.items()
            if one.is_resting and not one.report.reduce_only and order_id != but
        ]

    # Admission.

    def _admit(self, order: NewOrder) -> Working:
        it = listed(self._board, order.instrument, self._board.venue_now_ns())
        check_amount(it, order.amount)
        check_flags(order)
        price = self._price_of(order, it)
        working = Working(report_of(order, "", price, self._clock.now_ns()), it, self._number + 1)
        if order.type.is_stop:
            marks = self._marks(it)
            assert marks is not None, "a ticker is there: its instrument is listed"
            assert order.trigger_price is not None, "an order of that type has one"
            check_trigger(it, order.side, order.trigger_price, marks.mark)
        else:
            self._check(working)
        working.report = replace(working.report, order_id=self._new_id())
        return working

    def _price_of(self, order: NewOrder, it: Instrument) -> Decimal | None:
        """Its limit, checked; the edge of the band for market orders, None for market stops."""
        band = band_of(it.name, self._board.ticker(it.name))
        if order.type is OrderType.MARKET:
            return band[1] if order.side is Side.BUY else band[0]
        if order.type is OrderType.STOP_MARKET or order.price is None:
            return None
        check_tick(it, order.price)
        if order.type is OrderType.LIMIT:
            check_band(order.side, order.price, band)
        return order.price

    def _check(self, working: Working) -> None:
        """Reduce-only, post-only and funds, which may change the order or refuse it."""
        self._limit_reduce_only(working)
        self._slide_post_only(working)
        takes = list(self._takes(working))
        others = self.open_amounts(but=working.report.order_id)
        check_funds(self.account, self._marks, working, takes, others)

    def _limit_reduce_only(self, working: Working) -> None:
        if not working.report.reduce_only:
            return
        most = self._reducible(working)
        if most <= 0:
            raise refused(11030, "other_reject invalid_reduce_only_order")
        if working.left > most:
            working.report = replace(working.report, amount=working.report.filled + most)

    def _slide_post_only(self, working: Working) -> None:
        """Move a crossing post-only order one tick inside the spread, as the venue does."""
        if not working.report.post_only:
            return
        best = self._liquidity.best(working.instrument.name, working.side.opposite)
        if best is None or (best - working.price) * working.side.sign > 0:
            return
        price = working.instrument.next_price(best, -working.side.sign)
        if price <= 0:
            raise refused(11021, "post_only_price_modification_not_possible")
        working.report = replace(working.report, price=price)

    def _amended(self, working: Working, amount: Decimal, price: Decimal | None) -> OrderReport:
        """The order as the change would make it, checked."""
        it, old = working.instrument, working.report
        listed(self._board, it.name, self._board.venue_now_ns())
        check_amount(it, amount)
        if amount <= old.filled:
            raise refused(10002, "qty_too_low")
        if price is None or old.type is OrderType.STOP_MARKET:
            price = old.price
        else:
            check_tick(it, price)
        new = replace(old, amount=amount, price=price, updated_ns=self._clock.now_ns())
        if working.is_waiting or price is None:
            return new
        check_band(old.side, price, band_of(it.name, self._board.ticker(it.name)))
        probe = Working(new, it, working.serial)
        self._check(probe)
        return probe.report

    # Matching.

    def _execute(self, working: Working, is_told: bool = False) -> list[Fill]:
        """Let an order take, then rest or end."""
        takes = list(self._takes(working))
        reachable = sum((amount for _, amount in takes), ZERO)
        is_fok = working.report.time_in_force is TimeInForce.FOK
        fills = []
        if not is_fok or reachable >= working.left:
            fills = [self._take(working, price, amount, is_told) for price, amount in takes]
        self._cancel_own(working, max((p * working.side.sign for p, _ in takes), default=None))
        if working.left <= 0:
            return fills
        if working.report.time_in_force in _KILLS:
            working.end(OrderState.CANCELLED, "", self._clock.now_ns())
            return fills
        working.report = replace(working.report, type=OrderType.LIMIT)
        self._join(working)
        return fills

    def _takes(self, working: Working) -> list[tuple[Decimal, Decimal]]:
        """(price, amount) of what it would take from the book now, best first."""
        takes, left = [], working.left
        for price, offered in self._liquidity.offers(
            working.instrument.name, working.side, working.price
        ):
            amount = min(left, offered)
            takes.append((price, amount))
            left -= amount
            if not left:
                break
        return takes

    def _take(self, working: Working, price: Decimal, amount: Decimal, is_told: bool) -> Fill:
        name = working.instrument.name
        self._liquidity.take(name, working.side.opposite, price, amount)
        return self._book(working, amount, price, is_maker=False, is_told=is_told)

    def _cancel_own(self, taker: Working, deepest: Decimal | None) -> None:
        """What it would meet of our own is cancelled, as the venue does by default.

        `deepest` is the last price taken times the side's sign; None when nothing was taken.
        """
        sign = taker.side.sign
        reach = taker.price * sign if taker.left > 0 else deepest
        if reach is None:
            return
        for other in self._resting_in(taker.instrument.name):
            if other.side is not taker.side and other.price * sign <= reach:
                self.end(other, "user request")

    def _join(self, working: Working) -> None:
        """Behind everything its level shows, if the book is live."""
        look = self._liquidity.look(working.instrument.name)
        if look is None:
            return
        shown = look.displayed(working.side, working.price)
        working.ahead, working.joined_ns = shown, self._board.venue_now_ns()

    def _cross(self, working: Working) -> None:
        """The market quotes at or through our price: those orders would have hit ours."""
        for price, offered in list(self._takes(working)):
            name, other = working.instrument.name, working.side.opposite
            self._liquidity.take(name, other, price, offered)
            self._maker_filled(working, offered)

    def _maker_filled(self, working: Working, amount: Decimal) -> None:
        self._book(working, amount, working.price, is_maker=True, is_told=True)
        self._settle(working)
        self._after(working, True)

    def _book(
        self, working: Working, amount: Decimal, price: Decimal, *, is_maker: bool, is_told: bool
    ) -> Fill:
        it, now_ns = working.instrument, self._clock.now_ns()
        marks = self._marks(it)
        index = price if marks is None else marks.index
        self._number += 1
        fill = Fill(
            it.name,
            f"PAPER-{self._number}",
            working.report.order_id,
            working.report.label,
            amount * working.side.sign,
            price,
            trade_fee(it, amount, price, index, is_maker),
            now_ns,
            is_maker,
            index,
        )
        fill = replace(fill, profit=self.account.take(it, fill))
        working.take(amount, price, now_ns)
        self._fills.append(fill)
        del self._fills[:-FILLS_KEPT]
        self._records.filled(fill, is_told)
        return fill

    # What follows.

    def _settle(self, working: Working, is_told: bool = True) -> None:
        """Write an order's state down and put it where it belongs."""
        report = working.report
        self._records.changed(working, is_told)
        if not report.state.is_working:
            self.orders.pop(report.order_id, None)
            self._ended[report.order_id] = report
            while len(self._ended) > ENDED_KEPT:
                del self._ended[next(iter(self._ended))]

    def _after(self, working: Working, has_traded: bool) -> None:
        """Resting reduce-only orders never exceed the position they reduce; new figures."""
        if not has_traded:
            return
        for other in self._resting_in(working.instrument.name):
            if not other.report.reduce_only:
                continue
            most = self._reducible(other)
            if most <= 0:
                self.end(other, "risk mitigation")
            elif other.left > most:
                amount = other.report.filled + most
                other.report = replace(other.report, amount=amount)
                self._settle(other)
        self._say(AccountChanged(self._figures(working.instrument.settlement)))

    def _watch(self, stop: Working) -> None:
        """Fire a stop whose mark has come; never on a stale book."""
        marks, trigger = self._marks(stop.instrument), stop.report.trigger_price
        if marks is None or trigger is None or self._liquidity.look(stop.instrument.name) is None:
            return
        if (marks.mark - trigger) * stop.side.sign < 0:
            return
        self.end(stop, TRIGGERED)
        try:
            band = band_of(stop.instrument.name, self._board.ticker(stop.instrument.name))
        except VenueError as error:
            log.error("%s fired and was lost: %s", stop.report.order_id, error)
            return
        edge = band[1] if stop.side is Side.BUY else band[0]
        price = stop.report.price or edge
        report = successor_of(stop.report, self._new_id(), price, self._clock.now_ns())
        born = Working(report, stop.instrument, self._number)
        try:
            check_band(born.side, price, band)
            self._check(born)
        except VenueError as error:
            self.end(born, words_of(error), OrderState.REFUSED)
            return
        self.orders[report.order_id] = born
        fills = self._execute(born, is_told=True)
        self._settle(born)
        self._after(born, bool(fills))

    def _reducible(self, working: Working) -> Decimal:
        return self.account.size_in(working.instrument.name) * -working.side.sign

    def _resting_in(self, name: str) -> list[Working]:
        """Resting orders of one instrument in the order a taker meets them, each side by itself."""
        found = [o for o in self.orders.values() if o.is_resting and o.instrument.name == name]
        return sorted(found, key=lambda one: (-one.price * one.side.sign, one.serial))

    def _figures(self, currency: str) -> AccountFigures:
        return self.account.figures(currency, self.open_amounts(), self._clock.now_ns())

    def _new_id(self) -> str:
        self._number += 1
        return f"PAPER-{self._number}"

    def _say(self, fact: Fact) -> None:
        self._records.say(fact)
