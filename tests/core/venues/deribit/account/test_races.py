"""Commands that cross each other and answers that get lost, as the adapter sees them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.domain.events import CancelFailed, Filled, OrderChanged
from core.domain.order import Amendment, OrderState
from tests.core.venues.deribit.account.talk import Talk, order_row, trade_row


@pytest.fixture
def talk() -> Talk:
    """A link that is up."""
    talk = Talk()
    talk.come_up()
    talk.all_facts().clear()
    return talk


def reports(talk: Talk) -> list[tuple[OrderState, int]]:
    return [(one.report.state, int(one.report.amount)) for one in talk.facts(OrderChanged)]


@pytest.mark.parametrize("code", [10001, 11094, 13888])
@pytest.mark.parametrize("command", ["cancel", "amend"])
def test_an_error_that_proves_nothing_has_the_order_asked_for(
    talk: Talk, command: str, code: int
) -> None:
    send(talk, command)
    talk.refuse(talk.sent()[0], code)
    (failed,) = talk.facts(CancelFailed)
    assert not failed.is_certain
    (request,) = talk.sent()
    assert (request["method"], request["params"]) == ("private/get_order_state", {"order_id": "1"})
    talk.answer(request, order_row(amount=70.0))
    assert reports(talk) == [(OrderState.OPEN, 70)]


def send(talk: Talk, command: str) -> None:
    if command == "cancel":
        talk.account.cancel("1", talk.now_s)
    else:
        talk.account.amend(Amendment("1", Decimal(70), None), talk.now_s)


@pytest.mark.parametrize("command", ["cancel", "amend"])
@pytest.mark.parametrize("answer", [None, {}, [1], {"order": 7}, "ok"])
def test_an_unreadable_answer_has_the_order_asked_for(
    talk: Talk, command: str, answer: object
) -> None:
    send(talk, command)
    talk.answer(talk.sent()[0], answer)
    (failed,) = talk.facts(CancelFailed)
    assert not failed.is_certain
    assert [one["method"] for one in talk.sent()] == ["private/get_order_state"]


def test_an_amendment_of_a_filled_order_fails_for_certain_and_its_state_is_fetched(
    talk: Talk,
) -> None:
    send(talk, "amend")
    talk.refuse(talk.sent()[0], 11044, "not_open_order")
    assert talk.facts(CancelFailed) == [CancelFailed("1", "the order is no longer open")]
    row = order_row(order_state="filled", filled_amount=100.0, average_price=1.0)
    talk.answer(talk.sent()[0], row)
    assert reports(talk) == [(OrderState.FILLED, 100)]


def test_an_amendment_answered_late_is_still_told(talk: Talk) -> None:
    send(talk, "amend")
    (request,) = talk.sent()
    talk.wait(5.0)
    talk.answer(request, {"order": order_row(amount=70.0), "trades": [trade_row(amount=20.0)]})
    assert reports(talk) == [(OrderState.OPEN, 70)]
    assert [one.fill.amount for one in talk.facts(Filled)] == [20]


def test_a_cancel_answered_late_is_still_told(talk: Talk) -> None:
    send(talk, "cancel")
    (request,) = talk.sent()
    talk.wait(5.0)
    talk.answer(request, order_row(order_state="cancelled", cancel_reason="user_request"))
    assert reports(talk) == [(OrderState.CANCELLED, 100)]


def test_a_command_lost_with_the_link_asks_nothing_on_the_dead_link(talk: Talk) -> None:
    send(talk, "cancel")
    talk.sent()
    talk.account.lose("cut")
    assert talk.facts(CancelFailed) == [CancelFailed("1", "cut", is_certain=False)]
    assert talk.sent() == []


def test_an_order_without_an_id_is_cancelled_by_its_label_in_its_currency(talk: Talk) -> None:
    talk.account.cancel_label("manual:1", "SOL_USDC-PERPETUAL", 0.0)
    (request,) = talk.sent()
    assert request["method"] == "private/cancel_by_label"
    assert request["params"] == {"label": "manual:1", "currency": "USDC"}
    talk.answer(request, 1)
    assert talk.all_facts() == []


def test_a_refused_cancel_by_label_is_said_of_the_label(talk: Talk) -> None:
    talk.account.cancel_label("manual:1", "BTC-PERPETUAL", 0.0)
    talk.refuse(talk.sent()[0], 11051)
    assert talk.facts(CancelFailed) == [CancelFailed("manual:1", "the venue is under maintenance")]


def test_without_a_link_a_cancel_by_label_fails_in_words() -> None:
    talk = Talk()
    talk.account.cancel_label("manual:1", "BTC-PERPETUAL", 0.0)
    assert talk.facts(CancelFailed) == [CancelFailed("manual:1", "trading link is down")]


def test_a_cancel_is_not_asked_again_while_the_first_one_waits(talk: Talk) -> None:
    for _ in range(3):
        talk.account.cancel("1", 0.0)
        talk.account.cancel_label("manual:2", "BTC-PERPETUAL", 0.0)
        talk.account.cancel_all(0.0)
    methods = sorted(one["method"] for one in talk.sent())
    assert methods == ["private/cancel", "private/cancel_all", "private/cancel_by_label"]
    talk.wait(5.0)
    talk.sent()
    talk.account.cancel("1", talk.now_s)
    assert [one["method"] for one in talk.sent()] == ["private/cancel"]


def test_a_cancel_of_everything_without_an_answer_is_uncertain(talk: Talk) -> None:
    talk.account.cancel_all(0.0)
    talk.sent()
    talk.wait(5.0)
    assert talk.facts(CancelFailed) == [CancelFailed("all", "no answer within 5 s", False)]


def test_an_answer_about_another_order_changes_only_that_one(talk: Talk) -> None:
    send(talk, "cancel")
    talk.answer(talk.sent()[0], order_row("9", order_state="cancelled"))
    (changed,) = talk.facts(OrderChanged)
    assert changed.report.order_id == "9"


def test_an_unknown_order_is_asked_for_before_a_thousand_failed_cancels(talk: Talk) -> None:
    talk.limits.orders.resize(10_000, 10_000)
    talk.wait(10.0)
    for number in range(1_000):
        talk.account.cancel(f"id-{number}", talk.now_s)
    talk.wait(1.0)
    for request in talk.sent():
        talk.refuse(request, 10004, "order_not_found")
    assert len(talk.facts(CancelFailed)) == 1_000
    talk.sent()
    talk.account.ask_label("manual:9", "BTC-PERPETUAL", talk.now_s)
    talk.account.reconcile(talk.now_s)
    for _ in range(10):
        talk.wait(0.1)
    methods = [one["method"] for one in talk.sent()]
    states = methods.index("private/get_order_state")
    assert methods[0] == "private/get_order_state_by_label"
    assert {"private/get_positions", "private/get_open_orders"} <= set(methods[:states])


def test_a_cancel_that_fails_again_asks_no_second_question(talk: Talk) -> None:
    for _ in range(3):
        send(talk, "cancel")
        (request, *_) = (one for one in talk.sent() if one["method"] == "private/cancel")
        talk.refuse(request, 11044, "not_open_order")
    assert [one["method"] for one in talk.sent()] == []
    assert len(talk.facts(CancelFailed)) == 3


def test_a_label_is_asked_for_once_at_a_time(talk: Talk) -> None:
    for _ in range(5):
        talk.account.ask_label("manual:9", "BTC-PERPETUAL", talk.now_s)
    (request,) = talk.sent()
    talk.answer(request, [order_row()])
    talk.account.ask_label("manual:9", "BTC-PERPETUAL", talk.now_s)
    assert len(talk.sent()) == 1
