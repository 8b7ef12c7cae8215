"""The second engine is made ready beside the desk, and its absence is one sentence."""

from __future__ import annotations

import logging
import sys
import threading

import numpy as np
import pytest

from core.pricing.options.engine import ENGINES, Engine
from core.pricing.service import Pricer
from core.settings import PricingSettings
from tests.core.pricing.market import HandMarket
from tests.eventually import eventually

WAIT_S = 120.0


def test_our_own_engine_needs_no_preparation() -> None:
    engine = Engine("own")
    engine.start()
    assert engine.invert is ENGINES["own"]
    assert (engine.words, engine.states()) == ("own", ())
    assert engine.stop()


def test_vollib_takes_over_once_it_is_compiled() -> None:
    engine = Engine("vollib")
    assert engine.invert is ENGINES["own"]
    engine.start()
    eventually(lambda: engine.words == "vollib", within_s=WAIT_S)
    assert engine.invert is ENGINES["vollib"]
    assert [state.name for state in engine.states()] == ["vollib"]
    assert engine.stop()


def test_an_engine_that_cannot_be_compiled_is_one_sentence_and_ours_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    script = "raise RuntimeError('no place for compiled code')"
    engine = Engine("vollib", (sys.executable, "-c", script))
    engine.start()
    eventually(lambda: not engine.states()[0].is_running, within_s=WAIT_S)
    why = "vollib cannot be used: RuntimeError: no place for compiled code"
    assert engine.words == f"own: {why}"
    assert engine.invert is ENGINES["own"]
    warnings = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert [one.exc_info for one in warnings] == [None]


def test_an_engine_that_cannot_be_loaded_leaves_the_pricing_to_ours() -> None:
    def no_import() -> bool:
        raise ImportError("numba needs another numpy")

    engine = Engine("vollib", (sys.executable, "-c", ""), no_import)
    engine.start()
    eventually(lambda: engine.states()[0].last_error, within_s=WAIT_S)
    assert engine.words == "own: vollib could not be loaded"
    assert engine.states()[0].last_error == "ImportError: numba needs another numpy"


def test_an_engine_with_wrong_volatilities_is_not_used() -> None:
    engine = Engine("vollib", (sys.executable, "-c", ""), lambda: False)
    engine.start()
    eventually(lambda: "cannot be used" in engine.words, within_s=WAIT_S)
    assert engine.words == "own: vollib cannot be used: its volatilities are wrong"


def test_the_market_is_priced_while_the_engine_compiles_and_after_it_is_stopped() -> None:
    market = HandMarket()
    market.list_chain([30])
    market.quote_chain()
    pricer = Pricer(market.board, market.clock, PricingSettings(engine="vollib"))
    view = pricer.turn()
    assert view.engine == "own"
    assert np.isfinite(view.options[market.option(30, 110_000, True)].mid_iv)
    assert [state.name for state in pricer.states()] == ["pricing", "vollib"]


def test_stopping_ends_the_compiler() -> None:
    engine = Engine("vollib", (sys.executable, "-c", "import time; time.sleep(600)"))
    engine.start()
    eventually(lambda: engine.words == "own: vollib is being compiled", within_s=WAIT_S)
    assert engine.stop()
    assert not engine.states()[0].is_running
    assert engine.name == "own"
    assert "vollib" not in {thread.name for thread in threading.enumerate()}
