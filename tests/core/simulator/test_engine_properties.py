"""Whatever clients and makers do: price-time holds, books stay whole, and nothing is lost."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from core.simulator.accounts.account import Account
from core.simulator.accounts.order import Order, OrderSpec
from core.simulator.accounts.records import Fill
from core.simulator.markets.book import ASK, BID, visible
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Direction, Trade
from core.simulator.matching.engine import Change
from core.simulator.matching.guards import Guard
from core.simulator.rpc import RpcError
from tests.core.simulator.still import FUNDS, Desk

Step = tuple[str, int, int, int, bool]
RICH = {currency: amount * 1_000 for currency, amount in FUNDS.items()}


class Judge:
    """Listens to the engine and judges every trade as it happens."""

    def __init__(self) -> None:
        self.trades = 0

    def traded(self, market: Market, trade: Trade) -> None:
        """No trade goes through a better price that rests."""
        self.trades += 1
        side = ASK if trade.direction == "buy" else BID
        best = market.book.best(side)
        if best is not None:
            assert best >= trade.tick if side == ASK else best <= trade.tick

    def book_changed(self, market: Market) -> None:
        """Books are judged when the step is over."""

    def account_changed(
        self, account: Account, market: Market, orders: list[Order], fills: list[Fill]
    ) -> None:
        """What is told is of that account and market."""
        for order in orders:
            assert (order.account, order.market) == (account, market)
        for fill in fills:
            assert fill.instrument == market.name

    def mmp_triggered(self, account: Account, guard: Guard) -> None:
        """Nobody is protected here."""
        raise AssertionError(account, guard)


@cache
def desk() -> Desk:
    """One exchange for all examples; each starts with no orders."""
    return Desk()


class Floor:
    """Three rich clients in one market."""

    def __init__(self) -> None:
        self.desk = desk()
        exchange = self.desk.exchange
        self.market = self.desk.market("BTC-PERPETUAL")
        self.judge = Judge()
        exchange.engine.listener = self.judge
        for account in exchange.accounts:
            for order in list(account.orders.values()):
                if order.is_live:
                    exchange.engine.cancel(order)
        names = ("amy", "bob", "cyd")
        self.clients = [
            exchange.accounts.find(name) or exchange.accounts.open(name, RICH, 0) for name in names
        ]
        self.middle = int(self.market.mark / 0.5)

    def step(self, what: str, who: int, where: int, size: int, buys: bool) -> None:
        """One step; what the venue refuses changes nothing."""
        try:
            self._act(what, self.clients[who], "buy" if buys else "sell", where, size)
        except RpcError as refused:
            if refused.code not in (10002, 10003, 11030, 11054):
                raise

    def _act(
        self, what: str, account: Account, direction: Direction, where: int, size: int
    ) -> None:
        engine, mine = self.desk.exchange.engine, list(account.orders.values())
        if what in ("limit", "iceberg", "post", "reduce", "kill", "now"):
            engine.place(account, self._spec(what, direction, where, size))
        elif what == "pair":
            first = self._spec("limit", direction, where, size)
            second = self._spec("limit", direction, -where, size)
            self.desk.exchange.links.place(account, first, "one_cancels_other", [second])
        elif what == "mode":
            account.self_trading_mode = "reject_taker" if size % 2 else "cancel_maker"
        elif what == "takes":
            engine.house_takes(self.market, direction, size)
        elif what == "move":
            self.desk.run(0.1)
        elif mine:
            order = mine[size % len(mine)]
            if what == "cancel":
                engine.cancel(order)
            else:
                engine.edit(order, Change(size, order.tick + where, order.spec))

    def _spec(self, what: str, direction: Direction, where: int, size: int) -> OrderSpec:
        return OrderSpec(
            self.market, direction, size, "limit", self.middle + where,
            tif="fill_or_kill" if what == "kill"
            else "immediate_or_cancel" if what == "now" else "good_til_cancelled",
            post_only=what == "post", reduce_only=what == "reduce",
            display_units=max(1, size // 3) if what == "iceberg" else 0,
            fill_condition="incremental" if size % 2 else "first_hit",
        )  # fmt: skip

    def check(self) -> None:
        """The book is whole and uncrossed; live orders rest in it once; sizes sum to zero."""
        book = self.market.book
        bid, ask = book.best(BID), book.best(ASK)
        assert bid is None or ask is None or bid < ask
        queued = [o for queues in book.queues for queue in queues.values() for o in queue]
        live = [o for a in self.desk.exchange.accounts for o in a.orders.values()]
        assert len(queued) == len(set(map(id, queued))) == len(live)
        for order in live:
            assert book.holds(order.side, order)
            assert order.state == "open"
            assert 0 < order.left <= order.units
            assert 0 < visible(order) <= order.left
        accounts = [*self.desk.exchange.accounts, self.desk.exchange.accounts.house]
        assert sum((a.size_in(self.market) for a in accounts), Decimal(0)) == 0


steps = st.lists(
    st.tuples(
        st.sampled_from([
            "limit", "limit", "limit", "iceberg", "post", "reduce", "kill", "now", "pair", "mode",
            "takes", "move", "cancel", "edit", "edit",
        ]),
        st.integers(0, 2),
        st.integers(-30, 30),
        st.integers(1, 3_000),
        st.booleans(),
    ),
    min_size=5,
    max_size=40,
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(steps)
def test_price_time_holds_and_nothing_is_lost(sequence: list[Step]) -> None:
    floor = Floor()
    for step in sequence:
        floor.step(*step)
        floor.check()


@settings(max_examples=40, deadline=None)
@given(steps)
def test_nobody_trades_with_oneself(sequence: list[Step]) -> None:
    floor = Floor()
    for step in sequence:
        floor.step(*step)
    for account in floor.clients:
        seen: dict[str, str] = {}
        for fill in account.fills:
            side = seen.setdefault(fill.row["trade_id"], fill.row["liquidity"])
            assert side == fill.row["liquidity"]
