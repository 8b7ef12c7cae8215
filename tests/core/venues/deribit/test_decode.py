from __future__ import annotations

import json
import random
from typing import Any

import pytest

from core.errors import MarketDataError
from core.market.ticker import Ticker
from core.venues.deribit.decode import decode, decode_any
from core.venues.deribit.wire import (
    BookData,
    Heartbeat,
    IndexPrice,
    InstrumentState,
    Notification,
    Reply,
    Request,
)
from tests.core.venues.recorded import capture_frames, frames

CHANGE = {
    "timestamp": 1786563085228,
    "type": "change",
    "change_id": 169600103676,
    "prev_change_id": 169600103289,
    "instrument_name": "BTC-PERPETUAL",
    "bids": [["delete", 62533.0, 0.0]],
    "asks": [["change", 63350.5, 8250], ["new", 94987.5, 20]],
}


def frame(channel: str, data: Any) -> bytes:
    params = {"channel": channel, "data": data}
    message = {"jsonrpc": "2.0", "method": "subscription", "params": params}
    return json.dumps(message, separators=(",", ":")).encode()


def test_every_recorded_message_decodes() -> None:
    kinds = {type(decode(text)) for _, text in frames()} | {
        type(decode(t)) for t in capture_frames()
    }
    assert {BookData, Ticker, IndexPrice, InstrumentState, Heartbeat, Reply} <= kinds
    assert {Notification, Request} <= kinds


def test_both_ways_of_decoding_agree_on_every_recorded_message() -> None:
    for _, text in frames():
        assert decode(text) == decode_any(text)
    for text in capture_frames():
        assert decode(text) == decode_any(text)


def test_the_order_of_keys_does_not_matter() -> None:
    shuffle = random.Random(7)

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = sorted(value, key=lambda _: shuffle.random())
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(one) for one in value] if isinstance(value, list) else value

    for _, text in frames():
        for _ in range(3):
            assert _plain(decode(json.dumps(shuffled(json.loads(text))).encode())) == _plain(
                decode(text)
            )


def test_whole_numbers_may_be_written_as_floats() -> None:
    as_floats = {**CHANGE, "timestamp": 1786563085228.0, "change_id": 169600103676.0}
    plain = decode(frame("book.BTC-PERPETUAL.100ms", CHANGE))
    assert decode(frame("book.BTC-PERPETUAL.100ms", as_floats)) == plain


def test_change_ids_keep_all_their_digits() -> None:
    data = {**CHANGE, "change_id": 2**63 - 1, "prev_change_id": 2**63 - 2}
    book = decode(frame("book.BTC-PERPETUAL.raw", data))
    assert isinstance(book, BookData)
    assert (book.prev_change_id, book.change_id) == (2**63 - 2, 2**63 - 1)


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({"type": "snapshot"}, True),
        ({"type": "snapshot", "prev_change_id": None}, True),
        ({}, True),
        ({"type": "change", "prev_change_id": 1}, False),
        ({"prev_change_id": 1}, False),
    ],
)
def test_a_frame_without_a_parent_is_a_snapshot(extra: dict[str, Any], expected: bool) -> None:
    data = {"timestamp": 1, "instrument_name": "X", "change_id": 2, "bids": [], "asks": []}
    book = decode(frame("book.X.raw", data | extra))
    assert isinstance(book, BookData)
    assert book.is_snapshot is expected


def test_a_grouped_book_is_not_taken_for_the_full_one() -> None:
    data = {"timestamp": 1, "instrument_name": "X", "change_id": 2, "bids": [], "asks": []}
    assert isinstance(decode(frame("book.X.none.10.100ms", data)), Notification)


def test_errors_with_missing_fields_are_replies() -> None:
    reply = decode(
        b'{"jsonrpc":"2.0","id":1,"error":{"code":10028,"message":"too_many_requests","data":null}}'
    )
    assert isinstance(reply, Reply)
    assert reply.error is not None
    assert (reply.error.code, reply.error.reason) == (10028, "")
    bare = decode(b'{"jsonrpc":"2.0","error":{"code":11050}}')
    assert isinstance(bare, Reply)
    assert bare.id is None
    assert bare.error is not None
    assert bare.error.code == 11050


def test_an_error_says_which_parameter_broke_which_rule() -> None:
    reply = decode(
        b'{"id":1,"error":{"code":-32602,"message":"Invalid params",'
        b'"data":{"reason":"must be a multiple of contract size","param":"amount"}}}'
    )
    assert isinstance(reply, Reply)
    assert reply.error is not None
    assert reply.error.reason == "amount: must be a multiple of contract size"


def test_a_null_result_is_an_answer() -> None:
    reply = decode(b'{"jsonrpc":"2.0","id":1,"result":null}')
    assert isinstance(reply, Reply)
    assert bytes(reply.result) == b"null"


@pytest.mark.parametrize("text", [b"", b"nonsense", b"[1,2]", b'{"method":"subscription"}', b'"x"'])
def test_what_is_no_frame_is_named_unreadable(text: bytes) -> None:
    with pytest.raises(MarketDataError, match=f"{len(text)} bytes"):
        decode(text)


def _plain(value: object) -> object:
    """Raw parts as JSON, so that only their meaning is compared."""
    if isinstance(value, Notification):
        return value.channel, json.loads(bytes(value.data))
    if isinstance(value, Reply) and bytes(value.result):
        return value.id, json.loads(bytes(value.result)), value.error
    return value
