"""Frames no venue should send: random bytes, damaged real frames, wrong types, wild numbers."""

from __future__ import annotations

import json
from typing import Any, Final

from hypothesis import strategies as st

_BOOK: Final = {
    "type": "change",
    "timestamp": 1_790_000_000_000,
    "instrument_name": "BTC-PERPETUAL",
    "change_id": 101,
    "prev_change_id": 100,
    "bids": [["change", 10.0, 3.0]],
    "asks": [],
}
_ORDER: Final = {
    "order_id": "1",
    "instrument_name": "BTC-PERPETUAL",
    "direction": "buy",
    "amount": 10.0,
    "filled_amount": 0.0,
    "price": 80_000.0,
    "average_price": 0.0,
    "order_state": "open",
    "order_type": "limit",
    "label": "manual:1",
    "last_update_timestamp": 1_790_000_000_000,
}
_TRADE: Final = {
    "trade_id": "7",
    "order_id": "1",
    "instrument_name": "BTC-PERPETUAL",
    "direction": "buy",
    "amount": 10.0,
    "price": 80_000.0,
    "fee": 0.0,
    "fee_currency": "BTC",
    "timestamp": 1_790_000_000_000,
    "label": "manual:1",
}
_DATA: Final[dict[str, Any]] = {
    "book.BTC-PERPETUAL.100ms": _BOOK,
    "ticker.BTC-PERPETUAL.100ms": {"instrument_name": "BTC-PERPETUAL", "timestamp": 1},
    "deribit_volatility_index.btc_usd": {"index_name": "btc_usd", "volatility": 55.0},
    "deribit_price_index.btc_usd": {"index_name": "btc_usd", "price": 1.0, "timestamp": 1},
    "instrument.state.any.any": {"instrument_name": "BTC-PERPETUAL", "state": "open"},
    "platform_state": {"price_index": "btc_usd", "locked": True},
    "platform_state.public_methods_state": {"allow_unauthenticated_public_requests": True},
    "user.orders.any.any.raw": _ORDER,
    "user.trades.any.any.raw": [_TRADE],
    "user.portfolio.any": {"currency": "BTC", "equity": 1.0},
}
_WHOLE: Final = [
    {"jsonrpc": "2.0", "method": "subscription", "params": {"channel": channel, "data": data}}
    for channel, data in _DATA.items()
] + [
    {"jsonrpc": "2.0", "id": 3, "result": ["book.BTC-PERPETUAL.100ms"], "usIn": 1},
    {"jsonrpc": "2.0", "id": 3, "error": {"code": 10028, "message": "too_many_requests"}},
    {"method": "heartbeat", "params": {"type": "test_request"}},
]
_WILD: Final[list[Any]] = [
    None, True, "", "x", -1, 0, 1.5, 2**63, -(2**63) - 1, 10**40, [], {}, [[]], {"a": [1]},
    "\ud800", "9" * 500,
]  # fmt: skip


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside a document."""
    inside = value.items() if isinstance(value, dict) else []
    if isinstance(value, list):
        inside = list(enumerate(value))
    found = [path] if path else []
    for key, one in inside:
        found += _paths(one, (*path, key))
    return found


def _replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(document))
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return copy


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    """A whole frame with one value replaced."""
    document = draw(st.sampled_from(_WHOLE))
    path = draw(st.sampled_from(_paths(document)))
    changed = _replaced(document, path, draw(st.sampled_from(_WILD)))
    return json.dumps(changed, separators=(",", ":")).encode()


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    """A whole frame that ends early, or with bytes overwritten."""
    text = json.dumps(draw(st.sampled_from(_WHOLE)), separators=(",", ":")).encode()
    at = draw(st.integers(0, len(text) - 1))
    noise = draw(st.binary(max_size=6))
    return text[:at] + noise + draw(st.sampled_from([b"", text[at + len(noise) :]]))


_NUMBERS: Final = (b"NaN", b"Infinity", b"1e999", b"-1e999", b"9" * 5_000, b"01", b"1.", b"0x1")
_HEAD: Final = b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":"'
LARGE: Final = [
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"params":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    *(_HEAD + channel + b'","data":' + b"[" * 100_000 for channel in (b"book.X.raw", b"user.x")),
    *(b'{"id":%s,"result":"ok","usIn":%s}' % (number, number) for number in _NUMBERS),
    *(
        _HEAD + b'book.BTC-PERPETUAL.100ms","data":{"instrument_name":"BTC-PERPETUAL","timestamp":'
        b'%s,"change_id":%s,"bids":[["new",%s,1]],"asks":[]}}}' % (number, number, number)
        for number in _NUMBERS
    ),
]
"""Depths and numbers no parser likes."""


def odd_frames() -> st.SearchStrategy[bytes]:
    """One small frame of any other kind."""
    return st.one_of(st.binary(max_size=80), _mutated(), _damaged())
