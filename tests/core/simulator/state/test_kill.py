"""Killed at random moments while a client trades: what was acknowledged is there, once."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from websocket import WebSocketException

from core.simulator.accounts.account import FILLS_KEPT
from tests.core.simulator.running import Simulator, Wire, simulator, wire

KILLS = int(os.environ.get("SIMULATOR_KILLS", "4"))
"""More of them by hand: SIMULATOR_KILLS=60."""
ACCOUNT = "bob:secret:BTC=1000,USDC=100000"
PERPETUAL = "BTC-PERPETUAL"


class Trader:
    """Sends orders until the line breaks and remembers what was acknowledged."""

    def __init__(self) -> None:
        self.orders: dict[str, str] = {}
        """Acknowledged order ids with the last acknowledged state; `done` stands for what may have
        ended without an answer: a rest near the market, a cancel under way."""
        self.trades: dict[str, None] = {}
        self.round_trips_s: list[float] = []

    def trade(self, running: Simulator, seed: int) -> None:
        """Until the process is gone."""
        dice = random.Random(seed)
        try:
            with wire(running, "bob") as line:
                while True:
                    self._once(line, dice)
        except (OSError, WebSocketException, ValueError):
            return

    def _once(self, line: Wire, dice: random.Random) -> None:
        began_s = time.monotonic()
        kind = dice.randrange(3)
        side = dice.choice(("buy", "sell"))
        if kind == 0:
            price = 40_000 if side == "buy" else 160_000
            resting = self._send(line, side, type="limit", price=price, amount=10)
            if resting is not None and dice.random() < 0.7:
                # Until it is answered nobody knows whether it was cancelled.
                self.orders[resting] = "done"
                row = line.call("private/cancel", order_id=resting)
                self.orders[resting] = row["order_state"]
        else:
            self._send(line, side, type="market", amount=10 * dice.randrange(1, 5))
        self.round_trips_s.append(time.monotonic() - began_s)

    def _send(self, line: Wire, side: str, **params: object) -> str | None:
        answer = line.ask({
            "method": f"private/{side}", "params": {"instrument_name": PERPETUAL, **params},
        })  # fmt: skip
        if "error" in answer:
            return None
        result = answer["result"]
        order_id: str = result["order"]["order_id"]
        self.orders[order_id] = "open" if params["type"] == "limit" else "done"
        self.trades |= dict.fromkeys(trade["trade_id"] for trade in result["trades"])
        return order_id


def all_trades(line: Wire) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while True:
        start = rows[-1]["trade_seq"] + 1 if rows else 1
        got = line.call(
            "private/get_user_trades_by_instrument", instrument_name=PERPETUAL, count=1000,
            start_seq=start, sorting="asc",
        )  # fmt: skip
        rows += got["trades"]
        if not got["has_more"]:
            return rows


def check(line: Wire, trader: Trader) -> None:
    """What was acknowledged is known, trades and position agree."""
    trades = all_trades(line)
    counts = Counter(trade["trade_id"] for trade in trades)
    assert set(counts.values()) <= {1}
    assert set(list(trader.trades)[-1_000:]) <= set(counts)
    signed = sum(t["amount"] * (1 if t["direction"] == "buy" else -1) for t in trades)
    size = line.call("private/get_position", instrument_name=PERPETUAL)["size"]
    assert size == signed or len(trades) == FILLS_KEPT
    seqs = [trade["trade_seq"] for trade in trades]
    assert len(set(seqs)) == len(seqs)
    open_ids = {row["order_id"] for row in line.call("private/get_open_orders")}
    for order_id, state in list(trader.orders.items())[-1_000:]:
        assert (order_id in open_ids) or state != "open"
        row = line.call("private/get_order_state", order_id=order_id)
        assert row["order_state"] == state or state == "done"


def test_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path) -> None:
    options = ("--state", str(tmp_path / "state"), "--account", ACCOUNT, "--unlimited")
    trader, dice = Trader(), random.Random(5)
    for kill in range(KILLS):
        with simulator(*options) as running:
            with wire(running, "bob") as line:
                check(line, trader)
            trading = threading.Thread(target=trader.trade, args=(running, kill), daemon=True)
            trading.start()
            trading.join(dice.uniform(0.05, 0.8))
            os.kill(running.process.pid, signal.SIGKILL)
            trading.join(10.0)
            assert not trading.is_alive()
    with simulator(*options) as running, wire(running, "bob") as line:
        check(line, trader)
        assert line.call("private/get_account_summary", currency="BTC")["balance"] > 0
    assert len(trader.trades) > KILLS
