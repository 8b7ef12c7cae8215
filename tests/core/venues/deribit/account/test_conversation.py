from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.domain.events import (
    AccountChanged,
    CancelFailed,
    Filled,
    LabelAnswered,
    OrderChanged,
    OutcomeArrived,
    Reconciled,
    TradingLinkChanged,
)
from core.domain.order import Amendment, OrderState
from core.domain.outcome import Accepted, Refused, Unknown
from tests.core.venues.deribit.account.talk import ANSWERS, Talk, new_order, order_row, trade_row


def up() -> Talk:
    """A link that is up, with its first facts taken out."""
    talk = Talk()
    talk.come_up()
    talk.all_facts().clear()
    return talk


def outcome(talk: Talk) -> Accepted | Refused | Unknown:
    (arrived,) = talk.facts(OutcomeArrived)
    return arrived.outcome


# Coming up.


def test_it_logs_in_sets_the_safety_net_subscribes_reconciles_and_is_up() -> None:
    talk = Talk()
    position = {
        "instrument_name": "BTC-PERPETUAL",
        "kind": "future",
        "direction": "sell",
        "size": -100.0,
        "average_price": 80000.0,
    }
    methods = talk.come_up(
        get_positions=[position],
        get_open_orders=[order_row()],
        get_user_trades_by_currency={"trades": [trade_row()], "has_more": False},
    )
    assert methods[:5] == [
        "public/set_heartbeat",
        "public/auth",
        "private/enable_cancel_on_disconnect",
        "private/get_cancel_on_disconnect",
        "private/subscribe",
    ]
    truth, link = talk.all_facts()
    assert isinstance(truth, Reconciled)
    assert [one.amount for one in truth.positions] == [Decimal("-100.0")]
    assert [one.order_id for one in truth.open_orders] == ["1"]
    assert [one.trade_id for one in truth.fills] == ["t1"]
    assert link == TradingLinkChanged(True)
    assert talk.account.step == "live"


def test_a_trade_during_reconciliation_starts_it_over() -> None:
    talk = up()
    talk.account.reconcile(0.0)
    requests = talk.sent()
    talk.notify("user.trades.any.any.raw", [trade_row()])
    for request in requests:
        talk.answer(request, ANSWERS[request["method"]])
    assert talk.facts(Reconciled) == []
    assert "private/get_positions" in talk.answer_all()
    assert len(talk.facts(Reconciled)) == 1


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("public/auth", "the client id or the secret is wrong"),
        ("private/enable_cancel_on_disconnect", "cancel on disconnect was refused"),
        ("private/subscribe", "the account's channels were refused"),
        ("private/get_positions", "the positions did not come"),
    ],
)
def test_a_step_that_fails_breaks_the_link_with_a_reason(method: str, words: str) -> None:
    talk = Talk()
    talk.account.begin(0.0)
    for _ in range(5):
        for request in talk.sent():
            if request["method"] == method:
                talk.refuse(request, 13004, "invalid_credentials")
            else:
                talk.answer(request, ANSWERS[request["method"]])
    assert words in talk.session.broken
    assert not talk.account.is_up
    assert talk.facts(TradingLinkChanged) == []


def test_a_venue_without_a_channel_we_need_is_no_trading_link() -> None:
    talk = Talk()
    talk.come_up(subscribe=["user.orders.any.any.raw"])
    assert "user.trades.any.any.raw" in talk.session.broken


def test_without_an_answer_nothing_is_up() -> None:
    talk = Talk()
    talk.account.begin(0.0)
    talk.sent()
    talk.wait(5.0)
    assert "the login failed: no answer within 5 s" in talk.session.broken


# Placing.


def test_an_accepted_order_comes_with_its_report_and_fills() -> None:
    talk = up()
    talk.account.place(new_order(), 0.0)
    (request,) = talk.sent()
    row = order_row(order_state="filled", filled_amount=100.0, average_price=80000.0)
    talk.answer(request, {"order": row, "trades": [trade_row()]})
    found = outcome(talk)
    assert isinstance(found, Accepted)
    assert found.report.state is OrderState.FILLED
    assert [one.trade_id for one in found.fills] == ["t1"]


@pytest.mark.parametrize("code", [10009, 10028, 10041, 11054, 13009, -32602])
def test_an_error_that_proves_it_is_a_refusal(code: int) -> None:
    talk = up()
    talk.account.place(new_order(), 0.0)
    (request,) = talk.sent()
    talk.refuse(request, code, "some_error")
    found = outcome(talk)
    assert isinstance(found, Refused)
    assert found.code == code


@pytest.mark.parametrize("code", [10001, 11094, 13888])
def test_an_error_that_proves_nothing_is_unknown(code: int) -> None:
    talk = up()
    talk.account.place(new_order(), 0.0)
    (request,) = talk.sent()
    talk.refuse(request, code)
    assert isinstance(outcome(talk), Unknown)


