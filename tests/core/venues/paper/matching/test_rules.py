"""The rules of orders on paper: the venue's refusals, and what rests, moves, fires or ends."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

import pytest

from core.clock import NS_PER_S, ManualClock
from core.domain.events import (
    AccountChanged,
    CancelFailed,
    Filled,
    OrderChanged,
    OutcomeArrived,
    Reconciled,
)
from core.domain.label import new_label
from core.domain.order import Amendment, NewOrder, OrderState, OrderType, Side, TimeInForce
from core.domain.outcome import Accepted, Refused
from core.market.board import Board
from core.market.ticker import Ticker
from core.venues.deribit.account.facts import TRIGGERED
from core.venues.paper.journal import Kept
from core.venues.paper.matching.exchange import Exchange
from core.venues.paper.matching.orders import MarketTrade
from tests.core.trading.market import INDEX, PERP, live_board

BUY, SELL = Side.BUY, Side.SELL
D = Decimal
T = TypeVar("T")
NOW_NS = 1_790_000_000 * NS_PER_S
FUNDS = {"BTC": D(10), "ETH": D(100), "USDC": D(1_000_000)}
BIDS = {60_000.0: 500.0, 59_999.5: 1_000.0}
ASKS = {60_000.5: 300.0, 60_001.0: 700.0}


class Pit:
    """One perpetual whose book and mark a test writes by hand."""

    def __init__(self, funds: dict[str, Decimal] | None = None) -> None:
        self.clock = ManualClock(NOW_NS)
        self.board: Board = live_board(self.clock)
        self.told: list[object] = []
        self.written: list[Kept] = []
        chosen = FUNDS if funds is None else funds
        self.exchange = Exchange(
            self.board, self.clock, chosen, self.written.append, self.told.append
        )
        self.quote(BIDS, ASKS)
        self.mark(60_000.0)

    def quote(self, bids: dict[float, float], asks: dict[float, float], name: str = PERP) -> None:
        self.clock.advance_s(0.3)
        book = self.board.book(name)
        assert book is not None
        book.snapshot(
            book.change_id + 1,
            [("new", price, amount) for price, amount in bids.items()],
            [("new", price, amount) for price, amount in asks.items()],
        )
        self.hear()
        self.step()

    def hear(self) -> None:
        self.board.touch("feed", self.clock.now_ns(), self.clock.now_ns())

    def step(self) -> None:
        self.exchange.step()
        self.exchange.commit()

    def mark(self, mark: float, state: str = "open", name: str = PERP) -> None:
        at_ms = self.clock.now_ns() // 1_000_000
        self.board.put_ticker(
            Ticker(name, at_ms, state, mark, INDEX[name], min_price=59_000.0, max_price=61_000.0),
            self.clock.now_ns(),
        )
        self.step()

    def trade(self, taker: Side, price: str, amount: int) -> None:
        self.clock.advance_s(0.3)
        self.hear()
        trade = MarketTrade(PERP, taker, D(price), D(amount), self.clock.now_ns())
        self.exchange.traded(trade)
        self.exchange.commit()

    def place(
        self,
        side: Side,
        amount: int,
        price: str | None = None,
        kind: OrderType | None = None,
        life: TimeInForce = TimeInForce.GTC,
        *,
        post_only: bool = False,
        reduce_only: bool = False,
        trigger: str | None = None,
    ) -> Accepted | Refused:
        kind = kind or (OrderType.MARKET if price is None else OrderType.LIMIT)
        limit = None if price is None else D(price)
        stop = None if trigger is None else D(trigger)
        label = new_label("manual")
        order = NewOrder(
            PERP, side, D(amount), label, kind, limit, life, post_only, reduce_only, stop
        )
        self.exchange.place(order)
        self.exchange.commit()
        (found,) = [o.outcome for o in self.facts(OutcomeArrived) if o.outcome.label == label]
        assert isinstance(found, Accepted | Refused)
        return found

    def rest(self, side: Side, amount: int, price: str) -> str:
        found = self.place(side, amount, price)
        assert isinstance(found, Accepted)
        assert found.report.state is OrderState.OPEN
        return found.report.order_id

    def facts(self, kind: type[T]) -> list[T]:
        return [one for one in self.told if isinstance(one, kind)]

    def filled(self, order_id: str) -> Decimal:
        return sum(
            (abs(o.amount) for o in self.exchange.shelf.fills if o.order_id == order_id), D(0)
        )

    def state(self, order_id: str) -> OrderState:
        return [o.report.state for o in self.facts(OrderChanged) if o.report.order_id == order_id][
            -1
        ]

    def size(self) -> Decimal:
        return self.exchange.account.size_in(PERP)


@pytest.fixture
def pit() -> Pit:
    return Pit()


def reason(found: Accepted | Refused) -> str:
    assert isinstance(found, Refused), found
    return found.reason


def fills(found: Accepted | Refused) -> list[tuple[int, str]]:
    assert isinstance(found, Accepted), found
    return [(int(one.amount), str(one.price)) for one in found.fills]


# Refusals, in the venue's words.


def test_refusals_are_the_venues_own(pit: Pit) -> None:
    assert "multiple of contract size" in reason(pit.place(BUY, 15, "60000"))
    assert "must conform to tick size" in reason(pit.place(BUY, 10, "60000.2"))
    assert "above the highest allowed: 61000" in reason(pit.place(BUY, 10, "62000"))
    assert "below the lowest allowed: 59000" in reason(pit.place(SELL, 10, "58000"))
    assert "no position to reduce" in reason(pit.place(SELL, 10, "60000", reduce_only=True))
    assert "not enough margin" in reason(pit.place(BUY, 60_000_000, "60000"))
    stop = OrderType.STOP_MARKET
    assert "would fire at once" in reason(pit.place(BUY, 10, kind=stop, trigger="59000"))
    ioc = TimeInForce.IOC
    found = pit.place(BUY, 10, kind=OrderType.MARKET, life=ioc)
    assert "do not go together" in reason(found)
    assert "post-only is not allowed" in reason(
        pit.place(BUY, 10, "60000", life=ioc, post_only=True)
    )
    assert pit.written == []


def test_a_stale_book_takes_no_order_and_fills_none(pit: Pit) -> None:
    order_id = pit.rest(BUY, 100, "59990")
    book = pit.board.book(PERP)
    assert book is not None
    book.drop()
    assert "is stale" in reason(pit.place(BUY, 10, "60001"))
    pit.trade(SELL, "59000", 10_000)
    pit.step()
    assert pit.filled(order_id) == 0
    pit.exchange.cancel(order_id)
    pit.exchange.commit()
    assert pit.state(order_id) is OrderState.CANCELLED


def test_a_halted_instrument_takes_no_order(pit: Pit) -> None:
    pit.mark(60_000.0, state="locked")
    assert "order book is closed" in reason(pit.place(BUY, 10, "60000"))


# Takers.


def test_a_taker_walks_the_levels(pit: Pit) -> None:
    assert fills(pit.place(BUY, 400, "60001")) == [(300, "60000.5"), (100, "60001.0")]


def test_displayed_liquidity_is_taken_once(pit: Pit) -> None:
    assert fills(pit.place(BUY, 300, "60000.5")) == [(300, "60000.5")]
    assert fills(pit.place(BUY, 300, "60000.5", life=TimeInForce.IOC)) == []
    pit.quote(BIDS, {60_000.5: 350.0, 60_001.0: 700.0})
    assert fills(pit.place(BUY, 300, "60000.5", life=TimeInForce.IOC)) == [(50, "60000.5")]


def test_a_level_that_was_gone_is_new(pit: Pit) -> None:
    pit.place(BUY, 300, "60000.5")
    pit.quote(BIDS, {60_001.0: 700.0})
    pit.quote(BIDS, ASKS)
    assert fills(pit.place(BUY, 300, "60000.5", life=TimeInForce.IOC)) == [(300, "60000.5")]


def test_the_rest_of_an_ioc_ends_and_a_fok_takes_all_or_nothing(pit: Pit) -> None:
    found = pit.place(BUY, 500, "60000.5", life=TimeInForce.IOC)
    assert fills(found) == [(300, "60000.5")]
    assert isinstance(found, Accepted)
    assert found.report.state is OrderState.CANCELLED
    pit.quote(BIDS, {60_001.0: 700.0})
    assert fills(pit.place(BUY, 800, "60001", life=TimeInForce.FOK)) == []
    assert fills(pit.place(BUY, 700, "60001", life=TimeInForce.FOK)) == [(700, "60001.0")]


def test_a_market_order_rests_at_the_edge_of_the_band(pit: Pit) -> None:
    found = pit.place(BUY, 2_000)
    assert isinstance(found, Accepted)
    assert (found.report.filled, found.report.price) == (D(1_000), D(61_000))
    assert (found.report.type, found.report.state) == (OrderType.LIMIT, OrderState.OPEN)


def test_what_it_would_meet_of_our_own_is_cancelled(pit: Pit) -> None:
    own = pit.rest(SELL, 10, "60000.5")
    better = pit.rest(BUY, 10, "60000")
    assert fills(pit.place(BUY, 400, "60001")) == [(300, "60000.5"), (100, "60001.0")]
    assert pit.state(own) is OrderState.CANCELLED
    assert better in pit.exchange.shelf.working


# Makers.


def test_post_only_moves_inside_the_spread(pit: Pit) -> None:
    found = pit.place(BUY, 10, "60001", post_only=True)
    assert isinstance(found, Accepted)
    assert (found.report.price, found.fills) == (D(60_000), ())


def test_a_resting_order_waits_for_what_stood_before_it(pit: Pit) -> None:
    order_id = pit.rest(BUY, 100, "60000")
    pit.trade(SELL, "60000", 450)
    assert pit.filled(order_id) == 0
    pit.trade(SELL, "60000", 100)
    assert pit.filled(order_id) == 50
    pit.trade(SELL, "60000", 100)
    assert pit.filled(order_id) == 100
    (first, second) = pit.facts(Filled)
    assert (first.fill.price, first.fill.is_maker, second.fill.amount) == (D(60_000), True, D(50))


def test_a_trade_and_the_level_it_shrank_count_once(pit: Pit) -> None:
    order_id = pit.rest(BUY, 100, "60000")
    pit.quote({60_000.0: 200.0}, ASKS)
    pit.trade(SELL, "60000", 300)
    assert pit.filled(order_id) == 0
    pit.trade(SELL, "60000", 210)
    assert pit.filled(order_id) == 10


def test_who_left_the_level_stood_behind_us_as_long_as_that_can_be(pit: Pit) -> None:
    order_id = pit.rest(BUY, 100, "60000")
    pit.quote({60_000.0: 900.0}, ASKS)
    pit.quote({60_000.0: 600.0}, ASKS)
    pit.trade(SELL, "60000", 500)
    assert pit.filled(order_id) == 0
    pit.trade(SELL, "60000", 10)
    assert pit.filled(order_id) == 10


def test_a_trade_through_the_price_reaches_us_for_its_amount(pit: Pit) -> None:
    order_id = pit.rest(BUY, 100, "60000")
    pit.trade(SELL, "59999.5", 60)
    assert pit.filled(order_id) == 60
    assert pit.exchange.shelf.fills[-1].price == 60_000


def test_one_trade_is_shared_among_our_orders_by_price_and_time(pit: Pit) -> None:
    late, best = pit.rest(BUY, 100, "59990"), pit.rest(BUY, 100, "59995")
    pit.trade(SELL, "59980", 150)
    assert (pit.filled(best), pit.filled(late)) == (D(100), D(50))


def test_trades_of_before_and_of_our_own_side_do_not_count(pit: Pit) -> None:
    old = MarketTrade(PERP, SELL, D("59000"), D(500), pit.clock.now_ns() - NS_PER_S)
    order_id = pit.rest(BUY, 100, "59990")
    pit.exchange.traded(old)
    pit.trade(BUY, "60000.5", 500)
    assert pit.filled(order_id) == 0


def test_a_market_that_quotes_through_fills_what_it_shows_once(pit: Pit) -> None:
    order_id = pit.rest(BUY, 100, "60000")
    pit.quote({59_990.0: 10.0}, {59_999.5: 30.0, 60_000.0: 20.0, 60_001.0: 500.0})
    assert pit.filled(order_id) == 50
    pit.step()
    assert pit.filled(order_id) == 50
    assert {one.price for one in pit.exchange.shelf.fills} == {60_000}


def test_less_at_the_same_price_keeps_the_place_and_more_loses_it(pit: Pit) -> None:
    order_id = pit.rest(BUY, 100, "60000")
    pit.trade(SELL, "60000", 500)
    pit.exchange.amend(Amendment(order_id, D(50), D(60_000)))
    pit.trade(SELL, "60000", 20)
    assert pit.filled(order_id) == 20
    pit.exchange.amend(Amendment(order_id, D(60), D(60_000)))
    pit.step()
    pit.trade(SELL, "60000", 400)
    assert pit.filled(order_id) == 20


def test_an_amendment_to_a_crossing_price_takes(pit: Pit) -> None:
    order_id = pit.rest(BUY, 100, "59990")
    pit.exchange.amend(Amendment(order_id, D(100), D("60000.5")))
    pit.exchange.commit()
    assert pit.filled(order_id) == 100
    pit.exchange.cancel(order_id)
    pit.exchange.commit()
    assert "no longer open" in pit.facts(CancelFailed)[-1].reason


def test_reduce_only_never_exceeds_the_position(pit: Pit) -> None:
    pit.place(BUY, 300, "60000.5")
    found = pit.place(SELL, 500, "60010", reduce_only=True)
    assert isinstance(found, Accepted)
    assert found.report.amount == 300
    pit.place(SELL, 200, "60000")
    (order,) = pit.exchange.shelf.working.values()
    assert order.report.amount == 100
    pit.place(SELL, 100, "60000")
    assert pit.state(found.report.order_id) is OrderState.CANCELLED


# Stops.


def test_a_stop_fires_on_the_mark_and_becomes_a_new_order(pit: Pit) -> None:
    found = pit.place(SELL, 200, kind=OrderType.STOP_MARKET, trigger="59900")
    assert isinstance(found, Accepted)
    assert found.report.state is OrderState.UNTRIGGERED
    pit.mark(59_950.0)
    assert pit.size() == 0
    pit.mark(59_900.0)
    assert pit.size() == -200
    ended, born = pit.facts(OrderChanged)[-2:]
    assert (ended.report.order_id, ended.report.reason) == (found.report.order_id, TRIGGERED)
    assert born.report.state is OrderState.FILLED
    assert born.report.label == ended.report.label


def test_a_fired_stop_that_may_not_enter_is_refused(pit: Pit) -> None:
    pit.place(SELL, 200, kind=OrderType.STOP_MARKET, trigger="59900", reduce_only=True)
    pit.mark(59_800.0)
    assert pit.facts(OrderChanged)[-1].report.state is OrderState.REFUSED
    assert not pit.exchange.shelf.working


def test_a_stop_waits_while_the_book_is_stale(pit: Pit) -> None:
    pit.place(SELL, 200, kind=OrderType.STOP_MARKET, trigger="59900")
    book = pit.board.book(PERP)
    assert book is not None
    book.drop()
    pit.mark(59_000.0)
    assert pit.size() == 0
    pit.quote(BIDS, ASKS)
    assert pit.size() == -200


# The account's life.


def test_every_step_is_written_before_it_is_told(pit: Pit) -> None:
    seen: list[int] = []
    pit.exchange.records._tell = lambda _: seen.append(len(pit.written))
    pit.exchange.place(NewOrder(PERP, BUY, D(300), "manual:x", price=D("60000.5")))
    pit.exchange.commit()
    assert seen
    assert set(seen) == {1}


def test_orders_come_back_and_rest_at_the_end_of_a_live_queue(pit: Pit) -> None:
    order_id = pit.rest(BUY, 100, "60000")
    pit.trade(SELL, "60000", 500)
    pit.place(BUY, 300, "60000.5")
    told: list[object] = []
    kept = Kept()
    for change in pit.written:
        kept.fold(change)
    again = Exchange(pit.board, pit.clock, FUNDS, pit.written.append, told.append)
    again.restore(kept)
    assert again.account.positions() == pit.exchange.account.positions()
    assert again.account.balances == pit.exchange.account.balances
    pit.exchange = again
    pit.trade(SELL, "60000", 400)
    assert pit.filled(order_id) == 0
    pit.step()
    pit.trade(SELL, "60000", 510)
    assert pit.filled(order_id) == 10


def test_the_whole_truth_is_told(pit: Pit) -> None:
    pit.place(BUY, 300, "60000.5")
    order_id = pit.rest(BUY, 100, "59000")
    pit.exchange.reconcile()
    pit.exchange.commit()
    truth = pit.facts(Reconciled)[-1]
    assert [(one.instrument, one.amount) for one in truth.positions] == [(PERP, D(300))]
    assert [one.order_id for one in truth.open_orders] == [order_id]
    assert [one.amount for one in truth.fills] == [300]
    assert {one.currency for one in truth.accounts} == {"BTC", "ETH", "USDC"}
    assert pit.facts(AccountChanged)


def test_an_account_below_maintenance_margin_is_closed_by_halves() -> None:
    from core.venues.paper.upkeep import Upkeep

    pit = Pit({"BTC": D("0.001")})
    pit.place(BUY, 300, "60000.5")
    upkeep = Upkeep(pit.board, pit.exchange, lambda _: None)
    order_id = pit.rest(BUY, 10, "59500")
    pit.mark(50_000.0)
    upkeep.work(pit.clock.now_ns())
    pit.exchange.commit()
    assert pit.size() == 150
    assert pit.state(order_id) is OrderState.CANCELLED
