"""What the fits find in made histories whose truth is known."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from core.errors import VoldeskError
from core.quant.pairs.cointegration import engle_granger
from core.quant.pairs.regimes import filter_regimes
from core.strategies.pair.fits import fit_pair, fit_regimes, huber_line
from core.strategies.pair.history import PairFit
from core.strategies.pair.regime import hmm_of
from tests.core.strategies.pair.tape import BETA, pair_prices, two_walks
from tests.shared_data import ROOT


def history(seed: int, bars: int = 700, step: int = 12) -> pd.DataFrame:
    """Every twelfth 5 s bar of the planted pair: bars of a minute."""
    z, h = pair_prices(seed, bars * step)
    return pd.DataFrame({"z": z[::step], "h": h[::step]})


@pytest.fixture(scope="module")
def fit() -> PairFit:
    return fit_pair(history(3))


def test_a_planted_pair_is_found(fit: PairFit) -> None:
    assert fit.beta == pytest.approx(BETA, abs=4 * fit.p_beta**0.5)
    assert fit.huber_beta == pytest.approx(BETA, abs=0.1)
    assert fit.half_life_s == pytest.approx(150.0, rel=0.25)
    assert fit.coint_p < 0.001
    assert fit.noise == pytest.approx(0.0038**2, rel=0.4)
    assert fit.bars == 700


def test_constant_spread_volatility_is_one_regime(fit: PairFit) -> None:
    assert fit.regimes is None
    assert fit.regimes_problem


def test_the_fit_repeats_itself(fit: PairFit) -> None:
    assert fit_pair(history(3)) == fit


def test_independent_walks_are_not_called_cointegrated() -> None:
    z, h = two_walks(2, 600)
    y, x = np.log(z), np.log(h)
    found = fit_pair(pd.DataFrame({"z": z, "h": h}))
    assert found.coint_p > 0.05
    assert found.coint_p == max(engle_granger(y, x).p_value, engle_granger(x, y).p_value)


def test_a_few_wild_bars_do_not_turn_the_line() -> None:
    closes = history(4, 300)
    x, y = np.log(closes["h"].to_numpy()), np.log(closes["z"].to_numpy())
    clean = huber_line(x, y)[1]
    y[-8:] += 0.2
    assert huber_line(x, y)[1] == pytest.approx(clean, abs=0.1)


def test_planted_regimes_are_recovered_from_the_calmest_to_the_wildest() -> None:
    rng = np.random.default_rng(1)
    stay = np.array([[0.99, 0.01, 0.0], [0.01, 0.98, 0.01], [0.0, 0.03, 0.97]])
    states = [0]
    for _ in range(1_499):
        states.append(int(rng.choice(3, p=stay[states[-1]])))
    vol = np.array([4e-4, 1e-3, 2.5e-3])[states]
    x = np.log(9e4) + np.cumsum(0.5 * vol * rng.standard_normal(1_500))
    spread = np.zeros(1_500)
    for i in range(1, 1_500):
        spread[i] = 0.8 * spread[i - 1] + vol[i] * rng.standard_normal()
    y = -4.0 + BETA * x + spread
    regimes, problem = fit_regimes(x, y, BETA)
    assert problem == ""
    assert regimes is not None
    assert regimes.names == ("calm", "normal", "wild")
    change = np.diff(y) - BETA * np.diff(x)
    features = np.stack([change, np.diff(x), np.diff(y)], axis=1) / np.array(regimes.scale)
    path = filter_regimes(hmm_of(regimes), features)
    assert np.mean(path.state == np.array(states[1:])) > 0.85


def test_gaps_are_left_out_and_too_little_is_refused() -> None:
    closes = history(3, 300)
    closes.loc[10:20, "z"] = np.nan
    assert fit_pair(closes).bars == 289
    with pytest.raises(VoldeskError, match="the pair has 100 whole bars of history, 120 needed"):
        fit_pair(closes.iloc[-100:])


def test_a_leg_that_never_moves_is_refused() -> None:
    closes = history(3, 200)
    closes["h"] = 90_000.0
    with pytest.raises(VoldeskError, match="never moves"):
        fit_pair(closes)


def test_the_trader_itself_imports_none_of_the_heavy_packages() -> None:
    heavy = "'pandas', 'sklearn', 'hmmlearn', 'pykalman', 'scipy.stats'"
    code = (
        "import sys, core.strategies.pair.trader, core.strategies.hedger;"
        f"sys.exit(any(one in sys.modules for one in ({heavy})))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
