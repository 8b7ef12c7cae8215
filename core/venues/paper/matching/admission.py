"""Whether an order may enter, and as what: the venue's rules, then the account's funds."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from core.clock import Clock
from core.domain.instrument import Instrument
from core.domain.order import NewOrder, OrderReport, OrderType, Side, TimeInForce
from core.market.board import Board
from core.venues.paper.matching.checks import (
    band_of,
    check_amount,
    check_band,
    check_flags,
    check_tick,
    check_trigger,
    listed,
    refused,
)
from core.venues.paper.matching.margins import check_funds
from core.venues.paper.matching.matcher import Matcher
from core.venues.paper.matching.orders import Working, accepted_report, successor_of
from core.venues.paper.matching.shelf import Shelf
from core.venues.paper.money.account import Account
from core.venues.paper.money.marks import MarksOf


class Admission:
    """Makes working orders of commands; VenueError says why not, with the venue's code."""

    def __init__(
        self,
        board: Board,
        clock: Clock,
        account: Account,
        shelf: Shelf,
        matcher: Matcher,
        marks_of: MarksOf,
    ) -> None:
        self._board = board
        self._clock = clock
        self._account = account
        self._shelf = shelf
        self._matcher = matcher
        self._marks_of = marks_of

    def new(self, order: NewOrder) -> Working:
        """A new order with its id."""
        it = listed(self._board, order.instrument, self._board.venue_now_ns())
        check_amount(it, order.amount)
        check_flags(order)
        price = self._price_of(order, it)
        report = accepted_report(order, "", price, self._clock.now_ns())
        working = Working(report, it, self._shelf.number + 1)
        if order.type.is_stop:
            self._check_trigger(order, it)
        else:
            self._check(working)
        working.report = replace(working.report, order_id=self._shelf.new_id())
        return working

    def changed(self, working: Working, amount: Decimal, price: Decimal | None) -> OrderReport:
        """The order as an amendment would make it."""
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
        check_band(old.side, price, self._band(it))
        probe = Working(new, it, working.serial)
        self._check(probe)
        return probe.report

    def fired(self, stop: Working) -> Working:
        """The order a stop becomes, not checked yet."""
        low, high = self._band(stop.instrument)
        price = stop.report.price or (high if stop.side is Side.BUY else low)
        report = successor_of(stop.report, self._shelf.new_id(), price, self._clock.now_ns())
        return Working(report, stop.instrument, self._shelf.number)

    def check_fired(self, born: Working) -> None:
        """As for a new order."""
        listed(self._board, born.instrument.name, self._board.venue_now_ns())
        check_band(born.side, born.price, self._band(born.instrument))
        self._check(born)

    def forced(self, it: Instrument, size: Decimal) -> Working:
        """The venue's own order that closes half of a position of `size`."""
        listed(self._board, it.name, self._board.venue_now_ns())
        low, high = self._band(it)
        side = Side.SELL if size > 0 else Side.BUY
        amount = max(it.min_amount, it.amount_near(abs(size) / 2))
        price, ioc = (low if side is Side.SELL else high), TimeInForce.IOC
        order = NewOrder(it.name, side, amount, "", price=price, time_in_force=ioc)
        report = accepted_report(order, self._shelf.new_id(), price, self._clock.now_ns())
        return Working(report, it, self._shelf.number, is_forced=True)

    def _band(self, it: Instrument) -> tuple[Decimal, Decimal]:
        return band_of(it.name, self._board.ticker(it.name))

    def _price_of(self, order: NewOrder, it: Instrument) -> Decimal | None:
        """Its limit, checked; the edge of the band for market orders, None for market stops."""
        low, high = self._band(it)
        if order.type is OrderType.MARKET:
            return high if order.side is Side.BUY else low
        if order.type is OrderType.STOP_MARKET or order.price is None:
            return None
        check_tick(it, order.price)
        if order.type is OrderType.LIMIT:
            check_band(order.side, order.price, (low, high))
        return order.price

    def _check_trigger(self, order: NewOrder, it: Instrument) -> None:
        marks = self._marks_of(it)
        if marks is None or order.trigger_price is None:
            raise refused(0, f"the mark of {it.name} is not known yet")
        check_trigger(it, order.side, order.trigger_price, marks.mark)

    def _check(self, working: Working) -> None:
        """Reduce-only, post-only and funds, which may change the order or refuse it."""
        self._limit_reduce_only(working)
        self._slide_post_only(working)
        takes = self._matcher.takes(working)
        others = list(self._shelf.binding(but=working.report.order_id))
        check_funds(self._account, self._marks_of, working, takes, others)

    def _limit_reduce_only(self, working: Working) -> None:
        if not working.report.reduce_only:
            return
        most = self._matcher.reducible(working)
        if most <= 0:
            raise refused(11030, "other_reject invalid_reduce_only_order")
        if working.left > most:
            working.report = replace(working.report, amount=working.report.filled + most)

    def _slide_post_only(self, working: Working) -> None:
        """Move a crossing post-only order one tick inside the spread, as the venue does."""
        if not working.report.post_only:
            return
        sign = working.side.sign
        best = self._matcher.liquidity.best(working.instrument.name, working.side.opposite)
        if best is None or (best - working.price) * sign > 0:
            return
        price = working.instrument.next_price(best, -sign)
        if price <= 0:
            raise refused(11021, "post_only_price_modification_not_possible")
        working.report = replace(working.report, price=price)
