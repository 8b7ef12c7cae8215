"""Mass quotes: one order per instrument and side in a protection group, replaced by the next."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.simulator.accounts.account import Account
from core.simulator.accounts.order import Order, OrderSpec
from core.simulator.accounts.records import Fill
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Direction
from core.simulator.matching.engine import Change, Engine, Placed
from core.simulator.rpc import RpcError

FREEZE_MS = 1_000
"""New quotes are refused for so long after a cancel that asks for it."""


@dataclass(frozen=True, slots=True)
class QuoteSide:
    """One side of one quote, checked."""

    market: Market
    direction: Direction
    units: int | None
    """What shall rest; 0 cancels, None leaves the amount."""
    tick: int | None
    """None leaves the price."""
    post_only: bool = False
    reject_post_only: bool = False


@dataclass(frozen=True, slots=True)
class QuoteTag:
    """What a mass quote says about all its quotes."""

    group: str
    quote_id: str
    quote_set_id: str | None
    connection: object = None


class QuoteDesk:
    """Places, amends and finds quotes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, account: Account, side: QuoteSide, tag: QuoteTag) -> Placed:
        """Place or amend one side; a refused amendment cancels what rests (RpcError)."""
        resting = self.find(account, side, tag.group)
        if resting is None:
            return self._place(account, side, tag)
        if side.units == 0:
            none: list[Fill] = []
            return self._engine.cancel(resting), none
        try:
            return self._amend(resting, side, tag)
        except RpcError:
            if resting.is_live:
                self._engine.cancel(resting)
            raise

    def find(self, account: Account, side: QuoteSide, group: str) -> Order | None:
        """The quote that rests on this side of this instrument in a group."""
        for order in quotes_of(account):
            is_here = order.market is side.market and order.spec.direction == side.direction
            if is_here and order.spec.mmp_group == group:
                return order
        return None

    def rising(self, account: Account, bid: QuoteSide, ask: QuoteSide, group: str) -> bool:
        """True when both sides of a quote move up, so that the ask must move first."""
        pairs = [(self.find(account, side, group), side.tick) for side in (bid, ask)]
        return all(old is not None and tick is not None and tick > old.tick for old, tick in pairs)

    def _place(self, account: Account, side: QuoteSide, tag: QuoteTag) -> Placed:
        if not side.units or side.tick is None:
            raise RpcError(10004, "order_not_found")
        spec = OrderSpec(
            side.market, side.direction, side.units, "limit", side.tick, post_only=side.post_only,
            reject_post_only=side.reject_post_only, mmp=True, mmp_group=tag.group,
        )  # fmt: skip
        order = self._engine.new(account, spec, tag.connection)
        order.quote_id, order.quote_set_id = tag.quote_id, tag.quote_set_id
        return self._engine.enter(order)

    def _amend(self, order: Order, side: QuoteSide, tag: QuoteTag) -> Placed:
        units = order.left if side.units is None else side.units
        tick = order.tick if side.tick is None else side.tick
        is_same = (units, tick, tag.quote_set_id) == (order.left, order.tick, order.quote_set_id)
        spec = replace(order.spec, post_only=side.post_only, reject_post_only=side.reject_post_only)
        order.quote_id, order.quote_set_id = tag.quote_id, tag.quote_set_id
        order.connection = tag.connection
        done = order.units - order.left
        return self._engine.edit(
            order, Change(done + units, tick, spec, keeps_place=not is_same)
        )  # fmt: skip


def quotes_of(account: Account) -> list[Order]:
    """An account's live quotes, oldest first."""
    return [order for order in account.orders.values() if order.is_quote]
