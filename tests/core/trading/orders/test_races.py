"""Lost answers, crossing commands and restarts: the loop ends where the venue is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.events import CancelFailed, LabelAnswered, OrderChanged, OutcomeArrived
from core.domain.label import new_label
from core.domain.order import OrderReport, OrderState, Side
from core.domain.outcome import Unknown
from core.trading.commands import AmendOrder, CancelOrder, CancelOrders, CancelScope, Kill
from core.trading.journal import HISTORY, KeptRecord, OrderRecord, Restored
from core.trading.orders.gateway import CROWD, SWEEPS
from core.trading.orders.machine import NEVER_ARRIVED, sent_report
from tests.core.trading.market import OPTION, PERP
from tests.core.trading.rig import START_NS, Rig, limit

LOST = "no answer within 5 s"


def with_one_order() -> tuple[Rig, OrderReport]:
    rig = Rig()
    rig.place(limit(Side.BUY))
    return rig, rig.view.working[0]


# Changes.


@pytest.mark.parametrize("is_done", [True, False])
def test_a_change_without_an_answer_is_told_when_the_venue_shows_the_order(is_done: bool) -> None:
    rig, report = with_one_order()
    number = rig.ask(AmendOrder(report.order_id, Decimal(200), None), is_drained=False)
    rig.facts.clear()
    if not is_done:
        rig.venue.orders[report.order_id] = report
    rig.post(CancelFailed(report.order_id, LOST, is_certain=False))
    assert "asked what became of the change" in rig.replies(number)[-1].text
    rig.tick()
    assert rig.replies(number)[-1].is_ok is is_done
    assert rig.view.working[0].amount == (200 if is_done else 100)


def test_a_change_on_its_way_counts_with_the_larger_amount_until_it_is_settled() -> None:
    rig, report = with_one_order()
    rig.ask(AmendOrder(report.order_id, Decimal(300), None), is_drained=False)
    rig.facts.clear()
    machine = rig.engine.parts.blotter.working()[0]
    assert machine.outstanding == 300
    rig.post(CancelFailed(report.order_id, "refused"))
    assert machine.outstanding == 100


def test_a_change_answered_after_the_cancel_does_not_bring_the_order_back() -> None:
    rig, report = with_one_order()
    rig.ask(AmendOrder(report.order_id, Decimal(200), None), is_drained=False)
    changed = rig.facts.popleft()
    rig.tick()
    rig.ask(CancelOrder(report.order_id))
    rig.post(changed)
    assert list(rig.view.working) == []


def test_a_second_change_answers_the_first_command_too() -> None:
    rig, report = with_one_order()
    first = rig.ask(AmendOrder(report.order_id, Decimal(200), None), is_drained=False)
    second = rig.ask(AmendOrder(report.order_id, Decimal(300), None))
    assert "overtaken" in rig.replies(first)[-1].text
    assert rig.replies(second)[-1].is_ok


# Cancels.


def test_a_lost_cancel_is_said_once_and_sent_again_until_the_order_is_gone() -> None:
    rig, report = with_one_order()
    rig.venue.is_deaf_to_cancels = True
    number = rig.ask(CancelOrder(report.order_id))
    for _ in range(2):
        rig.post(CancelFailed(report.order_id, LOST, is_certain=False))
    assert [LOST in one.text for one in rig.replies(number)] == [True]
    rig.tick(seconds=1, times=4)
    assert len(rig.venue.cancelled) > 1
    rig.venue.is_deaf_to_cancels = False
    rig.tick(seconds=1, times=5)
    assert rig.replies(number)[-1].is_ok
    assert list(rig.view.working) == []


def test_a_kill_takes_back_orders_that_are_on_their_way() -> None:
    rig = Rig()
    rig.venue.mode = "lose"
    order = limit(Side.BUY)
    rig.place(order)
    rig.venue.is_deaf_to_cancels = True
    rig.ask(Kill())
    rig.venue.is_deaf_to_cancels = False
    rig.tick(seconds=1, times=2)
    assert rig.venue.labels_cancelled == [order.label]
    assert rig.venue.working() == []


def crowd(size: int) -> Rig:
    rig = Rig()
    for number in range(size):
        rig.place(limit(Side.BUY, price=str(50_000 + 10 * number)))
        rig.tick(seconds=1)
    return rig


def test_everything_is_cancelled_by_one_request() -> None:
    rig = crowd(5)
    rig.ask(CancelOrders(CancelScope.ALL))
    assert (rig.venue.swept, rig.venue.cancelled) == (1, [])
    assert rig.venue.working() == []


def test_a_crowd_that_outlives_a_sweep_is_swept_again_and_then_cancelled_one_by_one() -> None:
    rig = crowd(CROWD + 1)
    rig.venue.is_deaf_to_cancels = True
    rig.ask(CancelOrders(CancelScope.ALL))
    rig.tick(seconds=1, times=1)
    assert (rig.venue.swept, rig.venue.cancelled) == (2, [])
    rig.tick(seconds=1, times=10)
    assert rig.venue.swept == SWEEPS
    assert len(set(rig.venue.cancelled)) == CROWD + 1


def test_a_sweep_without_an_answer_is_repeated_unless_a_new_order_left() -> None:
    for is_new_order in (False, True):
        rig = Rig()
        rig.ask(CancelOrders(CancelScope.ALL))
        if is_new_order:
            rig.place(limit(Side.BUY))
        rig.post(CancelFailed("all", LOST, is_certain=False))
        rig.drain()
        assert rig.venue.swept == (1 if is_new_order else 2)
        assert len(rig.venue.working()) == is_new_order


def test_after_a_refused_sweep_every_order_is_cancelled_by_itself() -> None:
    rig = crowd(CROWD + 1)
    rig.venue.is_deaf_to_cancels = True
    rig.ask(CancelOrders(CancelScope.ALL))
    rig.venue.is_deaf_to_cancels = False
    rig.post(CancelFailed("all", "the venue is busy, try again"))
    rig.tick()
    assert (rig.venue.swept, rig.venue.working()) == (1, [])


# Orders made elsewhere.


def stranger(rig: Rig, label: str = "") -> None:
    order = limit(Side.BUY, label=new_label("manual"))
    report = replace(sent_report(order, START_NS), order_id="web-1", label=label)
    rig.venue.strange_order(replace(report, state=OrderState.OPEN, created_ns=START_NS * 2))
    rig.drain()


def test_cancel_last_means_an_order_made_here() -> None:
    rig, report = with_one_order()
    stranger(rig)
    rig.ask(CancelOrders(CancelScope.LAST))
    assert rig.venue.cancelled == [report.order_id]
    assert rig.say(CancelOrders(CancelScope.LAST)).text == "no order is being cancelled"
    assert [one.order_id for one in rig.view.working] == ["web-1"]


def test_cancel_all_takes_what_was_placed_elsewhere_too_and_says_so() -> None:
    rig, _ = with_one_order()
    stranger(rig)
    reply = rig.say(CancelOrders(CancelScope.ALL))
    assert reply.text == "2 orders are being cancelled, 1 of them placed elsewhere"
    assert rig.venue.working() == []


def test_nothing_placed_elsewhere_is_cancelled_by_itself() -> None:
    rig = Rig()
    stranger(rig, label="grid")
    rig.engine.end(rig.clock.now_ns())
    rig.tick(seconds=1, times=40)
    assert (rig.venue.swept, rig.venue.cancelled) == (0, [])
    assert [one.order_id for one in rig.view.working] == ["web-1"]


def test_our_label_on_another_instrument_is_another_order() -> None:
    rig = Rig()
    rig.venue.mode = "drop"
    order = limit(Side.BUY)
    rig.place(order)
    alien = replace(sent_report(order, START_NS), order_id="x-1", state=OrderState.OPEN)
    rig.post(OrderChanged(replace(alien, instrument=OPTION)))
    assert {(one.instrument, one.state) for one in rig.view.orders} == {
        (PERP, OrderState.UNKNOWN),
        (OPTION, OrderState.OPEN),
    }


# Unknown.


def test_that_nobody_knows_an_order_is_believed_only_once_it_cannot_arrive_any_more() -> None:
    rig = Rig()
    rig.venue.mode = "drop"
    order = limit(Side.BUY)
    rig.place(order)
    rig.tick(seconds=1, times=8)
    assert rig.venue.asked.count(order.label) >= 2
    assert rig.view.orders[0].state is OrderState.UNKNOWN
    rig.tick(seconds=1, times=8)
    assert rig.view.orders[0].reason == NEVER_ARRIVED


def test_a_late_refusal_is_believed_at_once_and_told_in_its_words() -> None:
    rig = Rig()
    rig.venue.mode = "drop"
    order = limit(Side.BUY)
    number = rig.place(order)
    rig.post(LabelAnswered(order.label, (), refusal="not enough funds"))
    assert rig.view.orders[0].state is OrderState.REFUSED
    assert "not enough funds" in rig.replies(number)[-1].text


@pytest.mark.parametrize(("size", "end"), [(100, OrderState.FILLED), (40, OrderState.CANCELLED)])
def test_an_order_filled_and_forgotten_while_the_link_was_down_is_known_by_its_fills(
    size: int, end: OrderState
) -> None:
    rig = Rig()
    rig.venue.mode = "lose"
    order = limit(Side.BUY)
    rig.place(order)
    rig.venue.trade_unseen(rig.venue.working()[0].order_id, Decimal(size))
    rig.venue.orders.clear()
    rig.venue.disconnect()
    rig.post(OutcomeArrived(Unknown(order.label, "cut")))
    rig.drain()
    rig.tick(seconds=1, times=120)
    rig.connect()
    rig.tick(seconds=1, times=10)
    (report,) = rig.view.orders
    assert (report.state, report.filled) == (end, Decimal(size))
    assert rig.engine.parts.ledger.total(PERP) == size


# Starts.


def test_an_order_whose_end_was_not_written_down_is_asked_for_after_a_restart() -> None:
    first, report = with_one_order()
    restored = Restored(orders=((report, Decimal(0)),), since_ns=1)
    rig = Rig(restored=restored, is_connected=False)
    assert [one.order_id for one in rig.view.working] == [report.order_id]
    ended = replace(report, state=OrderState.CANCELLED, reason="cancel on disconnect")
    rig.venue.orders[report.order_id] = ended
    rig.connect()
    rig.tick()
    assert rig.view.orders[0].reason == "cancel on disconnect"
    assert rig.journal.of(OrderRecord)[-1].report.state is OrderState.CANCELLED
    assert first.venue.placed != rig.venue.placed == []


def test_an_order_made_elsewhere_is_nobodys_here_after_a_restart_either() -> None:
    _, report = with_one_order()
    report = replace(report, label="hedger:foo")
    rig = Rig(restored=Restored(orders=((report, Decimal(0)),), since_ns=1), is_connected=False)
    rig.venue.orders[report.order_id] = report
    rig.connect()
    (machine,) = rig.engine.parts.blotter.working()
    assert (machine.is_stranger, machine.sleeve) == (True, "manual")


def test_an_order_killed_between_journal_and_wire_never_arrived() -> None:
    order = limit(Side.BUY)
    for state in (OrderState.NEW, OrderState.SENT, OrderState.UNKNOWN):
        written = sent_report(order, START_NS - 60 * 10**9, state)
        rig = Rig(restored=Restored(orders=((written, Decimal(0)),), since_ns=1))
        rig.tick()
        assert rig.view.orders[0].state is OrderState.REFUSED
        assert rig.venue.placed == []


def test_a_fill_that_was_not_written_down_is_booked_after_a_restart_and_only_once() -> None:
    first = Rig()
    first.hold(PERP, "100", "60000", sleeve="hedger")
    first.tick(seconds=1, times=20)
    known_ns = int(first.journal.of(KeptRecord)[-1].text)
    assert first.journal.of(KeptRecord)[-1].name == HISTORY
    first.hold(PERP, "50", "60000", sleeve="hedger")
    lots = ((("hedger", first.view.positions[0]),),)
    written = {(PERP, one.trade_id) for one in first.venue.fills[:1]}
    lot = replace(lots[0][0][1], amount=Decimal(100))
    restored = Restored((("hedger", lot),), frozenset(written), since_ns=known_ns)

    rig = Rig(restored=restored, is_connected=False)
    rig.venue.fills, rig.venue.positions = first.venue.fills, first.venue.positions
    rig.connect()
    rig.tick(seconds=1, times=20)
    assert rig.engine.parts.ledger.held("hedger", PERP) == 150
    assert rig.view.alarms == ()


def test_what_an_adopted_order_traded_before_the_first_start_is_not_booked_twice() -> None:
    rig = Rig(is_connected=False)
    rig.venue.place(limit(Side.BUY, label="elsewhere"))
    order_id = rig.venue.working()[0].order_id
    old = rig.venue.trade_unseen(order_id, Decimal(40))
    rig.venue.fills.clear()
    rig.facts.clear()
    newer = replace(old, trade_id="t-99", instrument=OPTION, at_ns=old.at_ns + 1)
    rig.venue.fills.append(newer)
    rig.venue.positions[OPTION] = newer.amount
    rig.connect()
    assert rig.engine.parts.ledger.total(PERP) == 40
    rig.post(LabelAnswered("elsewhere", (rig.venue.orders[order_id],), (old,)))
    assert rig.engine.parts.ledger.total(PERP) == 40
