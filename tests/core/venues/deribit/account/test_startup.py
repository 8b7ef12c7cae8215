"""Every step of coming up with every answer it can get: up, or broken with a reason, in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.domain.events import Reconciled, TradingLinkChanged
from tests.core.venues.deribit.account.talk import ANSWERS, Talk

STEPS = tuple(ANSWERS)
IN_TURN = STEPS[1:]
"""Those that wait for the one before; the heartbeat is asked for beside the login."""
NEEDED = tuple(
    one for one in STEPS if one not in ("public/set_heartbeat", "private/get_cancel_on_disconnect")
)
PATIENCE_S = 20.0
"""Longer than any step may take."""
NONSENSE: tuple[object, ...] = (
    None,
    7,
    "okay",
    {},
    [7],
    [[]],
    {"enabled": "perhaps"},
    {"trades": 7},
    {"summaries": 7},
)
EMPTY_LOG: dict[str, object] = {"logs": [], "continuation": None}
UP = [TradingLinkChanged(True)]


def walked(talk: Talk, but: str) -> Iterator[dict[str, Any]]:
    """Answer every step with what belongs there; the requests of `but` are handed out."""
    while requests := talk.sent():
        for request in requests:
            if request["method"] == but:
                yield request
            else:
                talk.answer(request, ANSWERS.get(request["method"], EMPTY_LOG))


def stopped_at(step: str) -> tuple[Talk, list[dict[str, Any]]]:
    """A start-up in which `step` was asked for and not answered."""
    talk = Talk()
    talk.account.begin(0.0)
    asked = list(walked(talk, step))
    assert asked
    return talk, asked


def finish(talk: Talk) -> None:
    for request in walked(talk, "nothing"):
        raise AssertionError(request)


def assert_broken(talk: Talk) -> None:
    """It is down, says why, and comes up on the next connection."""
    assert talk.session.broken
    assert not talk.account.is_up
    assert talk.facts(TradingLinkChanged) == []
    talk.account.lose(talk.session.broken)
    talk.come_up()
    assert talk.session.broken == ""
    assert talk.facts(TradingLinkChanged) == UP


@pytest.mark.parametrize("step", NEEDED)
def test_a_refused_step_breaks_the_link(step: str) -> None:
    talk, asked = stopped_at(step)
    talk.refuse(asked[0], 13028, "temporarily_unavailable")
    finish(talk)
    assert "the venue cannot do this at the moment" in talk.session.broken
    assert_broken(talk)


@pytest.mark.parametrize("step", IN_TURN)
def test_a_step_without_an_answer_breaks_the_link(step: str) -> None:
    talk, _ = stopped_at(step)
    talk.wait(PATIENCE_S)
    finish(talk)
    assert "no answer within" in talk.session.broken
    assert_broken(talk)


@pytest.mark.parametrize("step", NEEDED)
def test_an_answer_that_comes_too_late_brings_nothing_up(step: str) -> None:
    talk, asked = stopped_at(step)
    talk.wait(PATIENCE_S)
    for request in asked:
        talk.answer(request, ANSWERS[step])
    finish(talk)
    assert_broken(talk)


@pytest.mark.parametrize("step", STEPS)
def test_a_slow_answer_is_an_answer(step: str) -> None:
    talk, asked = stopped_at(step)
    talk.wait(4.5)
    for request in asked:
        talk.answer(request, ANSWERS[step])
    finish(talk)
    assert talk.facts(TradingLinkChanged) == UP


@pytest.mark.parametrize("step", STEPS)
def test_an_answer_that_comes_twice_counts_once(step: str) -> None:
    talk, asked = stopped_at(step)
    for request in [*asked, *asked]:
        talk.answer(request, ANSWERS[step])
    finish(talk)
    assert talk.facts(TradingLinkChanged) == UP
    assert len(talk.facts(Reconciled)) == 1


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("result", NONSENSE, ids=str)
def test_nonsense_for_an_answer_ends_in_a_link_or_in_a_reason(step: str, result: object) -> None:
    talk, asked = stopped_at(step)
    for request in asked:
        talk.answer(request, result)
    finish(talk)
    talk.wait(PATIENCE_S)
    assert talk.account.is_up is not bool(talk.session.broken)
    if step in NEEDED and step != "private/get_positions":
        assert_broken(talk)


@pytest.mark.parametrize("step", IN_TURN)
def test_a_connection_that_drops_in_a_step_brings_nothing_up(step: str) -> None:
    talk, asked = stopped_at(step)
    talk.account.lose("the socket was cut")
    for request in asked:
        talk.answer(request, ANSWERS[step])
    talk.wait(PATIENCE_S)
    assert talk.facts(TradingLinkChanged) == []
    talk.come_up()
    assert talk.facts(TradingLinkChanged) == UP
    assert len(talk.facts(Reconciled)) == 1


@pytest.mark.parametrize("step", IN_TURN)
def test_an_answer_of_the_last_connection_means_nothing_on_the_next(step: str) -> None:
    talk, asked = stopped_at(step)
    talk.account.lose("the socket was cut")
    talk.account.begin(talk.now_s)
    waiting = list(walked(talk, step))
    for request in asked:
        talk.refuse(request, 13004, "invalid_credentials")
    assert talk.session.broken == ""
    for request in waiting:
        talk.answer(request, ANSWERS[step])
    finish(talk)
    assert talk.facts(TradingLinkChanged) == UP


# Cancel on disconnect.


def test_the_venue_is_asked_whether_it_cancels_on_disconnect() -> None:
    talk = Talk()
    assert talk.account.is_swept_when_lost is None
    talk.come_up()
    assert talk.account.is_swept_when_lost is True
    talk.account.lose("cut")
    assert talk.account.is_swept_when_lost is None


def test_a_venue_that_does_not_cancel_on_disconnect_is_no_trading_link() -> None:
    talk = Talk()
    talk.come_up(get_cancel_on_disconnect={"enabled": False, "scope": "connection"})
    assert "does not cancel on disconnect" in talk.session.broken
    assert_broken(talk)


def test_a_venue_that_does_not_tell_leaves_it_open() -> None:
    talk, (request,) = stopped_at("private/get_cancel_on_disconnect")
    talk.refuse(request, 13021, "forbidden")
    finish(talk)
    assert talk.account.is_up
    assert talk.account.is_swept_when_lost is None
