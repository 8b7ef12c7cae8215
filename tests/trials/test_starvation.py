"""A flood of books beside a thread that takes the interpreter: books stay right, orders pass."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.domain.order import OrderState, Side
from tests.eventually import eventually
from tests.trials.agreement import disagreements, wrong_books
from tests.trials.desk import INVERSE, LINEAR, Desk, market_order
from tests.trials.exchange import running

LOAD = 10_000
"""Extra book frames a second."""
BUSY_S, IDLE_S = 0.09, 0.01
ORDERS = 20


@contextmanager
def busy_thread() -> Iterator[None]:
    """A thread that computes nine tenths of the time, as a screen on a bad day does."""
    stopping = threading.Event()

    def burn() -> None:
        while not stopping.wait(IDLE_S):
            ends_at_s = time.monotonic() + BUSY_S
            while time.monotonic() < ends_at_s:
                sum(range(500))

    thread = threading.Thread(target=burn, name="busy", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


@pytest.mark.timeout(300)
def test_under_a_flood_and_beside_a_busy_thread_orders_pass_and_books_stay_right() -> None:
    options = ("--unlimited", "--load", str(LOAD))
    with (
        running(("client",), *options) as exchange,
        Desk(exchange, "client", silence_s=15.0, stale_after_s=5.0, request_timeout_s=5.0) as desk,
    ):
        desk.start_market()
        desk.start_trading()
        desk.ready()
        with busy_thread():
            before = sum(one.messages for one in desk.market.states())
            for number in range(ORDERS):
                sent = market_order(INVERSE, (Side.BUY, Side.SELL)[number % 2], "100")
                desk.ready()
                desk.place(sent)
                eventually(lambda label=sent.label: is_filled(desk, label), 30)  # type: ignore[misc]
            eventually(lambda: sum(one.messages for one in desk.market.states()) > before + LOAD)
        eventually(lambda: not disagreements(exchange, desk), 60, every_s=0.2)
        names = sorted(desk.board.catalog.by_name)
        assert wrong_books(exchange.snapshots, desk.board, [INVERSE, LINEAR, *names[::40]]) == []
        assert not desk.errors.lines


def is_filled(desk: Desk, label: str) -> bool:
    """True once the venue said so."""
    report = desk.order(label)
    return report is not None and report.state is OrderState.FILLED
