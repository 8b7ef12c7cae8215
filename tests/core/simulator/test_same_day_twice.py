"""A stepped exchange: the same seed and the same client give the same bytes."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from tests.core.simulator.running import Simulator, Wire, WireError, simulator, wire

START = "2026-03-01T06:30:00Z"
START_MS = 1_772_346_600_000
FUNDS = "BTC=10,ETH=100,USDC=1000000"
PERPETUAL = "BTC-PERPETUAL"
BOOK = f'"channel":"book.{PERPETUAL}.100ms"'


def stepped(seed: int, speed: int = 1, *more: str) -> tuple[str, ...]:
    """Options of a stepped exchange."""
    account = ("--account", f"ann:secret:{FUNDS}")
    return (
        "--stepped", "--start", START, "--seed", str(seed), "--speed", str(speed), "--unlimited",
        *account, *more,
    )  # fmt: skip


class Recording(Wire):
    """A connection that keeps every frame as it came."""

    def __init__(self, running: Simulator) -> None:
        super().__init__(running)
        self.heard: list[str] = []
        receive = self.socket.recv

        def recv() -> str:
            text = str(receive())
            self.heard.append(text)
            return text

        self.socket.recv = recv

    def login(self) -> None:
        """As ann, for longer than the script takes."""
        self.call("public/auth", grant_type="client_credentials", client_id="ann",
                  client_secret="secret", scope="session:day expires:90000")  # fmt: skip

    def watch(self) -> list[str]:
        """Subscribe to something of everything; the options that expire first."""
        options = self.call("public/get_instruments", currency="BTC", kind="option")
        first = min(it["expiration_timestamp"] for it in options)
        near = [it["instrument_name"] for it in options if it["expiration_timestamp"] == first]
        names = [PERPETUAL, "ETH-PERPETUAL", "SOL_USDC-PERPETUAL", *near[:10]]
        channels = [f"book.{name}.100ms" for name in names]
        channels += [f"ticker.{name}.100ms" for name in names]
        channels += [f"quote.{name}" for name in names]
        channels += [
            f"book.{PERPETUAL}.none.10.100ms", f"perpetual.{PERPETUAL}.100ms",
            f"chart.trades.{PERPETUAL}.1", "trades.any.any.raw", "instrument.state.any.any",
            "deribit_price_index.btc_usd", "deribit_volatility_index.btc_usd",
            "markprice.options.btc_usd", "user.changes.any.any.raw", "user.orders.any.any.raw",
            "user.trades.any.any.raw", "user.portfolio.any", "platform_state",
        ]  # fmt: skip
        accepted = self.call("private/subscribe", channels=channels)
        assert sorted(accepted) == sorted(channels)
        return near[:3]


def day(seed: int, speed: int, advances: int, seconds: float) -> list[str]:
    """Every frame of a scripted day: watch, trade options and futures, pass 08:00, read back."""
    with simulator(*stepped(seed, speed)) as running:
        line = Recording(running)
        try:
            line.login()
            options = line.watch()
            for turn in range(advances):
                line.call("private/buy", instrument_name=PERPETUAL, amount=1000, type="market",
                          label=f"turn {turn}")  # fmt: skip
                line.call("private/buy", instrument_name=PERPETUAL, amount=10, price=1000.0)
                if turn == 0:
                    for name in options:
                        line.call("private/buy", instrument_name=name, amount=0.1, type="market")
                line.advance(seconds)
            for name in ("BTC", "ETH"):
                line.call("private/get_positions", currency=name)
            line.call("private/get_transaction_log", currency="BTC", start_timestamp=0,
                      end_timestamp=10**13)  # fmt: skip
            line.call("public/get_delivery_prices", index_name="btc_usd")
            return line.heard
        finally:
            line.close()


def test_a_day_over_a_settlement_is_the_same_twice_byte_for_byte() -> None:
    one, two = (day(3, 300, 2, 2_730) for _ in range(2))
    assert any("delivered" in text for text in one)
    assert len(one) > 2_000
    assert one == two


def test_another_seed_is_another_day() -> None:
    one, other = (day(seed, 1, 1, 5.0) for seed in (3, 4))
    books = [{text for text in heard if BOOK in text} for heard in (one, other)]
    assert books[0].isdisjoint(books[1])
    tokens = [json.loads(heard[0])["result"]["access_token"] for heard in (one, other)]
    assert tokens[0] != tokens[1]


def test_time_stands_still_until_it_is_told_to_move() -> None:
    with simulator(*stepped(1)) as running, wire(running) as line:
        line.call("public/subscribe", channels=[f"ticker.{PERPETUAL}.100ms"])
        line.data(f"ticker.{PERPETUAL}.100ms")
        for _ in range(20):
            answer = line.ask({"method": "public/get_time", "params": {}})
            assert answer["result"] * 1000 == answer["usIn"] == answer["usOut"] == START_MS * 1000
        assert len(line.seen(f"ticker.{PERPETUAL}.100ms")) == 1
        assert line.call("simulator/advance", seconds=1.5) == {
            "timestamp": START_MS + 1_500, "steps": 15,
        }  # fmt: skip
        stamps = [frame["timestamp"] for frame in line.seen(f"ticker.{PERPETUAL}.100ms")]
        assert len(stamps) > 10
        assert stamps == sorted(stamps)
        assert stamps[-1] <= START_MS + 1_500


def test_frames_of_an_advance_come_before_its_answer_over_http_too() -> None:
    with simulator(*stepped(1)) as running, wire(running) as line:
        line.call("public/subscribe", channels=["deribit_price_index.btc_usd"])
        running.post("simulator/advance", seconds=3)
        assert line.call("public/get_time") == START_MS + 3_000
        assert len(line.seen("deribit_price_index.btc_usd")) == 4


@pytest.mark.parametrize("seconds", [None, 0, -1, "soon", 1e9, True])
def test_an_advance_by_no_time_is_refused(seconds: object) -> None:
    with simulator(*stepped(1)) as running, pytest.raises(WireError) as refused:
        running.post("simulator/advance", seconds=seconds)
    assert refused.value.code == -32602
    assert refused.value.data is not None
    assert refused.value.data["param"] == "seconds"


def test_a_running_exchange_cannot_be_advanced(venue: Simulator) -> None:
    with pytest.raises(WireError) as refused:
        venue.post("simulator/advance", seconds=1)
    assert refused.value.code == -32601


def test_tokens_and_heartbeats_go_by_the_exchange_s_time() -> None:
    with simulator(*stepped(1, 100)) as running, wire(running, "ann") as line:
        line.call("public/subscribe", channels=[f"quote.{PERPETUAL}"])
        line.call("public/set_heartbeat", interval=10)
        line.advance(60)
        kinds = [frame["params"]["type"] for frame in line.frames if frame["method"] == "heartbeat"]
        assert kinds == ["test_request"] * 3
        line.call("private/get_positions")
        line.advance(850)
        with pytest.raises(WireError) as late:
            line.call("private/get_positions")
        assert late.value.code == 13009
        assert line.call("public/test")


def test_a_rehearsed_day_has_its_faults_at_their_times() -> None:
    faults = ("--fault", "2 refuse code=10041 message=settlement_in_progress",
              "--fault", "5 jump coin=BTC fraction=0.5")  # fmt: skip
    with simulator(*stepped(1, 1, *faults)) as running, wire(running, "ann") as line:

        def index() -> float:
            return float(line.call("public/get_index_price", index_name="btc_usd")["index_price"])

        order: dict[str, Any] = {"instrument_name": PERPETUAL, "amount": 10, "type": "market"}
        line.call("private/buy", **order)
        line.call("simulator/advance", seconds=2)
        with pytest.raises(WireError) as refused:
            line.call("private/buy", **order)
        assert refused.value.code == 10041
        before = index()
        line.call("simulator/advance", seconds=2.9)
        assert index() / before == pytest.approx(1.0, abs=0.01)
        line.call("simulator/advance", seconds=0.2)
        assert index() / before == pytest.approx(1.5, abs=0.01)


def test_extra_load_is_repeatable_too() -> None:
    def frames() -> list[str]:
        with simulator(*stepped(1, 1, "--load", "2000")) as running:
            line = Recording(running)
            line.call("public/subscribe", channels=[f"book.{PERPETUAL}.100ms"])
            line.call("simulator/advance", seconds=2)
            line.close()
        return line.heard

    one, two = frames(), frames()
    assert one == two
    ids = [json.loads(text)["params"]["data"] for text in one if '"change"' in text]
    assert len(ids) > 3_500
    assert all(b["prev_change_id"] == a["change_id"] for a, b in pairwise(ids))
