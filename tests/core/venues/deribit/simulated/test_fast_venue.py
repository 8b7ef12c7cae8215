"""The simulated exchange a thousand times as fast: its time is what counts, ours tells nothing."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan

import pytest

from core.clock import NS_PER_MS, NS_PER_S, SystemClock
from core.market.board import Board
from core.market.platform import Access
from core.settings import VenueSettings
from core.venues.deribit.market_link import DeribitMarket
from tests.core.venues.simulator_child import Simulator, running_simulator
from tests.eventually import eventually

SETTINGS = VenueSettings(
    mode="sim", currencies=("ETH",), linear_perpetuals=(), linear_options=(), sockets=1
)


@pytest.fixture
def fast() -> Iterator[Simulator]:
    with running_simulator("--speed", "1000", "--start", "2026-11-20T07:00:00Z") as simulator:
        yield simulator


def test_expiry_is_seen_by_the_venues_time_and_no_delay_is_told(fast: Simulator) -> None:
    board = Board(SystemClock())
    link = DeribitMarket(fast.at.socket_url, SETTINGS, board, SystemClock())
    link.start()
    try:
        first_ns = 1_795_161_600 * NS_PER_S
        eventually(lambda: first_ns in board.catalog.expiries.get("ETH", ()), within_s=20)
        eventually(lambda: board.is_venue_time_known, within_s=20)
        eventually(lambda: board.venue_now_ns() > first_ns, within_s=20)
        theirs_ns = fast.call("public/get_time") * NS_PER_MS
        assert abs(board.venue_now_ns() - theirs_ns) < 3_600 * NS_PER_S  # 3.6 s of ours
        eventually(lambda: first_ns not in board.catalog.expiries["ETH"], within_s=20)
        (state,) = link.states()
        assert isnan(state.latency_ms)
        assert state.messages_per_s > 0
    finally:
        assert link.stop()


def test_maintenance_is_seen_and_its_end(fast: Simulator) -> None:
    board = Board(SystemClock())
    link = DeribitMarket(fast.at.socket_url, SETTINGS, board, SystemClock())
    link.start()
    try:
        eventually(lambda: board.platform.access is Access.OPEN, within_s=20)
        fast.fault("maintenance", seconds=0)
        eventually(lambda: board.platform.refusal() != "", within_s=20)
        fast.fault("maintenance", on=False)
        eventually(lambda: board.platform.access is Access.OPEN, within_s=20)
        # At this speed contracts expire meanwhile: look at what is listed now.
        eventually(
            lambda: not any(board.is_stale(name) for name in list(board.catalog.by_name)[:20]),
            within_s=30,
        )
    finally:
        assert link.stop()
