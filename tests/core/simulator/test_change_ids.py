"""A state of a book has one change id, on every channel and by request."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from core.simulator.feeds.books import sides_of
from tests.core.simulator.still import Desk

NAME = "BTC-PERPETUAL"


@dataclass(eq=False)
class Listener:
    """Keeps what a channel sends."""

    frames: list[dict[str, Any]] = field(default_factory=list)

    def send(self, frame: bytes) -> None:
        """One frame."""
        self.frames.append(json.loads(frame)["params"]["data"])


def test_channels_and_requests_call_one_state_by_one_id() -> None:
    desk, raw, batched, windows = Desk(), Listener(), Listener(), Listener()
    hub = desk.exchange.hub
    for listener, rhythm in ((raw, "raw"), (batched, "100ms"), (windows, "none.10.100ms")):
        assert hub.subscribe(listener, f"book.{NAME}.{rhythm}")
    asked = []
    for _ in range(30):
        desk.run(0.1)
        asked.append(hub.change_id(desk.market(NAME)))
    assert len(raw.frames) > 10
    assert [f["change_id"] for f in raw.frames] == [f["change_id"] for f in batched.frames]
    assert {f["change_id"] for f in windows.frames} <= {f["change_id"] for f in raw.frames}
    assert set(asked) <= {f["change_id"] for f in raw.frames}
    assert asked[-1] == raw.frames[-1]["change_id"]


def test_an_id_asked_for_twice_changes_only_with_the_book() -> None:
    desk = Desk()
    hub, market = desk.exchange.hub, desk.market(NAME)
    first, before = hub.change_id(market), sides_of(market)
    assert hub.change_id(market) == first
    while sides_of(market) == before:
        desk.run(0.1)
    assert hub.change_id(market) > first
