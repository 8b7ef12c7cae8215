"""One replicated order book: a small state machine fed by messages, tested without a socket."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from math import nan

Row = tuple[str, float, float]
"""(action, price, amount) with action new, change or delete."""
Top = tuple[float, float, float, float]
"""(bid, bid amount, ask, ask amount)."""


class BookState(Enum):
    """Whether the levels can be trusted."""

    EMPTY = "empty"
    """No snapshot yet."""
    LIVE = "live"
    STALE = "stale"
    """A frame was lost or the link dropped: the levels are old."""


@dataclass(frozen=True, slots=True)
class Level:
    """One price and the amount resting there, in the venue's unit."""

    price: float
    amount: float


@dataclass(frozen=True, slots=True)
class Levels:
    """The top of a book, best first, with the state it was in when read."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    state: BookState
    change_id: int


@dataclass(frozen=True, slots=True)
class Stamps:
    """Where a book stands: its last change, and when and by whose clock it came."""

    change_id: int
    """0 before the first snapshot."""
    received_ns: int
    """When its last frame came, our clock; 0 before the first."""
    venue_ns: int
    """What the venue stamped on it; 0 before the first."""


class Book:
    """Price to amount, one dict a side; the best of each side is kept as frames come in.

    One link thread writes. Readers in other threads call `top` and `levels`, which repeat
    when a frame was being applied meanwhile.
    """

    __slots__ = (
        "_best_ask",
        "_best_bid",
        "_kept",
        "_version",
        "asks",
        "at_ns",
        "bids",
        "change_id",
        "state",
        "venue_ms",
    )

    def __init__(self) -> None:
        self.bids: dict[float, float] = {}
        self.asks: dict[float, float] = {}
        self.state = BookState.EMPTY
        self.change_id = 0
        self.at_ns = 0
        """When the last frame came; its link sets it, and the next."""
        self.venue_ms = 0
        self._best_bid = nan
        self._best_ask = nan
        self._version = 0
        self._kept: tuple[int, Top] = (0, (nan, nan, nan, nan))
        """The last top anybody read, and of which version it is."""

    def snapshot(self, change_id: int, bids: Iterable[Row], asks: Iterable[Row]) -> None:
        """Replace everything."""
        self._version += 1
        self.bids = {price: amount for _, price, amount in bids}
        self.asks = {price: amount for _, price, amount in asks}
        self._best_bid = max(self.bids, default=nan)
        self._best_ask = min(self.asks, default=nan)
        self.change_id = change_id
        self.state = BookState.LIVE
        self._version += 1

    def change(
        self, previous_id: int, change_id: int, bids: Iterable[Row], asks: Iterable[Row]
    ) -> bool:
        """Apply one frame; False when it does not follow the last one, and the book is stale."""
        if self.state is not BookState.LIVE:
            return True  # ignored until the snapshot comes: the resync is already under way
        if previous_id != self.change_id:
            if change_id == self.change_id:
                return True  # the last frame once more: it changes nothing
            self.state = BookState.STALE
            return False
        self._version += 1
        if bids:
            self._best_bid = _apply_bids(self.bids, bids, self._best_bid)
        if asks:
            self._best_ask = _apply_asks(self.asks, asks, self._best_ask)
        self.change_id = change_id
        self._version += 1
        return True

    def drop(self) -> None:
        """The link is gone or frames were lost: keep the levels for the eye, trust none."""
        if self.state is BookState.LIVE:
            self.state = BookState.STALE

    def top(self) -> Top:
        """(bid, bid amount, ask, ask amount); NaN where a side is empty."""
        version, top = self._kept
        if version == self._version:
            return top
        for _ in range(8):
            version = self._version
            found = self._top()
            if self._version == version and not version & 1:
                self._kept = (version, found)
                return found
        return self._top()

    def levels(self, depth: int) -> Levels:
        """The best `depth` levels of each side."""
        for _ in range(8):
            version = self._version
            found = self._levels(depth)
            if self._version == version and not version & 1:
                return found
        return self._levels(depth)

    def _top(self) -> Top:
        bid, ask = self._best_bid, self._best_ask
        return bid, self.bids.get(bid, nan), ask, self.asks.get(ask, nan)

    def _levels(self, depth: int) -> Levels:
        bids, asks = self.bids, self.asks
        best_bids = sorted(bids, reverse=True)[:depth]
        best_asks = sorted(asks)[:depth]
        return Levels(
            tuple(Level(price, bids.get(price, 0.0)) for price in best_bids),
            tuple(Level(price, asks.get(price, 0.0)) for price in best_asks),
            self.state,
            self.change_id,
        )


def _apply_bids(side: dict[float, float], rows: Iterable[Row], best: float) -> float:
    """Set and remove rows; the new best, looked for only when the old one went."""
    is_lost = False
    for action, price, amount in rows:
        if action == "delete":
            side.pop(price, None)
            is_lost = is_lost or price == best
        else:
            side[price] = amount
            if not best >= price:  # also when there was none
                best = price
    return max(side, default=nan) if is_lost else best


def _apply_asks(side: dict[float, float], rows: Iterable[Row], best: float) -> float:
    """As `_apply_bids`, for the side whose lowest price is best."""
    is_lost = False
    for action, price, amount in rows:
        if action == "delete":
            side.pop(price, None)
            is_lost = is_lost or price == best
        else:
            side[price] = amount
            if not best <= price:
                best = price
    return min(side, default=nan) if is_lost else best
