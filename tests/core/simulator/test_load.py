"""Extra book traffic: as much as asked for, unbroken, and no more than a reader can take."""

from __future__ import annotations

import asyncio
import json

from core.simulator.server.faults.sockets import SocketFaults
from core.simulator.server.load import LoadGenerator
from core.simulator.server.outbox import MOST_UNSENT_BYTES, Outbox
from core.simulator.server.timing import WallTiming
from tests.core.simulator.lines import Line
from tests.core.simulator.running import simulator, wire
from tests.core.simulator.still import Desk

BOOKS = [f"book.{name}.100ms" for name in ("BTC-PERPETUAL", "ETH-PERPETUAL")]


class Ear:
    """A subscriber that keeps change ids by channel."""

    def __init__(self) -> None:
        self.links: list[tuple[str, int | None, int]] = []

    def send(self, frame: bytes) -> None:
        """Keep the link of one book frame."""
        data = json.loads(frame)["params"]["data"]
        self.links.append((data["instrument_name"], data.get("prev_change_id"), data["change_id"]))


def test_twenty_thousand_frames_come_in_ten_steps() -> None:
    desk, ear = Desk(), Ear()
    for name in BOOKS:
        desk.exchange.hub.subscribe(ear, name)
    load = LoadGenerator(desk.exchange.hub, 20_000, seed=1)
    for _ in range(10):
        desk.run(0.1)
        load.emit_for(0.1)
    assert len(ear.links) > 19_000
    last: dict[str, int] = {}
    for name, previous, change_id in ear.links:
        assert previous == last.get(name)
        last[name] = change_id


def test_a_client_gets_them_all_over_its_socket() -> None:
    options = ("--stepped", "--unlimited", "--load", "20000")
    with simulator(*options) as loaded, wire(loaded) as line:
        line.call("public/subscribe", channels=BOOKS)
        line.advance(0.5)
        changes = [f for f in line.frames if f["params"]["data"]["type"] == "change"]
        assert len(changes) > 9_500


def test_nobody_listening_costs_nothing() -> None:
    desk = Desk()
    LoadGenerator(desk.exchange.hub, 20_000, seed=1).emit_for(10.0)


def test_a_reader_who_falls_too_far_behind_is_cut() -> None:
    line = Line()

    async def scenario() -> None:
        outbox = Outbox(line, WallTiming(), SocketFaults(list), lambda: None)
        outbox.send(b"{}")
        await asyncio.sleep(0)
        assert not line.is_cut
        line.unsent_bytes = MOST_UNSENT_BYTES + 1
        outbox.send(b"{}")
        await asyncio.sleep(0)

    asyncio.run(scenario())
    assert line.is_cut
