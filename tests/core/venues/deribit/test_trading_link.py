from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from core.domain.events import CancelFailed, OutcomeArrived, TradingLinkChanged
from core.domain.order import Amendment
from core.domain.outcome import Accepted, Refused, Unknown
from core.venues.deribit.endpoints import Credentials, Secret
from tests.core.venues.deribit.account.talk import ANSWERS, new_order, order_row
from tests.core.venues.deribit.trading_desk import TradingDesk
from tests.core.venues.fake_deribit import NO_REPLY, Error, FakeDeribit
from tests.eventually import eventually

KEY = Credentials("amanda", Secret("hush"))


@pytest.fixture
def venue() -> Iterator[FakeDeribit]:
    fake = FakeDeribit()
    for method, answer in ANSWERS.items():
        fake.handlers.setdefault(method, lambda *_, answer=answer: answer)
    fake.handlers["private/buy"] = _accept
    with fake.running():
        yield fake


def _accept(_: Any, params: dict[str, Any]) -> Any:
    return {"order": order_row(label=params["label"]), "trades": []}


def test_it_comes_up_and_an_order_is_accepted(venue: FakeDeribit) -> None:
    with TradingDesk(venue.url, KEY) as desk:
        state = desk.link.state()
        assert (state.is_up, state.status) == (True, "live")
        desk.link.place(new_order("manual:1"))
        assert isinstance(desk.outcome("manual:1"), Accepted)
    assert desk.link.state().status == "stopped"
    assert venue.asked("private/buy")[0]["price"] == 80000


def test_many_threads_may_place_and_each_order_has_one_outcome(venue: FakeDeribit) -> None:
    venue.handlers["private/get_account_summaries"] = lambda *_: {
        "summaries": [],
        "limits": {"matching_engine": {"trading": {"total": {"rate": 1000, "burst": 1000}}}},
    }
    with TradingDesk(venue.url, KEY) as desk:

        def place(start: int) -> None:
            for number in range(start, start + 20):
                desk.link.place(new_order(f"manual:{number}"))

        threads = [threading.Thread(target=place, args=(n * 20,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        eventually(lambda: len(desk.facts(OutcomeArrived)) == 80)
        labels = [one.outcome.label for one in desk.facts(OutcomeArrived)]
        assert sorted(labels) == sorted(f"manual:{n}" for n in range(80))


def test_a_lost_reply_is_unknown_after_the_time_out(venue: FakeDeribit) -> None:
    venue.handlers["private/buy"] = lambda *_: NO_REPLY
    with TradingDesk(venue.url, KEY) as desk:
        desk.link.place(new_order("manual:1"))
        assert desk.outcome("manual:1") == Unknown("manual:1", "no answer within 1 s")
        assert desk.link.state().is_up


def test_a_cut_socket_makes_orders_in_flight_unknown_and_the_link_comes_back(
    venue: FakeDeribit,
) -> None:
    venue.handlers["private/buy"] = lambda *_: NO_REPLY
    with TradingDesk(venue.url, KEY) as desk:
        desk.link.place(new_order("manual:1"))
        eventually(lambda: venue.asked("private/buy"))
        venue.cut()
        assert isinstance(desk.outcome("manual:1"), Unknown)
        desk.wait_up(times=2)
        assert [one.is_up for one in desk.facts(TradingLinkChanged)] == [True, False, True]
        assert len(venue.asked("private/buy")) == 1
        assert len(venue.asked("private/enable_cancel_on_disconnect")) == 2
        assert desk.link.state().reconnects == 1


def test_while_it_is_down_an_order_is_refused_at_once(venue: FakeDeribit) -> None:
    with TradingDesk(venue.url, KEY) as desk:
        venue.handlers["public/auth"] = lambda *_: NO_REPLY
        venue.cut()
        eventually(lambda: not desk.link.state().is_up)
        desk.link.place(new_order("manual:1"))
        assert desk.outcome("manual:1") == Refused("manual:1", "trading link is down")
        desk.link.cancel("7")
        eventually(lambda: desk.facts(CancelFailed))
    assert venue.asked("private/buy") == []


def test_a_wrong_secret_is_said_in_words_and_tried_again(venue: FakeDeribit) -> None:
    answers = iter([Error(13004, "invalid_credentials")])
    venue.handlers["public/auth"] = lambda *_: next(answers, ANSWERS["public/auth"])
    with TradingDesk(venue.url, KEY) as desk:
        assert desk.link.state().reconnects == 1


def test_a_session_longer_than_its_tokens_keeps_trading(venue: FakeDeribit) -> None:
    tokens = {**ANSWERS["public/auth"], "expires_in": 0.4}
    venue.handlers["public/auth"] = lambda *_: tokens
    with TradingDesk(venue.url, KEY) as desk:

        def renewals() -> int:
            asked = venue.asked("public/auth")
            return sum(one["grant_type"] == "refresh_token" for one in asked)

        for number in (1, 2, 3):
            eventually(lambda number=number: renewals() >= number)  # type: ignore[misc]  # the default binds it
            desk.link.place(new_order(f"manual:{number}"))
            assert isinstance(desk.outcome(f"manual:{number}"), Accepted)
        assert desk.link.state().reconnects == 0


def test_a_link_without_a_key_says_so(venue: FakeDeribit) -> None:
    desk = TradingDesk(venue.url, None)
    desk.link.start()
    eventually(lambda: "no client id and secret" in desk.link.state().status)
    assert desk.link.stop()


def test_a_silent_venue_is_given_up(venue: FakeDeribit) -> None:
    with TradingDesk(venue.url, KEY, silence_s=0.6) as desk:
        venue.handlers["public/test"] = lambda *_: NO_REPLY
        eventually(lambda: TradingLinkChanged(False, "no message for 0.6 s") in desk.told)


def test_too_many_requests_ends_the_link_and_the_order_is_refused(venue: FakeDeribit) -> None:
    venue.handlers["private/buy"] = lambda *_: Error(10028, "too_many_requests")
    with TradingDesk(venue.url, KEY) as desk:
        desk.link.place(new_order("manual:1"))
        found = desk.outcome("manual:1")
        assert isinstance(found, Refused)
        assert found.code == 10028
        desk.wait_up(times=2)


def test_a_malformed_frame_leads_to_reconciliation(venue: FakeDeribit) -> None:
    with TradingDesk(venue.url, KEY) as desk:
        before = len(venue.asked("private/get_positions"))
        venue.say('{"jsonrpc":"2.0","method":"subscription","params":{"chan')
        eventually(lambda: len(venue.asked("private/get_positions")) == before + 1)
        assert desk.link.state().is_up


def test_it_starts_and_stops_twice(venue: FakeDeribit) -> None:
    desk = TradingDesk(venue.url, KEY)
    for times in (1, 2):
        desk.link.start()
        desk.link.start()
        desk.wait_up(times)
        assert desk.link.stop()
        assert desk.link.stop()
    desk.link.amend(Amendment("1", Decimal(1), None))
    assert desk.facts(CancelFailed) == [CancelFailed("1", "trading link is down")]


def test_the_secret_is_in_no_request(venue: FakeDeribit) -> None:
    with TradingDesk(venue.url, KEY):
        assert "hush" not in repr(venue.requests)
