"""Paper over a wire: public frames of a running exchange, no login, kills and restarts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.domain.label import new_label
from core.domain.order import NewOrder, OrderType, Side, TimeInForce
from core.market.board import Board
from core.settings import PaperSettings, RiskSettings, VenueSettings
from core.trading.commands import ClosePosition, Command, Kill, PlaceOrders
from core.trading.loop import TradingLoop
from core.venues.base import Emit, TradingVenue
from core.venues.deribit.endpoints import Endpoints
from core.venues.deribit.market_link import DeribitMarket
from core.venues.paper.venue import PaperVenue
from tests.core.venues.simulator_child import Simulator, running_simulator
from tests.eventually import eventually
from tests.shared_data import ROOT

NAME = "ETH-PERPETUAL"
SETTINGS = VenueSettings(currencies=("ETH",), linear_perpetuals=(), linear_options=(), sockets=1)
PAPER = PaperSettings(latency_ms=5.0)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running_simulator() as running:
        yield running


class Room:
    """Market link, paper venue and trading loop on one data folder."""

    def __init__(self, at: Endpoints, folder: Path) -> None:
        self._at, self._folder = at, folder
        clock = SystemClock()
        self.board = Board(clock)
        self.market = DeribitMarket(at.socket_url, SETTINGS, self.board, clock)
        self.loop = TradingLoop(clock, self.board, self._venue, RiskSettings())
        self._numbers = iter(range(1, 100))

    def _venue(self, emit: Emit) -> TradingVenue:
        file = self._folder / "paper.journal"
        return PaperVenue(
            self._at.socket_url, SETTINGS, PAPER, self.board, SystemClock(), file, emit
        )

    def start(self) -> None:
        self.market.start()
        self.loop.start()
        eventually(lambda: not self.board.is_stale(NAME), within_s=30)
        eventually(lambda: self.loop.view.is_link_up, within_s=30)
        eventually(lambda: self.loop.view.gate.is_open, within_s=30)

    def stop(self) -> None:
        assert self.loop.stop()
        assert self.market.stop()

    def place(self, side: Side, amount: int, far: float = 0.0) -> str:
        """At market, or `far` (a part of the price) away; the label."""
        label = new_label("manual")
        it = self.board.instrument(NAME)
        assert it is not None
        price = None
        if far:
            mark = Decimal(repr(self.board.quote(NAME).mark))
            price = it.price_near(mark * (1 - Decimal(repr(far)) * side.sign))
        kind = OrderType.LIMIT if price else OrderType.MARKET
        order = NewOrder(NAME, side, Decimal(amount), label, kind, price, TimeInForce.GTC)
        self.ask(PlaceOrders((order,)))
        return label

    def ask(self, request: object) -> None:
        self.loop.post(Command(next(self._numbers), request))  # type: ignore[arg-type]

    def held(self) -> Decimal:
        return sum((one.amount for one in self.loop.view.positions), Decimal(0))

    def working(self) -> int:
        return len(self.loop.view.working)


@contextmanager
def room(simulator: Simulator, folder: Path) -> Iterator[Room]:
    opened = Room(simulator.at, folder)
    opened.start()
    try:
        yield opened
    finally:
        opened.stop()


def test_orders_positions_and_exits_work_and_survive_a_restart(
    simulator: Simulator, tmp_path: Path
) -> None:
    with room(simulator, tmp_path) as one:
        one.place(Side.BUY, 1_000)
        eventually(lambda: one.held() == 1_000, within_s=15)
        one.place(Side.BUY, 500, far=0.01)
        eventually(lambda: one.working() == 1, within_s=15)
        assert one.loop.view.alarms == ()
    with room(simulator, tmp_path) as again:
        eventually(lambda: again.held() == 1_000 and again.working() == 1, within_s=15)
        again.ask(Kill())
        eventually(lambda: again.working() == 0, within_s=15)
        again.ask(ClosePosition(NAME))
        eventually(lambda: again.held() == 0, within_s=20)
        assert again.loop.view.alarms == ()
    assert simulator.call("private/get_positions", "amanda", currency="ETH") == []


TRADER = """
import sys
from pathlib import Path
from core.domain.order import Side
from core.venues.deribit.endpoints import endpoints
from tests.core.venues.paper.test_on_simulator import Room
from tests.eventually import eventually

room = Room(endpoints("sim", int(sys.argv[1])), Path(sys.argv[2]))
room.start()
for count in range(1, 10_000):
    room.place(Side.BUY, 10)
    eventually(lambda: room.held() >= 10 * count, within_s=20)
    sys.stdout.write(f"{count * 10}\\n")
    sys.stdout.flush()
"""


def test_what_was_filled_survives_a_kill(simulator: Simulator, tmp_path: Path) -> None:
    port = simulator.at.http_url.rpartition(":")[2].partition("/")[0]
    command = [sys.executable, "-c", TRADER, port, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        seen = [int(child.stdout.readline()) for _ in range(5)]
        os.kill(child.pid, signal.SIGKILL)
        seen += [int(line) for line in child.stdout.read().split()]
    with room(simulator, tmp_path) as after:
        eventually(lambda: after.held() > 0, within_s=15)
        assert seen[-1] <= after.held() <= seen[-1] + 10
        assert after.loop.view.alarms == ()
