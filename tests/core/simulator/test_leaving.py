"""A client that leaves takes its channels with it, however many they are, in no time."""

from __future__ import annotations

import time

from tests.core.simulator.still import Desk

MOST_S = 1.0
"""The search through all topics took many times that."""


class Listener:
    """Counts what it is sent."""

    def __init__(self) -> None:
        self.frames = 0

    def send(self, frame: bytes) -> None:
        """One more."""
        self.frames += bool(frame)


def test_thousands_of_channels_are_left_at_once_and_wholly() -> None:
    desk, listener = Desk(), Listener()
    hub = desk.exchange.hub
    names = [market.name for market in desk.exchange.floor.markets]
    channels = [
        f"{kind}.{name}.100ms" for name in names for kind in ("book", "ticker", "trades")
    ] + ["instrument.state.any.any", "chart.trades.BTC-PERPETUAL.1", "deribit_price_index.btc_usd"]
    assert all(hub.subscribe(listener, name) for name in channels)
    began_s = time.monotonic()
    assert all(hub.unsubscribe(listener, name) for name in channels)
    assert time.monotonic() - began_s < MOST_S
    assert [name for name in channels if hub.find(name) is not None] == []
    assert hub.book_channels() == []
    heard = listener.frames
    desk.run(2.0)
    assert listener.frames == heard
