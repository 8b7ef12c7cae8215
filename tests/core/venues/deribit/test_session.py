from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from core.clock import ManualClock
from core.venues.deribit.answers import Answer, Failure, Lost, NotSent, Result
from core.venues.deribit.decode import decode
from core.venues.deribit.endpoints import Credentials, Secret
from core.venues.deribit.limits import Lane, Limits
from core.venues.deribit.login import signature
from core.venues.deribit.session import Session
from core.venues.deribit.wire import Heartbeat, Reply

NOW_MS = 1_790_000_000_000
TOKENS = {"access_token": "a1", "refresh_token": "r1", "expires_in": 900, "token_type": "bearer"}


class Conversation:
    """A session and the venue's side of its frames, without a socket."""

    def __init__(self, credentials: Credentials | None = None) -> None:
        self.limits = Limits()
        self.session = Session(ManualClock(NOW_MS * 1_000_000), self.limits, credentials)
        self.session.open(0.0)
        self.answers: list[Answer] = []
        self.late: list[Answer] = []
        self.requests()

    def requests(self) -> list[dict[str, Any]]:
        """What was sent since the last look."""
        return [json.loads(frame) for frame in self.session.outgoing()]

    def ask(self, method: str, now_s: float = 0.0, **params: object) -> None:
        self.session.ask(method, params, self.answers.append, now_s, self.late.append)

    def reply(self, request: dict[str, Any], now_s: float = 0.0, **body: object) -> None:
        text = json.dumps({"jsonrpc": "2.0", "id": request["id"], **body})
        frame = decode(text.encode())
        assert isinstance(frame, Reply)
        self.session.take(frame, now_s)

    def log_in(self, expires_in: float = 900) -> None:
        self.session.login(self.answers.append, 0.0)
        (request,) = self.requests()
        self.reply(request, result=TOKENS | {"expires_in": expires_in})


KEY = Credentials("AMANDA", Secret("AMANDASECRECT"))


def test_the_signature_equals_the_venues_example() -> None:
    expected = "56590594f97921b09b18f166befe0d1319b198bbcdad7ca73382de2f88fe9aa1"
    assert signature(KEY.secret, 1576074319000, "1iqt2wls") == expected


def test_a_new_socket_first_asks_for_heartbeats() -> None:
    session = Session(ManualClock(), Limits(), silence_s=15.0)
    session.open(0.0)
    (frame,) = session.outgoing()
    assert json.loads(frame)["params"] == {"interval": 10}
    assert session.outgoing() == []


def test_a_test_request_is_answered_at_once() -> None:
    talk = Conversation()
    talk.session.take(Heartbeat("test_request"), 1.0)
    talk.session.take(Heartbeat("heartbeat"), 1.0)
    assert [one["method"] for one in talk.requests()] == ["public/test"]


def test_replies_find_their_request_in_any_order() -> None:
    talk = Conversation()
    talk.ask("public/get_time", n=1)
    talk.ask("public/get_time", n=2)
    first, second = talk.requests()
    talk.reply(second, result=2)
    talk.reply(first, result=1)
    assert [bytes(one.value) for one in talk.answers if isinstance(one, Result)] == [b"2", b"1"]


def test_an_error_is_a_failure_with_its_code() -> None:
    talk = Conversation()
    talk.ask("private/cancel", order_id="7")
    (request,) = talk.requests()
    talk.reply(request, error={"code": 11044, "message": "not_open_order"})
    (answer,) = talk.answers
    assert isinstance(answer, Failure)
    assert (answer.error.code, answer.error.message) == (11044, "not_open_order")


def test_no_answer_in_time_is_lost_and_a_late_one_is_told_apart() -> None:
    talk = Conversation()
    talk.ask("private/buy", now_s=0.0, amount=1)
    (request,) = talk.requests()
    talk.session.tick(4.9)
    assert talk.answers == []
    talk.session.tick(5.0)
    assert talk.answers == [Lost("no answer within 5 s")]
    talk.reply(request, result={"order": {}})
    assert len(talk.answers) == 1
    assert isinstance(talk.late[0], Result)
    talk.reply(request, result={"order": {}})
    assert len(talk.late) == 1


def test_a_dropped_socket_answers_what_was_sent_and_what_was_not() -> None:
    talk = Conversation()
    for number in range(25):
        talk.ask("private/buy", amount=number)
    sent = talk.requests()
    talk.session.lose("the link dropped")
    assert talk.answers.count(Lost("the link dropped")) == len(sent) == 18
    assert talk.answers.count(NotSent("the link dropped")) == 7


def test_orders_wait_for_credits_and_cancels_go_first() -> None:
    talk = Conversation()
    for _ in range(18):
        talk.ask("private/buy")
    assert len(talk.requests()) == 18
    talk.ask("private/sell")
    talk.ask("private/cancel", order_id="1")
    assert talk.requests() == []
    talk.session.tick(0.23)
    assert [one["method"] for one in talk.requests()] == ["private/cancel"]
    talk.session.tick(0.46)
    assert [one["method"] for one in talk.requests()] == ["private/sell"]


