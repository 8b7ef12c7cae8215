"""Whatever comes over the wire, nothing is raised out of a link's core."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from core.settings import VenueSettings
from core.venues.deribit.endpoints import Credentials, Secret
from core.venues.deribit.trading_link import TradingCore
from tests.core.venues.deribit.market.talk import NAMES, NOW_NS, PERPETUAL, Talk, snapshot
from tests.core.venues.odd_frames import LARGE, odd_frames
from tests.core.venues.recorded import frames as recorded_frames

LONG = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def trading() -> TradingCore:
    """A trading core that has logged in and waits for its subscriptions."""
    core = TradingCore(VenueSettings(), Credentials("me", Secret("hush")), ManualClock(NOW_NS))
    core.opened(0.0)
    (login,) = [
        json.loads(one) for one in core.outgoing() if json.loads(one)["method"] == "public/auth"
    ]
    tokens = {"access_token": "a", "refresh_token": "r", "expires_in": 900}
    core.received([json.dumps({"id": login["id"], "result": tokens}).encode()], 0.1)
    core.conversation.is_up = True
    return core


@LONG
@given(st.lists(odd_frames(), max_size=6))
@example([b"\xff\xfe", b"", b"null", b"[]", b'"x"', b"{}"])
def test_nothing_is_raised_out_of_the_market_core(payloads: list[bytes]) -> None:
    talk = Talk(is_first=True)
    talk.live()
    talk.hear(*payloads)
    for _ in range(3):
        talk.wait(0.6)
    talk.listed()
    talk.lose()
    talk.open()


@LONG
@given(st.lists(odd_frames(), max_size=6))
@example([b"\xff\xfe", b"", b"null", b"[]", b'"x"', b"{}"])
def test_nothing_is_raised_out_of_the_trading_core(payloads: list[bytes]) -> None:
    core = trading()
    core.received(payloads, 1.0)
    for at_s in (1.5, 2.0, 9.0):
        core.passed(at_s)
    core.outgoing()
    core.facts()
    core.lost("gone")
    core.opened(10.0)


@pytest.mark.parametrize("payload", LARGE, ids=range(len(LARGE)))
def test_no_depth_and_no_number_is_too_much(payload: bytes) -> None:
    talk, core = Talk(is_first=True), trading()
    talk.live()
    talk.hear(payload)
    talk.wait()
    core.received([payload], 1.0)
    core.passed(1.1)


@LONG
@given(st.data())
def test_a_damaged_answer_to_any_open_request_is_taken(data: st.DataObject) -> None:
    """Answers reach the code of who asked: lists, tokens, subscriptions, the venue's state."""
    talk = Talk(Credentials("me", Secret("hush")), is_first=True)
    talk.carry(*NAMES)
    talk.open()
    results = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["instrument_name", "kind", "locked"]), inner)
        ),
        max_leaves=6,
    )
    for request in list(talk.requests):
        talk.hear({"id": request["id"], "result": data.draw(results)})
        talk.wait(0.1)
    talk.hear(snapshot(PERPETUAL))


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_every_recorded_frame_is_taken_whole_or_cut(cut: int) -> None:
    talk, core = Talk(is_first=True), trading()
    talk.live()
    for _, frame in recorded_frames()[::7]:
        for payload in (frame, frame[: len(frame) * cut // 4]):
            talk.hear(payload)
            core.received([payload], 1.0)
            core.facts()
