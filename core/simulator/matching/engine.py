"""The matching engine: takes checked orders, matches them price-time, books both sides."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.simulator.accounts.account import Account, Accounts
from core.simulator.accounts.funds import funds, spendable
from core.simulator.accounts.order import Order, OrderSpec, OrderState, OrderType
from core.simulator.accounts.records import Fill
from core.simulator.markets.book import ASK, BID, Hit
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Direction
from core.simulator.markets.tickers import band_of
from core.simulator.matching.checks import (
    average_tick,
    check_band,
    cost_at_once,
    limit_reduce_only,
    reducible,
    slide_post_only,
    taken_at_once,
)
from core.simulator.matching.executions import Execution, book_client, book_house, public_trade
from core.simulator.matching.ids import Ids
from core.simulator.matching.listeners import Listener, Watcher
from core.simulator.rpc import RpcError

log = logging.getLogger(__name__)
Placed = tuple[Order, list[Fill]]


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit makes of an order."""

    units: int
    """With what is filled already."""
    tick: int
    spec: OrderSpec
    by_exchange: bool = False
    """True when the exchange follows the market for an advanced order."""
    keeps_place: bool = True
    """False to send it to the back of the queue in any case."""


class Engine:
    """One thread: the exchange's loop."""

    def __init__(
        self, accounts: Accounts, now_ms: Callable[[], int], ids: Ids | None = None
    ) -> None:
        self.accounts = accounts
        self.ids = ids or Ids()
        self.now_ms = now_ms
        self.listener: Listener | None = None
        self.watchers: list[Watcher] = []
        self.gates: list[Callable[[Order], None]] = []
        """Each raises RpcError to refuse a new or edited order."""

    # Orders of clients

    def place(self, account: Account, spec: OrderSpec, connection: object = None) -> Placed:
        """Match a new order and rest what is left; raises RpcError when refused."""
        return self.enter(self.new(account, spec, connection))

    def enter(self, order: Order) -> Placed:
        """Check an order against book, band and funds, then let it trade."""
        self.admit(order)
        return self.execute(order)

    def enter_or_reject(self, order: Order) -> None:
        """Enter an order nobody waits for; a refusal ends it as rejected."""
        try:
            self.enter(order)
        except RpcError as error:
            log.info("%s %s is rejected: %s", order.market.name, order.order_id, error)
            self.end(order, "rejected")
            self.tell(order.account, order.market, [order], [])
            for watcher in self.watchers:
                watcher.ended(order)

    def new(self, account: Account, spec: OrderSpec, connection: object = None) -> Order:
        """An order nobody knows of yet, at its price or the edge of the band."""
        low, high = (0, 0) if spec.tick is not None else band_of(spec.market)
        tick = spec.tick if spec.tick is not None else (high if spec.direction == "buy" else low)
        now_ms = self.now_ms()
        return Order(
            account, spec, "", now_ms, now_ms, spec.units, spec.units, tick, spec.order_type,
            "open", post_only=spec.post_only, reduce_only=spec.reduce_only, connection=connection,
        )  # fmt: skip

    def admit(self, order: Order) -> None:
        """Check an order and give it its id; RpcError when refused."""
        if order.order_type == "market_limit":
            self._to_touch(order)
        elif order.order_type != "market":
            check_band(order.spec, order.tick)
        self._check(order)
        order.order_id = order.order_id or self.ids.next_order(order.market.instrument)

    def execute(self, order: Order) -> Placed:
        """Let an accepted order take and rest."""
        order.account.orders[order.order_id] = order
        before, fills = order.left, []
        if order.spec.tif != "fill_or_kill" or self._reachable(order) >= order.left:
            fills = self._match(order)
        if order.state == "open":
            self._rest_or_end(order)
        self.tell(order.account, order.market, [order], fills)
        self._after(order, before - order.left if fills else 0)
        return order, fills

    def edit(self, order: Order, change: Change) -> Placed:
        """Change a resting order; priority stays only for less size at the same price."""
        left = change.units - (order.units - order.left)
        if left <= 0:
            raise RpcError(10002, "qty_too_low")
        check_band(change.spec, change.tick)
        probe = self._probe(order, change, left)
        is_same_place = probe.tick == order.tick and probe.left <= order.left
        keeps_place = change.keeps_place and is_same_place and probe.display == order.display
        if not keeps_place:
            order.market.book.remove(order.side, order)
        order.spec, order.units, order.left, order.tick = (
            change.spec, probe.units, probe.left, probe.tick,
        )  # fmt: skip
        order.post_only, order.reduce_only = probe.post_only, probe.reduce_only
        order.replaced, order.auto_replaced = True, change.by_exchange
        order.updated_ms = self.now_ms()
        if not keeps_place:
            return self.execute(order)
        self._touched(order.market)
        self.tell(order.account, order.market, [order], [])
        self._after(order, 0)
        return order, []

    def lessen(self, order: Order, units: int) -> None:
        """Take `units` off what is left of a live order without asking; some must remain."""
        order.units -= units
        order.left -= units
        order.updated_ms = self.now_ms()
        if order.state == "open":
            self._touched(order.market)
        self.tell(order.account, order.market, [order], [])

    def cancel(self, order: Order, reason: str = "user_request") -> Order:
        """Take an order back; one that ended with another just now stays as it is."""
        if not order.is_live:
            return order
        if order.state == "open" and order.market.book.holds(order.side, order):
            order.market.book.remove(order.side, order)
            self._touched(order.market)
        order.cancel_reason = reason
        order.mmp_cancelled = reason == "mmp_trigger"
        self.end(order, "cancelled")
        self.tell(order.account, order.market, [order], [])
        for watcher in self.watchers:
            watcher.ended(order)
        return order

    def end(self, order: Order, state: OrderState) -> None:
        """Put an order among the closed ones; the caller tells."""
        order.state = state
        order.updated_ms = self.now_ms()
        order.connection = None
        order.account.close_order(order)

    def check_funds(self, order: Order) -> None:
        """Refuse what the account's margin cannot carry (10009)."""
        if order.spec.is_liquidation:
            return
        account, it = order.account, order.market.instrument
        if it.is_spot:
            self._check_purse(order)
            return
        currency = it.settlement
        takes = taken_at_once(order)
        probe = replace(order, tick=average_tick(order, takes))
        account.take_funding()
        before, after = funds(account, currency), funds(account, currency, probe)
        left = after.available - cost_at_once(order, takes)
        if left < 0 and after.initial > before.initial:
            raise RpcError(10009, "not_enough_funds")

    @staticmethod
    def _check_purse(order: Order) -> None:
        """Refuse spot orders the purse cannot pay at their worst price (10009)."""
        account, it = order.account, order.market.instrument
        account.take_funding()
        currency = it.settlement if order.sign > 0 else it.base
        before, after = funds(account, currency), funds(account, currency, order)
        if spendable(account, currency, after) < 0 and after.reserved > before.reserved:
            raise RpcError(10009, "not_enough_funds")

    # The makers and takers of the house

    def house_crosses(self, market: Market) -> None:
        """After a requote: makers trade with the clients' orders their new quotes reach."""
        for side in (BID, ASK):
            direction: Direction = "sell" if side == BID else "buy"
            while (hit := market.book.cross(side)) is not None:
                self._house_hits(market, direction, hit)

    def house_takes(self, market: Market, direction: Direction, units: int) -> None:
        """A taker of the house hits the book at its best price."""
        side = ASK if direction == "buy" else BID
        best = market.book.best(side)
        while best is not None and (hit := market.book.take(side, units, best)) is not None:
            units -= hit.units
            self._house_hits(market, direction, hit)

    # Matching

    def _match(self, order: Order) -> list[Fill]:
        """Take from the other side, one party at a time."""
        book, other = order.market.book, ASK if order.side == BID else BID
        fills: list[Fill] = []
        while order.left and order.state == "open":
            first = book.first(other, order.tick)
            if isinstance(first, Order) and first.account is order.account:
                self.cancel(first)
                continue
            hit = book.take(other, order.left, order.tick)
            if hit is None:
                break
            fills.append(self._taker_filled(order, hit))
        if fills:
            self._touched(order.market)
        return fills

    def _taker_filled(self, order: Order, hit: Hit) -> Fill:
        order.left -= hit.units
        done = self._print(order.market, order.spec.direction, hit, order)
        fill = self._book(order, done, is_maker=False)
        if isinstance(hit.resting, Order):
            self._maker_filled(hit.resting, done)
        else:
            book_house(self.accounts.house, order.market, done, -order.sign)
        return fill

    def _house_hits(self, market: Market, direction: Direction, hit: Hit) -> None:
        """The house took: from a client, or from its own makers, which moves no money."""
        done = self._print(market, direction, hit, None)
        if isinstance(hit.resting, Order):
            book_house(self.accounts.house, market, done, 1 if direction == "buy" else -1)
            self._maker_filled(hit.resting, done)
            self._touched(market)
        else:
            market.interest.strangers_traded(hit.units)

    def _maker_filled(self, order: Order, done: Execution) -> None:
        """The book lowered `left` already."""
        fill = self._book(order, done, is_maker=True)
        if order.left == 0:
            self.end(order, "filled")
        self.tell(order.account, order.market, [order], [fill])
        self._after(order, done.trade.units)

    def _book(self, order: Order, done: Execution, is_maker: bool) -> Fill:
        """Book one side; what a combo did in its legs is told at once."""
        fill, parts = book_client(order, done, is_maker)
        for leg, part in parts:
            self.tell(order.account, leg, [], [part])
        return fill

    def _print(
        self, market: Market, direction: Direction, hit: Hit, taker: Order | None
    ) -> Execution:
        done = public_trade(market, direction, hit, self.ids, self.now_ms(), taker)
        if self.listener is not None:
            self.listener.traded(market, done.trade)
            for leg, _, trade in done.legs:
                self.listener.traded(leg, trade)
        return done

    def _rest_or_end(self, order: Order) -> None:
        if order.left == 0:
            self.end(order, "filled")
            return
        if order.spec.tif in ("immediate_or_cancel", "fill_or_kill"):
            self.end(order, "cancelled")
            return
        if order.order_type != "limit":
            order.original_type = order.original_type or _original(order)
            order.order_type = "limit"
        order.market.book.add(order.side, order)
        self._touched(order.market)

    def _after(self, order: Order, units: int) -> None:
        """Let the watchers act once an order's own event is told."""
        for watcher in self.watchers:
            if units:
                watcher.traded(order, units)
            if not order.is_live:
                watcher.ended(order)
        for market in (order.market, *(leg for leg, _ in order.market.legs)):
            self._fit_reduce_only(order.account, market)

    # Rules of single orders

    def _check(self, order: Order) -> None:
        limit_reduce_only(order)
        slide_post_only(order)
        for gate in self.gates:
            gate(order)
        self._check_self_match(order)
        self.check_funds(order)

    def _probe(self, order: Order, change: Change, left: int) -> Order:
        """The order as the edit would make it, checked; a post-only edit may end the order."""
        spec = change.spec
        probe = replace(
            order, spec=spec, units=change.units, left=left, tick=change.tick,
            post_only=spec.post_only, reduce_only=spec.reduce_only,
        )  # fmt: skip
        try:
            self._check(probe)
        except RpcError as error:
            if error.code == 11054:
                self.cancel(order, "edit_post_only_reject")
            raise
        return probe

    def _check_self_match(self, order: Order) -> None:
        """Mode reject_taker: refuse what would trade with the account's own order (10003)."""
        if order.account.self_trading_mode != "reject_taker":
            return
        book, other = order.market.book, ASK if order.side == BID else BID
        own = [o for o in book.orders_within(other, order.tick) if _is_of(o, order.account)]
        if own and book.in_front(other, own[0]) < order.left:
            raise RpcError(10003, "order_overlap")

    def _fit_reduce_only(self, account: Account, market: Market) -> None:
        """Resting reduce-only orders never exceed the position they reduce."""
        for order in account.orders_in(market):
            if not order.reduce_only or order.state != "open":
                continue
            most = reducible(order)
            if most <= 0:
                self.cancel(order, "risk_mitigation")
            elif order.left > most:
                self.lessen(order, order.left - most)

    def _to_touch(self, order: Order) -> None:
        best = order.market.book.best(ASK if order.side == BID else BID)
        if best is not None:
            order.tick = best

    def _reachable(self, order: Order) -> int:
        """What a fill-or-kill order could take; its own account's orders would be cancelled."""
        book, other = order.market.book, ASK if order.side == BID else BID
        own = [o for o in book.orders_within(other, order.tick) if _is_of(o, order.account)]
        return book.available(other, order.tick) - sum(o.left for o in own)

    # The listeners

    def _touched(self, market: Market) -> None:
        if self.listener is not None:
            self.listener.book_changed(market)

    def tell(
        self, account: Account, market: Market, orders: list[Order], fills: list[Fill]
    ) -> None:
        """Report orders and fills of one account."""
        if self.listener is not None:
            self.listener.account_changed(account, market, orders, fills)


def _is_of(resting: object, account: Account) -> bool:
    return isinstance(resting, Order) and resting.account is account


def _original(order: Order) -> OrderType | None:
    return order.order_type if order.order_type in ("market", "market_limit") else None
