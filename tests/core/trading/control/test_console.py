"""Commands: each does exactly what it says and is answered under its number."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.label import MANUAL, new_label
from core.domain.order import OrderState, Side
from core.settings import RiskSettings
from core.trading.commands import (
    AmendOrder,
    CancelOrder,
    CancelOrders,
    CancelScope,
    CloseEverything,
    ClosePosition,
    Kill,
    PlaceOrders,
    SwitchAutomation,
)
from core.trading.journal import AutomationRecord, CommandRecord, FillRecord
from core.trading.strategy import Execution
from tests.core.trading.market import LINEAR, PERP
from tests.core.trading.programs import Wants
from tests.core.trading.rig import Rig, decimals, limit, nothing_allowed, stop

ZERO = Decimal(0)


def with_six_orders() -> tuple[Rig, dict[str, str]]:
    """Two buys, two sells, two stops, the newest manual order being the second sell."""
    rig = Rig()
    rig.hold(PERP, "100", "60000")
    orders = {
        "buy 1": limit(Side.BUY, price="59000"),
        "stop buy": stop(Side.BUY, "61000"),
        "buy 2": limit(Side.BUY, price="58000"),
        "stop sell": stop(Side.SELL, "58000"),
        "sell 1": limit(Side.SELL, price="61000"),
        "sell 2": limit(Side.SELL, price="62000"),
    }
    for order in orders.values():
        rig.tick()
        rig.place(order)
    rig.venue.place(limit(Side.SELL, price="63000", label=new_label("pair")))
    rig.drain()
    assert len(rig.view.working) == 7
    return rig, {order.label: name for name, order in orders.items()}


@pytest.mark.parametrize(
    ("scope", "gone"),
    [
        (CancelScope.BUYS, {"buy 1", "buy 2", "stop buy"}),
        (CancelScope.SELLS, {"sell 1", "sell 2", "stop sell", "pair"}),
        (CancelScope.STOPS, {"stop buy", "stop sell"}),
        (CancelScope.LAST, {"sell 2"}),
        (
            CancelScope.ALL,
            {"buy 1", "buy 2", "stop buy", "sell 1", "sell 2", "stop sell", "pair"},
        ),
    ],
)
def test_each_scope_removes_exactly_its_set(scope: CancelScope, gone: set[str]) -> None:
    rig, names = with_six_orders()
    before = {names.get(one.label, "pair") for one in rig.view.working}

    rig.ask(CancelOrders(scope))

    left = {names.get(one.label, "pair") for one in rig.view.working}
    assert before - left == gone
    assert len(rig.venue.working()) == len(left)


def test_cancel_last_twice_takes_the_next_older_order() -> None:
    rig, names = with_six_orders()
    rig.venue.is_deaf_to_cancels = True
    rig.ask(CancelOrders(CancelScope.LAST))
    rig.ask(CancelOrders(CancelScope.LAST))

    ids = {one.order_id: names.get(one.label, "pair") for one in rig.view.working}
    assert [ids[one] for one in rig.venue.cancelled] == ["sell 2", "sell 1"]


def test_cancel_all_also_asks_the_venue_to_cancel_everything() -> None:
    rig = Rig()
    rig.ask(CancelOrders(CancelScope.ALL))
    assert rig.venue.swept == 1


def test_an_order_that_has_no_id_yet_is_cancelled_by_its_label() -> None:
    rig = Rig()
    rig.venue.mode = "lose"
    order = limit(Side.BUY)
    rig.place(order)
    number = rig.ask(CancelOrder(order.label))
    assert rig.venue.labels_cancelled == [order.label]
    assert rig.venue.working() == []
    assert rig.replies(number)[-1].is_ok


def test_an_order_not_found_by_its_label_is_cancelled_as_soon_as_it_has_an_id() -> None:
    rig = Rig()
    rig.venue.mode = "lose"
    order = limit(Side.BUY)
    rig.venue.is_deaf_to_cancels = True
    rig.place(order)
    rig.ask(CancelOrder(order.label))
    rig.venue.is_deaf_to_cancels = False
    assert rig.venue.cancelled == []

    report = rig.venue.working()[0]
    rig.venue.strange_order(report)
    rig.drain()
    rig.tick(seconds=1, times=2)

    assert list(rig.view.working) == []
    assert rig.venue.working() == []


def test_a_placed_order_is_answered_with_what_became_of_it() -> None:
    rig = Rig()
    reply = rig.say(PlaceOrders((limit(Side.BUY, "100", "59000"),)))
    assert reply.is_ok
    assert reply.text == "BUY 100 BTC-PERPETUAL @ 59000.0: open"


def test_a_refusal_of_the_venue_stands_next_to_its_command() -> None:
    rig = Rig()
    rig.venue.mode = "refuse"
    number = rig.place(limit(Side.BUY))
    other = rig.ask(CancelOrders(CancelScope.ALL))

    (reply,) = rig.replies(number)
    assert not reply.is_ok
    assert "not_enough_funds" in reply.text
    assert [one.number for one in rig.view.replies] == [number, other]


def test_a_refusal_of_our_own_names_the_numbers() -> None:
    rig = Rig()
    reply = rig.say(PlaceOrders((limit(Side.BUY, "750000"),)))
    assert not reply.is_ok
    assert "order of 750,000 USD is above the limit of 500,000 USD (risk.max_order_usd)" in (
        reply.text
    )
    assert rig.venue.placed == []


def test_of_a_ladder_only_the_bad_order_is_refused() -> None:
    rig = Rig()
    good, bad = limit(Side.BUY, "100"), limit(Side.BUY, "105")
    number = rig.place(good, bad)
    assert [one.is_ok for one in rig.replies(number)] == [False, True]
    assert rig.venue.placed == [good]


def test_the_orders_of_a_long_ladder_wait_their_turn() -> None:
    rig = Rig(risk=RiskSettings(max_orders_per_s=5))
    ladder = [limit(Side.BUY, price=str(50_000 + 100 * i)) for i in range(12)]
    rig.place(*ladder)
    assert len(rig.venue.placed) == 5
    rig.tick(times=10)
    assert len(rig.venue.placed) == 10
    rig.tick(times=10)
    assert rig.venue.placed == ladder


def test_cancelling_buys_also_drops_the_buys_of_a_ladder_that_wait() -> None:
    rig = Rig(risk=RiskSettings(max_orders_per_s=2))
    rig.place(*[limit(Side.BUY) for _ in range(6)])
    reply = rig.say(CancelOrders(CancelScope.BUYS))
    rig.tick(times=30)
    assert reply.text == "6 orders are being cancelled"
    assert len(rig.venue.placed) == 2
    assert list(rig.view.working) == []


def test_an_amendment_is_answered_when_the_venue_shows_it() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY, "100", "59000"))
    order_id = rig.view.working[0].order_id
    reply = rig.say(AmendOrder(order_id, Decimal(200), Decimal(59_100)))
    assert reply.is_ok
    assert (rig.view.working[0].amount, rig.view.working[0].price) == decimals(200, 59_100)


def test_an_amendment_keeps_what_the_order_was() -> None:
    rig = Rig()
    rig.hold(PERP, "-500", "60000")
    plain, maker = limit(Side.BUY, reduce_only=True), replace(limit(Side.BUY), post_only=True)
    rig.place(plain)
    rig.place(maker)
    for report in rig.view.working:
        rig.ask(AmendOrder(report.order_id, Decimal(200), Decimal(59_100)))
    said = {(one.post_only, one.reduce_only) for one in rig.venue.changes}
    assert said == {(False, True), (True, False)}
    assert {(one.post_only, one.reduce_only) for one in rig.view.working} == said


def test_an_amendment_passes_the_gate_too() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY, "100", "59000"))
    order_id = rig.view.working[0].order_id
    too_big = rig.say(AmendOrder(order_id, Decimal(750_000), None))
    too_dear = rig.say(AmendOrder(order_id, Decimal(100), Decimal(66_000)))
    off_tick = rig.say(AmendOrder(order_id, Decimal(100), Decimal("59000.3")))
    assert "risk.max_order_usd" in too_big.text
    assert "risk.price_collar_pct" in too_dear.text
    assert "tick" in off_tick.text
    assert rig.venue.amended == []


def test_a_failed_amendment_says_why() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY, "100", "59000"))
    order_id = rig.view.working[0].order_id
    del rig.venue.orders[order_id]
    reply = rig.say(AmendOrder(order_id, Decimal(200), None))
    assert not reply.is_ok
    assert "not_open_order" in reply.text


def test_cancelling_what_is_not_there_says_so() -> None:
    rig = Rig()
    reply = rig.say(CancelOrder("id-999"))
    assert not reply.is_ok
    assert "id-999" in reply.text


def test_a_failed_cancel_says_why_and_is_settled_by_asking() -> None:
    rig = Rig()
    order = limit(Side.BUY)
    rig.place(order)
    report = rig.view.working[0]
    filled = rig.venue.trade_unseen(report.order_id, Decimal(100))
    reply = rig.say(CancelOrder(report.order_id))
    assert not reply.is_ok
    assert "not_open_order" in reply.text

    rig.tick()
    assert rig.venue.asked == [order.label]
    assert list(rig.view.working) == []
    assert rig.view.fills[-1] == filled


def test_closing_a_position_sends_one_reduce_only_order_that_crosses() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    reply = rig.say(ClosePosition(PERP))

    order = rig.venue.placed[-1]
    assert (order.side, order.amount, order.reduce_only) == (Side.SELL, Decimal(300), True)
    assert reply.is_ok
    assert reply.text == "BTC-PERPETUAL is flat"
    assert rig.view.positions == ()


def test_closing_what_is_flat_sends_nothing() -> None:
    rig = Rig()
    assert rig.say(ClosePosition(PERP)).text == "BTC-PERPETUAL is flat already"
    assert rig.venue.placed == []


def test_everything_is_closed_at_once() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.hold(LINEAR, "-1.5", "3000")
    rig.ask(CloseEverything())
    assert rig.view.positions == ()
    assert dict(rig.venue.positions) == {PERP: 0, LINEAR: 0}


def test_closing_while_the_link_is_down_is_refused_in_words() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.venue.disconnect("no route")
    rig.drain()
    reply = rig.say(ClosePosition(PERP))
    assert not reply.is_ok
    assert "no route" in reply.text


def test_kill_leaves_nothing_working_and_automation_off() -> None:
    program = Wants("500", execution=Execution(passive_s=60))
    rig = Rig([program])
    rig.ask(SwitchAutomation("hedger", True))
    rig.tick(times=3)
    rig.place(limit(Side.BUY), limit(Side.SELL, price="61000"))
    assert len(rig.view.working) == 3

    reply = rig.say(Kill())
    rig.tick(times=20)

    assert reply.text == "hedger off, 3 orders are being cancelled"
    assert list(rig.view.working) == []
    assert rig.venue.working() == []
    assert [one.is_on for one in rig.view.automations] == [False]
    assert program.stops == 1
    assert rig.journal.of(AutomationRecord)[-1] == AutomationRecord("hedger", False)


def test_kill_and_flatten_work_on_a_stale_feed_with_a_full_gate() -> None:
    nothing = nothing_allowed()
    rig = Rig([Wants("100")], risk=nothing)
    rig.hold(PERP, "300", "60000")
    rig.hold(PERP, "200", "60000", sleeve="hedger")
    rig.venue.place(limit(Side.SELL, price="61000"))
    rig.drain()
    rig.is_feed_alive = False
    rig.tick(seconds=10)
    assert rig.board.is_stale(PERP)

    rig.ask(Kill(flatten=True))
    rig.tick(times=5)

    assert rig.venue.working() == []
    assert rig.venue.positions[PERP] == 0
    assert rig.view.positions == ()
    assert rig.view.sleeves == ()
    assert not rig.view.automations[0].is_on


def test_a_kill_while_the_link_is_down_is_finished_when_it_returns() -> None:
    rig = Rig([Wants("100", execution=Execution(passive_s=60))])
    rig.ask(SwitchAutomation("hedger", True))
    rig.tick(times=2)
    rig.hold(PERP, "300", "60000")
    rig.place(limit(Side.BUY))
    rig.venue.is_deaf_to_cancels = True
    rig.venue.disconnect()
    rig.drain()

    reply = rig.say(Kill(flatten=True))
    assert "the link is down" in reply.text
    assert not rig.view.automations[0].is_on
    assert len(rig.venue.working()) == 2

    rig.venue.is_deaf_to_cancels = False
    rig.connect()
    rig.tick(times=5)
    assert rig.venue.working() == []
    assert rig.venue.positions[PERP] == 0


def test_an_order_that_turns_up_after_a_kill_is_cancelled_too() -> None:
    rig = Rig()
    rig.venue.mode = "lose"
    rig.place(limit(Side.BUY))
    rig.venue.is_deaf_to_cancels = True
    rig.ask(Kill())
    rig.venue.is_deaf_to_cancels = False
    assert len(rig.venue.working()) == 1

    rig.tick(seconds=1, times=13)
    assert rig.venue.working() == []
    assert list(rig.view.working) == []


def test_two_sleeves_are_closed_each_under_its_own_label() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.hold(PERP, "200", "60000", sleeve="hedger")
    rig.ask(ClosePosition(PERP))
    closing = [(one.label.partition(":")[0], one.amount) for one in rig.venue.placed[-2:]]
    assert closing == [("hedger", Decimal(200)), (MANUAL, Decimal(300))]
    assert rig.view.sleeves == ()


def test_sleeves_that_face_each_other_settle_between_themselves_when_all_is_closed() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.hold(PERP, "-100", "60000", sleeve="pair")
    rig.ask(ClosePosition(PERP))
    assert rig.venue.placed[-1].amount == 200
    assert rig.view.sleeves == ()
    bookings = [one for one in rig.journal.of(FillRecord) if one.origin == "transfer"]
    assert sorted((one.sleeve, one.fill.amount) for one in bookings) == [
        (MANUAL, Decimal(-100)),
        ("pair", Decimal(100)),
    ]


def test_an_unknown_strategy_is_named_in_the_refusal() -> None:
    rig = Rig([Wants()])
    reply = rig.say(SwitchAutomation("hedgr", True))
    assert not reply.is_ok
    assert reply.text == "there is no strategy hedgr: hedger"


def test_every_command_is_journalled() -> None:
    rig = Rig()
    number = rig.ask(CancelOrders(CancelScope.BUYS))
    record = rig.journal.of(CommandRecord)[-1]
    assert record.number == number
    assert "BUYS" in record.request


def test_a_cancelled_order_is_answered_when_it_is_gone() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY))
    reply = rig.say(CancelOrder(rig.view.working[0].order_id))
    assert reply.is_ok
    assert "cancelled" in reply.text
    assert rig.view.orders[0].state is OrderState.CANCELLED
