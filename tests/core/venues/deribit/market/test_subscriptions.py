from __future__ import annotations

import json
from typing import Any

from core.clock import ManualClock
from core.venues.deribit.decode import decode
from core.venues.deribit.limits import Limits
from core.venues.deribit.market.subscriptions import Subscriptions, chunks
from core.venues.deribit.session import Session
from core.venues.deribit.wire import ErrorData, Reply


class Venue:
    """The other end of a session that only subscribes."""

    def __init__(self) -> None:
        self.session = Session(ManualClock(), Limits())
        self.session.open(0.0)
        self.session.outgoing()
        self.denials: list[ErrorData] = []
        self.channels = Subscriptions(self.session, self.denials.append)
        self.channels.reset()

    def sent(self) -> list[dict[str, Any]]:
        return [json.loads(frame) for frame in self.session.outgoing()]

    def answer(self, request: dict[str, Any], now_s: float = 0.0, **body: Any) -> None:
        body = body or {"result": request["params"]["channels"]}
        frame = decode(json.dumps({"id": request["id"], **body}).encode())
        assert isinstance(frame, Reply)
        self.session.take(frame, now_s)


def settled(names: list[str]) -> Venue:
    venue = Venue()
    venue.channels.want(names)
    venue.channels.work(0.0)
    for request in venue.sent():
        venue.answer(request)
    assert venue.channels.is_complete
    return venue


def test_six_thousand_channels_go_out_in_frames_below_the_limit() -> None:
    venue = Venue()
    names = [f"ticker.BTC-25DEC26-{strike}-C.100ms" for strike in range(10_000, 16_000)]
    venue.channels.want(names)
    venue.channels.work(0.0)
    frames = venue.session.outgoing()
    assert max(map(len, frames)) < 32_000
    for frame in frames:
        venue.answer(json.loads(frame))
    assert len(frames) < 10
    assert all(venue.channels.holds(name) for name in names)
    assert json.loads(frames[0])["params"]["channels"][0] == names[0]


def test_nothing_is_asked_twice_while_it_is_under_way() -> None:
    venue = Venue()
    venue.channels.want(["a", "b"])
    venue.channels.work(0.0)
    venue.channels.want(["a", "b", "c"])
    venue.channels.work(0.1)
    assert [one["params"]["channels"] for one in venue.sent()] == [["a", "b"], ["c"]]


def test_what_is_no_longer_wanted_is_left() -> None:
    venue = settled(["a", "b"])
    venue.channels.want(["b"])
    venue.channels.work(1.0)
    (request,) = venue.sent()
    assert (request["method"], request["params"]["channels"]) == ("public/unsubscribe", ["a"])


def test_a_renewed_channel_is_left_and_joined_only_after_the_answer() -> None:
    venue = settled(["a", "b"])
    venue.channels.renew(["a"], 1.0)
    venue.channels.renew(["a"], 1.0)
    venue.channels.work(1.0)
    (leave,) = venue.sent()
    assert leave["method"] == "public/unsubscribe"
    venue.answer(leave, 1.1)
    venue.channels.work(1.1)
    (join,) = venue.sent()
    assert (join["method"], join["params"]["channels"]) == ("public/subscribe", ["a"])


def test_what_is_renewed_while_requests_are_under_way_goes_together_later() -> None:
    names = [f"book.{number}" for number in range(50)]
    venue = settled(names)
    for name in names:
        venue.channels.renew([name], 1.0)
    first = venue.sent()
    assert [one["params"]["channels"] for one in first] == [["book.0"], ["book.1"]]
    for request in first:
        venue.answer(request, 1.1)
    venue.channels.work(1.1)
    leave, join = venue.sent()
    assert set(leave["params"]["channels"]) == set(names[2:])
    assert join["params"]["channels"] == names[:2]
    for request in (leave, join):
        venue.answer(request, 1.2)
    venue.channels.work(1.2)
    venue.answer(venue.sent()[0], 1.3)
    assert venue.channels.is_complete


def test_a_failed_request_is_tried_again_after_a_pause() -> None:
    venue = Venue()
    venue.channels.want(["a"])
    venue.channels.work(0.0)
    (request,) = venue.sent()
    venue.answer(request, error={"code": 11051, "message": "system_maintenance"})
    assert [error.code for error in venue.denials] == [11051]
    venue.channels.work(1.0)
    assert venue.sent() == []
    venue.channels.work(2.1)
    assert len(venue.sent()) == 1


def test_an_unknown_channel_is_not_asked_for_until_the_plan_changes() -> None:
    venue = Venue()
    venue.channels.want(["a", "nope"])
    venue.channels.work(0.0)
    (request,) = venue.sent()
    venue.answer(request, result=["a"])
    venue.channels.work(9.0)
    assert venue.sent() == []
    assert venue.channels.is_complete
    venue.channels.want(["a", "nope"])
    venue.channels.work(10.0)
    assert venue.sent()[0]["params"]["channels"] == ["nope"]


def test_a_new_socket_starts_from_nothing() -> None:
    venue = settled(["a"])
    venue.channels.reset()
    venue.channels.work(1.0)
    assert venue.sent()[0]["params"]["channels"] == ["a"]


def test_chunks_keep_order_and_lose_nothing() -> None:
    names = [str(number) * 10 for number in range(50)]
    cut = list(chunks(names, limit=100))
    assert [one for chunk in cut for one in chunk] == names
    assert all(len(json.dumps(chunk, separators=(",", ":"))) <= 102 for chunk in cut)
