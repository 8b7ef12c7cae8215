"""The venue's messages as typed values, with the wire's own names and units.

Unknown fields are ignored, because the venue adds some every year. Times are milliseconds
since the epoch, UTC, unless the name says otherwise.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from core.market.ticker import Ticker

NOTHING: Final = msgspec.Raw(b"")
BookRow = tuple[Literal["new", "change", "delete"], float, float]
"""(action, price, amount)."""


class BookData(msgspec.Struct, frozen=True, gc=False):
    """One frame of an incremental book: a snapshot or what changed since the last frame."""

    instrument_name: str
    timestamp: int
    change_id: int
    bids: list[BookRow]
    asks: list[BookRow]
    prev_change_id: int | None = None
    type: str = ""
    """snapshot or change; empty in recordings of 2020."""

    @property
    def is_snapshot(self) -> bool:
        """True when the frame replaces the book; old frames say so only by having no parent."""
        return self.type == "snapshot" or (self.prev_change_id is None and self.type != "change")


class IndexPrice(msgspec.Struct, frozen=True, gc=False):
    """The newest price of an index such as btc_usd."""

    index_name: str
    price: float
    timestamp: int = 0


class VolatilityIndex(msgspec.Struct, frozen=True, gc=False):
    """The newest value of the venue's own volatility index; `index_name` is the price index."""

    index_name: str
    volatility: float | None = None
    """Percent."""
    timestamp: int = 0


class InstrumentState(msgspec.Struct, frozen=True, gc=False):
    """An instrument was listed, closed, delivered, ..."""

    instrument_name: str
    state: str
    timestamp: int = 0


class Heartbeat(msgspec.Struct, frozen=True, gc=False):
    """The venue asks whether we live (`test_request`) or says that it does."""

    type: str = ""


class ErrorData(msgspec.Struct, frozen=True, gc=False):
    """The error of a reply; every field may be missing."""

    code: int = 0
    message: str = ""
    data: Any = None
    """Absent, a text, or a table with `reason` and `param`."""

    @property
    def reason(self) -> str:
        """What `data` adds to the message: "amount: must be a multiple of contract size"."""
        if isinstance(self.data, dict):
            parts = (self.data.get("param"), self.data.get("reason"))
            return ": ".join(str(part) for part in parts if part)
        return self.data if isinstance(self.data, str) else ""


class Reply(msgspec.Struct, frozen=True, gc=False):
    """The answer to one request; `id` is missing when the venue could not read the request."""

    id: int | str | None = None
    result: msgspec.Raw = NOTHING
    """The JSON text of the result; empty when there is none."""
    error: ErrorData | None = None
    received_us: float = 0.0
    """When the venue received the request, microseconds since the epoch; 0 when it did not say."""


class Notification(msgspec.Struct, frozen=True, gc=False):
    """A frame of a channel without a type of its own here: user.*, trades, quote, ..."""

    channel: str
    data: msgspec.Raw


class Request(msgspec.Struct, frozen=True, gc=False):
    """What a client sent; found in tapes only."""

    method: str


Frame = (
    BookData
    | Ticker
    | IndexPrice
    | VolatilityIndex
    | InstrumentState
    | Heartbeat
    | Reply
    | Notification
    | Request
)
