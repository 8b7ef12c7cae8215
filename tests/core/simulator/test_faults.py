"""Every fault does what it says, once."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
import websocket

from core.simulator.server.faults.market import MarketFaults, wider
from core.simulator.server.faults.reading import read
from core.simulator.server.faults.table import TABLE
from core.simulator.server.timing import SteppedTiming
from tests.core.simulator.running import Simulator, Wire, WireError, simulator, wire
from tests.core.simulator.still import Desk
from tests.eventually import eventually

PERPETUAL = "BTC-PERPETUAL"


@pytest.fixture(scope="module")
def faulty() -> Iterator[Simulator]:
    """A simulator of its own: faults would disturb other tests."""
    account = "bob:secret:BTC=10,ETH=100,USDC=1000000"
    with simulator("--seed", "9", "--unlimited", "--account", account) as running:
        yield running


@pytest.fixture
def line(faulty: Simulator) -> Iterator[Wire]:
    with wire(faulty, "bob") as opened:
        yield opened


def chain(line: Wire, name: str, frames: int) -> list[tuple[int | None, int]]:
    """(prev_change_id, change_id) of the first frames of a book."""
    while len(line.seen(name)) < frames:
        line.data(name)
    return [(f.get("prev_change_id"), f["change_id"]) for f in line.seen(name)[:frames]]


def test_a_cut_drops_every_socket(faulty: Simulator, line: Wire) -> None:
    faulty.fault("cut")
    with pytest.raises((websocket.WebSocketConnectionClosedException, ConnectionError)):
        line.until(lambda _frame: False)


def test_a_gap_breaks_the_chain_of_one_channel_once(faulty: Simulator, line: Wire) -> None:
    name = f"book.{PERPETUAL}.100ms"
    line.call("public/subscribe", channels=[name])
    chain(line, name, 2)
    faulty.fault("gap", channel=name)
    links = chain(line, name, 8)
    breaks = [
        n for n, (before, after) in enumerate(pairwise(links), start=1)
        if after[0] != before[1]
    ]  # fmt: skip
    assert len(breaks) == 1
    with pytest.raises(WireError):
        faulty.fault("gap", channel="book.NOPE.100ms")


def test_duplicates_and_swaps_are_seen_as_such(faulty: Simulator, line: Wire) -> None:
    name = "book.ETH-PERPETUAL.100ms"
    line.call("public/subscribe", channels=[name])
    chain(line, name, 1)
    faulty.fault("duplicate", channel=name)
    faulty.fault("reorder", channel=name)
    ids = [change for _, change in chain(line, name, 8)]
    assert len(set(ids)) == len(ids) - 1
    assert ids != sorted(ids)


def test_silence_stalls_and_then_goes_on_without_loss(faulty: Simulator, line: Wire) -> None:
    name = f"book.{PERPETUAL}.raw"
    line.call("private/subscribe", channels=[name])
    line.data(name)
    faulty.fault("silent", seconds=1.0)
    started_s = time.monotonic()
    line.call("public/test")
    assert time.monotonic() - started_s > 0.7
    links = chain(line, name, len(line.seen(name)) + 2)
    assert all(b[0] == a[1] for a, b in pairwise(links))


def test_a_lost_reply_leaves_an_order_that_its_label_finds(faulty: Simulator, line: Wire) -> None:
    faulty.fault("lost_reply")
    line.socket.settimeout(1.0)
    with pytest.raises(websocket.WebSocketTimeoutException):
        line.call("private/buy", instrument_name=PERPETUAL, amount=10, price=1000.0, label="lost")
    line.socket.settimeout(10.0)
    found = line.call("private/get_order_state_by_label", currency="BTC", label="lost")
    assert [order["order_state"] for order in found] == ["open"]
    assert line.call("private/cancel_all") == 1


def test_the_next_order_is_refused_as_asked(faulty: Simulator, line: Wire) -> None:
    faulty.fault("refuse", code=10041, message="settlement_in_progress")
    with pytest.raises(WireError) as refused:
        line.call("private/buy", instrument_name=PERPETUAL, amount=10, type="market")
    assert (refused.value.code, refused.value.message) == (10041, "settlement_in_progress")
    line.call("private/buy", instrument_name=PERPETUAL, amount=10, type="market")


def test_a_jump_moves_a_coin_and_what_is_tied_to_it(faulty: Simulator, line: Wire) -> None:
    before = {n: faulty.get("public/get_index_price", index_name=n)["index_price"]
              for n in ("btc_usd", "eth_usd", "xrp_usdc")}  # fmt: skip
    faulty.fault("jump", coin="BTC", fraction=0.05)
    name = "deribit_price_index.btc_usd"
    line.call("public/subscribe", channels=[name])
    line.until(lambda f: f.get("params", {}).get("data", {}).get("price", 0.0)
               > 1.03 * before["btc_usd"])  # fmt: skip
    after = {n: faulty.get("public/get_index_price", index_name=n)["index_price"] for n in before}
    assert after["eth_usd"] / before["eth_usd"] == pytest.approx(1.055, abs=0.01)
    assert after["xrp_usdc"] / before["xrp_usdc"] == pytest.approx(1.0, abs=0.005)


def test_a_pushed_spread_moves_the_pair_apart(faulty: Simulator) -> None:
    def index() -> float:
        return float(faulty.get("public/get_index_price", index_name="eth_usdc")["index_price"])

    before = index()
    faulty.fault("spread", bp=200)
    eventually(lambda: index() > 1.012 * before)
    assert index() / before == pytest.approx(1.02, abs=0.008)


def test_a_storm_moves_prices_more_until_it_is_over() -> None:
    desk = Desk()
    timing = SteppedTiming(desk.clock)
    faults = MarketFaults(desk.exchange, timing)
    faults.storm(read({"kind": "storm", "seconds": 60}))
    assert desk.exchange.world.coins.regime == 2
    desk.clock.advance(61.0)
    timing.run_due()
    assert desk.exchange.world.coins.regime < 2


def test_makers_leave_one_book_and_come_back(faulty: Simulator, line: Wire) -> None:
    name = "ETH-PERPETUAL"
    line.call("public/subscribe", channels=[f"quote.{name}", f"quote.{PERPETUAL}"])
    faulty.fault("empty", instrument=name, seconds=0.4)
    line.until(lambda f: f.get("params", {}).get("data", {}).get("best_bid_price") == 0.0)
    assert line.call("public/ticker", instrument_name=name)["best_ask_price"] == 0.0
    answer = line.call("private/buy", instrument_name=name, amount=10, type="market")
    assert answer["trades"] == []
    line.call("private/cancel_all")
    line.until(lambda f: f.get("params", {}).get("channel") == f"quote.{name}"
               and f["params"]["data"]["best_bid_price"] > 0.0)  # fmt: skip
    assert all(quote["best_bid_price"] for quote in line.seen(f"quote.{PERPETUAL}"))


def test_makers_quote_wider_for_a_while(faulty: Simulator) -> None:
    def spread() -> float:
        row = faulty.get("public/ticker", instrument_name=PERPETUAL)
        return float(row["best_ask_price"] - row["best_bid_price"])

    faulty.fault("widen", instrument="BTC-*", factor=50, seconds=0.5)
    eventually(lambda: spread() >= 20.0)
    eventually(lambda: spread() < 20.0)
    with pytest.raises(WireError):
        faulty.fault("widen", instrument="NOPE")


def test_wider_quotes_keep_their_sizes_and_sides() -> None:
    house = ({100: 5, 99: 7, 1: 2}, {102: 4, 110: 1})
    assert wider(house, 1.0) == ({99: 5, 98: 7}, {103: 4, 111: 1})
    assert wider(house, 10.0) == ({90: 5, 80: 7}, {112: 4, 192: 1})
    assert wider(({}, {}), 3.0) == ({}, {})


def test_expired_tokens_need_a_new_login(faulty: Simulator, line: Wire) -> None:
    tokens = line.call(
        "public/auth", grant_type="client_credentials", client_id="bob", client_secret="secret"
    )
    faulty.fault("expire_tokens")
    with pytest.raises(WireError) as late:
        line.call("private/get_positions")
    assert late.value.code == 13009
    line.call("public/auth", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    line.call("private/get_positions")


def test_maintenance_closes_sockets_and_refuses_until_it_is_over(
    faulty: Simulator, line: Wire
) -> None:
    line.call("public/subscribe", channels=["platform_state"])
    faulty.fault("maintenance")
    line.until(lambda f: f.get("params", {}).get("data") == {"maintenance": True})
    opcode, payload = line.socket.recv_data()
    assert (opcode, payload[2:]) == (websocket.ABNF.OPCODE_CLOSE, b"system_maintenance")
    with wire(faulty, "bob") as late:
        with pytest.raises(WireError) as refused:
            late.call("private/get_positions")
        assert refused.value.code == 11051
        assert late.call("public/status") == {"locked": "true"}
        late.call("public/subscribe", channels=["platform_state"])
        faulty.fault("maintenance", on=False)
        late.until(lambda f: f.get("params", {}).get("data") == {"maintenance": False})
        late.call("private/get_positions")
        assert late.call("public/status") == {"locked": "false"}


def test_maintenance_ends_by_itself_when_told_how_long(faulty: Simulator) -> None:
    faulty.fault("maintenance", seconds=0.3)
    assert faulty.get("public/status") == {"locked": "true"}
    eventually(lambda: faulty.get("public/status") == {"locked": "false"})


def test_a_restart_lets_nobody_in_and_keeps_the_orders(faulty: Simulator, line: Wire) -> None:
    line.call("private/buy", instrument_name=PERPETUAL, amount=10, price=1000.0, label="kept")
    faulty.fault("restart", seconds=0.5)
    with pytest.raises((websocket.WebSocketConnectionClosedException, ConnectionError)):
        line.until(lambda _frame: False)
    with pytest.raises((websocket.WebSocketException, OSError)), wire(faulty):
        pass

    def is_back() -> bool:
        try:
            return bool(faulty.get("public/get_time"))
        except (http.client.HTTPException, OSError):
            return False

    eventually(is_back)
    with wire(faulty, "bob") as again:
        kept = again.call("private/get_open_orders")
        assert [order["label"] for order in kept] == ["kept"]
        again.call("private/cancel_all")


def test_orders_wait_for_the_end_of_a_long_settlement(faulty: Simulator, line: Wire) -> None:
    faulty.fault("settlement", seconds=0.3)
    with pytest.raises(WireError) as refused:
        line.call("private/buy", instrument_name=PERPETUAL, amount=10, price=1000.0)
    assert (refused.value.code, refused.value.message) == (10041, "settlement_in_progress")
    line.call("private/get_positions")

    def is_over() -> bool:
        try:
            line.call("private/buy", instrument_name=PERPETUAL, amount=10, price=1000.0)
        except WireError:
            return False
        return True

    eventually(is_over)
    assert line.call("private/cancel_all") == 1


def test_frames_of_account_channels_are_lost_too(faulty: Simulator, line: Wire) -> None:
    name = "user.orders.any.any.raw"
    line.call("private/subscribe", channels=[name])
    faulty.fault("gap", channel="user.orders.*", client="bob")
    for label in ("lost", "seen"):
        line.call("private/buy", instrument_name=PERPETUAL, amount=10, price=1000.0, label=label)
    assert line.data(name)["label"] == "seen"
    line.call("private/cancel_all")


def test_a_fault_aims_at_one_client(faulty: Simulator, line: Wire) -> None:
    with wire(faulty, "demo") as other:
        faulty.fault("cut", client="demo")
        with pytest.raises((websocket.WebSocketConnectionClosedException, ConnectionError)):
            other.until(lambda _frame: False)
    line.call("public/test")


def test_late_frames_come_in_order_and_answers_pass_them(faulty: Simulator, line: Wire) -> None:
    name = f"book.{PERPETUAL}.100ms"
    faulty.fault("delay", seconds=0.4, what="frames")
    line.call("public/subscribe", channels=[name])
    line.call("public/test")
    assert line.seen(name) == []
    links = chain(line, name, 4)
    assert all(b[0] == a[1] for a, b in pairwise(links))
    faulty.fault("delay", seconds=0, what="frames")


def test_late_answers_come_late_over_http_too(faulty: Simulator, line: Wire) -> None:
    faulty.fault("delay", seconds=0.2, what="answers")
    for call in (line.call, faulty.get):
        started_s = time.monotonic()
        call("public/test")
        assert time.monotonic() - started_s >= 0.2
    faulty.fault("delay", seconds=0, what="answers")


def test_a_slow_answer_is_passed_by_the_next(faulty: Simulator, line: Wire) -> None:
    faulty.fault("slow", seconds=0.3, method="public/get_time")
    assert ids_after(line, "public/get_time", "public/test") == [2, 1]


def test_answers_come_out_of_order_once(faulty: Simulator, line: Wire) -> None:
    faulty.fault("out_of_order", count=3)
    asked = ["public/test", "public/get_time", "public/status", "public/test"]
    assert ids_after(line, *asked) == [3, 2, 1, 4]


def ids_after(line: Wire, *methods: str) -> list[int]:
    """Ids of the answers in the order they came; the requests have 1, 2, …"""
    for number, method in enumerate(methods, start=1):
        line.socket.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method}))
    return [line.until(lambda f: "params" not in f)["id"] for _ in methods]


@pytest.mark.parametrize("is_answered", [False, True])
def test_a_cut_comes_right_after_an_accepted_order(
    faulty: Simulator, line: Wire, is_answered: bool
) -> None:
    faulty.fault("cut", after="orders", answered=is_answered)
    line.call("private/get_positions")
    request = {"method": "private/buy", "id": 77, "jsonrpc": "2.0", "params": {
        "instrument_name": PERPETUAL, "amount": 10, "price": 1000.0, "label": "cut"}}  # fmt: skip
    line.socket.send(json.dumps(request))
    if is_answered:
        assert line.until(lambda f: f.get("id") == 77)["result"]["order"]["label"] == "cut"
    with pytest.raises((websocket.WebSocketConnectionClosedException, ConnectionError)):
        line.until(lambda f: f.get("id") == 77)
    with wire(faulty, "bob") as again:
        assert again.call("private/cancel_by_label", label="cut") == 1


def test_a_half_open_socket_answers_nothing_and_then_breaks(faulty: Simulator, line: Wire) -> None:
    faulty.fault("half_open", seconds=0.6, client="bob")
    line.socket.settimeout(0.2)
    line.socket.ping()
    line.socket.send('{"jsonrpc":"2.0","id":1,"method":"public/test"}')
    with pytest.raises(websocket.WebSocketTimeoutException):
        line.socket.recv_data_frame(control_frame=True)
    line.socket.settimeout(10.0)
    with pytest.raises((websocket.WebSocketConnectionClosedException, ConnectionError)):
        line.until(lambda _frame: False)


def test_a_heartbeat_close_is_4000(faulty: Simulator, line: Wire) -> None:
    faulty.fault("heartbeat_close", client="bob")
    opcode, payload = line.socket.recv_data()
    assert opcode == websocket.ABNF.OPCODE_CLOSE
    assert payload == (4000).to_bytes(2, "big") + b"heartbeat close"


def test_a_token_may_be_refused_in_mid_session(faulty: Simulator, line: Wire) -> None:
    faulty.fault("unauthorized", method="private/get_positions")
    with pytest.raises(WireError) as refused:
        line.call("private/get_positions")
    assert refused.value.code == 13009
    line.call("private/get_positions")


def test_a_refusal_waits_for_its_method_and_client(faulty: Simulator, line: Wire) -> None:
    faulty.fault("refuse", code=10047, message="matching_engine_queue_full", count=2,
                 method="private/cancel*", client="bob")  # fmt: skip
    line.call("private/get_positions")
    with wire(faulty, "demo") as other:
        other.call("private/cancel_all")
    for _ in range(2):
        with pytest.raises(WireError) as refused:
            line.call("private/cancel_all")
        assert refused.value.code == 10047
    line.call("private/cancel_all")


def test_an_oversized_frame_is_as_large_as_asked(faulty: Simulator, line: Wire) -> None:
    faulty.fault("oversized", megabytes=3)
    frame = line.until(lambda f: f.get("params", {}).get("channel") == "announcements")
    assert len(frame["params"]["data"]["filler"]) == 3_000_000
    line.call("public/test")


def test_a_malformed_frame_is_not_json(faulty: Simulator, line: Wire) -> None:
    faulty.fault("malformed")
    with pytest.raises(ValueError, match="Unterminated"):
        line.until(lambda _frame: False)


def test_a_flood_error_ends_the_session(faulty: Simulator, line: Wire) -> None:
    faulty.fault("too_many_requests")
    with pytest.raises(WireError) as refused:
        line.call("public/test")
    assert refused.value.code == 10028
    opcode, _ = line.socket.recv_data()
    assert opcode == websocket.ABNF.OPCODE_CLOSE


def test_faults_are_asked_for_over_http_only(line: Wire) -> None:
    with pytest.raises(WireError) as refused:
        line.call("simulator/fault", kind="cut")
    assert refused.value.code == -32601


@pytest.mark.parametrize(
    ("params", "param", "reason"),
    [
        ({"kind": "volcano"}, "kind", "must be one of gap, duplicate"),
        ({}, "kind", "must be one of"),
        ({"kind": "jump", "coin": "GOLD"}, "coin", "must be one of BTC"),
        ({"kind": "jump", "size": 1}, "size", "jump takes coin, fraction"),
        ({"kind": "jump", "fraction": "much"}, "fraction", "must be a number"),
        ({"kind": "jump", "fraction": -2}, "fraction", "must lie between -0.9 and 10"),
        ({"kind": "gap", "count": 1.5}, "count", "must be a whole number"),
        ({"kind": "cut", "answered": "maybe"}, "answered", "must be true or false"),
        ({"kind": "cut", "client": 7}, "client", "must be a text"),
        ({"kind": "delay", "what": "mail"}, "what", "must be answers, frames or both"),
        ({"kind": "spread", "pair": "BTC"}, "pair", "must be one of ETH, AVAX"),
    ],
)
def test_a_wrong_fault_is_refused_with_the_rule(
    faulty: Simulator, params: dict[str, object], param: str, reason: str
) -> None:
    with pytest.raises(WireError) as refused:
        faulty.post("simulator/fault", **params)
    data = refused.value.data
    assert data is not None
    assert data["param"] == param
    assert data["reason"].startswith(reason)


def test_every_fault_is_listed_with_its_parameters(faulty: Simulator) -> None:
    rows = faulty.get("simulator/faults")
    assert [row["kind"] for row in rows] == list(TABLE)
    assert all(row["says"] and one["says"] for row in rows for one in row["params"])
    (jump,) = [row for row in rows if row["kind"] == "jump"]
    assert {one["name"]: one["default"] for one in jump["params"]} == {
        "coin": "BTC", "fraction": 0.05,
    }  # fmt: skip
