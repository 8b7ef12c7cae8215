"""Book channels: incremental, grouped windows, and the best quote."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from core.simulator.feeds.channel import FAST, Channel, Subscriber
from core.simulator.markets.book import ASK, BID
from core.simulator.markets.market import Market
from core.simulator.world.listing.instruments import Instrument

Sides = tuple[dict[int, int], dict[int, int]]
"""Bids and asks, {tick: units} each."""
Rows = list[tuple[str, float, float]]


class ChangeIds:
    """One counter for all books; a state of a book has one id, whoever asks for it.

    So a book read by request, and the frames of every interval, agree on what they call a state.
    """

    def __init__(self, first: int) -> None:
        self._last = first
        self._known: dict[Market, tuple[int, Sides]] = {}

    def of(self, market: Market, sides: Sides) -> int:
        """The id of the present state of a book."""
        known = self._known.get(market)
        if known is not None and known[1] == sides:
            return known[0]
        self._known[market] = (self._next(), sides)
        return self._last

    def fresh(self, market: Market) -> int:
        """The id of a state nobody else will see."""
        self._known.pop(market, None)
        return self._next()

    def leap(self, count: int) -> None:
        """Leave out so many ids, which may have been given before a kill."""
        self._last += count

    def forget(self, market: Market) -> None:
        """Drop what is known of a book that is no longer listed."""
        self._known.pop(market, None)

    def _next(self) -> int:
        """It skips, as the venue's does."""
        self._last += 3
        return self._last


class BookChannel(Channel):
    """book.{instrument}.{interval}: a snapshot, then changes chained by prev_change_id."""

    def __init__(
        self, name: str, period: int, market: Market, ids: ChangeIds, now_ms: Callable[[], int]
    ) -> None:
        super().__init__(name, period)
        self.market = market
        self._ids = ids
        self._now_ms = now_ms
        self._sent: Sides = ({}, {})
        self.change_id = 0

    def join(self, subscriber: Subscriber) -> None:
        """Bring everybody to the present first, so that the newcomer's snapshot is in the chain."""
        if subscriber in self.subscribers:
            return
        if self.subscribers:
            self.flush()
        else:
            self._sent = sides_of(self.market)
            self.change_id = self._ids.of(self.market, self._sent)
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
        now = sides_of(self.market)
        bids = changes(self.market.instrument, self._sent[BID], now[BID])
        asks = changes(self.market.instrument, self._sent[ASK], now[ASK])
        self._sent = now
        if bids or asks:
            self._send(self._ids.of(self.market, now), bids, asks)

    def touch(self, side: int, tick: int, units: int) -> None:
        """Send one changed level at once: the cheap path of the load generator."""
        sent = self._sent[side]
        if tick not in sent or sent[tick] == units:
            return
        sent[tick] = units
        it = self.market.instrument
        row: Rows = [("change", it.price_of(tick), it.amount_of(units))]
        change_id = self._ids.fresh(self.market)
        self._send(change_id, row if side == BID else [], row if side == ASK else [])

    def _send(self, change_id: int, bids: Rows, asks: Rows) -> None:
        previous, self.change_id = self.change_id, change_id
        data = self._head("change", self.change_id)
        data["prev_change_id"] = previous
        data["bids"], data["asks"] = bids, asks
        self.emit(data)

    def _head(self, kind: str, change_id: int) -> dict[str, Any]:
        return {
            "timestamp": self._now_ms(),
            "type": kind,
            "change_id": change_id,
            "instrument_name": self.market.name,
        }


class GroupedBookChannel(Channel):
    """book.{instrument}.{group}.{depth}.{interval}: each frame replaces the one before."""

    def __init__(
        self, name: str, period: int, market: Market, group: Decimal | None, depth: int,
        ids: ChangeIds, now_ms: Callable[[], int],
    ) -> None:  # fmt: skip
        super().__init__(name, period)
        self.market = market
        self._group, self._depth = group, depth
        self._ids, self._now_ms = ids, now_ms
        self._sent: dict[str, Any] = {}

    def join(self, subscriber: Subscriber) -> None:
        """Bring everybody to the present first, so that nobody is told twice."""
        if subscriber not in self.subscribers:
            self.flush()
            super().join(subscriber)

    def greet(self, subscriber: Subscriber) -> None:
        """Send the window."""
        self.emit_to(subscriber, self._frame(self._sent))

    def flush(self) -> None:
        """Send the window when it changed."""
        window = self._window()
        if window != self._sent:
            self._sent = window
            self.emit(self._frame(window))

    def _frame(self, window: dict[str, Any]) -> dict[str, Any]:
        head = {
            "instrument_name": self.market.name,
            "timestamp": self._now_ms(),
            "change_id": self._ids.of(self.market, sides_of(self.market)),
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

    def __init__(self, name: str, market: Market, now_ms: Callable[[], int]) -> None:
        super().__init__(name, FAST)
        self.market = market
        self._now_ms = now_ms
        self._sent: tuple[float, float, float, float] | None = None

    def join(self, subscriber: Subscriber) -> None:
        """Bring everybody to the present first, so that nobody is told twice."""
        if subscriber not in self.subscribers:
            self.flush()
            super().join(subscriber)

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
            "timestamp": self._now_ms(),
            "instrument_name": self.market.name,
            "best_ask_price": ask,
            "best_bid_price": bid,
            "best_ask_amount": ask_amount,
            "best_bid_amount": bid_amount,
        }


def sides_of(market: Market) -> Sides:
    """A copy of both sides of a book, best first."""
    return dict(market.book.levels(BID)), dict(market.book.levels(ASK))


def changes(it: Instrument, before: dict[int, int], after: dict[int, int]) -> Rows:
    """The rows that turn one side into the other: one row per price."""
    if before == after:
        return []
    # Whole numbers divide to the nearest double, as `price_of` prints it, and much faster.
    up, down = it.terms.tick.as_integer_ratio()
    more, less = it.terms.min_amount.as_integer_ratio()
    rows: Rows = [
        ("change" if tick in before else "new", tick * up / down, units * more / less)
        for tick, units in after.items()
        if before.get(tick) != units
    ]
    rows += [("delete", tick * up / down, 0.0) for tick in before if tick not in after]
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
