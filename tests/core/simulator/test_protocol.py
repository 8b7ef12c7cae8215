"""Envelopes, errors, login, limits: what a client meets before it trades."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import websocket
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import SystemClock
from core.simulator.server.access.credentials import Credentials
from tests.core.simulator.running import Simulator, Wire, WireError, simulator, wire

REAL = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | REAL | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
METHODS = st.sampled_from([
    "private/buy", "private/sell", "private/edit", "private/cancel", "private/get_positions",
    "public/auth", "public/get_order_book", "public/get_tradingview_chart_data",
    "public/get_funding_rate_history", "public/get_volatility_index_data", "public/subscribe",
    "private/subscribe", "private/simulate_portfolio", "private/get_transaction_log",
    "private/get_user_trades_by_currency", "public/get_last_trades_by_instrument",
    "private/get_margins", "private/cancel_all_by_kind_or_type", "public/get_instruments",
])  # fmt: skip
KEYS = st.sampled_from([
    "instrument_name", "amount", "contracts", "price", "type", "label", "trigger", "currency",
    "trigger_price", "time_in_force", "count", "start_timestamp", "end_timestamp", "resolution",
    "channels", "kind", "order_id", "depth", "simulated_positions", "grant_type", "valid_until",
])  # fmt: skip
VALUES = JSON | st.sampled_from(
    ["BTC-PERPETUAL", "BTC", "limit", "market", "stop_limit", "1", "1D", 10, 1e300, -1, 0, 2**70]
)


@pytest.fixture
def line(venue: Simulator) -> Iterator[Wire]:
    with wire(venue, "bob") as opened:
        yield opened


def refused(line: Wire, method: str, **params: object) -> WireError:
    """The error a call ends with."""
    with pytest.raises(WireError) as caught:
        line.call(method, **params)
    return caught.value


def test_an_answer_carries_its_timing(line: Wire) -> None:
    answer = line.ask({"method": "public/test", "params": {}})
    assert answer["result"] == {"version": "1.2.26"}
    assert answer["usDiff"] == answer["usOut"] - answer["usIn"] >= 0
    assert answer["testnet"] is False
    assert abs(answer["usIn"] - SystemClock().now_ns() // 1000) < 5_000_000


def test_ids_may_be_text_or_missing(line: Wire) -> None:
    text = line.raw('{"jsonrpc":"2.0","id":"mine","method":"public/test","params":{}}')
    none = line.raw('{"jsonrpc":"2.0","method":"public/test","params":{}}')
    assert text["id"] == "mine"
    assert "id" not in none
    assert none["result"] == {"version": "1.2.26"}


def test_what_is_not_json_gets_11050_and_the_socket_lives(line: Wire) -> None:
    answer = line.raw("hello")
    assert answer["error"] == {"code": 11050, "message": "bad_request", "data": "invalid json"}
    assert "id" not in answer
    assert line.call("public/get_time") > 0


def test_a_request_over_32_kb_is_refused(line: Wire) -> None:
    channels = [f"ticker.NOPE-{n}.100ms" for n in range(2_000)]
    request = {"jsonrpc": "2.0", "id": 5, "method": "public/subscribe"}
    answer = line.raw(json.dumps(request | {"params": {"channels": channels}}))
    assert answer["error"] == {"code": -32600, "message": "request entity too large"}


@pytest.mark.parametrize(
    ("method", "params", "code", "data"),
    [
        ("public/nope", {}, -32601, None),
        ("public/ticker", {}, -32602, {"reason": "value required", "param": "instrument_name"}),
        ("public/ticker", {"instrument_name": "X"}, -32602,
         {"reason": "instrument not found", "param": "instrument_name"}),
        ("public/get_instruments", {"currency": "XYZ"}, -32602,
         {"reason": "invalid currency", "param": "currency"}),
        ("public/get_book_summary_by_currency", {"currency": "any"}, -32602,
         {"reason": "invalid currency", "param": "currency"}),
        ("public/get_last_trades_by_instrument",
         {"instrument_name": "BTC-PERPETUAL", "count": 2000}, -32602,
         {"reason": "value is too high", "param": "count"}),
        ("public/test", {"expected_result": "exception"}, 11094, None),
        ("private/cancel", {"order_id": "1"}, 11044, None),
        ("private/get_order_state", {"order_id": "1"}, 10004, None),
        ("private/buy", {"instrument_name": "NOPE", "amount": 1}, -32602,
         {"reason": "instrument not found", "param": "instrument_name"}),
        ("private/buy", {"instrument_name": "BTC-PERPETUAL"}, -32602,
         {"reason": "value required", "param": "amount"}),
        ("private/buy", {"instrument_name": "BTC-PERPETUAL", "amount": 15, "price": 1.3}, -32602,
         {"reason": "must be a multiple of contract size", "param": "amount"}),
        ("private/buy", {"instrument_name": "BTC-PERPETUAL", "amount": 10, "price": 80000.3},
         -32602, {"reason": "must conform to tick size", "param": "price"}),
        ("private/buy", {"instrument_name": "BTC-PERPETUAL", "amount": 1e12, "price": 10**9},
         10007, None),
        ("private/buy", {"instrument_name": "BTC-PERPETUAL", "amount": 1e9, "type": "market"},
         10009, None),
        ("private/buy", {"instrument_name": "BTC-PERPETUAL", "amount": 10, "type": "market",
                         "valid_until": 1}, 13888, None),
        ("private/sell", {"instrument_name": "BTC-PERPETUAL", "amount": 10, "type": "market",
                          "reduce_only": True}, 11030, None),
        ("private/get_settlement_history_by_currency", {"currency": "BTC", "type": "exercise"},
         11043, "type"),
    ],
)  # fmt: skip
def test_errors_have_the_venue_s_codes_and_reasons(
    line: Wire, method: str, params: dict[str, object], code: int, data: object
) -> None:
    error = refused(line, method, **params)
    assert error.code == code
    assert data is None or error.data == data


def test_private_calls_need_a_login(venue: Simulator) -> None:
    with wire(venue) as stranger:
        error = refused(stranger, "private/get_positions")
        assert error.code == 13009
        assert error.data == {"reason": "invalid_token", "param": "access_token"}
        assert refused(stranger, "private/subscribe", channels=["user.orders.any.any.raw"]).code


def test_a_wrong_secret_is_13004(venue: Simulator) -> None:
    with wire(venue) as stranger:
        error = refused(
            stranger, "public/auth", grant_type="client_credentials", client_id="bob",
            client_secret="guess",
        )  # fmt: skip
    assert (error.code, error.message) == (13004, "invalid_credentials")


def test_the_documented_signature_is_right() -> None:
    stamp = 1576074319000
    keys = Credentials({"AMANDA": "AMANDASECRECT"}, lambda: 0.0, lambda: stamp)
    right = "56590594f97921b09b18f166befe0d1319b198bbcdad7ca73382de2f88fe9aa1"
    keys.check_signature("AMANDA", stamp, right, f"{stamp}\n1iqt2wls\n")


def test_login_by_signature(venue: Simulator) -> None:
    with wire(venue) as line:
        stamp = line.call("public/get_time")
        signed = hmac.new(b"secret", f"{stamp}\nn1\n".encode(), hashlib.sha256).hexdigest()
        result = line.call(
            "public/auth", grant_type="client_signature", client_id="bob", timestamp=stamp,
            signature=signed, nonce="n1", data="", scope="session:desk",
        )  # fmt: skip
        assert result["scope"].startswith("session:desk ")
        assert line.call("private/get_positions") is not None


def test_a_refresh_rotates_both_tokens(venue: Simulator) -> None:
    with wire(venue) as line:
        old = line.call(
            "public/auth", grant_type="client_credentials", client_id="bob", client_secret="secret"
        )
        line.call("public/auth", grant_type="refresh_token", refresh_token=old["refresh_token"])
        used = refused(
            line, "public/auth", grant_type="refresh_token", refresh_token=old["refresh_token"]
        )
        late = refused(line, "private/get_positions", access_token=old["access_token"])
        assert (used.code, late.code) == (13004, 13009)
        assert line.call("private/get_positions") is not None


def test_a_reader_s_scope_cannot_trade(venue: Simulator) -> None:
    with wire(venue) as line:
        line.call(
            "public/auth", grant_type="client_credentials", client_id="bob",
            client_secret="secret", scope="trade:read",
        )  # fmt: skip
        error = refused(
            line, "private/buy", instrument_name="BTC-PERPETUAL", amount=10, type="market"
        )
    assert error.code == 13021


def test_logout_closes_without_an_answer(venue: Simulator) -> None:
    with wire(venue, "bob") as line:
        line.socket.send('{"jsonrpc":"2.0","id":1,"method":"private/logout","params":{}}')
        opcode, _ = line.socket.recv_data()
        assert opcode == websocket.ABNF.OPCODE_CLOSE


def test_http_serves_get_and_post_with_every_header(venue: Simulator) -> None:
    token = venue.get(
        "public/auth", grant_type="client_credentials", client_id="bob", client_secret="secret"
    )["access_token"]
    basic = base64.b64encode(b"bob:secret").decode()
    assert venue.get("private/get_positions", f"Bearer {token}") == venue.get(
        "private/get_positions", f"Basic {basic}"
    )
    assert venue.post("public/get_index_price", index_name="btc_usd")["index_price"] > 0
    answer = venue.send(urllib.request.Request(f"{venue.url}/public/get_time"))
    assert "id" not in answer
    with pytest.raises(WireError) as stranger:
        venue.get("private/get_positions")
    assert stranger.value.code == 13009
    with pytest.raises(WireError) as socketless:
        venue.post("public/subscribe", channels=["quote.BTC-PERPETUAL"])
    assert socketless.value.code == 10030


def test_too_many_requests_end_the_session() -> None:
    with simulator("--account", "bob:secret:BTC=1") as limited, wire(limited, "bob") as line:
        codes = []
        for _ in range(25):
            with pytest.raises(WireError) as caught:
                line.call("private/cancel", order_id="none")
            codes.append(caught.value.code)
            if codes[-1] == 10028:
                break
        assert codes[:20] == [11044] * 20
        assert codes[-1] == 10028
        opcode, _ = line.socket.recv_data()
        assert opcode == websocket.ABNF.OPCODE_CLOSE


@settings(
    max_examples=90, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(METHODS, st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_parameters_get_an_answer_and_no_internal_error(
    line: Wire, method: str, params: dict[str, Any]
) -> None:
    answer = line.ask({"method": method, "params": params})
    assert answer.get("error", {}).get("code") != 11094


@settings(
    max_examples=40, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(JSON.map(json.dumps) | st.text(min_size=1, max_size=40))
def test_any_text_gets_an_answer(line: Wire, text: str) -> None:
    answer = line.raw(text)
    assert "error" in answer


def test_requests_outside_the_api_are_refused_plainly(venue: Simulator) -> None:
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(f"http://127.0.0.1:{venue.port}/else", timeout=5)
    missing.value.close()
    assert missing.value.code == 404
