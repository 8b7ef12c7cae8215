"""Book channels: incremental, grouped windows, and the best quote."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

from core.simulator.feeds.channel import FAST, Channel, Subscriber
from core.simulator.markets.book import ASK, BID
from core.simulator.markets.market import Market
from core.simulator.rpc import encode
from core.simulator.world.listing.instruments import Instrument

NextId = Callable[[], int]
"""The shared counter all books draw their change ids from."""
Tampering = Literal["gap", "duplicate", "reorder"]
Rows = list[tuple[str, float, float]]


class BookChannel(Channel):
    """book.{instrument}.{interval}: a snapshot, then changes chained by prev_change_id."""

    def __init__(
        self, name: str, period: int, market: Market, next_id: NextId, now_ms: Callable[[], int]
    ) -> None:
        super().__init__(name, period)
        self.market = market
        self._next_id = next_id
        self._now_ms = now_ms
        self._sent: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.change_id = 0
        self.tampering: deque[Tampering] = deque()
        """What happens to the next frames on purpose, one entry a frame."""
        self._held: bytes | None = None

    def join(self, subscriber: Subscriber) -> None:
        """Bring everybody to the present first, so that the newcomer's snapshot is in the chain."""
        if subscriber in self.subscribers:
            return
        if self.subscribers:
            self.flush()
        else:
            self._sent, self.change_id = self._now(), self._next_id()
        super().join(subscriber)

    def greet(self, subscriber: Subscriber) -> None:
        """Send the snapshot."""
        it = self.market.instrument
        data = self._head("snapshot", self.change_id)
        for key, side in (("bids", self._sent[BID]), ("asks", self._sent[ASK])):
            data[key] = [("new", it.price_of(t), it.amount_of(u)) for t, u in side.items()]
        self.emit_to(subscriber, data)

    def flush(self) -> None:
        """Send the difference to what was last sent; nothing when there is none."""
        if not self.subscribers:
            return
        now = self._now()
        bids = changes(self.market.instrument, self._sent[BID], now[BID])
        asks = changes(self.market.instrument, self._sent[ASK], now[ASK])
        self._sent = now
        if bids or asks:
            self._send(bids, asks)

    def touch(self, side: int, tick: int, units: int) -> None:
        """Send one changed level at once: the cheap path of the load generator."""
        sent = self._sent[side]
        if tick not in sent or sent[tick] == units:
            return
        sent[tick] = units
        it = self.market.instrument
        row: Rows = [("change", it.price_of(tick), it.amount_of(units))]
        self._send(row if side == BID else [], row if side == ASK else [])

    def _send(self, bids: Rows, asks: Rows) -> None:
        previous, self.change_id = self.change_id, self._next_id()
        data = self._head("change", self.change_id)
        data["prev_change_id"] = previous
        data["bids"], data["asks"] = bids, asks
        if self.tampering or self._held:
            self._tampered(encode(data))
        else:
            self.emit(data)

    def _tampered(self, frame: bytes) -> None:
        """Lose, double or swap frames as a fault asked."""
        how = self.tampering.popleft() if self.tampering else None
        if how == "gap":
            return
        if how == "reorder" and self._held is None:
            self._held = frame
            return
        self.emit_bytes(frame)
        if how == "duplicate":
            self.emit_bytes(frame)
        if self._held is not None:
            held, self._held = self._held, None
            self.emit_bytes(held)

    def _head(self, kind: str, change_id: int) -> dict[str, Any]:
        return {
            "timestamp": self._now_ms(),
            "type": kind,
            "change_id": change_id,
            "instrument_name": self.market.name,
        }

    def _now(self) -> tuple[dict[int, int], dict[int, int]]:
        book = self.market.book
        return dict(book.levels(BID)), dict(book.levels(ASK))


class GroupedBookChannel(Channel):
    """book.{instrument}.{group}.{depth}.{interval}: each frame replaces the one before."""

    def __init__(
        self, name: str, period: int, market: Market, group: Decimal | None, depth: int,
        next_id: NextId,
    ) -> None:  # fmt: skip
        super().__init__(name, period)
        self.market = market
        self._group, self._depth, self._next_id = group, depth, next_id
        self._sent: dict[str, Any] = {}

    def greet(self, subscriber: Subscriber) -> None:
        """Send the window."""
        self.emit_to(subscriber, self._frame(self._window()))

    def flush(self) -> None:
        """Send the window when it changed."""
        window = self._window()
        if window != self._sent:
            self._sent = window
            self.emit(self._frame(window))

    def _frame(self, window: dict[str, Any]) -> dict[str, Any]:
        head = {
            "instrument_name": self.market.name,
            "timestamp": self.market.at_ms,
            "change_id": self._next_id(),
        }
        return head | window

    def _window(self) -> dict[str, Any]:
        it, book = self.market.instrument, self.market.book
        sides = {}
        for key, side in (("bids", BID), ("asks", ASK)):
            levels = grouped(it, book.levels(side), side, self._group)
            sides[key] = [
                (it.price_of(t), it.amount_of(u)) for t, u in list(levels.items())[: self._depth]
            ]
        return sides


class QuoteChannel(Channel):
    """quote.{instrument}: best bid and offer on every change."""

    def __init__(self, name: str, market: Market) -> None:
        super().__init__(name, FAST)
        self.market = market
        self._sent: tuple[float, float, float, float] | None = None

    def greet(self, subscriber: Subscriber) -> None:
        """Send the present quote."""
        self.emit_to(subscriber, self._row(self.market.top()))

    def flush(self) -> None:
        """Send the quote when it changed."""
        top = self.market.top()
        if top != self._sent:
            self._sent = top
            self.emit(self._row(top))

    def _row(self, top: tuple[float, float, float, float]) -> dict[str, Any]:
        bid, bid_amount, ask, ask_amount = top
        return {
            "timestamp": self.market.at_ms,
            "instrument_name": self.market.name,
            "best_ask_price": ask,
            "best_bid_price": bid,
            "best_ask_amount": ask_amount,
            "best_bid_amount": bid_amount,
        }


def changes(it: Instrument, before: dict[int, int], after: dict[int, int]) -> Rows:
    """The rows that turn one side into the other: one row per price."""
    rows: Rows = [
        ("change" if tick in before else "new", it.price_of(tick), it.amount_of(units))
        for tick, units in after.items()
        if before.get(tick) != units
    ]
    rows += [("delete", it.price_of(tick), 0.0) for tick in before if tick not in after]
    return rows


def grouped(
    it: Instrument, levels: dict[int, int], side: int, group: Decimal | None
) -> dict[int, int]:
    """Levels summed on a coarser grid: bids rounded down, asks up."""
    if group is None:
        return levels
    step = max(1, int(group / it.terms.tick))
    joined: dict[int, int] = {}
    for tick, units in levels.items():
        edge = tick - tick % step if side == BID else tick + -tick % step
        joined[edge] = joined.get(edge, 0) + units
    return joined
