from __future__ import annotations

import json
from typing import Any

import pytest

from core.clock import ManualClock
from core.domain.instrument import Instrument
from core.settings import VenueSettings
from core.venues.deribit.decode import decode
from core.venues.deribit.limits import Limits
from core.venues.deribit.market.listing import Listing, is_wanted
from core.venues.deribit.names import instrument_named
from core.venues.deribit.session import Session
from core.venues.deribit.wire import InstrumentState, Reply

DAY_NS = 86_400 * 1_000_000_000
SETTINGS = VenueSettings(
    currencies=("BTC", "ETH"), linear_perpetuals=("SOL",), linear_options=("BTC",)
)
ROW = {
    "instrument_name": "BTC-PERPETUAL",
    "kind": "future",
    "instrument_type": "reversed",
    "base_currency": "BTC",
    "quote_currency": "USD",
    "settlement_period": "perpetual",
    "contract_size": 10,
    "min_trade_amount": 10,
    "tick_size": 0.5,
}


class Venue:
    """The other end of a session that only lists."""

    def __init__(self) -> None:
        self.session = Session(ManualClock(), Limits())
        self.session.open(0.0)
        self.session.outgoing()
        self.lists: list[list[Instrument]] = []
        self.listing = Listing(self.session, SETTINGS, self.lists.append)
        self.listing.reset(0.0)

    def tick(self, now_s: float, day_s: float = 12 * 3600) -> list[dict[str, Any]]:
        self.listing.tick(now_s, 20_000 * DAY_NS + int(day_s * 1e9))
        return [json.loads(frame) for frame in self.session.outgoing()]

    def answer(self, request: dict[str, Any], **body: Any) -> None:
        frame = decode(json.dumps({"id": request["id"], **body}).encode())
        assert isinstance(frame, Reply)
        self.session.take(frame, 0.0)

    def list_all(self, now_s: float, day_s: float = 12 * 3600) -> int:
        requests = self.tick(now_s, day_s)
        for request in requests:
            self.answer(request, result=[ROW] if request["params"]["currency"] == "BTC" else [])
        return len(requests)


def test_each_currency_is_asked_for_and_of_the_linear_ones_what_is_wanted() -> None:
    venue = Venue()
    asked = [one["params"] for one in venue.tick(0.0)]
    assert [(one["currency"], one.get("kind")) for one in asked] == [
        ("BTC", None),
        ("ETH", None),
        ("USDC", "future"),
        ("USDC", "option"),
    ]


def test_the_list_is_published_once_it_is_whole() -> None:
    venue = Venue()
    first, *rest = venue.tick(0.0)
    venue.answer(first, result=[ROW])
    assert venue.lists == []
    for request in rest:
        venue.answer(request, result=[])
    assert [[one.name for one in found] for found in venue.lists] == [["BTC-PERPETUAL"]]


def test_a_part_that_fails_publishes_nothing_and_is_asked_again() -> None:
    venue = Venue()
    first, *rest = venue.tick(0.0)
    venue.answer(first, error={"code": 11051, "message": "system_maintenance"})
    for request in rest:
        venue.answer(request, result=[])
    assert venue.lists == []
    assert venue.tick(1.0) == []
    assert venue.list_all(3.1) == 4
    assert len(venue.lists) == 1


def test_a_crowd_of_state_frames_is_one_request() -> None:
    venue = Venue()
    venue.list_all(0.0)
    for at_s in range(10):
        venue.listing.nudge(10.0 + at_s / 10)
    assert venue.tick(11.0) == []
    assert venue.list_all(12.5) == 4
    assert venue.tick(20.0) == []


def test_endless_state_frames_do_not_put_the_list_off_for_ever() -> None:
    venue = Venue()
    venue.list_all(0.0)
    for tenths in range(60):
        venue.listing.nudge(10.0 + tenths / 10)
        if venue.tick(10.0 + tenths / 10):
            break
    else:
        raise AssertionError("it was never asked for")


@pytest.mark.parametrize(
    ("name", "state", "is_listed", "expected"),
    [
        ("BTC-25DEC26-90000-C", "open", False, True),
        ("BTC-25DEC26-90000-C", "open", True, False),
        ("BTC-25DEC26-90000-C", "delivered", True, True),
        ("BTC-25DEC26-90000-C", "archivized", False, False),
        ("SOL_USDC-PERPETUAL", "created", False, True),
        ("XRP_USDC-PERPETUAL", "created", False, False),
        ("BTC-FS-25DEC26_PERP", "open", False, False),
        ("BTC_USDC", "open", False, False),
        ("BTC_USDC-30OCT26-90000-C", "open", False, True),
        ("SOL_USDC-30OCT26-90-C", "open", False, False),
    ],
)
def test_only_a_state_that_changes_our_list_asks_for_a_new_one(
    name: str, state: str, is_listed: bool, expected: bool
) -> None:
    venue = Venue()
    venue.list_all(0.0)
    venue.listing.state_changed(InstrumentState(name, state), is_listed, 10.0)
    assert bool(venue.tick(12.0)) is expected


def test_the_daily_expiry_is_followed_by_new_lists() -> None:
    venue = Venue()
    eight = 8 * 3600
    venue.list_all(0.0, eight - 10)
    assert venue.tick(5.0, eight + 1) == []
    venue.tick(9.0, eight + 5.1)
    assert venue.list_all(11.0, eight + 7) == 4
    venue.tick(40.0, eight + 30.1)
    assert venue.list_all(42.0, eight + 32) == 4


def test_only_the_chosen_coins_are_wanted() -> None:
    names = (
        "BTC-25DEC26-90000-C",
        "SOL_USDC-PERPETUAL",
        "ETH-25DEC26",
        "BTC_USDC-30OCT26-90000-C",
    )
    others = ("XRP_USDC-PERPETUAL", "SOL_USDC-30OCT26-90-C", "SOL_USDC-9OCT26")
    assert all(is_wanted(one, SETTINGS) for one in map(instrument_named, names) if one)
    assert not any(is_wanted(one, SETTINGS) for one in map(instrument_named, others) if one)
