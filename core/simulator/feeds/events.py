"""Channels that speak when something happened: trades, candles, states, account events."""

from __future__ import annotations

from typing import Any

from core.simulator.feeds.channel import FAST, SLOW, Channel
from core.simulator.markets.market import Market
from core.simulator.world.listing.instruments import Instrument


class ListChannel(Channel):
    """Collects rows and sends them as one list: trades.*, user.trades.*."""

    def __init__(self, name: str, period: int = FAST) -> None:
        super().__init__(name, period)
        self._waiting: list[Any] = []

    def add(self, row: Any) -> None:
        """Keep one row for the next frame."""
        self._waiting.append(row)

    def flush(self) -> None:
        """Send what waits."""
        if self._waiting:
            rows, self._waiting = self._waiting, []
            self.emit(rows)


class SingleChannel(Channel):
    """Sends every value in a frame of its own: instrument.state.*, user.orders.*.raw."""

    def __init__(self, name: str) -> None:
        super().__init__(name, FAST)
        self._waiting: list[Any] = []

    def add(self, value: Any) -> None:
        """Keep one value for the next flush."""
        self._waiting.append(value)

    def flush(self) -> None:
        """Send what waits, in order."""
        waiting, self._waiting = self._waiting, []
        for value in waiting:
            self.emit(value)


class ChartChannel(Channel):
    """chart.trades.{instrument}.{resolution}: the running candle after trades, once a second."""

    def __init__(self, name: str, market: Market, resolution_ms: int) -> None:
        super().__init__(name, SLOW)
        self.market = market
        self._resolution_ms = resolution_ms

    def flush(self) -> None:
        """Send the running candle."""
        live = self.market.tape.bars.live
        if live is None:
            return
        start_ms = live.tick_ms - live.tick_ms % self._resolution_ms
        rows = self.market.tape.bars.between(start_ms, live.tick_ms, self._resolution_ms)
        if rows:
            keys = ("tick", "open", "high", "low", "close", "volume", "cost")
            self.emit(dict(zip(keys, rows[-1], strict=True)))


def topics_of(it: Instrument) -> tuple[str, ...]:
    """The `{instrument}` and `{kind}.{currency}` an event of this instrument belongs to."""
    own = [f"{kind}.{currency}" for currency in it.currencies for kind in (it.kind, "any")]
    return (it.name, *own, f"{it.kind}.any", "any.any")
