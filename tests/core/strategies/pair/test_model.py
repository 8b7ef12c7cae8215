"""What the model says of a bar depends on that bar and the ones before it, and on nothing else."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, nan

import numpy as np
import pytest

from core.clock import NS_PER_S
from core.quant.types import FloatArray
from core.settings import PairSettings
from core.strategies.pair.bars import PairBar
from core.strategies.pair.history import PairFit, RegimeFit
from core.strategies.pair.model import PairModel, PairReading
from tests.core.strategies.pair.tape import BETA, SETTINGS, pair_prices

FIT = PairFit(
    60.0, 1000, float(np.log(3_000.0)), BETA, float(np.log(90_000.0)), 1e-7, 0, 1e-4, 1e-5
)
REGIMES = RegimeFit(
    BETA,
    1e-6,
    (1e-3, 1e-3, 1e-3),
    (0.5, 0.5),
    ((0.95, 0.05), (0.05, 0.95)),
    ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
    tuple(
        tuple(tuple(sd * sd * (i == j) for j in range(3)) for i in range(3)) for sd in (0.5, 4.0)
    ),
)


def bars_of(z: FloatArray, h: FloatArray, first: int = 0) -> list[PairBar]:
    """Bars of 5 s with these closes."""
    pairs = zip(z.tolist(), h.tolist(), strict=True)
    return [PairBar((first + i) * 5 * NS_PER_S, a, b) for i, (a, b) in enumerate(pairs)]


def readings(
    bars: list[PairBar], settings: PairSettings = SETTINGS, fit: PairFit | None = None
) -> list[PairReading]:
    """What a fresh model says of each bar; `fit` arrives after 50 of them."""
    model = PairModel(settings)
    found: list[PairReading] = []
    for number, bar in enumerate(bars):
        if number == 50 and fit is not None:
            model.take(fit)
        found.append(model.step(bar))
    return found


def words(found: list[PairReading]) -> list[str]:
    """Readings as text, so that NaN equals NaN."""
    return [repr(one) for one in found]


def shaped(spread: list[float]) -> list[PairBar]:
    """A pair 10 bp wide that has settled, and then leaves its line by `spread`, bar by bar."""
    calm = np.random.default_rng(7).normal(0.0, 1e-3, 100)
    u = np.concatenate([calm, np.zeros(3), np.array(spread)])
    x = np.log(90_000.0) + 2e-3 * np.sin(np.arange(u.size) / 5)
    return bars_of(np.exp(np.log(3_000.0) + BETA * (x - np.log(90_000.0)) + u), np.exp(x))


@pytest.mark.parametrize("fit", [None, FIT, replace(FIT, regimes=REGIMES)])
@pytest.mark.parametrize("signal", ["band", "zscore"])
def test_later_bars_never_change_what_earlier_ones_said(signal: str, fit: PairFit | None) -> None:
    settings = replace(SETTINGS, signal=signal)
    bars = bars_of(*pair_prices(1, 260))
    whole = words(readings(bars, settings, fit))
    for cut in (36, 49, 51, 120, 200):
        assert words(readings(bars[:cut], settings, fit)) == whole[:cut]


def test_the_same_bars_give_the_same_readings_twice() -> None:
    bars = bars_of(*pair_prices(2, 300))
    assert words(readings(bars)) == words(readings(bars))


@pytest.mark.parametrize(("away", "wanted"), [(0.004, -1), (-0.004, 1)])
def test_coming_back_into_the_band_trades_against_the_side_it_was_on(
    away: float, wanted: int
) -> None:
    found = readings(shaped([0.0, away, away, 0.0, 0.0]), fit=FIT)
    assert [one.wanted for one in found[-5:]] == [None, None, None, wanted, None]
    assert (found[-3].z > 0) == (away > 0)


@pytest.mark.parametrize(("away", "wanted"), [(0.003, -1), (-0.003, 1)])
def test_the_z_score_enters_outside_and_leaves_at_the_mean(away: float, wanted: int) -> None:
    settings = replace(SETTINGS, signal="zscore")
    found = readings(shaped([0.0, away, away / 2, -away / 10]), settings, FIT)
    assert [one.wanted for one in found[-4:]] == [None, wanted, None, 0]


def test_a_bad_print_moves_neither_the_hedge_ratio_nor_the_band() -> None:
    calm = readings(shaped([0.0, 0.0, 0.0, 0.0]), fit=FIT)
    hit = readings(shaped([0.0, 0.3, 0.0, 0.0]), fit=FIT)
    assert hit[-3].innovation == pytest.approx(0.3, abs=0.01)
    assert hit[-1].beta == pytest.approx(calm[-1].beta, abs=2e-3)
    assert hit[-1].sigma < 1.5 * calm[-1].sigma
    assert [one.wanted for one in hit[-3:]] == [None, None, None]


def test_a_missing_bar_widens_the_state_and_gives_no_signal_across_the_gap() -> None:
    bars = shaped([0.0, 0.004, 0.0, 0.0])
    bars[-2] = PairBar(bars[-2].at_ns, nan, bars[-2].h)
    found = readings(bars, fit=FIT)
    assert isnan(found[-2].z)
    assert not found[-2].is_whole
    assert found[-2].beta == found[-3].beta
    assert found[-2].beta_sd > found[-3].beta_sd
    assert found[-1].wanted is None


def test_no_signal_comes_before_the_warm_up_is_over() -> None:
    found = readings(bars_of(*pair_prices(3, 60)))
    assert [one.bars for one in found[:37]] == [*range(1, 37), 37]
    assert all(isnan(one.z) for one in found[:36])
    assert found[36].sigma > 0


def test_history_that_comes_late_is_led_through_the_bars_seen() -> None:
    bars = bars_of(*pair_prices(4, 200))
    late, early = readings(bars, fit=FIT), PairModel(SETTINGS)
    early.take(FIT)
    steady = [early.step(bar) for bar in bars]
    assert late[-1].beta == pytest.approx(steady[-1].beta, rel=1e-12)
    assert late[-1].z == pytest.approx(steady[-1].z, rel=1e-12)


def test_the_threshold_is_that_of_the_regime_in_force() -> None:
    fit = replace(FIT, regimes=REGIMES)
    settings = replace(SETTINGS, regime_thresholds=(1.25, 2.5))
    rng = np.random.default_rng(0)
    quiet, loud = rng.normal(0, 2e-4, 240), rng.normal(0, 8e-3, 240)
    u = np.concatenate([quiet, loud])
    x = np.log(90_000.0) + np.cumsum(rng.normal(0, 1e-4, u.size))
    y = np.log(3_000.0) + BETA * (x - np.log(90_000.0)) + u
    found = readings(bars_of(np.exp(y), np.exp(x)), settings, fit)
    assert found[40].regime == ""
    assert found[40].threshold == settings.threshold
    assert (found[235].regime, found[235].threshold) == ("calm", 1.25)
    assert (found[-1].regime, found[-1].threshold) == ("wild", 2.5)
    assert found[-1].regime_p > 0.9
