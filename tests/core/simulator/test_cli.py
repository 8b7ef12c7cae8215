"""Starting and ending the process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.simulator import cli
from tests.core.simulator.running import WITHIN_S, Simulator, simulator, wire
from tests.shared_data import ROOT


def test_starting_takes_less_than_a_second_and_a_half_of_work_and_it_ends_cleanly() -> None:
    def worked_s() -> float:
        children = os.times()
        return children.children_user + children.children_system

    before_s = worked_s()
    with simulator("--seed", "2") as running:
        assert running.stop() == 0
    assert worked_s() - before_s < 1.5


def test_demo_may_always_log_in(venue: Simulator) -> None:
    with wire(venue, "demo") as line:
        summaries = line.call("private/get_account_summaries")["summaries"]
    assert {row["currency"]: row["balance"] for row in summaries} == {
        "BTC": 10.0, "ETH": 100.0, "USDC": 1_000_000.0,
    }  # fmt: skip


def test_a_busy_port_is_one_sentence_and_exit_code_2(
    venue: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["--port", str(venue.port)]) == 2
    said = capsys.readouterr().err
    assert said == f"simulator: port {venue.port} on 127.0.0.1 is already in use\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "70000"], "'70000' is not a port"),
        (["--speed", "fast"], "'fast' is not a number"),
        (["--speed", "0"], "0 is not between 1 and 1000"),
        (["--seed", "-1"], "seed"),
        (["--nope"], "--nope"),
        (["--account", "joe"], "'joe'"),
        (["--account", "joe:x:XYZ=1"], "'XYZ'"),
        (["--account", "joe:x:BTC=much"], "BTC=much"),
        (["--start", "yesterday"], "'yesterday' is not a time like 2026-03-01T07:30:00Z"),
        (["--start", "1805-01-01"], "is not in 2020 to 2100"),
        (["--fault", "cut"], "'cut' is not AT_S KIND name=value"),
        (["--fault", "soon cut"], "begins with 'soon', not with seconds"),
        (["--fault", "1 volcano"], "kind: must be one of gap"),
        (["--fault", "1 jump coin"], "'coin' is not name=value"),
        (["--faults", "/no/such/file"], "/no/such/file cannot be read"),
    ],
)
def test_a_bad_option_is_one_sentence_and_exit_code_2(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(options) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_it_ends_with_its_parent() -> None:
    running = Simulator("--die-with-parent")
    assert running.process.stdin is not None
    running.process.stdin.close()
    assert running.process.wait(WITHIN_S) == 0
    assert running.errors() == ""
    running.stop()


def test_time_runs_faster_when_asked() -> None:
    with simulator("--speed", "1000") as fast, wire(fast) as line:
        first = line.call("public/get_time")
        line.call("public/subscribe", channels=["deribit_price_index.btc_usd"])
        for _ in range(3):
            line.data("deribit_price_index.btc_usd")
        assert line.call("public/get_time") - first > 100_000


def test_load_comes_over_the_subscribed_books() -> None:
    with simulator("--load", "2000") as loaded, wire(loaded) as line:
        names = [f"book.{n}.100ms" for n in ("BTC-PERPETUAL", "ETH-PERPETUAL")]
        line.call("public/subscribe", channels=names)
        started_s, frames = time.monotonic(), 0
        chains: dict[str, int] = {}
        while time.monotonic() - started_s < 1.0:
            frame = line.until(lambda f: "params" in f)["params"]["data"]
            name = frame["instrument_name"]
            assert frame.get("prev_change_id") == chains.get(name)
            chains[name] = frame["change_id"]
            frames += 1
    assert frames > 1000


def test_a_file_of_faults_may_have_remarks(tmp_path: Path) -> None:
    script = tmp_path / "day.txt"
    script.write_text("# a bad day\n\n0.5 maintenance  # at once\n90000 cut client=demo\n")
    with simulator("--stepped", "--faults", str(script)) as running:
        assert running.get("public/status") == {"locked": "false"}
        running.post("simulator/advance", seconds=1)
        assert running.get("public/status") == {"locked": "true"}


@pytest.mark.parametrize("words", [[], ["nonsense"]])
def test_the_core_names_its_words(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "core", *words], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "simulator" in done.stderr
    assert done.stderr.count("\n") == 1
