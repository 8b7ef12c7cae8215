"""Thousands of channels are joined and left in no time, wholly."""

from __future__ import annotations

import time

from tests.core.simulator.still import Desk

MOST_S = 1.0
"""One channel after the other, either way took many times that."""


class Listener:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def send(self, frame: bytes) -> None:
        """One more."""
        self.frames.append(frame)


def test_tickers_prepared_together_greet_as_each_alone_does() -> None:
    desk, together, alone = Desk(), Listener(), Listener()
    hub = desk.exchange.hub
    names = [f"ticker.{market.name}.100ms" for market in desk.exchange.floor.markets]
    began_s = time.monotonic()
    hub.prepare(together, names)
    assert all(hub.subscribe(together, name) for name in names)
    assert time.monotonic() - began_s < MOST_S
    chosen = names[::50]
    assert all(hub.subscribe(alone, name) for name in chosen)
    assert alone.frames == together.frames[::50]


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
    listener.frames.clear()
    desk.run(2.0)
    assert listener.frames == []
