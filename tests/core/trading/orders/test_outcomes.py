"""Accepted, refused, unknown: exactly one order exists, and we find out which."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from core.domain.events import (
    CancelFailed,
    Filled,
    LabelAnswered,
    OrderChanged,
    OutcomeArrived,
    Reconciled,
)
from core.domain.label import new_label
from core.domain.order import OrderReport, OrderState, Side
from core.domain.outcome import Accepted, Refused
from core.trading.commands import CancelOrder, PlaceOrders
from core.trading.journal import FillRecord, OrderRecord
from tests.core.trading.market import PERP
from tests.core.trading.rig import Rig, limit, stop


def states(rig: Rig) -> list[OrderState]:
    return [one.state for one in rig.view.orders]


def test_a_lost_reply_is_settled_by_asking_and_the_order_exists_once() -> None:
    rig = Rig()
    rig.venue.mode = "mute"
    order = limit(Side.BUY)
    number = rig.place(order)
    assert states(rig) == [OrderState.UNKNOWN]
    rig.tick()
    assert rig.venue.asked == [order.label]
    assert states(rig) == [OrderState.OPEN]
    assert rig.venue.placed == [order]
    assert len(rig.venue.orders) == 1
    assert [one.is_ok for one in rig.replies(number)] == [False, True]


def test_an_order_that_never_arrived_is_refused_and_never_sent_again() -> None:
    rig = Rig()
    rig.venue.mode = "drop"
    order = limit(Side.BUY)
    number = rig.place(order)
    rig.tick(times=150)
    assert states(rig) == [OrderState.REFUSED]
    assert rig.view.orders[0].reason == "never reached the venue"
    assert rig.venue.placed == [order]
    assert "never reached the venue" in rig.replies(number)[-1].text


def test_silence_about_a_sent_order_makes_it_unknown_after_ten_seconds() -> None:
    rig = Rig()
    rig.venue.mode = "lose"
    order = limit(Side.BUY)
    rig.place(order)
    rig.tick(seconds=1, times=9)
    assert rig.venue.asked == []
    assert states(rig) == [OrderState.SENT]
    rig.tick(seconds=1, times=2)
    assert rig.venue.asked == [order.label]
    assert states(rig) == [OrderState.OPEN]


def test_questions_wait_while_the_link_is_down_and_go_out_when_it_returns() -> None:
    rig = Rig()
    rig.venue.mode = "drop"
    rig.place(limit(Side.BUY))
    rig.venue.disconnect()
    rig.drain()
    rig.tick(seconds=1, times=30)
    assert rig.venue.asked == []
    rig.connect()
    rig.tick()
    assert len(rig.venue.asked) == 1
    assert states(rig) == [OrderState.REFUSED]


def test_a_question_without_an_answer_is_asked_again_ever_more_rarely() -> None:
    rig = Rig()
    rig.venue.mode = "drop"
    rig.venue.is_silent = True
    rig.place(limit(Side.BUY))
    rig.tick(times=300)
    assert 5 <= len(rig.venue.asked) <= 8
    assert states(rig) == [OrderState.UNKNOWN]
    rig.venue.is_silent = False
    rig.tick(seconds=1, times=20)
    assert states(rig) == [OrderState.REFUSED]


def test_the_same_label_is_never_sent_twice() -> None:
    rig = Rig()
    order = limit(Side.BUY)
    rig.place(order)
    reply = rig.say(PlaceOrders((order,)))
    assert not reply.is_ok
    assert "never sent twice" in reply.text
    assert rig.venue.placed == [order]


def test_a_report_before_its_outcome_is_one_order() -> None:
    rig = Rig()
    rig.venue.mode = "lose"
    rig.place(limit(Side.BUY))
    (report,) = rig.venue.working()
    rig.post(OrderChanged(report))
    rig.post(OutcomeArrived(Accepted(report.label, report)))
    assert states(rig) == [OrderState.OPEN]


def test_fills_before_their_order_are_counted_when_it_comes() -> None:
    rig = Rig()
    rig.venue.mode = "lose"
    rig.venue.place(limit(Side.BUY, label=new_label("elsewhere")))
    (report,) = rig.venue.working()
    fill = rig.venue.trade_unseen(report.order_id, Decimal(40))
    rig.post(Filled(replace(fill, label="")))
    rig.post(OrderChanged(report))
    (shown,) = rig.view.orders
    assert (shown.filled, shown.state) == (Decimal(40), OrderState.PARTIAL)


def test_orders_made_elsewhere_appear_and_belong_to_the_manual_sleeve() -> None:
    rig = Rig()
    report = OrderReport(
        "web-1",
        "",
        PERP,
        Side.BUY,
        Decimal(100),
        Decimal(0),
        None,
        Decimal(59_000),
        limit(Side.BUY).type,
        OrderState.OPEN,
    )
    rig.venue.strange_order(report)
    rig.drain()
    assert [one.order_id for one in rig.view.working] == ["web-1"]
    rig.venue.trade("web-1", Decimal(100))
    rig.drain()
    assert rig.engine.parts.ledger.held("manual", PERP) == 100
    assert list(rig.view.working) == []


def test_an_order_missing_from_the_open_list_is_asked_for() -> None:
    rig = Rig()
    order = limit(Side.BUY)
    rig.place(order)
    order_id = rig.view.working[0].order_id
    gone = replace(rig.venue.orders[order_id], state=OrderState.CANCELLED, reason="settlement")
    rig.venue.orders[order_id] = gone
    rig.tick(seconds=1, times=16)
    assert rig.venue.asked == [order.label]
    assert rig.view.orders[0].reason == "settlement"


def test_an_order_the_venue_forgot_is_over() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY))
    rig.venue.orders.clear()
    rig.tick(seconds=1, times=16)
    assert states(rig) == [OrderState.CANCELLED]
    assert rig.view.orders[0].reason == "the venue knows it no longer"


def test_an_order_without_a_label_is_over_after_missing_in_two_lists() -> None:
    rig = Rig()
    rig.venue.place(limit(Side.BUY, label="x"))
    (report,) = rig.venue.working()
    rig.facts.clear()
    rig.venue.orders.clear()
    rig.post(OrderChanged(replace(report, label="")))
    rig.post(rig.venue.truth())
    assert rig.engine.parts.blotter.working_count == 1
    rig.post(rig.venue.truth())
    assert list(rig.view.working) == []


def test_a_stop_that_fires_lives_on_under_a_new_id() -> None:
    rig = Rig()
    rig.hold(PERP, "100", "60000")
    rig.place(stop(Side.SELL, "58000"))
    (waiting,) = rig.view.working
    born = replace(waiting, order_id="id-born", state=OrderState.OPEN, price=Decimal(57_000))
    rig.post(OrderChanged(born))
    assert [one.order_id for one in rig.view.working] == ["id-born"]
    ended = next(one for one in rig.view.orders if one.order_id == waiting.order_id)
    assert ended.reason == "triggered: became order id-born"


def test_a_stop_being_cancelled_passes_that_wish_to_what_it_becomes() -> None:
    rig = Rig()
    rig.hold(PERP, "100", "60000")
    rig.place(stop(Side.SELL, "58000"))
    (waiting,) = rig.view.working
    rig.venue.is_deaf_to_cancels = True
    rig.ask(CancelOrder(waiting.order_id))
    rig.post(OrderChanged(replace(waiting, order_id="id-born", state=OrderState.OPEN)))
    rig.tick()
    assert rig.venue.cancelled == [waiting.order_id, "id-born"]


def test_only_the_last_hundred_ended_orders_are_kept() -> None:
    rig = Rig()
    rig.venue.mode = "refuse"
    for _ in range(130):
        rig.place(limit(Side.BUY))
        rig.tick(seconds=1)
    assert len(rig.view.orders) == 100


def test_a_late_report_of_an_order_forgotten_long_ago_does_not_reopen_it() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY))
    (first,) = rig.view.working
    rig.ask(CancelOrder(first.order_id))
    for _ in range(110):
        order_id = rig.view.orders[0].order_id
        rig.place(limit(Side.BUY))
        rig.ask(CancelOrder(rig.view.working[0].order_id))
        rig.tick(seconds=1)
        assert rig.view.orders[0].order_id != order_id
    rig.post(OrderChanged(first))
    assert list(rig.view.working) == []


def test_a_state_without_a_name_counts_as_open() -> None:
    rig = Rig()
    rig.venue.mode = "lose"
    rig.place(limit(Side.BUY))
    (report,) = rig.venue.working()
    rig.post(OrderChanged(replace(report, state=OrderState.UNKNOWN)))
    assert states(rig) == [OrderState.OPEN]


def test_broken_answers_change_nothing() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY))
    before = rig.view.orders
    rig.post(OutcomeArrived(Refused("nobody:knows-this", "no")))
    rig.post(OutcomeArrived(Refused(before[0].label, "contradiction")))
    rig.post(LabelAnswered("nobody:knows-this", ()))
    rig.post(CancelFailed("nobody", "not_open_order"))
    rig.post(CancelFailed("", ""))
    assert rig.view.orders == before


def test_every_change_of_an_order_is_journalled_once() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY))
    report = rig.view.working[0]
    rig.post(OrderChanged(report))
    rig.venue.trade(report.order_id, Decimal(100))
    rig.drain()
    written = [one.report.state for one in rig.journal.of(OrderRecord)]
    assert written == [OrderState.SENT, OrderState.OPEN, OrderState.FILLED]
    assert len(rig.journal.of(FillRecord)) == 1


def test_working_orders_stand_before_ended_ones_newest_first() -> None:
    rig = Rig()
    for price in ("58000", "58100", "58200"):
        rig.place(limit(Side.BUY, price=price))
        rig.tick()
    rig.ask(CancelOrder(rig.view.working[1].order_id))
    prices = [(one.price, one.state) for one in rig.view.orders]
    assert prices == [
        (Decimal(58_200), OrderState.OPEN),
        (Decimal(58_000), OrderState.OPEN),
        (Decimal(58_100), OrderState.CANCELLED),
    ]


def test_a_list_from_before_the_end_does_not_bring_an_order_back() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY))
    old: Reconciled = rig.venue.truth()
    rig.ask(CancelOrder(rig.view.working[0].order_id))
    rig.post(old)
    assert list(rig.view.working) == []
