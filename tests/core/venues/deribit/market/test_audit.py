"""A quiet book that lost a frame below its top is found by reading it, and no other is."""

from __future__ import annotations

from typing import Any

import pytest

from core.venues.deribit.limits import Lane, Limits
from tests.core.venues.deribit.market.talk import (
    CALL,
    NAMES,
    PERPETUAL,
    Talk,
    change,
    error,
    notification,
    snapshot,
)

METHOD = "public/get_order_book"
SAME = {"change_id": 100, "bids": [[10.0, 1.0]], "asks": [[11, 2]], "state": "open"}
DEEPER = SAME | {"change_id": 103, "bids": [[10.0, 1.0], [9.0, 4.0]]}


@pytest.fixture
def talk() -> Talk:
    """A live conversation whose books have been quiet for seconds."""
    found = Talk()
    found.live()
    return found


def pass_s(talk: Talk, seconds: int) -> list[str]:
    """The books asked for meanwhile; the perpetual never stays quiet."""
    asked = []
    for _ in range(seconds):
        sent = talk.wait(1.0)
        asked += [one["params"]["instrument_name"] for one in sent if one["method"] == METHOD]
        talk.hear(notification("nothing", 1))
    return asked


def asked_once(talk: Talk) -> str:
    """Time passes until a book is asked for."""
    for _ in range(10):
        if asked := pass_s(talk, 1):
            return asked[0]
    pytest.fail("no book was asked for")


def resyncs(talk: Talk) -> list[Any]:
    return [one["params"] for one in talk.requests if one["method"] == "public/unsubscribe"]


def test_each_state_of_a_quiet_book_is_read_once(talk: Talk) -> None:
    read = set()
    for _ in NAMES:
        read.add(asked_once(talk))
        talk.answer(METHOD, result=SAME)
    assert read == set(NAMES)
    assert pass_s(talk, 30) == []
    talk.hear(change(CALL, 101, 100))
    assert pass_s(talk, 30) == [CALL]
    assert resyncs(talk) == []


def test_a_book_that_differs_and_stays_quiet_is_subscribed_anew(talk: Talk) -> None:
    name = asked_once(talk)
    talk.answer(METHOD, result=DEEPER)
    assert resyncs(talk) == []
    pass_s(talk, 5)
    assert resyncs(talk) == [{"channels": [f"book.{name}.100ms"]}]
    assert (talk.core.resyncs, talk.core.gaps) == (1, 0)


def test_a_book_that_speaks_meanwhile_was_only_ahead(talk: Talk) -> None:
    name = asked_once(talk)
    talk.answer(METHOD, result=DEEPER)
    pass_s(talk, 1)
    talk.hear(change(name, 103, 100))
    pass_s(talk, 5)
    assert resyncs(talk) == []


def test_an_answer_to_a_book_that_spoke_since_says_nothing(talk: Talk) -> None:
    name = asked_once(talk)
    talk.hear(change(name, 103, 100))
    talk.answer(METHOD, result=SAME)
    pass_s(talk, 2)
    assert resyncs(talk) == []


def test_a_book_that_differs_after_its_new_snapshot_is_left_in_peace(talk: Talk) -> None:
    name = asked_once(talk)
    for _ in range(8):
        talk.answer(METHOD, result=DEEPER)
        pass_s(talk, 5)
        channels = [f"book.{name}.100ms"]
        talk.answer("public/unsubscribe", result=channels)
        talk.wait()
        talk.answer("public/subscribe", result=channels)
        talk.hear(snapshot(name, talk.core.resyncs + 200))
        pass_s(talk, 5)
    assert [one["channels"] for one in resyncs(talk)].count([f"book.{name}.100ms"]) == 1


@pytest.mark.parametrize(
    "body", [{"error": error(13020, "not_found")}, {"result": {"bids": None}}, {"result": 7}]
)
def test_an_answer_without_a_book_proves_nothing_wrong(talk: Talk, body: dict[str, Any]) -> None:
    asked_once(talk)
    talk.answer(METHOD, **body)
    pass_s(talk, 10)
    assert resyncs(talk) == []
    assert not talk.board.is_stale(PERPETUAL)


def test_books_are_read_at_most_once_a_second_over_all_connections() -> None:
    limits = Limits()
    sent = sum(limits.may_send(Lane.AUDIT, number / 100) for number in range(6_000))
    assert 50 <= sent <= 60
