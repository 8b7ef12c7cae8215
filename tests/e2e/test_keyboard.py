"""By keyboard alone, in a real terminal, on the simulated exchange."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.conftest import Open
from tests.e2e.terminal import Terminal, processes_on
from tests.eventually import eventually

pytestmark = pytest.mark.timeout(300)
"""A desk on a busy machine takes its time; what is waited for has limits of its own."""
OPTION = re.compile(r"LADDER +(BTC-\d+[A-Z]{3}\d\d-\d+-[CP])")


def ready(desk: Terminal) -> None:
    """Wait until the account is there, books are live and programs may trade."""
    blocks = ("CLOSED", "STALE", "SUBSCRIBING", "waiting for the venue", "not connected")

    def is_ready(shown: str) -> bool:
        return "equity" in shown and not any(block in shown for block in blocks)

    desk.until(is_ready, "a live desk", 60)


def say(desk: Terminal, text: str) -> None:
    """Type a command and send it."""
    desk.keys(":")
    desk.type(text)
    desk.wait(f"› {text}")
    desk.keys("Enter")


def lines_with(shown: str, words: str) -> list[str]:
    return [line for line in shown.splitlines() if words in line]


def chosen(desk: Terminal, other_than: str = "") -> str:
    """The option in the ladder, once it is another one."""

    def found(shown: str) -> bool:
        name = OPTION.search(shown)
        return name is not None and name[1] != other_than

    name = OPTION.search(desk.until(found, "an option in the ladder"))
    assert name is not None
    return name[1]


def buy_by_ticket(desk: Terminal) -> str:
    """Buy one of an option some expiries out; returns its name."""
    first = chosen(desk)
    desk.keys(".")
    name = chosen(desk, other_than=first)
    desk.keys("b")
    desk.wait("READY")
    desk.keys("Tab", *["Right"] * 8, "Enter")
    desk.until(lambda text: any("+1.0" in line for line in lines_with(text, name)), "a position")
    return name


def test_buy_an_option_hedge_it_and_kill(open_desk: Open) -> None:
    desk = open_desk()
    ready(desk)
    buy_by_ticket(desk)
    desk.until(lambda shown: "next SELL" in shown or "next BUY" in shown, "a hedge to be made")
    desk.keys("d")
    desk.wait("● ON")
    desk.until(lambda shown: "next none" in shown, "delta inside the band", 30)
    shown = desk.until(lambda text: bool(re.search(r"Δ [-+]?0\.00 ", text)), "a flat delta")
    assert lines_with(shown, "BTC-PERPETUAL ")
    say(desk, "change instrument BTC-PERPETUAL")
    say(desk, "a10 50000")
    desk.wait("1 working")
    desk.keys("C-k")
    desk.until(lambda text: "● ON" not in text, "automation off")
    desk.until(lambda text: "0 working" in text, "nothing resting")


def test_the_short_language_does_what_it_says(open_desk: Open) -> None:
    desk = open_desk()
    ready(desk)
    say(desk, "change instrument BTC-PERPETUAL")
    say(desk, "a10")
    desk.until(
        lambda text: any("+10" in one for one in lines_with(text, "BTC-PERPETUAL")), "10 bought"
    )
    say(desk, "as10 c")
    desk.wait("0 working")
    say(desk, "a10 50000")
    desk.wait("1 working")
    say(desk, "a20 51000")
    desk.wait("2 working")
    say(desk, "cc")
    shown = desk.wait("1 working")
    assert any("cancelled" in line and "51,000.0" in line for line in shown.splitlines())
    say(desk, "d10 150000")
    desk.wait("BUY")  # beyond the band or resting: either way the next cancel leaves nothing
    say(desk, "ca")
    desk.wait("0 working")
    say(desk, "positions")
    desk.wait("1 open")
    desk.keys("Escape")
    say(desk, "help")
    desk.wait("Cancel all orders.")


def test_the_pair_trades_both_legs(open_desk: Open, tmp_path: Path) -> None:
    settings = tmp_path / "quick.toml"
    settings.write_text(
        "[pair]\nbar_s = 0.5\nwarmup_bars = 20\nwindow = 60\nsmooth = 10\nthreshold = 0.3\n"
    )
    desk = open_desk("--settings", str(settings))
    ready(desk)
    desk.keys("p")
    desk.wait("● ON")

    def both(shown: str) -> bool:
        legs = ("ETH_USDC-PERPETUAL ", "BTC_USDC-PERPETUAL ")
        held = [lines_with(shown, leg) for leg in legs]
        return all(held) and any("+" in line for line in held[0] + held[1])

    desk.until(both, "both legs", 90)
    desk.keys("p")
    desk.until(lambda shown: "● ON" not in shown, "pair off")


def test_the_screen_fits_every_size_and_says_when_it_cannot(open_desk: Open) -> None:
    desk = open_desk(width=80, height=24)
    desk.wait("CHAIN", 30)
    ready_line = desk.until(lambda shown: "strike" in shown, "the chain", 40)
    assert len(ready_line.splitlines()) <= 24
    desk.keys("8")
    desk.wait("No open positions")
    desk.resize(200, 55)
    panes = ("IV SURFACE", "LADDER", "LOG", "TERM", "FUTURES")
    desk.until(lambda text: all(pane in text for pane in panes), "the large layout")
    desk.resize(60, 15)
    desk.wait("The desk needs")
    desk.resize(120, 40)
    desk.wait("OPTION CHAIN")
    desk.keys("v")
    desk.until(lambda text: "RICH / CHEAP" in text and "quotes used" in text, "the volatilities")
    desk.keys("(")
    desk.wait("No minute recorded")
    desk.resize(80, 24)
    desk.wait("1 SURF")
    desk.keys("v")
    desk.wait("8 POS")
    desk.keys("C-q")
    desk.wait("exit=0", 20)


def test_a_closed_terminal_ends_the_desk_and_its_exchange(open_desk: Open, data: Path) -> None:
    desk = open_desk()
    ready(desk)
    desk.close()
    eventually(lambda: not processes_on(data), within_s=15, every_s=0.1)