@pytest.mark.parametrize("result", [None, {}, [], {"order": {"order_id": 1}}])
def test_an_unreadable_answer_is_unknown(result: Any) -> None:
    talk = up()
    talk.account.place(new_order(), 0.0)
    (request,) = talk.sent()
    talk.answer(request, result)
    assert isinstance(outcome(talk), Unknown)


def test_an_order_the_venue_rejected_is_refused_although_the_call_succeeded() -> None:
    talk = up()
    talk.account.place(new_order(), 0.0)
    (request,) = talk.sent()
    talk.answer(request, {"order": order_row(order_state="rejected"), "trades": []})
    assert isinstance(outcome(talk), Refused)


def test_no_answer_in_time_is_unknown_and_a_late_one_settles_the_label() -> None:
    talk = up()
    talk.account.place(new_order(), 0.0)
    (request,) = talk.sent()
    talk.wait(5.0)
    assert isinstance(outcome(talk), Unknown)
    talk.answer(request, {"order": order_row(), "trades": []})
    assert len(talk.facts(OutcomeArrived)) == 1
    (settled,) = talk.facts(LabelAnswered)
    assert [one.order_id for one in settled.reports] == ["1"]


def test_a_late_refusal_settles_the_label_in_its_own_words() -> None:
    talk = up()
    talk.account.place(new_order(), 0.0)
    (request,) = talk.sent()
    talk.wait(5.0)
    talk.refuse(request, 10009)
    words = "the account has not enough margin or balance"
    assert talk.facts(LabelAnswered) == [LabelAnswered("manual:1", (), refusal=words)]


def test_a_dropped_link_makes_what_was_sent_unknown_and_what_was_not_refused() -> None:
    talk = up()
    for number in range(20):
        talk.account.place(new_order(f"manual:{number}"), 0.0)
    sent = len(talk.sent())
    talk.account.lose("the link dropped")
    kinds = [type(one.outcome) for one in talk.facts(OutcomeArrived)]
    assert (kinds.count(Unknown), kinds.count(Refused)) == (sent, 20 - sent) == (18, 2)
    assert talk.all_facts()[-1] == TradingLinkChanged(False, "the link dropped")


def test_without_a_link_an_order_is_refused_because_nothing_was_sent() -> None:
    talk = Talk()
    talk.account.place(new_order(), 0.0)
    assert talk.facts(OutcomeArrived) == [
        OutcomeArrived(Refused("manual:1", "trading link is down"))
    ]
    assert talk.sent() == []


# Changing and cancelling.


def test_an_amended_order_is_reported_with_what_it_traded() -> None:
    talk = up()
    talk.account.amend(Amendment("1", Decimal(50), Decimal(81000)), 0.0)
    (request,) = talk.sent()
    assert request["params"] == {"order_id": "1", "amount": 50, "price": 81000}
    talk.answer(request, {"order": order_row(amount=50.0), "trades": [trade_row()]})
    assert [one.report.amount for one in talk.facts(OrderChanged)] == [50]
    assert [one.fill.trade_id for one in talk.facts(Filled)] == ["t1"]


def test_a_cancelled_stop_is_cancelled_although_the_answer_shows_it_as_it_was() -> None:
    talk = up()
    talk.account.cancel("1", 0.0)
    (request,) = talk.sent()
    row = order_row(order_state="untriggered", order_type="stop_market", price="market_price")
    talk.answer(request, row)
    (changed,) = talk.facts(OrderChanged)
    assert changed.report.state is OrderState.CANCELLED


def test_a_cancel_of_a_closed_order_fails_and_the_orders_state_is_fetched() -> None:
    talk = up()
    talk.account.cancel("1", 0.0)
    (request,) = talk.sent()
    talk.refuse(request, 11044, "not_open_order")
    assert talk.facts(CancelFailed) == [CancelFailed("1", "the order is no longer open")]
    (request,) = talk.sent()
    assert request["method"] == "private/get_order_state"
    talk.answer(request, order_row(order_state="filled", filled_amount=100.0, average_price=1.0))
    assert [one.report.state for one in talk.facts(OrderChanged)] == [OrderState.FILLED]


@pytest.mark.parametrize("command", ["cancel", "amend"])
def test_a_command_that_gets_no_answer_fails_in_words(command: str) -> None:
    talk = up()
    if command == "cancel":
        talk.account.cancel("1", 0.0)
    else:
        talk.account.amend(Amendment("1", Decimal(1), None), 0.0)
    talk.sent()
    talk.wait(5.0)
    assert talk.facts(CancelFailed) == [CancelFailed("1", "no answer within 5 s", False)]
    (request,) = talk.sent()
    assert request["method"] == "private/get_order_state"


def test_commands_without_a_link_fail_in_words() -> None:
    talk = Talk()
    talk.account.cancel("1", 0.0)
    talk.account.amend(Amendment("2", Decimal(1), None), 0.0)
    talk.account.cancel_all(0.0)
    failed = [(one.order_id, one.reason) for one in talk.facts(CancelFailed)]
    assert failed == [(one, "trading link is down") for one in ("1", "2", "all")]


