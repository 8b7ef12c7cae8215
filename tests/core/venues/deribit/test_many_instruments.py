"""Three thousand instruments (SPEC M12): as many connections and requests as the limits allow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.venues.deribit.market.shards import (
    MOST_CONNECTIONS,
    MOST_INSTRUMENTS,
    connections,
    plans,
)
from core.venues.deribit.names import instrument_named
from tests.core.venues.deribit.test_market_link import SETTINGS, Desk, first_data, listed
from tests.core.venues.fake_deribit import FakeDeribit
from tests.eventually import eventually

NAMES = [f"BTC-25DEC26-{strike}-C" for strike in range(10_000, 13_000)]
REQUEST_LIMIT = 32_768


@pytest.fixture
def venue() -> Iterator[FakeDeribit]:
    fake = FakeDeribit()
    fake.instruments = [listed(name) for name in NAMES]
    fake.first_data = first_data
    with fake.running():
        yield fake


def test_three_thousand_instruments_come_up_within_the_limits(venue: FakeDeribit) -> None:
    with Desk(venue, replace(SETTINGS, sockets=2, silence_s=30.0)) as desk:
        eventually(lambda: desk.is_live(*NAMES), within_s=60)
        assert len(venue.clients) == 3
        assert [state.name for state in desk.market.states()] == [
            "market 1", "market 2", "market 3",
        ]  # fmt: skip
        eventually(lambda: all(state.is_up for state in desk.market.states()))
    asked = venue.asked("public/subscribe")
    assert max(len(json.dumps(params)) + 100 for params in asked) < REQUEST_LIMIT
    books = [one for params in asked for one in params["channels"] if one.startswith("book.")]
    assert sorted(books) == sorted(f"book.{name}.100ms" for name in NAMES)


@pytest.mark.parametrize(
    ("instruments", "wish", "opened"),
    [
        (0, 1, 1),
        (500, 2, 2),
        (1_000, 1, 1),
        (1_001, 1, 2),
        (3_000, 2, 3),
        (90_000, 2, 24),
        (1, 40, 24),
    ],
)
def test_the_wish_is_met_and_exceeded_only_for_need(
    instruments: int, wish: int, opened: int
) -> None:
    assert connections(instruments, wish) == opened <= MOST_CONNECTIONS < 32


def test_a_full_connection_hands_over_what_is_too_much() -> None:
    found = [one for one in map(instrument_named, NAMES) if one is not None]
    before = plans(found[:900], 1, {})
    carried = dict.fromkeys(before[0].names, 0)
    after = plans(found, connections(len(found), 1), carried)
    assert max(len(plan.names) for plan in after) <= MOST_INSTRUMENTS
    assert set(before[0].names) <= set(after[0].names)
    assert sum(len(plan.names) for plan in after) == len(found)
