"""The desk on paper, in a real terminal, with the public prices of a running exchange."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.core.venues.simulator_child import running_simulator
from tests.e2e.terminal import Terminal
from tests.e2e.test_keyboard import buy_by_ticket, lines_with, ready, say

Open = Callable[..., Terminal]


def test_paper_is_named_trades_without_a_key_and_comes_back(open_desk: Open, data: Path) -> None:
    with running_simulator() as simulator:
        place = simulator.at.http_url.removeprefix("http://").partition("/")[0]
        words = ("--venue", "paper", "--at", place)
        first = open_desk(*words)
        first.wait("PAPER · NO MONEY", 30)
        ready(first)
        first.keys("b")
        first.wait("PAPER  BUY")
        first.keys("Escape")
        first.until(lambda text: "PAPER  BUY" not in text, "the ticket's end")
        name = buy_by_ticket(first)
        first.keys("C-q")
        assert "exit=0" in first.wait("exit=", 40)

        second = open_desk(*words)
        ready(second)
        shown = second.until(lambda text: bool(lines_with(text, name)), "the position", 30)
        assert any("+1.0" in line for line in lines_with(shown, name))
        say(second, "kill flatten")
        second.wait("No open positions", 40)
    assert (data / "paper_local.journal").exists()