def test_a_refused_cancel_of_everything_is_said() -> None:
    talk = up()
    talk.account.cancel_all(0.0)
    (request,) = talk.sent()
    talk.refuse(request, 11051)
    assert talk.facts(CancelFailed) == [CancelFailed("all", "the venue is under maintenance")]


# Labels.


def test_a_label_is_answered_with_its_order_and_its_trades() -> None:
    talk = up()
    talk.account.ask_label("manual:1", "BTC-PERPETUAL", 0.0)
    (request,) = talk.sent()
    assert request["params"] == {"currency": "BTC", "label": "manual:1"}
    talk.answer(request, [order_row(order_state="filled", filled_amount=100.0, average_price=1.0)])
    (request,) = talk.sent()
    assert request["method"] == "private/get_user_trades_by_order"
    talk.answer(request, [trade_row()])
    (found,) = talk.facts(LabelAnswered)
    assert [one.order_id for one in found.reports] == ["1"]
    assert [one.trade_id for one in found.fills] == ["t1"]


def test_a_label_the_venue_does_not_know_is_asked_twice_before_it_is_believed() -> None:
    talk = up()
    talk.account.ask_label("manual:1", "BTC-PERPETUAL", 0.0)
    talk.answer(talk.sent()[0], [])
    assert talk.facts(LabelAnswered) == []
    talk.wait(1.1)
    talk.answer(talk.sent()[0], [])
    (request,) = talk.sent()
    assert request["method"] == "private/get_user_trades_by_instrument"
    others = [trade_row("t1", label="manual:2"), trade_row("t2", label="")]
    talk.answer(request, {"trades": others, "has_more": False})
    assert talk.facts(LabelAnswered) == [LabelAnswered("manual:1", ())]


def test_what_a_forgotten_order_traded_is_found_in_the_trades() -> None:
    talk = up()
    talk.account.ask_label("manual:1", "BTC-PERPETUAL", 0.0)
    talk.answer(talk.sent()[0], [])
    talk.wait(1.1)
    talk.answer(talk.sent()[0], [])
    talk.answer(talk.sent()[0], {"trades": [trade_row("t1")], "has_more": False})
    (found,) = talk.facts(LabelAnswered)
    assert ([one.trade_id for one in found.fills], found.reports) == (["t1"], ())


def test_an_order_that_was_still_on_its_way_is_found_the_second_time() -> None:
    talk = up()
    talk.account.ask_label("manual:1", "BTC-PERPETUAL", 0.0)
    talk.answer(talk.sent()[0], [])
    talk.wait(1.1)
    talk.answer(talk.sent()[0], [order_row()])
    (found,) = talk.facts(LabelAnswered)
    assert len(found.reports) == 1


def test_a_question_that_fails_is_asked_again() -> None:
    talk = up()
    talk.account.ask_label("manual:1", "BTC-PERPETUAL", 0.0)
    talk.refuse(talk.sent()[0], 10040, "retry")
    talk.wait(1.1)
    talk.answer(talk.sent()[0], [order_row()])
    assert len(talk.facts(LabelAnswered)) == 1


def test_a_label_asked_without_a_link_is_met_with_silence() -> None:
    talk = Talk()
    talk.account.ask_label("manual:1", "BTC-PERPETUAL", 0.0)
    assert talk.all_facts() == []
    assert talk.sent() == []


# What the venue tells by itself.


def test_user_frames_become_facts() -> None:
    talk = up()
    talk.notify("user.orders.any.any.raw", order_row())
    talk.notify("user.orders.future.BTC.100ms", [order_row("2"), order_row("3")])
    talk.notify("user.trades.any.any.raw", [trade_row()])
    portfolio = dict.fromkeys(
        ("equity", "balance", "available_funds", "initial_margin", "maintenance_margin"), 1.5
    )
    talk.notify("user.portfolio.btc", {"currency": "BTC", **portfolio})
    assert [one.report.order_id for one in talk.facts(OrderChanged)] == ["1", "2", "3"]
    assert [one.fill.trade_id for one in talk.facts(Filled)] == ["t1"]
    assert [one.figures.equity for one in talk.facts(AccountChanged)] == [Decimal("1.5")]


def test_an_unreadable_user_frame_leads_to_reconciliation() -> None:
    talk = up()
    talk.notify("user.trades.any.any.raw", [{"trade_id": "t1"}])
    assert "private/get_positions" in talk.answer_all()
    assert len(talk.facts(Reconciled)) == 1


def test_reconciling_twice_at_once_asks_once() -> None:
    talk = up()
    talk.account.reconcile(0.0)
    talk.account.reconcile(0.0)
    assert talk.answer_all().count("private/get_positions") == 1
    talk.account.reconcile(0.0)
    assert talk.answer_all().count("private/get_positions") == 1


def test_a_failed_reconciliation_leaves_the_link_up() -> None:
    talk = up()
    talk.account.reconcile(0.0)
    for request in talk.sent():
        talk.refuse(request, 10040, "retry")
    assert talk.account.is_up
    assert talk.session.broken == ""
    talk.account.reconcile(1.0)
    assert "private/get_positions" in talk.answer_all()
