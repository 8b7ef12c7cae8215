"""The wire, rule by rule: envelopes, refusals, subscriptions and what channels send."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests.core.simulator.indoors import Indoors, indoors
from tests.core.simulator.running import Simulator, WireError, wire

PERPETUAL = "BTC-PERPETUAL"
ENVELOPE = {"jsonrpc", "id", "usIn", "usOut", "usDiff", "testnet"}


@pytest.fixture(scope="module")
def line() -> Iterator[Indoors]:
    with indoors() as opened:
        opened.run(1.0)
        yield opened


@pytest.fixture
def quiet(line: Indoors) -> Iterator[Indoors]:
    """The same line, subscribed to nothing before and after."""
    line.frames.clear()
    yield line
    line.call("private/unsubscribe_all")
    line.frames.clear()


def option(line: Indoors) -> str:
    """An option a little out of the money that expires in more than a month."""
    return line.desk.option().name


def refusals() -> list[tuple[str, dict[str, object], int, str, object]]:
    """(method, params, code, message, data) of what any client can provoke by itself."""
    buy, sell, limit = "private/buy", "private/sell", {"instrument_name": PERPETUAL, "amount": 10}
    invalid = "Invalid params"
    stop = limit | {"type": "stop_market", "trigger": "mark_price"}
    return [
        ("public/nope", {}, -32601, "Method not found", None),
        ("private/ticker", {}, -32601, "Method not found", None),
        ("public/ticker", {}, -32602, invalid,
         {"reason": "value required", "param": "instrument_name"}),
        ("public/get_order_book", {"instrument_name": PERPETUAL, "depth": 3}, -32602, invalid,
         {"reason": "invalid format", "param": "depth"}),
        ("public/get_book_summary_by_currency", {"currency": "any"}, -32602, invalid,
         {"reason": "invalid currency", "param": "currency"}),
        ("public/get_last_trades_by_currency", {"currency": "BTC", "count": 1001}, -32602, invalid,
         {"reason": "value is too high", "param": "count"}),
        (buy, limit, -32602, invalid, {"reason": "value required", "param": "price"}),
        (buy, limit | {"amount": 5, "price": 80_000}, -32602, invalid,
         {"reason": "must be a multiple of contract size", "param": "amount"}),
        (buy, {"instrument_name": "OPTION", "amount": 0.05, "price": 0.01}, -32602, invalid,
         {"reason": "must be a multiple of the minimum order size", "param": "amount"}),
        (buy, limit | {"price": 80_000.3}, -32602, invalid,
         {"reason": "must conform to tick size", "param": "price"}),
        (buy, limit | {"price": 999_999}, 10007, "price_too_high MAX", None),
        (sell, limit | {"price": 1}, 10005, "price_too_low MIN", None),
        (buy, limit | {"amount": 10**9, "type": "market"}, 10009, "not_enough_funds", None),
        ("private/get_order_state", {"order_id": "1"}, 10004, "order_not_found", None),
        ("public/get_funding_rate_value", {"instrument_name": "OPTION", "start_timestamp": 1,
         "end_timestamp": 2}, 10020, "invalid_or_unsupported_instrument", None),
        (buy, stop | {"trigger_price": 1_000}, 10035, "trigger_price_too_low", None),
        (sell, stop | {"trigger_price": 999_000}, 10034, "trigger_price_too_high", None),
        (sell, limit | {"type": "market", "reduce_only": True}, 11030,
         "other_reject invalid_reduce_only_order", None),
        (buy, limit | {"price": 80_000, "advanced": "usd"}, 11038, "no_adv_for_futures", None),
        ("private/get_settlement_history_by_currency", {"currency": "BTC", "type": "exercise"},
         11043, "bad_argument", "type"),
        ("private/cancel", {"order_id": "1"}, 11044, "not_open_order", None),
        ("private/edit", {"order_id": "1", "amount": 10, "price": 1}, 11044, "not_open_order",
         None),
        (buy, limit | {"price": 80_000, "post_only": True, "time_in_force": "fill_or_kill"},
         11055, "post_only_not_allowed", None),
        (buy, limit | {"type": "market", "time_in_force": "fill_or_kill"}, 11047,
         "unsupported_arg_combination", "time_in_force"),
        (buy, {"instrument_name": "OPTION", "amount": 1, "price": 80, "advanced": "implv",
               "post_only": True}, 11039, "no_adv_postonly", None),
        ("private/edit_by_label", limit | {"label": "nobody", "price": 1}, 10004,
         "order_not_found", None),
        ("public/exchange_token", {"refresh_token": "x", "subject_id": 1}, 13004,
         "invalid_credentials", None),
        ("public/test", {"expected_result": "exception"}, 11094, "internal_server_error", None),
        ("public/auth", {"grant_type": "client_credentials", "client_id": "ann",
         "client_secret": "guess"}, 13004, "invalid_credentials", None),
        (buy, limit | {"type": "market", "valid_until": 1}, 13888, "timed_out", None),
    ]  # fmt: skip


@pytest.mark.parametrize(("method", "params", "code", "message", "data"), refusals())
def test_a_refusal_has_code_message_and_data_of_the_table(
    quiet: Indoors, method: str, params: dict[str, object], code: int, message: str, data: object
) -> None:
    if params.get("instrument_name") == "OPTION":
        params = params | {"instrument_name": option(quiet)}
    band = quiet.call("public/ticker", instrument_name=PERPETUAL)
    message = message.replace("MAX", str(band["max_price"])).replace("MIN", str(band["min_price"]))
    answer = quiet.ask(method, **params)
    assert set(answer) == ENVELOPE | {"error"}
    expected = {"code": code, "message": message} | ({} if data is None else {"data": data})
    assert answer["error"] == expected


@pytest.mark.parametrize(
    "method",
    ["public/subscribe", "public/unsubscribe", "public/unsubscribe_all", "public/hello",
     "public/set_heartbeat", "public/disable_heartbeat", "private/subscribe", "private/logout",
     "private/enable_cancel_on_disconnect"],
)  # fmt: skip
def test_what_concerns_a_socket_is_refused_over_http(line: Indoors, method: str) -> None:
    assert line.get(method)["error"] == {"code": 10030, "message": "must_be_websocket_request"}


def test_another_s_order_is_not_one_s_own_to_change() -> None:
    with indoors() as ann, indoors(ann.desk, "ben") as ben:
        low = ann.call("public/ticker", instrument_name=PERPETUAL)["min_price"]
        order = ann.call("private/buy", instrument_name=PERPETUAL, amount=10, price=low)["order"]
        own = {"order_id": order["order_id"]}
        for method, more in (("cancel", {}), ("edit", {"amount": 20, "price": low})):
            answer = ben.ask(f"private/{method}", **own, **more)
            assert answer["error"] == {"code": 10029, "message": "not_owner_of_order"}
        assert ann.call("private/cancel", **own)["order_state"] == "cancelled"


@pytest.mark.parametrize("rpc_id", [0, 7, -1, 2**62, "", "a", "7"])
def test_an_id_comes_back_as_it_is_and_stands_beside_the_timing(
    venue: Simulator, rpc_id: object
) -> None:
    with wire(venue) as line:
        for method in ("public/get_time", "public/nope"):
            answer = line.raw(json.dumps({"jsonrpc": "2.0", "id": rpc_id, "method": method}))
            assert answer["id"] == rpc_id
            assert set(answer) - {"result", "error"} == ENVELOPE
            assert answer["usDiff"] == answer["usOut"] - answer["usIn"] >= 0
            assert answer["testnet"] is False


@pytest.mark.parametrize(
    ("method", "auth"), [(7, ""), ("private/get_positions", "Bearer none"), ("public/nope", "")]
)
def test_a_refused_post_has_status_400_and_keeps_its_id(
    venue: Simulator, method: object, auth: str
) -> None:
    body = json.dumps({"id": "x", "method": method}).encode()
    headers = {"Authorization": auth} if auth else {}
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(venue.url, body, headers), timeout=5)
    with refused.value as reply:
        answer = json.load(reply)
        assert reply.code == 400
    assert answer["id"] == "x"
    assert set(answer) == ENVELOPE | {"error"}


def test_the_first_frame_follows_the_answer_and_has_no_timing(venue: Simulator) -> None:
    names = [f"ticker.{PERPETUAL}.100ms", f"quote.{PERPETUAL}", f"book.{PERPETUAL}.100ms"]
    with wire(venue) as line:
        request = {"id": 1, "method": "public/subscribe", "params": {"channels": names}}
        line.socket.send(json.dumps(request))
        frames = [json.loads(line.socket.recv()) for _ in range(4)]
    assert frames[0]["id"] == 1
    for frame in frames[1:]:
        assert set(frame) == {"jsonrpc", "method", "params"}
        assert set(frame["params"]) == {"channel", "data"}
    assert {frame["params"]["channel"] for frame in frames[1:]} == set(names)


def test_accepted_channels_are_listed_in_an_order_of_the_venue_s_own(quiet: Indoors) -> None:
    wanted = [f"ticker.{PERPETUAL}.100ms", f"book.{PERPETUAL}.100ms", "ticker.NOPE.100ms"]
    assert quiet.subscribe(*wanted)["result"] == [wanted[1], wanted[0]]


def test_one_raw_name_refuses_the_whole_call_of_a_stranger(venue: Simulator) -> None:
    with wire(venue) as line:
        for raw in (f"book.{PERPETUAL}.raw", "trades.any.any.raw", "ticker.NOPE.raw"):
            with pytest.raises(WireError) as refused:
                line.call("public/subscribe", channels=[f"quote.{PERPETUAL}", raw])
            assert (refused.value.code, refused.value.message, refused.value.data) == (
                13778, "raw_subscriptions_not_available_for_unauthorized", None,
            )  # fmt: skip
        assert line.call("public/unsubscribe", channels=[f"quote.{PERPETUAL}"]) == []


def test_account_channels_need_a_login_and_the_private_call(venue: Simulator) -> None:
    names = ["user.orders.any.any.100ms"]
    with wire(venue) as stranger:
        for method in ("public/subscribe", "private/subscribe"):
            with pytest.raises(WireError) as refused:
                stranger.call(method, channels=names)
            assert refused.value.code == 13009
            assert refused.value.data == {"reason": "invalid_token", "param": "access_token"}
    with wire(venue, "judy") as line:
        with pytest.raises(WireError) as public:
            line.call("public/subscribe", channels=names)
        assert public.value.code == 13009
        assert line.call("private/subscribe", channels=names) == names


def chain_of(frames: list[dict[str, Any]]) -> bool:
    """True when each frame names the one before it."""
    pairs = pairwise(frames)
    return all(after["prev_change_id"] == before["change_id"] for before, after in pairs)


def test_every_interval_has_a_chain_of_its_own_and_a_new_snapshot_begins_another(
    quiet: Indoors,
) -> None:
    names = [f"book.{PERPETUAL}.{interval}" for interval in ("raw", "100ms", "agg2")]
    quiet.subscribe(*names)
    quiet.run(3.0)
    for name in names:
        seen = quiet.data(name)
        assert [row["type"] for row in seen] == ["snapshot"] + ["change"] * (len(seen) - 1)
        assert "prev_change_id" not in seen[0]
        assert len(seen) >= 3
        assert chain_of(seen)
        assert all(row["change_id"] - row["prev_change_id"] > 1 for row in seen[1:])
    last = quiet.data(names[0])[-1]["change_id"]
    quiet.frames.clear()
    quiet.subscribe(*names)
    assert quiet.frames == []
    assert quiet.call("private/unsubscribe", channels=names[:1]) == names[:1]
    quiet.run(1.0)
    assert quiet.data(names[0]) == []
    quiet.subscribe(names[0])
    quiet.run(0.5)
    again = quiet.data(names[0])
    assert again[0]["type"] == "snapshot"
    assert again[0]["change_id"] > last
    assert chain_of(again)


def test_what_was_greeted_is_not_told_again_unless_it_changed(quiet: Indoors) -> None:
    name = option(quiet)
    chain, grouped, quote = (
        "markprice.options.btc_usd",
        f"book.{name}.none.10.100ms",
        f"quote.{name}",
    )
    quiet.subscribe(chain, grouped, quote)
    quiet.run(5.0)
    known: dict[str, tuple[float, float]] = {}
    for rows in quiet.data(chain):
        fresh = {row["instrument_name"]: (row["mark_price"], row["iv"]) for row in rows}
        assert all(known.get(key) != value for key, value in fresh.items())
        known |= fresh
    for channel in (grouped, quote):
        states = [
            {key: value for key, value in row.items() if key not in ("timestamp", "change_id")}
            for row in quiet.data(channel)
        ]
        assert all(one != other for one, other in pairwise(states))


@pytest.mark.parametrize("kind", ["perpetual", "option"])
def test_partial_tickers_add_up_to_the_whole_one(quiet: Indoors, kind: str) -> None:
    name = PERPETUAL if kind == "perpetual" else option(quiet)
    channel = f"incremental_ticker.{name}"
    quiet.subscribe(channel, f"ticker.{name}.raw")
    quiet.run(6.0)
    frames = quiet.data(channel)
    assert [row["type"] for row in frames] == ["snapshot"] + ["change"] * (len(frames) - 1)
    assert 5 <= len(frames) <= 7
    whole: dict[str, Any] = {}
    tickers = {row["timestamp"]: row for row in quiet.data(f"ticker.{name}.raw")}
    for row in frames:
        assert {"instrument_name", "timestamp"} <= set(row)
        for key, value in row.items():
            whole[key] = whole[key] | value if key in whole and isinstance(value, dict) else value
        assert {k: v for k, v in whole.items() if k != "type"} == tickers[row["timestamp"]]
    assert "state" not in frames[1]


def test_slow_channels_speak_once_a_second_and_fast_ones_ten_times_at_most(quiet: Indoors) -> None:
    slow = [f"book.{PERPETUAL}.agg2", f"ticker.{PERPETUAL}.agg2", "deribit_price_index.btc_usd",
            "deribit_volatility_index.btc_usd", "estimated_expiration_price.btc_usd"]  # fmt: skip
    fast = [f"book.{PERPETUAL}.100ms", f"ticker.{PERPETUAL}.100ms", f"quote.{PERPETUAL}"]
    quiet.subscribe(*slow, *fast)
    quiet.run(10.0)
    for name in slow:
        assert 10 <= len(quiet.data(name)) <= 11
    for name in fast:
        assert 60 <= len(quiet.data(name)) <= 101
