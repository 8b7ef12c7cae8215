"""The pair's past: fitted by a worker, handed over once, missing without harm."""

from __future__ import annotations

import pytest

from core.clock import SystemClock
from core.desk.history import PairHistory
from core.market.board import Board
from core.settings import PairSettings
from core.strategies.pair.history import PairFit
from core.venues.deribit.names import instrument_named
from tests.core.simulator.running import simulator
from tests.eventually import eventually


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
