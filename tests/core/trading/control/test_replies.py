"""Replies: what waits for the venue is answered once, under the right number."""

from __future__ import annotations

from decimal import Decimal

from core.domain.events import CancelFailed, OrderChanged
from core.domain.order import Side
from core.trading.commands import AmendOrder, CancelOrder, CancelOrders, CancelScope
from core.trading.journal import ReplyRecord
from tests.core.trading.rig import Rig, limit, stop


def test_only_the_newest_fifty_are_shown() -> None:
    rig = Rig()
    asked = [rig.ask(CancelOrders(CancelScope.BUYS)) for _ in range(60)]
    assert [one.number for one in rig.view.replies] == asked[-50:]
    assert len(rig.journal.of(ReplyRecord)) == 60


def test_nothing_to_cancel_is_said_plainly() -> None:
    rig = Rig()
    assert rig.say(CancelOrders(CancelScope.STOPS)).text == "no order is being cancelled"
    rig.place(limit(Side.BUY))
    assert rig.say(CancelOrders(CancelScope.LAST)).text == "1 order is being cancelled"


def test_an_outcome_is_told_once_however_often_it_is_reported() -> None:
    rig = Rig()
    number = rig.place(limit(Side.BUY))
    report = rig.view.working[0]
    rig.post(OrderChanged(report))
    rig.venue.trade(report.order_id, Decimal(100))
    rig.drain()
    assert [one.text for one in rig.replies(number)] == ["BUY 100 BTC-PERPETUAL @ 59000.0: open"]


def test_an_order_that_found_nobody_is_no_success() -> None:
    rig = Rig()
    rig.venue.takes = Decimal(0)
    number = rig.place(limit(Side.BUY, is_ioc=True, price="60001"))
    (reply,) = rig.replies(number)
    assert not reply.is_ok
    assert "cancelled: immediate_or_cancel" in reply.text


def test_a_failed_cancel_of_a_set_is_told_under_its_number() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY))
    rig.venue.orders.clear()
    number = rig.ask(CancelOrders(CancelScope.BUYS))
    assert [one.is_ok for one in rig.replies(number)] == [True, False]


def test_a_failure_to_cancel_everything_is_told() -> None:
    rig = Rig()
    number = rig.ask(CancelOrders(CancelScope.ALL))
    rig.post(CancelFailed("all", "too_many_requests"))
    assert rig.replies(number)[-1].text == "all orders: not cancelled: too_many_requests"


def test_a_cancel_that_comes_too_late_says_that_it_was_filled() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY))
    order_id = rig.view.working[0].order_id
    rig.venue.is_deaf_to_cancels = True
    number = rig.ask(CancelOrder(order_id))
    rig.venue.trade(order_id, Decimal(100))
    rig.drain()
    (reply,) = rig.replies(number)
    assert not reply.is_ok
    assert reply.text.endswith("filled at 59000")


def test_an_amendment_of_an_order_that_ends_meanwhile_is_answered() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY))
    report = rig.view.working[0]
    number = rig.ask(AmendOrder(report.order_id, Decimal(200), None), is_drained=False)
    rig.facts.clear()
    rig.venue.orders[report.order_id] = report
    rig.venue.trade(report.order_id, Decimal(100))
    rig.drain()
    (reply,) = rig.replies(number)
    assert not reply.is_ok


def test_an_order_without_an_id_and_a_stop_without_a_price_cannot_be_changed() -> None:
    rig = Rig()
    rig.venue.mode = "lose"
    order = limit(Side.BUY)
    rig.place(order)
    reply = rig.say(AmendOrder(order.label, Decimal(200), None))
    assert "cannot be changed" in reply.text
    rig.venue.mode = "accept"
    rig.place(stop(Side.SELL, "58000"))
    waiting = next(one for one in rig.view.working if one.trigger_price is not None)
    reply = rig.say(AmendOrder(waiting.order_id, Decimal(200), Decimal(57_000)))
    assert "has no price" in reply.text
    assert rig.venue.amended == []
    assert rig.say(AmendOrder("id-77", Decimal(1), None)).text == "there is no order id-77"
