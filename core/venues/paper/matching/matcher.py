"""Executions: what an order takes from the displayed depth, and what gets to a resting one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from core.clock import NS_PER_MS, Clock
from core.domain.events import AccountChanged
from core.domain.fill import Fill
from core.domain.order import OrderState, OrderType, TimeInForce
from core.domain.position import AccountFigures
from core.market.board import Board
from core.venues.paper.matching.liquidity import Liquidity
from core.venues.paper.matching.orders import MarketTrade, Working
from core.venues.paper.matching.records import Records
from core.venues.paper.matching.shelf import Shelf
from core.venues.paper.money.account import Account
from core.venues.paper.money.contracts import ZERO, liquidation_fee, trade_fee
from core.venues.paper.money.marks import MarksOf

_KILLS: Final = (TimeInForce.IOC, TimeInForce.FOK)
_UNSEEN_NS: Final = 200 * NS_PER_MS
"""What joins a level so soon after us may have been there first: frames come every 100 ms."""


class Matcher:
    """Lets orders trade and books what they did. A stale book lets nobody trade."""

    def __init__(
        self,
        board: Board,
        clock: Clock,
        account: Account,
        shelf: Shelf,
        records: Records,
        marks_of: MarksOf,
    ) -> None:
        self._board = board
        self._clock = clock
        self._account = account
        self._shelf = shelf
        self._records = records
        self._marks_of = marks_of
        self.liquidity = Liquidity(board)

    # Orders.

    def takes(self, working: Working) -> list[tuple[Decimal, Decimal]]:
        """(price, amount) of what an order would take from the book now, best first."""
        takes, left = [], working.left
        name, side = working.instrument.name, working.side
        for price, offered in self.liquidity.offers(name, side, working.price):
            amount = min(left, offered)
            takes.append((price, amount))
            left -= amount
            if not left:
                break
        return takes

    def execute(self, working: Working, is_told: bool = True) -> list[Fill]:
        """Let an admitted order take, then rest or end; the caller puts it on the shelf."""
        takes = self.takes(working)
        reachable = sum((amount for _, amount in takes), ZERO)
        if working.report.time_in_force is TimeInForce.FOK and reachable < working.left:
            takes = []
        fills = [self._take(working, price, amount, is_told) for price, amount in takes]
        if working.left and working.report.time_in_force in _KILLS:
            working.end(OrderState.CANCELLED, "", self._clock.now_ns())
        elif working.left:
            working.report = replace(working.report, type=OrderType.LIMIT)
            self.join(working)
        self._cancel_own(working, takes)
        return fills

    def join(self, working: Working) -> None:
        """Stand behind everything its level shows, if the book is live."""
        look = self.liquidity.look(working.instrument.name)
        if look is not None:
            working.ahead = look.displayed(working.side, working.price)
            working.joined_ns = self._board.venue_now_ns()

    def end(self, working: Working, reason: str, state: OrderState = OrderState.CANCELLED) -> None:
        """An order is over."""
        working.end(state, reason, self._clock.now_ns())
        self.settle(working)

    def settle(self, working: Working, is_told: bool = True) -> None:
        """Write an order's state down and put it where it belongs."""
        self._shelf.put(working)
        self._records.changed(working, is_told)

    def traded_in(self, working: Working) -> None:
        """After executions: resting reduce-only orders fit the position; new figures."""
        name = working.instrument.name
        for other in self._shelf.resting_in(name):
            if not other.report.reduce_only:
                continue
            most = self.reducible(other)
            if most <= 0:
                self.end(other, "risk mitigation")
            elif other.left > most:
                other.report = replace(other.report, amount=other.report.filled + most)
                self.settle(other)
        self._records.say(AccountChanged(self.figures(working.instrument.settlement)))

    def reducible(self, working: Working) -> Decimal:
        """How much of the position an order can close; 0 or less when it would open one."""
        return self._account.size_in(working.instrument.name) * -working.side.sign

    def figures(self, currency: str) -> AccountFigures:
        """The account's figures now."""
        return self._account.figures(currency, self._shelf.binding(), self._clock.now_ns())

    # The market.

    def look(self, name: str) -> None:
        """The book of an instrument may have changed: see to the orders resting in it."""
        look = self.liquidity.look(name)
        if look is None:
            return
        now_ns = self._board.venue_now_ns()
        for working in self._shelf.resting_in(name):
            if working.ahead is None:
                self.join(working)
            else:
                is_fresh = now_ns - working.joined_ns <= _UNSEEN_NS
                working.see(look.displayed(working.side, working.price), is_fresh)
            for price, amount in self.takes(working):
                # The market quotes at or through our price: those orders would have hit ours.
                self.liquidity.take(name, working.side.opposite, price, amount)
                self._maker_filled(working, amount)

    def traded(self, trade: MarketTrade) -> None:
        """A public execution: what of it would have been ours."""
        if self.liquidity.look(trade.instrument) is None:
            return
        left = trade.amount
        for working in self._shelf.resting_in(trade.instrument):
            is_better = (trade.price - working.price) * working.side.sign > 0
            if working.side is trade.taker or is_better or left <= 0:
                continue
            amount = working.reached(trade, left)
            if amount > 0:
                left -= amount
                self._maker_filled(working, amount)

    # Inside.

    def _take(self, working: Working, price: Decimal, amount: Decimal, is_told: bool) -> Fill:
        self.liquidity.take(working.instrument.name, working.side.opposite, price, amount)
        return self._book(working, amount, price, is_maker=False, is_told=is_told)

    def _maker_filled(self, working: Working, amount: Decimal) -> None:
        self._book(working, amount, working.price, is_maker=True, is_told=True)
        self.settle(working)
        self.traded_in(working)

    def _cancel_own(self, taker: Working, takes: list[tuple[Decimal, Decimal]]) -> None:
        """What it would have met of our own is cancelled, as the venue does by default."""
        sign = taker.side.sign
        if taker.is_resting:
            reach = taker.price
        elif takes:
            reach = takes[-1][0] - taker.instrument.tick * sign
        else:
            return
        for other in self._shelf.resting_in(taker.instrument.name):
            if other.side is not taker.side and (other.price - reach) * sign <= 0:
                self.end(other, "user request")

    def _book(
        self, working: Working, amount: Decimal, price: Decimal, *, is_maker: bool, is_told: bool
    ) -> Fill:
        it, now_ns = working.instrument, self._clock.now_ns()
        marks, report = self._marks_of(it), working.report
        index = price if marks is None else marks.index
        if working.is_forced:
            fee = liquidation_fee(it, amount, price, index)
        else:
            fee = trade_fee(it, amount, price, index, is_maker)
        signed = amount * working.side.sign
        trade_id, order_id = self._shelf.new_id(), report.order_id
        fill = Fill(
            it.name, trade_id, order_id, report.label, signed, price, fee, now_ns, is_maker, index
        )
        fill = replace(fill, profit=self._account.take(it, fill))
        working.take(amount, price, now_ns)
        self._shelf.add_fill(fill)
        self._records.filled(fill, is_told)
        return fill
