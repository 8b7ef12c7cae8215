"""Channels fed by tickers: full, incremental, and the perpetual's funding."""

from __future__ import annotations

from typing import Any

from core.simulator.feeds.channel import SLOW, Channel, Subscriber
from core.simulator.markets.market import Market
from core.simulator.markets.tickers import ticker_rows
from core.simulator.rpc import encode


class TickerChannel(Channel):
    """ticker.{instrument}.{interval}. The hub builds rows for many channels in one batch."""

    def __init__(self, name: str, period: int, market: Market) -> None:
        super().__init__(name, period)
        self.market = market
        self._first: dict[str, Any] | None = None

    def prepare(self, row: dict[str, Any]) -> None:
        """The present ticker, built in one batch with others, for the greeting that follows."""
        self._first = row

    def greet(self, subscriber: Subscriber) -> None:
        """Send the present ticker."""
        self.emit_to(subscriber, self._present())

    def take(self, row: dict[str, Any], encoded: bytes) -> None:
        """Send the ticker the hub built, which comes with its encoding."""
        del row
        self.emit_bytes(encoded)

    def _present(self) -> dict[str, Any]:
        """What was prepared, used once, else built now."""
        row, self._first = self._first, None
        return ticker_rows([self.market])[0] if row is None else row


class IncrementalTickerChannel(TickerChannel):
    """incremental_ticker.{instrument}: a snapshot, then changed fields, at most one a second."""

    def __init__(self, name: str, market: Market) -> None:
        super().__init__(name, SLOW, market)
        self._sent: dict[str, Any] = {}

    def join(self, subscriber: Subscriber) -> None:
        """Bring everybody to the present first: all share one memory of what was sent."""
        if subscriber not in self.subscribers:
            self.take(self._present(), b"")
            super().join(subscriber)

    def greet(self, subscriber: Subscriber) -> None:
        """Send everything once."""
        self.emit_to(subscriber, {"type": "snapshot"} | self._sent)

    def take(self, row: dict[str, Any], encoded: bytes) -> None:
        """Send the fields that differ from the last frame."""
        del encoded
        changed = difference(self._sent, row)
        self._sent = row
        changed.pop("timestamp", None)
        if changed:
            head = {"type": "change", "timestamp": row["timestamp"]}
            self.emit(head | {"instrument_name": row["instrument_name"]} | changed)


class PerpetualChannel(TickerChannel):
    """perpetual.{instrument}.{interval}: funding."""

    def prepare(self, row: dict[str, Any]) -> None:
        """Its row is its own and cheap."""
        del row

    def greet(self, subscriber: Subscriber) -> None:
        """Send the present rate."""
        self.emit_to(subscriber, self._row())

    def take(self, row: dict[str, Any], encoded: bytes) -> None:
        """Send the present rate."""
        del row, encoded
        self.emit(self._row())

    def _row(self) -> dict[str, Any]:
        return {
            "timestamp": self.market.at_ms,
            "interest": self.market.funding.rate_8h,
            "index_price": self.market.index,
        }


def prepare_tickers(channels: list[TickerChannel]) -> None:
    """Build the tickers of many greetings at once: one by one they take a hundred times longer."""
    markets = list({channel.market.name: channel.market for channel in channels}.values())
    rows = {row["instrument_name"]: row for row in ticker_rows(markets)}
    for channel in channels:
        channel.prepare(rows[channel.market.name])


def send_tickers(channels: list[TickerChannel]) -> None:
    """Build each market's ticker once and send it on every channel that wants it."""
    if not channels:
        return
    markets = list({channel.market.name: channel.market for channel in channels}.values())
    rows = {row["instrument_name"]: (row, encode(row)) for row in ticker_rows(markets)}
    for channel in channels:
        channel.take(*rows[channel.market.name])


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The fields of `after` that differ, nested ones by themselves."""
    changed: dict[str, Any] = {}
    for key, value in after.items():
        old = before.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            if inner := difference(old, value):
                changed[key] = inner
        elif value != old:
            changed[key] = value
    return changed