def test_an_order_the_rate_limit_held_too_long_is_never_sent() -> None:
    talk = Conversation()
    for _ in range(18 + 200):
        talk.ask("private/cancel", order_id="1")
    talk.ask("private/buy")
    talk.session.tick(5.0)
    assert talk.answers.count(NotSent("the rate limit held it for 5 s")) == 1
    talk.session.tick(500.0)
    assert "private/buy" not in [one["method"] for one in talk.requests()]


def test_a_thousand_cancels_never_exceed_the_venues_own_count() -> None:
    talk = Conversation()
    for _ in range(1000):
        talk.ask("private/cancel", order_id="1")
    credits, at_s, sent = 20.0, 0.0, 0
    while sent < 1000:
        for _ in talk.requests():
            credits -= 1
            sent += 1
            assert credits >= 0
        at_s += 0.05
        credits = min(20.0, credits + 0.05 * 5)
        talk.session.heard(at_s)
        talk.session.tick(at_s)
    assert at_s < 1000 / 4


def test_a_login_signs_and_never_sends_the_secret() -> None:
    talk = Conversation(KEY)
    talk.session.login(talk.answers.append, 0.0)
    (request,) = talk.requests()
    params = request["params"]
    assert params["grant_type"] == "client_signature"
    assert params["timestamp"] == NOW_MS
    assert params["signature"] == signature(KEY.secret, NOW_MS, params["nonce"])
    assert "AMANDASECRECT" not in json.dumps(request)
    talk.reply(request, result=TOKENS)
    assert talk.session.is_logged_in
    assert "r1" not in repr(talk.answers)


def test_without_a_key_nobody_logs_in() -> None:
    talk = Conversation()
    talk.session.login(talk.answers.append, 0.0)
    assert isinstance(talk.answers[0], NotSent)


def test_a_token_is_renewed_after_80_percent_of_its_life_again_and_again() -> None:
    talk = Conversation(KEY)
    talk.log_in(expires_in=900)
    talk.session.heard(719.0)
    talk.session.tick(719.0)
    assert talk.requests() == []
    talk.session.tick(720.0)
    (request,) = talk.requests()
    assert request["params"] == {"grant_type": "refresh_token", "refresh_token": "r1"}
    talk.reply(request, result=TOKENS | {"refresh_token": "r2", "expires_in": 100}, now_s=720.0)
    talk.session.heard(800.0)
    talk.session.tick(800.0)
    (request,) = talk.requests()
    assert request["params"]["refresh_token"] == "r2"


def test_a_refused_renewal_falls_back_to_the_signature() -> None:
    talk = Conversation(KEY)
    talk.log_in()
    talk.session.heard(720.0)
    talk.session.tick(720.0)
    (request,) = talk.requests()
    talk.reply(request, error={"code": 13009, "message": "unauthorized"}, now_s=720.0)
    (request,) = talk.requests()
    assert request["params"]["grant_type"] == "client_signature"
    talk.reply(request, result=TOKENS, now_s=720.0)
    assert talk.session.is_logged_in
    assert talk.session.broken == ""


def test_an_expired_token_is_replaced_when_the_venue_says_so() -> None:
    talk = Conversation(KEY)
    talk.log_in()
    talk.ask("private/get_positions")
    (request,) = talk.requests()
    talk.reply(request, error={"code": 13009, "message": "unauthorized"})
    (request,) = talk.requests()
    assert request["method"] == "public/auth"
    talk.reply(request, error={"code": 13004, "message": "invalid_credentials"})
    assert "refused" in talk.session.broken


def test_too_many_requests_breaks_the_connection_and_empties_the_pool() -> None:
    talk = Conversation()
    talk.ask("private/buy")
    (request,) = talk.requests()
    talk.reply(request, error={"code": 10028, "message": "too_many_requests"})
    assert "too many requests" in talk.session.broken
    assert not talk.limits.may_send(Lane.ORDER, 0.0)
    talk.session.open(10.0)
    assert talk.session.broken == ""


def test_silence_is_probed_before_the_link_is_given_up() -> None:
    talk = Conversation()
    talk.session.tick(7.0)
    assert talk.requests() == []
    talk.session.tick(7.6)
    assert [one["method"] for one in talk.requests()] == ["public/test"]
    talk.session.tick(8.0)
    assert talk.requests() == []


def test_an_order_gets_five_seconds_and_a_long_list_more() -> None:
    talk = Conversation()
    talk.ask("public/get_instruments", currency="BTC")
    talk.session.tick(29.0)
    assert talk.answers == []
    talk.session.tick(30.0)
    assert talk.answers == [Lost("no answer within 30 s")]


def test_decimals_travel_as_numbers() -> None:
    talk = Conversation()
    talk.session.ask("private/buy", {"amount": Decimal("0.0001")}, talk.answers.append, 0.0)
    (frame,) = talk.session.outgoing()
    assert b'"amount":0.0001' in frame


@pytest.mark.parametrize("value", [Secret("hush"), Credentials("id", Secret("hush"))])
def test_a_secret_never_shows_itself(value: object) -> None:
    assert "hush" not in f"{value!r} {value!s} {[value]!r}"
