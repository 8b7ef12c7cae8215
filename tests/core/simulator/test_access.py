"""Logins, scopes, tokens, credits and connections, over the wire."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
import websocket

from core.simulator.server.access.limits import STRANGERS, Credits, Purses
from tests.core.simulator.running import Simulator, Wire, WireError, simulator, wire

PERPETUAL = "BTC-PERPETUAL"


@pytest.fixture
def line(venue: Simulator) -> Iterator[Wire]:
    with wire(venue) as opened:
        yield opened


def login(line: Wire, scope: str = "", client: str = "lena") -> dict[str, Any]:
    """The tokens of a login."""
    return dict(line.call("public/auth", grant_type="client_credentials", client_id=client,
                          client_secret="secret", scope=scope))  # fmt: skip


def code_of(line: Wire, method: str, /, **params: object) -> int:
    """The code of the refusal; 0 when it is answered."""
    try:
        line.call(method, **params)
    except WireError as refused:
        return int(refused.code)
    return 0


def test_a_connection_s_token_dies_with_its_socket(venue: Simulator, line: Wire) -> None:
    with wire(venue) as first:
        token = login(first)["access_token"]
        assert code_of(line, "private/get_positions", access_token=token) == 0
    assert code_of(line, "private/get_positions") == 13009

    def is_dead() -> bool:
        return code_of(line, "private/get_positions", access_token=token) == 13009

    assert any(is_dead() for _ in range(100))


def test_a_session_s_token_outlives_its_socket(venue: Simulator, line: Wire) -> None:
    with wire(venue) as first:
        answer = login(first, "session:desk")
    assert answer["scope"].startswith("session:desk mainaccount ")
    for _ in range(20):
        token = answer["access_token"]
        assert code_of(line, "private/get_positions", access_token=token) == 0


def test_the_seventeenth_session_ends_the_first(line: Wire) -> None:
    answers = [login(line, f"session:s{n}", "dave") for n in range(17)]
    codes = [
        code_of(line, "private/get_positions", access_token=one["access_token"]) for one in answers
    ]
    assert codes == [13009] + [0] * 16


def test_a_life_may_be_asked_for(line: Wire) -> None:
    assert login(line, "expires:60")["expires_in"] == 60
    assert login(line)["expires_in"] == 900
    assert login(line, "expires:soon")["expires_in"] == 900


@pytest.mark.parametrize(
    ("scope", "refused", "allowed"),
    [
        ("trade:read", "private/cancel_all", "private/get_open_orders"),
        ("trade:none", "private/get_open_orders", "private/get_account_summaries"),
        ("account:none", "private/get_account_summaries", "private/get_open_orders"),
        ("account:read", "private/enable_cancel_on_disconnect", "private/get_account_summaries"),
        ("wallet:none", "private/get_deposits", "private/get_open_orders"),
    ],
)
def test_a_narrowed_scope_is_kept_to(line: Wire, scope: str, refused: str, allowed: str) -> None:
    answer = login(line, f"session:narrow {scope}")
    assert (scope in answer["scope"].split()) == (not scope.endswith(":none"))
    currency = {"currency": "BTC"}
    assert code_of(line, refused, **currency) == 13021
    assert code_of(line, allowed, **currency) == 0


def test_a_wide_scope_gives_no_more_than_the_key_has(line: Wire) -> None:
    assert "wallet:read" in login(line, "wallet:read_write")["scope"].split()


def test_private_channels_outside_the_scope_are_dropped(line: Wire) -> None:
    login(line, "account:none")
    names = ["user.portfolio.btc", "user.orders.any.any.raw"]
    assert line.call("private/subscribe", channels=names) == names[1:]


def test_a_fork_is_another_session_and_the_old_one_stays(line: Wire) -> None:
    old = login(line, "session:one trade:read")
    new = line.call("public/fork_token", refresh_token=old["refresh_token"], session_name="two")
    assert new["scope"].startswith("session:two ")
    assert "trade:read" in new["scope"].split()
    for token in (old["access_token"], new["access_token"]):
        assert code_of(line, "private/get_positions", access_token=token) == 0
    assert code_of(line, "public/fork_token", refresh_token="guess", session_name="x") == 13004
    assert code_of(line, "public/fork_token", refresh_token=old["refresh_token"],
                   session_name="two words") == -32602  # fmt: skip


def test_a_token_is_exchanged_for_one_s_own_subaccount_only(line: Wire) -> None:
    old = login(line, "trade:read")
    mine = line.call("private/get_subaccounts")[0]["id"]
    refresh = old["refresh_token"]
    assert code_of(line, "public/exchange_token", refresh_token=refresh, subject_id=9_999) == -32602
    new = line.call("public/exchange_token", refresh_token=refresh, subject_id=mine,
                    scope="trade:read_write")  # fmt: skip
    assert "trade:read" in new["scope"].split()
    assert code_of(line, "private/get_positions", access_token=old["access_token"]) == 13009
    assert code_of(line, "private/get_positions") == 0


def test_an_address_may_be_required_of_a_token(line: Wire) -> None:
    elsewhere = login(line, "ip:10.9.8.7")["access_token"]
    here = login(line, "ip:127.0.0.1")["access_token"]
    assert code_of(line, "private/get_positions", access_token=elsewhere) == 13009
    assert code_of(line, "private/get_positions", access_token=here) == 0


def test_a_label_of_a_subscription_has_16_letters_at_most(line: Wire) -> None:
    login(line)
    channels = {"channels": [f"quote.{PERPETUAL}"]}
    assert code_of(line, "private/subscribe", label="x" * 16, **channels) == 0
    assert code_of(line, "private/subscribe", label="x" * 17, **channels) == -32602


def test_one_raw_channel_refuses_the_whole_call(line: Wire) -> None:
    names = [f"quote.{PERPETUAL}", f"book.{PERPETUAL}.raw"]
    assert code_of(line, "public/subscribe", channels=names) == 13778
    assert line.call("public/unsubscribe", channels=names) == []


def test_a_signed_http_request_covers_path_and_body(venue: Simulator) -> None:
    path = "/api/v2/private/get_positions?currency=BTC"

    def signed(path_signed: str, key: bytes = b"secret") -> urllib.request.Request:
        stamp = venue.get("public/get_time")
        text = f"{stamp}\nn7\nGET\n{path_signed}\n\n"
        sig = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        request = urllib.request.Request(venue.url.removesuffix("/api/v2") + path)
        header = f"deri-hmac-sha256 id=lena,ts={stamp},sig={sig},nonce=n7"
        request.add_header("Authorization", header)
        return request

    assert venue.send(signed(path))["result"] == []
    for wrong in (signed("/api/v2/private/get_positions"), signed(path, b"guess")):
        with pytest.raises(WireError) as refused:
            venue.send(wrong)
        assert refused.value.code == 13004


def test_a_signed_body_may_be_posted(venue: Simulator) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 3, "method": "private/get_positions", "params": {}})
    stamp = venue.get("public/get_time")
    text = f"{stamp}\nn8\nPOST\n/api/v2\n{body}\n"
    sig = hmac.new(b"secret", text.encode(), hashlib.sha256).hexdigest()
    request = urllib.request.Request(venue.url, body.encode())
    request.add_header("Authorization", f"deri-hmac-sha256 id=lena,ts={stamp},sig={sig},nonce=n8")
    answer = venue.send(request)
    assert (answer["id"], answer["result"]) == (3, [])


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic !!!", "Basic Ym9i", "Digest x"])
def test_a_wrong_header_is_refused(venue: Simulator, header: str) -> None:
    with pytest.raises(WireError) as refused:
        venue.get("public/get_time", header)
    assert refused.value.code in (13009, 13004, 10000)


def test_a_query_may_hold_lists(venue: Simulator) -> None:
    auth = "Basic Y2Fyb2w6c2VjcmV0"
    for query in ('currency=["BTC"]', "currency=BTC&currency=ETH", "currency=BTC"):
        url = f"{venue.url}/private/cancel_all_by_kind_or_type?" + urllib.parse.quote(
            query, safe="=&"
        )
        assert venue.send(urllib.request.Request(url), auth)["result"] == 0


@dataclass
class Stranger:
    """Somebody who is not logged in."""

    address: str
    credits: Credits = field(default_factory=Credits)
    client_id: str | None = None


def test_strangers_of_one_address_share_a_larger_pool() -> None:
    purses, burst = Purses(), 10
    for _ in range(int(STRANGERS)):
        one = Stranger("10.0.0.1")
        assert all(purses.spend(one, "public/subscribe", 0.0) for _ in range(burst))
        assert not purses.spend(one, "public/subscribe", 0.0)
    assert not purses.spend(Stranger("10.0.0.1"), "public/subscribe", 0.0)
    assert purses.spend(Stranger("10.0.0.2"), "public/subscribe", 0.0)


def test_an_account_pays_from_one_purse_over_all_its_lines() -> None:
    purses = Purses()
    lines = [Stranger("10.0.0.1", client_id="ann"), Stranger("10.0.0.2", client_id="ann")]
    for _ in range(10):
        assert all(purses.spend(line, "private/buy", 0.0) for line in lines)
    assert not purses.spend(lines[0], "private/sell", 0.0)
    assert purses.spend(Stranger("10.0.0.1", client_id="ben"), "private/sell", 0.0)


def test_the_33rd_connection_is_refused_with_429() -> None:
    with simulator() as limited, ExitStack() as lines:
        opened = [lines.enter_context(wire(limited)) for _ in range(32)]
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            Wire(limited)
        assert refused.value.status_code == 429
        opened[0].close()

        def is_in() -> bool:
            try:
                lines.enter_context(wire(limited))
            except websocket.WebSocketBadStatusException:
                return False
            return True

        assert any(is_in() for _ in range(200))


@pytest.mark.parametrize(
    ("method", "burst"),
    [
        ("private/buy", 20), ("private/cancel_all", 20), ("private/mass_quote", 10),
        ("public/subscribe", 10), ("private/subscribe", 10), ("private/get_transaction_log", 8),
        ("private/move_positions", 6), ("public/get_instruments", 50), ("public/ticker", 100),
    ],
)  # fmt: skip
def test_every_pool_has_its_burst_and_leaks_back(method: str, burst: int) -> None:
    credits = Credits()
    assert [credits.spend(method, 0.0) for _ in range(burst + 1)] == [True] * burst + [False]
    assert credits.spend(method, 11.0)


def test_subscribing_draws_on_one_pool_and_orders_on_another() -> None:
    credits = Credits()
    for _ in range(5):
        assert credits.spend("public/subscribe", 0.0)
        assert credits.spend("private/subscribe", 0.0)
    assert not credits.spend("public/subscribe", 0.0)
    assert credits.spend("private/buy", 0.0)
    assert all(credits.spend("private/sell", 0.0) for _ in range(19))
    assert not credits.spend("private/edit", 0.0)
    assert credits.spend("private/cancel_all", 0.0)
