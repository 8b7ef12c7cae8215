"""A market conversation and the venue's side of it: frames, a clock, no socket."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from core.clock import NS_PER_MS, NS_PER_S, ManualClock
from core.market.board import Board
from core.settings import VenueSettings
from core.venues.deribit.endpoints import Credentials, Secret
from core.venues.deribit.limits import Limits
from core.venues.deribit.market.conversation import Listed, MarketConversation
from core.venues.deribit.market.shards import Plan
from core.venues.deribit.names import instrument_named

NOW_NS = 1_790_000_000 * NS_PER_S
SETTINGS = VenueSettings(
    mode="test", currencies=("BTC",), linear_perpetuals=(), linear_options=(), silence_s=15.0
)
NAMES = ("BTC-PERPETUAL", "BTC-25DEC26-90000-C")
PERPETUAL, CALL = NAMES
KEY = Credentials("me", Secret("hush"))
TOKENS = {"access_token": "a", "refresh_token": "r1", "expires_in": 900, "token_type": "bearer"}


class Talk:
    """Feeds the conversation and reads what it would send. Time stands still until told."""

    def __init__(self, key: Credentials | None = None, is_first: bool = False, **more: Any) -> None:
        self.clock = ManualClock(NOW_NS)
        self.board = Board(self.clock)
        settings = replace(SETTINGS, **more)
        self.core = MarketConversation(
            "market 1", self.board, self.clock, settings, Limits(), key, None, is_first
        )
        self.now_s = 1_000.0
        self.requests: list[dict[str, Any]] = []
        """Everything sent on the present connection."""

    def carry(self, *names: str) -> None:
        """List these and let the conversation carry them."""
        found = [one for one in map(instrument_named, names) if one is not None]
        self.board.list_instruments(found)
        self.core.carry(Plan(names, ("btc_usd",), has_states=True))

    def open(self) -> list[dict[str, Any]]:
        """A connection stands; what is sent at once."""
        self.requests.clear()
        self.core.opened(self.now_s)
        return self.sent() + self.wait(0.0)

    def wait(self, seconds: float = 0.05) -> list[dict[str, Any]]:
        """Time passes; what is sent then."""
        self.now_s += seconds
        self.clock.advance_s(seconds)
        self.core.passed(self.now_s)
        return self.sent()

    def hear(self, *frames: dict[str, Any] | bytes) -> list[dict[str, Any]]:
        """Frames come in one batch; what is sent then."""
        payloads = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in frames]
        self.core.received(payloads, self.now_s)
        return self.sent()

    def sent(self) -> list[dict[str, Any]]:
        """What it sends now."""
        new = [json.loads(frame) for frame in self.core.outgoing()]
        self.requests += new
        return new

    def lose(self, why: str = "gone") -> None:
        """The connection breaks."""
        self.core.lost(why)

    def last(self, method: str) -> dict[str, Any]:
        """The newest request of `method` on this connection."""
        return [one for one in self.requests if one["method"] == method][-1]

    def asked(self, method: str) -> int:
        """How often `method` was asked for on this connection."""
        return sum(one["method"] == method for one in self.requests)

    def joined(self) -> list[str]:
        """Every channel asked for so far on this connection, in order."""
        found = [one for one in self.requests if one["method"] == "public/subscribe"]
        return [channel for one in found for channel in one["params"]["channels"]]

    def answer(self, method: str, **body: Any) -> list[dict[str, Any]]:
        """The venue answers the newest request of `method`."""
        return self.hear({"jsonrpc": "2.0", "id": self.last(method)["id"], **body})

    def subscribe_all(self) -> None:
        """The venue grants every subscription that is still open, and sends snapshots."""
        for request in [one for one in self.requests if one["method"] == "public/subscribe"]:
            self.hear({"id": request["id"], "result": request["params"]["channels"]})
        books = [one for one in self.joined() if one.startswith("book.")]
        self.hear(*(snapshot(channel.split(".")[1]) for channel in books))

    def live(self) -> None:
        """Open, subscribe, hear every snapshot."""
        self.carry(*NAMES)
        self.open()
        self.wait()
        self.subscribe_all()
        self.wait()
        assert self.core.is_up

    def listed(self) -> list[Listed]:
        """The lists it said."""
        return self.core.facts()


def notification(channel: str, data: Any) -> dict[str, Any]:
    """A frame of a channel."""
    params = {"channel": channel, "data": data}
    return {"jsonrpc": "2.0", "method": "subscription", "params": params}


def snapshot(name: str, change_id: int = 100, interval: str = "100ms") -> dict[str, Any]:
    """A whole book: one level a side."""
    data = {
        "type": "snapshot",
        "timestamp": NOW_NS // NS_PER_MS,
        "instrument_name": name,
        "change_id": change_id,
        "bids": [["new", 10.0, 1.0]],
        "asks": [["new", 11.0, 2.0]],
    }
    return notification(f"book.{name}.{interval}", data)


def change(name: str, change_id: int, parent: int, price: float = 10.0) -> dict[str, Any]:
    """One frame that follows `parent`."""
    frame = snapshot(name, change_id)
    frame["params"]["data"] |= {
        "type": "change",
        "prev_change_id": parent,
        "bids": [["change", price, 3.0]],
        "asks": [],
    }
    return frame


def error(code: int, message: str = "refused") -> dict[str, Any]:
    """The body of an error answer."""
    return {"code": code, "message": message}
