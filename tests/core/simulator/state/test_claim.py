"""Two simulators never share a state file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import StartError
from core.simulator.cli import BAD_START, run
from core.simulator.state.claim import claim

HOLD = """
import pathlib, sys
from core.simulator.state.claim import claim
claim(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_simulator_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"
    lock = claim(state)
    assert run(["--state", str(state)]) == BAD_START
    assert capsys.readouterr().err == f"the state file {state} is in use by another simulator\n"
    os.close(lock)
    os.close(claim(state))


def test_the_lock_ends_with_the_process_that_is_killed(tmp_path: Path) -> None:
    state = tmp_path / "folder" / "state"
    command = [sys.executable, "-c", HOLD, str(state)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StartError, match="in use"):
            claim(state)
        holder.kill()
        holder.wait(10)
    os.close(claim(state))
