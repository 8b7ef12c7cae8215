"""The matching engine: takes checked orders, matches them price-time, books both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

import numpy as np

from core.simulator.accounts.account import Account, Accounts
from core.simulator.accounts.funds import funds
from core.simulator.accounts.money import ZERO, exact, fee_of, is_inverse_future, liquidation_fee_of
from core.simulator.accounts.order import Order, OrderSpec, OrderState, OrderType
from core.simulator.accounts.records import Fill
from core.simulator.markets.book import ASK, BID, Hit, reaches
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Direction, Trade
from core.simulator.markets.tickers import implied_percent
from core.simulator.matching.checks import band_of, check_band
from core.simulator.matching.ids import Ids
from core.simulator.matching.printing import fill_row, trade_log_row
from core.simulator.rpc import RpcError
from core.simulator.world.makers.options import OptionBoard

Placed = tuple[Order, list[Fill]]


class Listener(Protocol):
    """Who hears what the engine did."""

    def traded(self, market: Market, trade: Trade) -> None:
        """One public trade."""
        ...

    def book_changed(self, market: Market) -> None:
        """A client's order changed a book."""
        ...

    def account_changed(
        self, account: Account, market: Market, orders: list[Order], fills: list[Fill]
    ) -> None:
        """Orders and fills of one account in one market, in the order they happened."""
        ...


