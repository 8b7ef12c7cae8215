"""Bytes of one text frame to a typed value. The live link and the tape both come through here.

Nearly every frame begins with the same 62 bytes, so the channel that follows chooses a typed
decoder at once; whatever looks otherwise takes the slower way, which depends on no key order
and no number format.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from core.errors import MarketDataError
from core.market.ticker import Ticker
from core.venues.deribit.wire import (
    NOTHING,
    BookData,
    ErrorData,
    Frame,
    Heartbeat,
    IndexPrice,
    InstrumentState,
    Notification,
    Reply,
    Request,
    VolatilityIndex,
)

_PREFIX: Final = b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":"'
_BOOK: Final = _PREFIX + b"book."
_TICKER: Final = _PREFIX + b"ticke"
_HEAD: Final = slice(0, len(_BOOK))
_UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)
"""What is no JSON, no UTF-8, too deep, or of other types than it should be."""


class _BookParams(msgspec.Struct, gc=False):
    channel: str
    data: BookData


class _BookFrame(msgspec.Struct, gc=False):
    params: _BookParams


class _TickerParams(msgspec.Struct, gc=False):
    data: Ticker


class _TickerFrame(msgspec.Struct, gc=False):
    params: _TickerParams


class _Channel(msgspec.Struct, gc=False):
    channel: str
    data: msgspec.Raw


class _Envelope(msgspec.Struct, gc=False):
    method: str = ""
    id: int | str | None = None
    params: msgspec.Raw = msgspec.Raw(b"{}")
    result: msgspec.Raw = NOTHING
    error: msgspec.Raw = NOTHING
    usIn: msgspec.Raw = NOTHING


_book_frame: Final = msgspec.json.Decoder(_BookFrame).decode
_ticker_frame: Final = msgspec.json.Decoder(_TickerFrame).decode
_envelope: Final = msgspec.json.Decoder(_Envelope).decode
_channel: Final = msgspec.json.Decoder(_Channel).decode
_heartbeat: Final = msgspec.json.Decoder(Heartbeat).decode
# Not strict: whole numbers may arrive written as floats.
_data: Final[dict[type[Any], Callable[[msgspec.Raw], Any]]] = {
    kind: msgspec.json.Decoder(kind, strict=False).decode
    for kind in (BookData, Ticker, IndexPrice, VolatilityIndex, InstrumentState, ErrorData)
}


def decode(payload: bytes) -> Frame:
    """The frame in `payload`; MarketDataError when it is no frame of the venue."""
    head = payload[_HEAD]
    try:
        if head == _BOOK:
            params = _book_frame(payload).params
            data = params.data
            if data.prev_change_id is not None or is_incremental_book(params.channel):
                return data
        elif head == _TICKER:
            return _ticker_frame(payload).params.data
    except _UNREADABLE:
        return decode_any(payload)  # a rarer shape: the general way decides
    return decode_any(payload)


def decode_any(payload: bytes) -> Frame:
    """As `decode`, for any key order, number format and kind of frame."""
    try:
        payload.decode()  # whoever reads the parts later may rely on it
        envelope = _envelope(payload)
        if envelope.method == "subscription":
            return _of_channel(_channel(envelope.params))
        if envelope.method == "heartbeat":
            return _heartbeat(envelope.params)
        if envelope.method:
            return Request(envelope.method)
        error = _error(envelope.error)
        return Reply(envelope.id, envelope.result, error, _microseconds(envelope.usIn))
    except _UNREADABLE as error:
        raise MarketDataError(f"a frame of {len(payload)} bytes is unreadable: {error}") from error


def is_incremental_book(channel: str) -> bool:
    """True for book.NAME.INTERVAL; grouped books have a group and a depth as well."""
    return channel.count(".") == 2


def _of_channel(params: _Channel) -> Frame:
    channel, data = params.channel, params.data
    kind = channel.partition(".")[0]
    if kind == "book" and is_incremental_book(channel):
        book: BookData = _data[BookData](data)
        return book
    if kind == "ticker":
        ticker: Ticker = _data[Ticker](data)
        return ticker
    if kind == "deribit_price_index":
        index: IndexPrice = _data[IndexPrice](data)
        return index
    if kind == "deribit_volatility_index":
        volatility: VolatilityIndex = _data[VolatilityIndex](data)
        return volatility
    if channel.startswith("instrument.state."):
        state: InstrumentState = _data[InstrumentState](data)
        return state
    return Notification(channel, data)


def _microseconds(raw: msgspec.Raw) -> float:
    """0 for what is no number: it is a courtesy of the venue, some recordings have it as text."""
    try:
        return float(bytes(raw))
    except ValueError:
        return 0.0


def _error(raw: msgspec.Raw) -> ErrorData | None:
    if bytes(raw) in (b"", b"null"):
        return None
    error: ErrorData = _data[ErrorData](raw)
    return error
