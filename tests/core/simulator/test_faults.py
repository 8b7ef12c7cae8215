"""Every fault does what it says, once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
import websocket

from tests.core.simulator.running import Simulator, Wire, WireError, simulator, wire
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


def test_maintenance_refuses_until_it_is_over(faulty: Simulator, line: Wire) -> None:
    faulty.fault("maintenance")
    with pytest.raises(WireError) as refused:
        line.call("private/get_positions")
    assert refused.value.code == 11051
    assert line.call("public/status") == {"locked": "true"}
    faulty.fault("maintenance", on=False)
    line.call("private/get_positions")


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


def test_faults_are_asked_for_over_http_only(faulty: Simulator, line: Wire) -> None:
    with pytest.raises(WireError) as refused:
        line.call("simulator/fault", kind="cut")
    assert refused.value.code == -32601
    with pytest.raises(WireError):
        faulty.post("simulator/fault", kind="volcano")