class Engine:
    """One thread: the exchange's loop."""

    def __init__(
        self, accounts: Accounts, now_ms: Callable[[], int], ids: Ids | None = None
    ) -> None:
        self.accounts = accounts
        self.ids = ids or Ids()
        self._now_ms = now_ms
        self.listener: Listener | None = None

    # Orders of clients

    def place(self, account: Account, spec: OrderSpec, connection: object = None) -> Placed:
        """Match a new order and rest what is left; raises RpcError when refused."""
        return self.enter(self._new(account, spec, connection))

    def enter(self, order: Order) -> Placed:
        """Check an order against book, band and funds, then let it trade."""
        self._limit_reduce_only(order)
        self._post_only(order)
        if order.order_type not in ("market", "market_limit"):
            check_band(order.spec, order.tick)
        self.check_funds(order)
        order.order_id = order.order_id or self.ids.next_order(order.market.instrument)
        return self.execute(order)

    def execute(self, order: Order) -> Placed:
        """Let an accepted order take and rest."""
        order.account.orders[order.order_id] = order
        if order.order_type == "market_limit":
            self._to_touch(order)
        if order.spec.tif == "fill_or_kill" and self._reachable(order) < order.left:
            self._end(order, "cancelled")
            self.tell(order.account, order.market, [order], [])
            return order, []
        fills = self._match(order)
        self._rest_or_end(order)
        self.tell(order.account, order.market, [order], fills)
        self._fit_reduce_only(order.account, order.market)
        return order, fills

    def edit(self, order: Order, units: int, tick: int, post_only: bool, reject: bool) -> Placed:
        """Change a resting order; priority stays only for less size at the same price."""
        left = units - (order.units - order.left)
        if left <= 0:
            raise RpcError(10002, "qty_too_low")
        check_band(order.spec, tick)
        spec = replace(order.spec, reject_post_only=reject)
        probe = replace(order, spec=spec, units=units, left=left, tick=tick, post_only=post_only)
        self._post_only(probe)
        self.check_funds(probe)
        keeps_place = probe.tick == order.tick and left <= order.left
        if not keeps_place:
            order.market.book.remove(order.side, order)
        order.spec, order.units, order.left, order.tick = spec, units, left, probe.tick
        order.post_only, order.replaced, order.updated_ms = post_only, True, self._now_ms()
        if not keeps_place:
            return self.execute(order)
        self._touched(order.market)
        self.tell(order.account, order.market, [order], [])
        self._fit_reduce_only(order.account, order.market)
        return order, []

    def cancel(self, order: Order, reason: str = "user_request") -> Order:
        """Take an order back."""
        if order.state == "open":
            order.market.book.remove(order.side, order)
        order.cancel_reason = reason
        self._end(order, "cancelled")
        self.tell(order.account, order.market, [order], [])
        return order

    def check_funds(self, order: Order) -> None:
        """Refuse what the account's margin cannot carry (10009)."""
        if order.spec.is_liquidation:
            return
        account, currency = order.account, order.market.instrument.settlement
        probe = replace(order, tick=self._likely_tick(order))
        account.take_funding()
        before, after = funds(account, currency), funds(account, currency, probe)
        if after.available < 0 and after.initial > before.initial:
            raise RpcError(10009, "not_enough_funds")

    # The makers and takers of the house

    def house_crosses(self, market: Market) -> None:
        """After a requote: makers trade with the clients' orders their new quotes reach."""
        for side in (BID, ASK):
            direction: Direction = "sell" if side == BID else "buy"
            hits = market.book.crossing(side)
            if hits:
                self._book_maker_hits(market, direction, hits)

    def house_takes(self, market: Market, direction: Direction, units: int) -> None:
        """A taker of the house hits the book at its best prices."""
        side = ASK if direction == "buy" else BID
        best = market.book.best(side)
        if best is None:
            return
        hits = market.book.take(side, units, best)
        self._book_maker_hits(market, direction, hits)
        for hit in hits:
            if hit.resting is None:
                self._print_trade(market, direction, hit)
                market.interest.strangers_traded(hit.units)

    # Matching

    def _new(self, account: Account, spec: OrderSpec, connection: object) -> Order:
        low, high = (0, 0) if spec.tick is not None else band_of(spec.market)
        tick = spec.tick if spec.tick is not None else (high if spec.direction == "buy" else low)
        now_ms = self._now_ms()
        return Order(
            account, spec, "", now_ms, now_ms, spec.units, spec.units, tick, spec.order_type,
            "open", post_only=spec.post_only, reduce_only=spec.reduce_only, connection=connection,
        )  # fmt: skip

    def _match(self, order: Order) -> list[Fill]:
        market, other = order.market, ASK if order.side == BID else BID
        self._cancel_own(order, other)
        hits = market.book.take(other, order.left, order.tick)
        fills = []
        for hit in hits:
            order.left -= hit.units
            trade = self._print_trade(market, order.spec.direction, hit, order.spec.is_liquidation)
            price = market.instrument.decimal_price(hit.tick)
            fills.append(self._fill(order, trade, price, is_maker=False))
            if hit.resting is None:
                self._book_house(market, -order.sign * hit.units, price)
            else:
                assert isinstance(hit.resting, Order)
                self._maker_filled(hit.resting, trade, price)
        if hits:
            self._touched(market)
        return fills

    def _book_maker_hits(self, market: Market, direction: Direction, hits: list[Hit]) -> None:
        """The house took from clients' orders; its hits on its own makers move nothing."""
        for hit in hits:
            if hit.resting is None:
                continue
            assert isinstance(hit.resting, Order)
            trade = self._print_trade(market, direction, hit)
            price = market.instrument.decimal_price(hit.tick)
            sign = 1 if direction == "buy" else -1
            self._book_house(market, sign * hit.units, price)
            self._maker_filled(hit.resting, trade, price)
        if hits:
            self._touched(market)

    def _maker_filled(self, order: Order, trade: Trade, price: Decimal) -> None:
        """The book lowered `left` already."""
        fill = self._fill(order, trade, price, is_maker=True)
        if order.left == 0:
            self._end(order, "filled")
        self.tell(order.account, order.market, [order], [fill])
        self._fit_reduce_only(order.account, order.market)

    def _fill(self, order: Order, trade: Trade, price: Decimal, is_maker: bool) -> Fill:
        """Book one execution on the order's account."""
        account, market, it = order.account, order.market, order.market.instrument
        amount = _amount(market, trade.units)
        index = exact(market.index)
        fee = fee_of(it, amount, price, index, is_maker)
        forced = order.spec.is_liquidation
        penalty = liquidation_fee_of(it, amount, price, index) - fee if forced else ZERO
        before = account.size_in(market)
        gained, cash = account.book_fill(market, order.sign * amount, price, fee, penalty)
        lot = it.terms.min_amount
        market.interest.client_moved(int(before / lot), int(account.size_in(market) / lot))
        order.worth += amount / price if is_inverse_future(it) else amount * price
        order.updated_ms = trade.at_ms
        row = fill_row(order, trade, fee + penalty, gained, is_maker)
        fill = Fill(it.name, it.settlement, it.kind, trade.at_ms, trade.seq, row)
        account.fills.append(fill)
        log_row = trade_log_row(order, trade, fee + penalty, (gained, cash), is_maker)
        account.add_log(it, it.settlement, trade.at_ms, log_row)
        return fill

    def _print_trade(
        self, market: Market, direction: Direction, hit: Hit, is_liquidation: bool = False
    ) -> Trade:
        it, tape = market.instrument, market.tape
        trade = Trade(
            it, self.ids.next_trade(it), tape.seq + 1, self._now_ms(), hit.tick, hit.units,
            direction, tape.next_direction(hit.tick), market.mark, market.index,
            _iv(market, it.price_of(hit.tick)), "T" if is_liquidation else None,
        )  # fmt: skip
        tape.append(trade)
        if self.listener is not None:
            self.listener.traded(market, trade)
        return trade

    def _rest_or_end(self, order: Order) -> None:
        if order.left == 0:
            self._end(order, "filled")
            return
        if order.spec.tif in ("immediate_or_cancel", "fill_or_kill"):
            self._end(order, "cancelled")
            return
        if order.order_type != "limit":
            order.original_type = order.original_type or _original(order)
            order.order_type = "limit"
        self._requeue(order)

    def _requeue(self, order: Order) -> None:
        order.market.book.add(order.side, order)
        self._touched(order.market)

    def _end(self, order: Order, state: OrderState) -> None:
        order.state = state
        order.updated_ms = self._now_ms()
        order.connection = None
        order.account.close_order(order)

    # Rules of single orders

    def _cancel_own(self, order: Order, other: int) -> None:
        """Self-match: the resting order of the same account goes (mode cancel_maker)."""
        for resting in order.market.book.orders_within(other, order.tick):
            if isinstance(resting, Order) and resting.account is order.account:
                self.cancel(resting)

    def _post_only(self, order: Order) -> None:
        """Move a crossing post-only order one tick inside the spread, or refuse it."""
        if not order.post_only:
            return
        best = order.market.book.best(ASK if order.side == BID else BID)
        if best is None or not reaches(ASK if order.side == BID else BID, best, order.tick):
            return
        if order.spec.reject_post_only:
            raise RpcError(11054, "post_only_reject")
        order.tick = _next_tick(order.market, best, -order.sign)

    def _limit_reduce_only(self, order: Order) -> None:
        if not order.reduce_only:
            return
        size = order.account.size_in(order.market) * -order.sign
        if size <= 0:
            raise RpcError(11030, "other_reject invalid_reduce_only_order")
        most = int(size / order.market.instrument.terms.min_amount)
        order.units = order.left = min(order.units, most)

    def _fit_reduce_only(self, account: Account, market: Market) -> None:
        """Resting reduce-only orders never exceed the position they reduce."""
        size = account.size_in(market)
        for order in account.orders_in(market):
            if not order.reduce_only or order.state != "open":
                continue
            most = int(size * -order.sign / market.instrument.terms.min_amount)
            if most <= 0:
                self.cancel(order, "risk_mitigation")
            elif order.left > most:
                order.units -= order.left - most
                order.left = most
                self._touched(market)
                self.tell(account, market, [order], [])

    def _to_touch(self, order: Order) -> None:
        best = order.market.book.best(ASK if order.side == BID else BID)
        if best is not None:
            order.tick = best

    def _reachable(self, order: Order) -> int:
        return order.market.book.available(ASK if order.side == BID else BID, order.tick)

    def _likely_tick(self, order: Order) -> int:
        """What a buy will pay at most: its limit, or the touch when that is better."""
        best = order.market.book.best(ASK)
        if order.sign < 0 or best is None:
            return order.tick
        return min(order.tick, best)

    # The house and the listeners

    def _book_house(self, market: Market, units: int, price: Decimal) -> None:
        """The makers' and takers' side of a client's execution; `units` is signed."""
        size = units * market.instrument.terms.min_amount
        self.accounts.house.book_fill(market, size, price, Decimal(0))
        market.interest.street_moved(units)

    def _touched(self, market: Market) -> None:
        if self.listener is not None:
            self.listener.book_changed(market)

    def tell(
        self, account: Account, market: Market, orders: list[Order], fills: list[Fill]
    ) -> None:
        """Report orders and fills of one account."""
        if self.listener is not None:
            self.listener.account_changed(account, market, orders, fills)


def _amount(market: Market, units: int) -> Decimal:
    return units * market.instrument.terms.min_amount


def _original(order: Order) -> OrderType | None:
    return order.order_type if order.order_type in ("market", "market_limit") else None


def _next_tick(market: Market, tick: int, by: int) -> int:
    """The neighbouring valid price one step away."""
    terms = market.instrument.terms
    if terms.step_above is None:
        return max(1, tick + by)
    edge, step = int(terms.step_above / terms.tick), int(terms.step_tick / terms.tick)
    coarse = tick > edge or (tick == edge and by > 0)
    return max(1, tick + by * (step if coarse else 1))


def _iv(market: Market, price: float) -> float | None:
    """The volatility an option traded at, in percent."""
    board = market.board
    if not isinstance(board, OptionBoard):
        return None
    return float(implied_percent(board, np.array([market.row]), np.array([price]))[0])
