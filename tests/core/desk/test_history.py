"""The pair's past: fitted by a worker, handed over once, missing without harm."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from core.clock import SystemClock
from core.desk.history import PairHistory
from core.market.board import Board
from core.settings import PairSettings
from core.strategies.pair.history import PairFit
from core.venues.deribit.names import instrument_named
from tests.core.simulator.running import simulator
from tests.eventually import eventually
from tests.shared_data import ROOT


@pytest.fixture
def board() -> Board:
    board = Board(SystemClock())
    settings = PairSettings()
    legs = [instrument_named(name) for name in (settings.leg_z, settings.leg_h)]
    board.list_instruments([leg for leg in legs if leg is not None])
    return board


def test_the_fit_of_the_venues_candles_arrives_once(board: Board) -> None:
    taken: list[PairFit] = []
    with simulator() as venue:
        url = f"http://127.0.0.1:{venue.port}/api/v2"
        history = PairHistory(url, PairSettings(), board, taken.append)
        history.start()
        eventually(lambda: not history.service.is_running, 60)
    assert history.service.state().last_error == ""
    assert len(taken) == 1
    assert 0.5 < taken[0].beta < 2
    assert taken[0].coint_p < 0.05


def test_without_a_venue_the_pair_starts_without_history(board: Board) -> None:
    taken: list[PairFit] = []
    history = PairHistory("http://127.0.0.1:1/api/v2", PairSettings(), board, taken.append)
    history.start()
    eventually(lambda: not history.service.is_running, 60)
    assert history.service.state().last_error == ""
    assert taken == []


def test_it_can_be_stopped_while_the_worker_fits(board: Board) -> None:
    taken: list[PairFit] = []
    with simulator() as venue:
        url = f"http://127.0.0.1:{venue.port}/api/v2"
        history = PairHistory(url, PairSettings(), board, taken.append)
        history.start()
        assert history.stop()
    assert taken == []


_DESK = """
import subprocess, sys
worker = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
worker.stdin.write(sys.stdin.buffer.read())
worker.stdin.close()
print(worker.pid, flush=True)
worker.wait()
"""


def test_the_worker_of_a_killed_desk_ends_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/api/v2"
        command = [sys.executable, "-c", _DESK, sys.executable, "-m", "core", "history", url, "60"]
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as desk:
            assert desk.stdin is not None
            assert desk.stdout is not None
            desk.stdin.write(msgspec.msgpack.encode(PairSettings()))
            desk.stdin.close()
            worker = Path(f"/proc/{int(desk.stdout.readline())}")
            silent.settimeout(60)
            asked, _ = silent.accept()  # from here on it waits for an answer
            with asked:
                desk.kill()
                eventually(lambda: not _is_alive(worker), 8)  # it would give up after 10 s


def _is_alive(process: Path) -> bool:
    stat = process / "stat"
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
