"""A desk whose clock is minutes wrong: it logs in, knows the venue's time and tells no delay."""

from __future__ import annotations

from math import isnan

import pytest

from core.clock import NS_PER_MS, NS_PER_S, SystemClock
from core.domain.events import TradingLinkChanged
from core.market.board import Board
from core.settings import VenueSettings
from core.venues.deribit.market_link import DeribitMarket
from core.venues.deribit.trading_link import DeribitTrading
from tests.core.venues.simulator_child import Simulator
from tests.eventually import eventually

SETTINGS = VenueSettings(
    mode="sim", currencies=("ETH",), linear_perpetuals=(), linear_options=(), sockets=1
)


class WrongClock(SystemClock):
    """The machine's clock, set wrong."""

    def __init__(self, off_s: int) -> None:
        self._off_ns = off_s * NS_PER_S

    def now_ns(self) -> int:
        return super().now_ns() + self._off_ns


@pytest.mark.parametrize("off_s", [-300, 300])
def test_it_logs_in_by_the_venues_clock(simulator: Simulator, off_s: int) -> None:
    told: list[object] = []
    link = DeribitTrading(
        simulator.at.socket_url, SETTINGS, simulator.key("hana"), WrongClock(off_s), told.append
    )
    link.start()
    eventually(lambda: TradingLinkChanged(True) in told, within_s=15)
    assert link.state().reconnects == 1
    assert link.stop()


@pytest.mark.parametrize("off_s", [-300, 3, 300])
def test_it_knows_the_venues_time_and_tells_no_delay(simulator: Simulator, off_s: int) -> None:
    clock = WrongClock(off_s)
    board = Board(clock)
    link = DeribitMarket(simulator.at.socket_url, SETTINGS, board, clock)
    link.start()
    try:
        eventually(lambda: link.states()[0].is_up, within_s=20)
        theirs_ns = simulator.call("public/get_time") * NS_PER_MS
        assert abs(board.venue_now_ns() - theirs_ns) < 20 * NS_PER_S
        assert isnan(link.states()[0].latency_ms)
        assert not board.is_stale("ETH-PERPETUAL")
    finally:
        assert link.stop()
