"""The closer: positions go to zero whatever the feed, the book and the gate say."""

from __future__ import annotations

from decimal import Decimal

from core.domain.events import OrderChanged
from core.domain.order import OrderType, Side
from core.market.ticker import Ticker
from core.trading.commands import ClosePosition
from tests.core.trading.market import OPTION, PERP, put_prices
from tests.core.trading.rig import Rig, limit


def test_on_a_live_book_the_price_is_capped_beyond_the_touch() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.ask(ClosePosition(PERP))
    assert rig.venue.placed[-1].price == Decimal(59_700)


def test_on_a_stale_feed_the_price_comes_from_mark_with_a_wider_cap() -> None:
    rig = Rig()
    rig.hold(PERP, "-300", "60000")
    rig.is_feed_alive = False
    rig.tick(seconds=10)
    reply = rig.say(ClosePosition(PERP))
    assert rig.venue.placed[-1].price == Decimal("61200.0")
    assert reply.is_ok


def test_without_any_price_a_reduce_only_market_order_goes_out() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    put_prices(rig.board, PERP, 0, 0)
    rig.board.put_ticker(Ticker(PERP, 0), rig.clock.now_ns())
    rig.ask(ClosePosition(PERP))
    order = rig.venue.placed[-1]
    assert (order.type, order.reduce_only, order.price) == (OrderType.MARKET, True, None)
    assert rig.view.positions == ()


def test_a_contract_that_is_not_listed_is_closed_at_market() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.board.list_instruments([one for one in rig.board.catalog.by_name.values() if one.is_option])
    reply = rig.say(ClosePosition(PERP))
    assert reply.is_ok
    assert rig.venue.placed[-1].type is OrderType.MARKET


def test_the_limit_stays_inside_the_band_of_the_venue() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    now_ns = rig.clock.now_ns()
    rig.board.put_ticker(Ticker(PERP, 0, mark_price=60_000.0, min_price=59_900.0), now_ns)
    rig.ask(ClosePosition(PERP))
    assert rig.venue.placed[-1].price == Decimal(59_900)


def test_what_one_try_leaves_the_next_one_takes_further_away() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.venue.takes = Decimal(100)
    number = rig.ask(ClosePosition(PERP))
    rig.tick(times=60)
    closing = rig.venue.placed[1:]
    assert [one.amount for one in closing] == [300, 200, 100]
    assert [one.price for one in closing] == [59_700, 59_400, None]
    assert [one.text for one in rig.replies(number)] == ["BTC-PERPETUAL is flat"]


def test_after_five_tries_it_says_what_is_left() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.venue.takes = Decimal(10)
    number = rig.ask(ClosePosition(PERP))
    rig.tick(times=150)
    (reply,) = rig.replies(number)
    assert not reply.is_ok
    assert reply.text.startswith("BTC-PERPETUAL: 250 could not be closed in 5 tries")


def test_an_option_is_sold_for_at_least_one_tick() -> None:
    rig = Rig()
    rig.hold(OPTION, "2", "0.03")
    put_prices(rig.board, OPTION, 0.0001, 0.0002)
    rig.ask(ClosePosition(OPTION))
    assert rig.venue.placed[-1].price == Decimal("0.0001")


def test_what_a_market_order_leaves_resting_is_cancelled_and_tried_again() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    put_prices(rig.board, PERP, 0, 0)
    rig.board.put_ticker(Ticker(PERP, 0), rig.clock.now_ns())
    rig.venue.takes = Decimal(100)
    rig.ask(ClosePosition(PERP))
    (resting,) = rig.venue.working()
    rig.tick(times=25)
    assert rig.venue.cancelled == []
    rig.tick(times=10)
    assert rig.venue.cancelled == [resting.order_id]
    assert rig.venue.placed[-1].amount == 200


def test_a_second_close_does_not_send_a_second_order() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.venue.mode = "lose"
    rig.ask(ClosePosition(PERP))
    rig.ask(ClosePosition(PERP))
    assert [one.side for one in rig.venue.placed[1:]] == [Side.SELL]


def test_a_resting_exit_does_not_hinder_the_close() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.place(limit(Side.SELL, "300", "61000"))
    reply = rig.say(ClosePosition(PERP))
    assert reply.is_ok
    assert rig.venue.positions[PERP] == 0


def test_nothing_more_is_closed_while_fills_of_the_last_try_are_missing() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.venue.mode = "lose"
    number = rig.ask(ClosePosition(PERP))
    closing = next(one for one in rig.venue.orders.values() if one.reduce_only)
    rig.post(OrderChanged(closing))
    rig.tick(times=5)
    assert len(rig.venue.placed) == 2
    rig.tick(times=10)
    assert len(rig.venue.placed) == 2
    assert [one.text for one in rig.replies(number)] == ["BTC-PERPETUAL is flat"]
