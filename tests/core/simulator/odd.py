"""Requests no sane client sends: strategies for the tests that throw them at the exchange."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st

from core.simulator.methods.table import METHODS
from tests.shared_data import ROOT

GOOD: dict[str, list[Any]] = {
    "instrument_name": ["BTC-PERPETUAL", "ETH-PERPETUAL", "BTC_USDC-PERPETUAL"],
    "currency": ["BTC", "ETH", "USDC", "any"],
    "amount": [10, 20, 1000],
    "price": [1000.0, 86_000.0, 10**6],
    "type": ["limit", "market", "stop_limit", "stop_market", "take_limit", "all"],
    "kind": ["option", "future", "any"],
    "trigger": ["mark_price", "index_price", "last_price"],
    "trigger_price": [50_000, 120_000],
    "time_in_force": ["good_til_cancelled", "fill_or_kill", "immediate_or_cancel"],
    "label": ["a", "b"],
    "order_id": ["1", "74365704244"],
    "count": [1, 10, 1000],
    "start_timestamp": [0, 1_700_000_000_000],
    "end_timestamp": [10**12, 2 * 10**12],
    "resolution": ["1", "60", "1D"],
    "depth": [1, 5, 10_000],
    "index_name": ["btc_usd", "eth_usd"],
    "grant_type": ["client_credentials", "client_signature", "refresh_token"],
    "client_id": ["demo", "nobody"],
    "client_secret": ["demo", "wrong"],
    "interval": [10, 30],
    "channels": [["book.BTC-PERPETUAL.100ms"], ["ticker.BTC-PERPETUAL.raw", "nope", "user.lock"]],
    "scope": ["session:x", "connection", "account", "trade:read", "expires:5"],
}
"""Values that make sense, by parameter."""
_READS = re.compile(r"""params\.\w+\(\s*"(\w+)\"""")
KEYS = sorted(
    {
        key
        for path in ROOT.glob("core/simulator/**/*.py")
        for key in _READS.findall(path.read_text())
    }
    | GOOD.keys()
)
"""Every parameter some method reads."""
ENDING = ("private/logout", "public/set_heartbeat")
"""Methods after which the socket may be gone."""

_REAL = st.floats(allow_nan=True, allow_infinity=True)
_HUGE = st.sampled_from([2**31, 2**53 + 1, 2**63, -(2**63), 2**64, 2**70, 10**40, 1e308, -1e-320])
_TEXT = st.text(max_size=20) | st.sampled_from(
    ["", " ", "\x00", "null", "NaN", "-0", "1e999", "\u202e", "x" * 5_000, "../../etc", "%s%n",
     "BTC-PERPETUAL\n", "book.", "book..100ms", "book.BTC-PERPETUAL.raw.raw", "user.",
     "user.orders", "user.orders.a.b.c.d", "ticker", "chart.trades.BTC-PERPETUAL.0",
     "trades.option.BTC", "deribit_price_index.", "markprice.options.", "user.portfolio.",
     "book.BTC-PERPETUAL.none.-1.100ms", "BTC-1JAN20-1-C", "2" * 400]
)  # fmt: skip
_LEAF = st.none() | st.booleans() | st.integers() | _HUGE | _REAL | _TEXT
JSON = st.recursive(
    _LEAF,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
"""Anything JSON can say, and NaN."""


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """A request of some method in the table with parameters half sensible, half not."""
    method = draw(st.sampled_from(sorted(METHODS)))
    params: dict[str, Any] = {}
    for key in draw(st.lists(st.sampled_from(KEYS), max_size=6, unique=True)):
        params[key] = draw(st.sampled_from(GOOD[key]) | JSON if key in GOOD else JSON)
    rpc_id = draw(st.integers(0, 99) | JSON)
    request = {"jsonrpc": "2.0", "id": rpc_id, "method": method, "params": params}
    for key in draw(st.lists(st.sampled_from(sorted(request)), max_size=1)):
        request[key] = draw(JSON)
    return request


_NESTED = st.integers(1, 5_000).map(lambda depth: "[" * depth + "]" * depth)
_OBJECTS = st.integers(1, 2_000).map(lambda depth: '{"params":' * depth + "1" + "}" * depth)
TEXTS = st.one_of(
    requests().map(json.dumps),
    st.lists(requests(), max_size=3).map(json.dumps),
    JSON.map(json.dumps),
    st.text(max_size=60),
    _NESTED,
    _OBJECTS,
    st.sampled_from([
        '{"id":1,"id":2,"method":"public/test"}', '{"method":"public/test","params":[]}',
        '{"id":NaN,"method":"public/test"}', '{"id":1e400,"method":"public/test"}', "\ufeff{}",
        '{"id":1,"method":"public/test","params":{"a":1,"a":2}}', '{"id":1,"method":"\\ud800"}',
        '{"id":"\\ud800","method":"public/test"}', '{"method":"public/"}', '{"method":""}', "",
        '{"id":123456789012345678901234567890,"method":"public/test"}', "x" * 40_000,
    ]),
)  # fmt: skip
"""Text frames of every kind."""
LEAKS = re.compile(
    r"Traceback|\b[A-Z]\w+(Error|Exception)\b|NoneType|object at 0x|<class|core\.simulator|\.py\b"
)
"""What an answer must never show."""
