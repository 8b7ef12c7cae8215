"""What is held survives the process; what expired meanwhile is settled."""

from __future__ import annotations

import os
import signal
from decimal import Decimal
from pathlib import Path

import pytest

from core.errors import StartError
from core.simulator.accounts.summary import summary_row
from core.simulator.state.keeper import Keeper
from tests.core.simulator.running import simulator, wire
from tests.core.simulator.state.kept import kept, reborn
from tests.core.simulator.still import Desk

ACCOUNT = "bob:secret:BTC=10,USDC=100000"


def test_balances_positions_orders_and_prices_come_back(tmp_path: Path) -> None:
    desk = Desk(4)
    desk.send(desk.ann, desk.option(), "buy", 5, label="opt")
    desk.send(desk.ann, desk.market("ETH_USDC-PERPETUAL"), "sell", 700)
    perpetual = desk.market("BTC-PERPETUAL")
    resting, _ = desk.send(desk.ann, perpetual, "buy", 7, "limit", 160_000, label="rest")
    stop = desk.stop(desk.ann, perpetual, "sell", 3, int(perpetual.mark / 0.5) - 900)
    kept(desk, tmp_path / "state")
    again = reborn(desk, tmp_path / "state")
    assert again.exchange.world.indices == desk.exchange.world.indices
    for currency in ("BTC", "USDC"):
        new, old = summary_row(again.ann, currency), summary_row(desk.ann, currency)
        assert new["balance"] == old["balance"]
        assert new["equity"] == pytest.approx(old["equity"], rel=1e-6)
    assert set(again.ann.orders) == {resting.order_id, stop.order_id}
    assert [fill.row for fill in again.ann.fills] == [fill.row for fill in desk.ann.fills]
    order, _ = again.send(again.ben, again.market("BTC-PERPETUAL"), "buy", 1)
    assert int(order.order_id) > int(resting.order_id)


def test_restored_orders_trade_and_restored_stops_fire(tmp_path: Path) -> None:
    desk = Desk(4)
    perpetual = desk.market("BTC-PERPETUAL")
    bid = perpetual.book.best(0)
    assert bid is not None
    resting, _ = desk.send(desk.ann, perpetual, "buy", 2, "limit", bid - 100)
    stop = desk.stop(desk.ben, perpetual, "sell", 3, bid - 200)
    kept(desk, tmp_path / "state")
    again = reborn(desk, tmp_path / "state")
    again.exchange.world.coins.jump("BTC", -0.01)
    again.run(0.5)
    assert again.ann.size_in(again.market("BTC-PERPETUAL")) == Decimal(20)
    assert again.ben.size_in(again.market("BTC-PERPETUAL")) == Decimal(-30)
    assert resting.order_id not in again.ann.orders
    assert stop.order_id not in again.ben.orders


def test_the_makers_are_back_before_the_first_order_can_come(tmp_path: Path) -> None:
    desk = Desk(4)
    kept(desk, tmp_path / "state")
    perpetual = desk.market("BTC-PERPETUAL")
    resting, _ = desk.send(desk.ann, perpetual, "buy", 2, "limit", 80_000)
    desk.exchange.flush_client()
    again = reborn(desk, tmp_path / "state", later_s=0.5)
    best = again.market("BTC-PERPETUAL").book.best(0)
    assert best is not None
    assert best > resting.tick


def test_contracts_that_expired_while_away_are_settled_at_load(tmp_path: Path) -> None:
    desk = Desk(4)
    chain = desk.exchange.floor.options_of("BTC")
    first = min(m.instrument.expiry_ms for m in chain)
    calls = [m for m in chain if m.instrument.expiry_ms == first and m.instrument.is_call]
    deep = min(calls, key=lambda m: m.instrument.strike)
    desk.send(desk.ann, deep, "buy", 10)
    desk.send(desk.ann, desk.market("BTC-PERPETUAL"), "buy", 100)
    balance = desk.ann.purses["BTC"].balance
    kept(desk, tmp_path / "state")
    again = reborn(desk, tmp_path / "state", later_s=86_400.0)
    assert deep.name not in again.ann.positions
    assert again.ann.purses["BTC"].balance > balance + Decimal("0.05")
    assert again.ann.size_in(again.market("BTC-PERPETUAL")) == Decimal(1000)
    assert again.exchange.floor.markets.find(deep.name) is None
    expiries = {m.instrument.expiry_ms for m in again.exchange.floor.options_of("BTC")}
    assert len(expiries) >= 8
    assert min(expiries) > again.clock.now_ms()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 99}'])
def test_a_file_that_is_no_state_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    with pytest.raises(StartError, match=str(path)):
        Keeper(path).load()


def test_positions_survive_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    options = ("--state", str(path), "--account", ACCOUNT, "--seed", "3")
    with simulator(*options) as first, wire(first, "bob") as line:
        line.call("private/buy", instrument_name="BTC-PERPETUAL", amount=500, type="market")
        line.call(
            "private/buy", instrument_name="BTC-PERPETUAL", amount=10, price=50_000, label="kept"
        )
        before = line.call("private/get_account_summary", currency="BTC")
        os.kill(first.process.pid, signal.SIGKILL)
    with simulator(*options) as second, wire(second, "bob") as line:
        position = line.call("private/get_position", instrument_name="BTC-PERPETUAL")
        after = line.call("private/get_account_summary", currency="BTC")
        labels = [order["label"] for order in line.call("private/get_open_orders")]
        index = line.call("public/get_index_price", index_name="btc_usd")["index_price"]
    assert position["size"] == 500.0
    assert after["balance"] == before["balance"]
    assert labels == ["kept"]
    assert index == pytest.approx(position["average_price"], rel=0.01)


def test_a_clean_end_saves_too(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with simulator("--state", str(path), "--account", ACCOUNT) as first:
        with wire(first, "bob") as line:
            line.call("private/buy", instrument_name="BTC-PERPETUAL", amount=30, type="market")
        assert first.stop() == 0
    assert '"size":{"$d":"30"}' in path.read_text()


def test_an_order_on_a_strike_listed_a_moment_ago_survives_a_kill(tmp_path: Path) -> None:
    desk = Desk(4)
    kept(desk, tmp_path / "state")
    before = {market.name for market in desk.exchange.floor.markets}
    desk.exchange.world.coins.jump("BTC", 0.25)
    desk.run(120.0, 10.0)
    fresh = [m for m in desk.exchange.floor.options_of("BTC") if m.name not in before]
    bid = fresh[0].book.best(0)
    resting, _ = desk.send(desk.ann, fresh[0], "buy", 1, "limit", bid or 1)
    desk.exchange.flush_client()
    again = reborn(desk, tmp_path / "state")
    assert resting.order_id in again.ann.orders
