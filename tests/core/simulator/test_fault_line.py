"""Faults from the command line of a running exchange."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.simulator import cli
from tests.core.simulator.running import Simulator, simulator, wire
from tests.shared_data import ROOT


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of the command line."""
    code = cli.run(words)
    heard = capsys.readouterr()
    return code, heard.out, heard.err


def test_a_fault_is_armed_by_name_and_value(capsys: pytest.CaptureFixture[str]) -> None:
    with simulator() as running, wire(running) as line:
        port = str(running.port)
        before = running.get("public/get_index_price", index_name="btc_usd")["index_price"]
        words = ("fault", "jump", "coin=BTC", "fraction=0.2", "--port", port)
        assert said(capsys, *words) == (0, "", "")
        line.call("public/subscribe", channels=["deribit_price_index.btc_usd"])
        line.until(lambda f: f.get("params", {}).get("data", {}).get("price", 0) > 1.15 * before)


def test_the_faults_are_listed_one_a_line(
    venue: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    code, listed, errors = said(capsys, "faults", "--port", str(venue.port))
    assert (code, errors) == (0, "")
    lines = listed.splitlines()
    assert len(lines) == len(venue.get("simulator/faults"))
    assert any(
        line.startswith("jump ") and line.endswith("[coin=BTC] [fraction=0.05]") for line in lines
    )


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["fault"], "'' is no port of a running exchange"),
        (["fault", "cut", "--port", "zero"], "'zero' is no port"),
        (["fault", "--port", "1"], "no fault is named"),
        (["fault", "cut", "--port", "1"], "no exchange answers on 127.0.0.1:1"),
        (["fault", "volcano", "--port", "{port}"], "kind: must be one of gap"),
        (["fault", "jump", "coin=GOLD", "--port", "{port}"], "coin: must be one of BTC"),
        (["fault", "jump", "coin", "--port", "{port}"], "'coin' is not name=value"),
        (["faults", "now", "--port", "{port}"], "faults takes only --port"),
    ],
)
def test_a_wrong_word_is_one_sentence_and_exit_code_2(
    venue: Simulator, capsys: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    code, heard, errors = said(capsys, *(word.format(port=venue.port) for word in words))
    assert (code, heard) == (2, "")
    assert complaint in errors
    assert errors.count("\n") == 1


def test_the_command_line_works_as_a_program(venue: Simulator) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "core", "simulator", "faults", "--port", str(venue.port)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "lost_reply" in done.stdout
