"""A start that cannot work is one clear sentence and exit code 2, never a traceback."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.desk.places import CopyLock
from tests.e2e.terminal import Terminal, desk_command
from tests.shared_data import ROOT


def started(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for one in opened:
        one.close()


def refused(terminal: Terminal) -> str:
    shown = terminal.wait("exit=")
    assert "exit=2" in shown
    assert "Traceback" not in shown
    return " ".join(shown.split())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--venue", "moon"], "invalid choice: 'moon'"),
        (["--tape", "/nowhere/tape.gz"], "there is no tape /nowhere/tape.gz"),
        (["--settings", "/nowhere/settings.toml"], "there is no settings file"),
        (["--venue", "live"], "start with --live to trade with real money"),
        ([], "the desk needs a terminal to draw on"),
    ],
)
def test_a_wrong_word_is_one_sentence(tmp_path: Path, words: list[str], sentence: str) -> None:
    done = started(desk_command(tmp_path, *words))
    assert done.returncode == 2
    assert done.stdout == ""
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[venue]\ncolour = 1\n", "venue.colour is no setting"),
        ("[risk]\nmax_open_orders = 'many'\n", "risk.max_open_orders is 'many', must be a whole"),
        ("[screen.keys]\n'trade.fly' = 'b'\n", "trade.fly"),
        ("[screen.keys]\n'trade.buy' = 's'\n", "trade.sell"),
        ("[hedger]\ninstruments = ['BTC-PERPETUAL', 'BTC-25DEC26']\n", "two contracts of BTC"),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    tmp_path: Path, terminals: list[Terminal], text: str, sentence: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    terminals.append(Terminal(desk_command(tmp_path, "--settings", str(file)), 200, 55))
    assert sentence in refused(terminals[0])


def test_a_terminal_that_is_too_small_is_told(tmp_path: Path, terminals: list[Terminal]) -> None:
    terminals.append(Terminal(desk_command(tmp_path), 70, 20))
    assert "the terminal is 70x20, the desk needs at least 78x22" in refused(terminals[0])


def test_a_second_copy_is_told(tmp_path: Path, terminals: list[Terminal]) -> None:
    lock = CopyLock(tmp_path)
    lock.take()
    terminals.append(Terminal(desk_command(tmp_path), 120, 40))
    assert "Voldesk already runs on" in refused(terminals[0])
    lock.release()


def test_a_busy_port_is_told(tmp_path: Path, terminals: list[Terminal]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        terminals.append(Terminal(desk_command(tmp_path, "--port", port), 120, 40))
        assert f"simulator.port {port} cannot be used" in refused(terminals[0])
        done = started([sys.executable, "-m", "core", "simulator", "--port", port])
    assert done.returncode == 2
    assert port in done.stderr
    assert "Traceback" not in done.stderr


def test_the_core_alone_names_its_words() -> None:
    done = started([sys.executable, "-m", "core", "fly"])
    assert done.returncode == 2
    assert "simulator" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_live_venue_wants_its_word_typed(tmp_path: Path, terminals: list[Terminal]) -> None:
    terminals.append(Terminal(desk_command(tmp_path, "--venue", "live", "--live"), 120, 40))
    terminals[0].wait("Type LIVE")
    terminals[0].type("yes")
    terminals[0].keys("Enter")
    assert "was not confirmed" in refused(terminals[0])
