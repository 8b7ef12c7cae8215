"""The paper venue's own connection: public requests only, honest trades, published prices."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from core.clock import ManualClock, SystemClock
from core.domain.order import Side
from core.errors import MarketDataError
from core.settings import VenueSettings
from core.venues.paper.matching.orders import MarketTrade
from core.venues.paper.public_data import delivery_prices_of, trades_of
from core.venues.paper.public_link import Priced, Public, PublicCore, PublicLink, Traded
from tests.core.venues.fake_deribit import FakeDeribit
from tests.eventually import eventually

NAME = "BTC-PERPETUAL"
ROW = {
    "trade_seq": 1, "trade_id": "1", "timestamp": 1_790_000_000_123, "tick_direction": 1,
    "price": 60_000.5, "mark_price": 60_000.1, "instrument_name": NAME, "index_price": 60_000.0,
    "direction": "sell", "amount": 120.0,
}  # fmt: skip
TRADE = MarketTrade(
    NAME, Side.SELL, Decimal("60000.5"), Decimal("120.0"), 1_790_000_000_123_000_000
)


def raw(*rows: dict[str, Any]) -> bytes:
    return json.dumps(rows).encode()


def test_block_trades_and_legs_of_combos_move_no_queue() -> None:
    block, leg = ROW | {"block_trade_id": "BLOCK-1"}, ROW | {"combo_id": "BTC-FS-27NOV26_PERP"}
    assert trades_of(raw(ROW, block, leg)) == [TRADE]


@pytest.mark.parametrize("text", [b"{}", b"[{}]", raw(ROW | {"direction": "up"}), b"[1"])
def test_unreadable_trades_are_an_error_of_ours(text: bytes) -> None:
    with pytest.raises(MarketDataError, match="trades is unreadable"):
        trades_of(text)


@pytest.mark.parametrize("text", [b"[]", b'{"data":[{}]}', b'{"data":[{"date":1}]}', b"{"])
def test_unreadable_prices_are_an_error_of_ours(text: bytes) -> None:
    with pytest.raises(MarketDataError, match="delivery prices is unreadable"):
        delivery_prices_of(text)


class Talk:
    """Feeds the conversation and reads what it would send. Time stands still until told."""

    def __init__(self) -> None:
        settings = VenueSettings(request_timeout_s=5.0, silence_s=15.0)
        self.core = PublicCore(settings, ManualClock(1_790_000_000_000_000_000))
        self.now_s = 1_000.0

    def open(self) -> None:
        self.core.opened(self.now_s)
        self.core.outgoing()

    def wait(self, seconds: float = 0.05) -> list[dict[str, Any]]:
        self.now_s += seconds
        self.core.passed(self.now_s)
        return [json.loads(frame) for frame in self.core.outgoing()]

    def hear(self, *frames: dict[str, Any] | bytes) -> list[Public]:
        payloads = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in frames]
        self.core.received(payloads, self.now_s)
        return self.core.facts()

    def answer(self, request: dict[str, Any], result: Any) -> list[Public]:
        return self.hear({"jsonrpc": "2.0", "id": request["id"], "result": result})


@pytest.fixture
def talk() -> Talk:
    made = Talk()
    made.open()
    return made


def pushed(*rows: dict[str, Any]) -> dict[str, Any]:
    params = {"channel": f"trades.{NAME}.100ms", "data": rows}
    return {"jsonrpc": "2.0", "method": "subscription", "params": params}


def test_it_asks_for_nothing_that_nobody_wants(talk: Talk) -> None:
    assert talk.wait() == []
    assert talk.core.status == "live"


def test_channels_follow_what_is_wanted(talk: Talk) -> None:
    talk.core.want_trades([NAME])
    (asked,) = talk.wait()
    assert (asked["method"], talk.core.status) == ("public/subscribe", "subscribing")
    assert asked["params"] == {"channels": [f"trades.{NAME}.100ms"]}
    talk.answer(asked, [f"trades.{NAME}.100ms"])
    assert talk.core.status == "live"

    talk.core.want_trades([NAME])
    assert talk.wait() == []
    talk.core.want_trades([])
    assert [one["method"] for one in talk.wait()] == ["public/unsubscribe"]


def test_a_new_connection_asks_for_its_channels_again(talk: Talk) -> None:
    talk.core.want_trades([NAME])
    (asked,) = talk.wait()
    talk.answer(asked, [f"trades.{NAME}.100ms"])
    talk.core.lost("cut")
    talk.open()
    assert [one["params"] for one in talk.wait()] == [asked["params"]]


def test_trades_are_told_once_and_an_unreadable_frame_costs_only_itself(talk: Talk) -> None:
    assert talk.hear(b"{", pushed(ROW | {"direction": "up"}), pushed(ROW)) == [Traded([TRADE])]
    assert talk.core.facts() == []
    assert talk.core.traffic.messages == 3


def test_delivery_prices_are_asked_for_every_five_seconds_while_they_are_wanted(
    talk: Talk,
) -> None:
    talk.core.want_prices(["btc_usd"])
    (asked,) = talk.wait()
    assert asked["method"] == "public/get_delivery_prices"
    assert asked["params"] == {"index_name": "btc_usd", "count": 20}
    row = {"date": "2026-11-20", "delivery_price": 60_001.5}
    assert talk.answer(asked, {"data": [row]}) == [Priced("btc_usd", {"2026-11-20": 60_001.5})]
    assert talk.wait(4.9) == []
    (again,) = talk.wait(0.2)
    assert talk.answer(again, "none") == []
    talk.core.want_prices([])
    assert talk.wait(5.0) == []


def test_prices_under_way_when_the_connection_breaks_are_asked_for_on_the_next(talk: Talk) -> None:
    talk.core.want_prices(["btc_usd"])
    talk.wait()
    talk.core.lost("cut")
    assert talk.core.facts() == []
    talk.open()
    assert [one["method"] for one in talk.wait(5.0)] == ["public/get_delivery_prices"]


def test_a_silent_venue_is_left(talk: Talk) -> None:
    talk.wait(14.0)
    before = talk.core.broken
    talk.wait(1.1)
    assert (before, talk.core.broken) == ("", "no message for 15 s")
    talk.open()
    assert not talk.core.broken


def test_it_hears_trades_and_prices_and_never_says_a_private_word() -> None:
    heard: list[Public] = []
    with FakeDeribit().running() as venue:
        rows = [{"date": "2026-11-20", "delivery_price": 60_001.5}]
        venue.handlers["public/get_delivery_prices"] = lambda *_: {"data": rows}
        link = PublicLink(venue.url, VenueSettings(), SystemClock(), heard.append)
        link.want_trades([NAME])
        link.want_prices(["btc_usd"])
        link.start()
        eventually(lambda: venue.clients and venue.clients[0].channels, within_s=10)
        venue.push(f"trades.{NAME}.100ms", [ROW])
        eventually(lambda: Traded([TRADE]) in heard, within_s=10)
        eventually(lambda: Priced("btc_usd", {"2026-11-20": 60_001.5}) in heard, within_s=10)
        link.want_trades([])
        eventually(lambda: not venue.clients[0].channels, within_s=10)
        assert link.stop()
        assert venue.requests
        assert all(method.startswith("public/") for method, _ in venue.requests)
        assert venue.asked("public/auth") == []
