"""Fifty clients at once: readers, traders, sleepers, each with channels of its own."""

from __future__ import annotations

import json
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

from tests.core.simulator.running import Wire, simulator, wire

CROWD = 50
STEPS = 30
PERPETUAL = "BTC-PERPETUAL"
ACCOUNTS = [
    word
    for n in range(CROWD)
    for word in ("--account", f"c{n}:secret:BTC=5,ETH=50,USDC=100000")
]  # fmt: skip


def chained(frames: list[dict[str, Any]]) -> bool:
    """True when each frame of a book names the one before it."""
    return all(b["prev_change_id"] == a["change_id"] for a, b in pairwise(frames))


def test_fifty_clients_are_served_alike_and_nobody_waits_for_a_sleeper() -> None:
    options = ("--stepped", "--unlimited", "--load", "1000", *ACCOUNTS)
    with simulator(*options) as running, ExitStack() as opened:
        clients = [opened.enter_context(wire(running, f"c{n}")) for n in range(CROWD)]
        names = running.get("public/get_instruments", currency="BTC", kind="option")
        for n, client in enumerate(clients):
            watched = [PERPETUAL, names[n]["instrument_name"], names[-1 - n]["instrument_name"]]
            client.call("private/subscribe", channels=[
                *(f"book.{name}.100ms" for name in watched),
                *(f"ticker.{name}.100ms" for name in watched),
                "user.orders.any.any.raw", "user.trades.any.any.raw",
            ])  # fmt: skip
        for turn in range(STEPS // 3):
            for client in clients[::5]:
                order(client, "buy" if turn % 2 else "sell")
            running.post("simulator/advance", seconds=0.3)
        awake = clients[: CROWD - 10]
        books = [book_of(client) for client in awake]
        assert all(chained(frames) for frames in books)
        assert len({json.dumps(frames) for frames in books}) == 1
        assert len(books[0]) >= STEPS
        assert all(book_of(sleeper) == books[0] for sleeper in clients[CROWD - 10 :])
        for client in awake[::5]:
            fills = client.seen("user.trades.any.any.raw")
            assert len(fills) >= STEPS // 3
        for client in awake[1::5]:
            assert client.seen("user.trades.any.any.raw") == []


def order(client: Wire, side: str) -> None:
    """A small market order."""
    client.call(f"private/{side}", instrument_name=PERPETUAL, amount=10, type="market")


def book_of(client: Wire) -> list[dict[str, Any]]:
    """Every frame of the perpetual's book, once all that was sent is read."""
    client.call("public/test")
    return client.seen(f"book.{PERPETUAL}.100ms")
