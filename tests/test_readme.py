"""The README tells the truth: its tables, its commands, its pictures, its links."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.readme import README, with_tables
from tests.shared_data import ROOT

TEXT = README.read_text()
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()
]


def test_keys_and_commands_are_those_of_the_one_table() -> None:
    assert with_tables(TEXT) == TEXT, "run python -m tests.readme"


def test_every_linked_file_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_first_two_commands_are_run_and_test() -> None:
    assert COMMANDS[:2] == ["make run", "make test"]


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.startswith("make ")])
def test_every_make_target_is_there_and_starts_from_the_environment(command: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", *command.split()[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ".venv/bin" in done.stdout


@pytest.mark.parametrize("command", [one for one in COMMANDS if "python -m" in one])
def test_every_python_command_is_understood(command: str) -> None:
    words = command.split()
    module = words[words.index("-m") + 1 :]
    done = subprocess.run(
        [sys.executable, "-m", *module[:2], "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert all(word in done.stdout for word in module[2:] if word.startswith("--"))


def test_every_option_the_text_names_is_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tui", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    named = set(re.findall(r"--[a-z][a-z-]+", "\n".join(TEXT.split("## Going live")[1:])))
    own = {"--port", "--seed"}
    assert named - own <= set(re.findall(r"--[a-z][a-z-]+", done.stdout))
