"""The page about the simulated exchange tells the truth: its commands run, its tables are whole."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest

from tests.core.simulator.running import simulator
from tests.readme import SIMULATOR, with_faults
from tests.shared_data import ROOT

TEXT = SIMULATOR.read_text()
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()
]


def run(words: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command of ours to its end."""
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_table_of_faults_is_the_one_the_exchange_offers() -> None:
    assert with_faults(TEXT) == TEXT, "run python -m tests.readme"


def test_the_options_are_those_of_the_command() -> None:
    offered = set(re.findall(r"--[a-z]+", run(["-m", "core", "simulator", "--help"]).stdout))
    table = TEXT.split("| option |")[1].split("## ")[0]
    named = set(re.findall(r"--[a-z]+", table))
    inner = {"--help", "--fd", "--die-with-parent", "--die"}
    assert named == offered - inner


def test_every_command_of_the_page_runs() -> None:
    first, *others = COMMANDS
    words = shlex.split(first)
    assert words[1:4] == ["-m", "core", "simulator"]
    port = words[words.index("--port") + 1]
    with simulator(*words[words.index("--port") + 2 :]) as running:
        for line in others:
            done = run([word.replace(port, str(running.port)) for word in shlex.split(line)[1:]])
            assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("target", re.findall(r"`make ([a-z]+)`", TEXT))
def test_every_make_target_of_the_page_is_there(target: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
