"""What time does, rule by rule: the hours around 08:00 UTC, heartbeats, disconnections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import websocket

from tests.core.simulator.indoors import Indoors, indoors
from tests.core.simulator.running import Simulator, Wire, simulator, wire

NOON_TO_EIGHT_S = 20 * 3_600
HALF_HOUR_S = 1_800
OLD = "19NOV26"


def expired(line: Indoors) -> dict[str, Any]:
    """What is told of one option through its last hour and the next."""
    chain = line.call("public/get_instruments", currency="BTC", kind="option")
    return next(row for row in chain if OLD in row["instrument_name"])


def states(line: Indoors, name: str) -> list[str]:
    """States announced of one instrument, in order."""
    rows = line.data("instrument.state.option.BTC")
    return [row["state"] for row in rows if row["instrument_name"] == name]


def test_the_hour_around_eight() -> None:
    with indoors() as line:
        option = expired(line)
        name, channel = option["instrument_name"], "estimated_expiration_price.btc_usd"
        line.subscribe("instrument.state.option.BTC", "instrument.creation.option.BTC", channel)
        assert [set(row) for row in line.data(channel)] == [{"seconds", "price", "is_estimated"}]
        assert (line.data(channel)[0]["seconds"], line.data(channel)[0]["is_estimated"]) == (
            NOON_TO_EIGHT_S, False,
        )  # fmt: skip
        line.desk.clock.advance(NOON_TO_EIGHT_S - HALF_HOUR_S - 1.0)
        line.run(0.1)
        same(line, name, is_averaged=False)
        line.run(40.0, 10.0)
        assert line.data(channel)[-1]["is_estimated"] is True
        same(line, name, is_averaged=True)
        line.desk.clock.advance(HALF_HOUR_S - 50.0)
        line.run(25.0, 5.0)
        assert states(line, name) == ["settlement", "delivered"]
        ended = line.call("public/get_instrument", instrument_name=name)
        assert (ended["state"], ended["is_active"]) == ("delivered", False)
        assert line.ask("public/ticker", instrument_name=name)["error"]["data"] == {
            "reason": "instrument not found", "param": "instrument_name",
        }  # fmt: skip
        assert name in {row["instrument_name"] for row in listed(line, is_expired=True)}
        assert name not in {row["instrument_name"] for row in listed(line)}
        assert line.data("instrument.creation.option.BTC") == []
        line.run(40.0, 5.0)
        created(line)
        line.desk.clock.advance(3_600.0)
        line.run(61.0, 10.0)
        assert states(line, name) == ["settlement", "delivered", "archivized"]
        assert line.call("public/get_instrument", instrument_name=name)["state"] == "archivized"


def same(line: Indoors, name: str, is_averaged: bool) -> None:
    """The estimated delivery price is the index until the last half hour."""
    for asked in (name, "BTC-PERPETUAL"):
        row = line.call("public/ticker", instrument_name=asked)
        assert (row["estimated_delivery_price"] != row["index_price"]) == is_averaged
    row = line.call("public/get_index_price", index_name="btc_usd")
    assert (row["estimated_delivery_price"] != row["index_price"]) == is_averaged


def listed(line: Indoors, is_expired: bool = False) -> list[dict[str, Any]]:
    """The options on BTC."""
    rows: list[dict[str, Any]] = line.call(
        "public/get_instruments", currency="BTC", kind="option", expired=is_expired
    )
    return rows


def created(line: Indoors) -> None:
    """New contracts came whole, within a minute of 08:00, each told as open once."""
    fresh = line.data("instrument.creation.option.BTC")
    now = {row["instrument_name"]: row for row in listed(line)}
    assert fresh
    for row in fresh:
        assert row == now[row["instrument_name"]]
        assert 17_000 <= row["creation_timestamp"] % 86_400_000 - 8 * 3_600_000 <= 50_000
        assert states(line, row["instrument_name"]) == ["open"]
        shown = line.call("public/ticker", instrument_name=row["instrument_name"])
        assert shown["settlement_price"] is None


def test_every_settlement_price_is_the_mark_of_eight_o_clock() -> None:
    with indoors() as line:
        line.desk.clock.advance(NOON_TO_EIGHT_S)
        line.run(0.1)
        for name in ("BTC-PERPETUAL", "BTC-25DEC26", "ETH_USDC-PERPETUAL"):
            at_eight = line.desk.market(name).settlement_mark
            line.run(1.0)
            row = line.call("public/ticker", instrument_name=name)
            assert row["settlement_price"] == at_eight
            assert row["settlement_price"] == pytest.approx(row["mark_price"], rel=0.002)


@pytest.fixture(scope="module")
def stepped() -> Iterator[Simulator]:
    """An exchange whose time passes when told, also for heartbeats."""
    account = "ann:secret:BTC=10"
    with simulator("--stepped", "--unlimited", "--account", account) as running:
        yield running


def resting(line: Wire) -> str:
    """The id of an order far below the market."""
    low = line.call("public/ticker", instrument_name="BTC-PERPETUAL")["min_price"]
    order = line.call("private/buy", instrument_name="BTC-PERPETUAL", amount=10, price=low)["order"]
    return str(order["order_id"])


def test_a_heartbeat_close_is_4000_and_cancels_what_was_protected(stepped: Simulator) -> None:
    with wire(stepped, "ann") as watch, wire(stepped, "ann") as line:
        order_id = resting(line)
        line.call("private/enable_cancel_on_disconnect")
        line.call("public/set_heartbeat", interval=10)
        watch.advance(12.5)
        line.until(lambda frame: frame.get("params") == {"type": "test_request"})
        watch.advance(11.0)
        opcode, data = line.socket.recv_data()
        while opcode != websocket.ABNF.OPCODE_CLOSE:
            opcode, data = line.socket.recv_data()
        assert (int.from_bytes(data[:2], "big"), data[2:]) == (4000, b"heartbeat close")
        line.close()
        watch.advance(1.0)
        order = watch.call("private/get_order_state", order_id=order_id)
        assert (order["order_state"], order["cancel_reason"]) == (
            "cancelled", "cancel_on_disconnect",
        )  # fmt: skip


def test_a_logout_keeps_what_was_protected(stepped: Simulator) -> None:
    with wire(stepped, "ann") as watch, wire(stepped, "ann") as line:
        order_id = resting(line)
        line.call("private/enable_cancel_on_disconnect")
        line.socket.send('{"jsonrpc":"2.0","id":1,"method":"private/logout","params":{}}')
        opcode, _ = line.socket.recv_data()
        assert opcode == websocket.ABNF.OPCODE_CLOSE
        line.close()
        watch.advance(1.0)
        order = watch.call("private/get_order_state", order_id=order_id)
        assert order["order_state"] == "open"
        watch.call("private/cancel", order_id=order_id)
