"""After a kill in the middle of everything the next start knows what was held and what was on."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.e2e.conftest import Open
from tests.e2e.terminal import Terminal, processes_on
from tests.e2e.test_keyboard import buy_by_ticket, lines_with, ready, say
from tests.eventually import eventually


def desk_pid(data: Path) -> int:
    """The desk that works on `data`."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        words = entry.read_bytes().decode(errors="replace").split("\0")
        if str(data) in words and "tui" in words and "-c" not in words:
            return int(entry.parent.name)
    raise AssertionError(f"no desk works on {data}")


def killed(desk: Terminal, data: Path) -> None:
    """Kill the desk without a word and wait until its exchange has noticed."""
    os.kill(desk_pid(data), signal.SIGKILL)
    eventually(lambda: not processes_on(data), within_s=15, every_s=0.05)
    desk.close()


def is_hedged(shown: str) -> bool:
    """The hedger is on, holds its contract, and wants nothing more."""
    held = lines_with(shown, "BTC-PERPETUAL ")
    return "● ON" in shown and "next none" in shown and bool(held)


def test_positions_and_automation_come_back_after_a_kill(open_desk: Open, data: Path) -> None:
    first = open_desk()
    ready(first)
    name = buy_by_ticket(first)
    first.keys("d")
    first.until(is_hedged, "a hedge", 40)
    killed(first, data)

    second = open_desk()
    ready(second)
    shown = second.until(is_hedged, "the hedge and the hedger", 40)
    assert any("+1.0" in line for line in lines_with(shown, name))
    assert "differs" not in shown
    say(second, "kill flatten")
    second.until(lambda text: "● ON" not in text and "No open positions" in text, "all closed", 40)
