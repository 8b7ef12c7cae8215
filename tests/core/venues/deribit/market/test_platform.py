"""The venue's own state as one connection hears of it: asked, told, betrayed by errors."""

from __future__ import annotations

import pytest

from core.market.platform import Access
from tests.core.venues.deribit.market.talk import KEY, NAMES, Talk, error, notification


def first() -> Talk:
    talk = Talk(is_first=True)
    talk.carry(*NAMES)
    talk.open()
    return talk


def access(talk: Talk) -> Access:
    return talk.board.platform.access


def platform(talk: Talk, **data: object) -> None:
    talk.hear(notification("platform_state", data))


def test_the_state_of_the_venue_is_asked_for_at_the_start_and_followed() -> None:
    talk = first()
    assert talk.asked("public/status") == 1
    assert access(talk) is Access.UNKNOWN
    assert talk.board.platform.refusal("btc_usd") == ""
    talk.answer("public/status", result={"locked": "false"})
    assert access(talk) is Access.OPEN
    platform(talk, price_index="btc_usd", locked=True)
    assert access(talk) is Access.PARTLY_LOCKED
    assert talk.board.platform.refusal("btc_usd") == "the venue has locked btc_usd"
    assert talk.board.platform.refusal("eth_usd") == ""
    platform(talk, price_index="btc_usd", locked=False)
    assert access(talk) is Access.OPEN


@pytest.mark.parametrize("locked", ["true", True])
def test_a_locked_venue_is_asked_again_until_it_is_open(locked: object) -> None:
    talk = first()
    talk.answer("public/status", result={"locked": locked})
    assert access(talk) is Access.LOCKED
    assert talk.board.platform.refusal("btc_usd") == "the venue has locked trading"
    talk.wait(5.1)
    assert talk.asked("public/status") == 2
    talk.answer("public/status", result={"locked": "false"})
    assert access(talk) is Access.OPEN


def test_a_partly_locked_venue_names_its_indices() -> None:
    talk = first()
    indices = ["eth_usd", "btc_usd"]
    talk.answer("public/status", result={"locked": "partial", "locked_indices": indices})
    assert talk.board.platform.locked_indices == ("btc_usd", "eth_usd")
    assert talk.board.platform.words == "locked: btc_usd and 1 more"


def test_maintenance_is_told_by_its_frame_or_by_an_error_and_ended_by_the_status() -> None:
    talk = first()
    talk.answer("public/status", result={"locked": "false"})
    platform(talk, maintenance=True)
    assert access(talk) is Access.MAINTENANCE
    platform(talk, maintenance=False)
    assert access(talk) is not Access.MAINTENANCE
    talk.answer("public/subscribe", error=error(11051, "system_maintenance"))
    assert talk.board.platform.refusal("btc_usd") == "the venue is in maintenance"
    talk.wait(5.1)
    talk.answer("public/status", result={"locked": "false"})
    assert access(talk) is Access.OPEN


def test_a_venue_that_turns_strangers_away_is_met_again_with_a_login() -> None:
    talk = Talk(KEY, is_first=True, book_interval="100ms")
    talk.carry(*NAMES)
    talk.open()
    assert talk.asked("public/auth") == 0
    talk.answer("public/subscribe", error=error(11056, "unauthenticated"))
    assert "wants a login" in talk.core.broken
    assert not talk.board.platform.admits_strangers
    talk.lose()
    talk.open()
    assert talk.asked("public/auth") == 1


def test_nonsense_about_the_state_changes_nothing() -> None:
    talk = first()
    talk.answer("public/status", result={"locked": "false"})
    talk.hear(notification("platform_state", [1, 2]), notification("platform_state", {"locked": 3}))
    assert access(talk) is Access.OPEN
