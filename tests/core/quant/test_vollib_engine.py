"""The second opinion: py_vollib_vectorized computes, and our solver agrees with it."""

from __future__ import annotations

import numpy as np
import pytest

from core.quant.black import price_usd
from core.quant.implied import IvStatus, implied_vol
from core.quant.vollib_engine import implied_vol_vollib
from tests.trials.chains.recorded import recorded_chains
from tests.trials.chains.second_opinion import run


def test_vollib_finds_sixty_percent_in_the_reference_price() -> None:
    # O1 of the reference: at the money, 30 days.
    result = implied_vol_vollib(6853.9407182535473, 1e5, 1e5, 30 / 365, True)
    assert result.vol == pytest.approx(0.60, rel=1e-12)


def test_both_engines_agree_over_a_chain() -> None:
    strike = np.tile(np.linspace(4e4, 2.5e5, 30), 5)
    tau = np.repeat([1.0, 7.0, 30.0, 90.0, 360.0], 30) / 365
    vol = 0.55 + 0.4 * np.square(np.log(strike / 1e5))
    is_call = strike >= 1e5
    price = price_usd(1e5, strike, tau, vol, is_call)
    ours = implied_vol(price, 1e5, strike, tau, is_call)
    theirs = implied_vol_vollib(price, 1e5, strike, tau, is_call)
    priced = price > 1e-250
    np.testing.assert_array_equal(ours.status[priced], theirs.status[priced])
    np.testing.assert_allclose(ours.vol[priced], theirs.vol[priced], rtol=1e-11)


def test_bad_rows_do_not_reach_the_foreign_solver() -> None:
    price = np.array([6853.94, np.nan, 10.0, 2e5, 5.0, 6853.94])
    strike = np.array([1e5, 1e5, 9e4, 1e5, -1.0, 1e5])
    tau = np.array([30.0, 30.0, 30.0, 30.0, 30.0, 0.0]) / 365
    result = implied_vol_vollib(price, 1e5, strike, tau, True)
    np.testing.assert_array_equal(result.status, implied_vol(price, 1e5, strike, tau, True).status)
    assert result.status[0] == IvStatus.OK
    assert np.isnan(result.vol[1:]).all()


def test_every_quote_of_recorded_chains_has_the_same_volatility_or_the_same_reason() -> None:
    # Every 24th moment here, 20 of the 470 chains; `make chains` takes them all. No row is left
    # out: in the money both start from the same time value.
    found = run(recorded_chains(every=24))
    assert found.chains == 20
    assert found.gaps.size > 35_000
    assert 0.4 < found.is_itm.mean() < 0.5
    assert found.apart == 0
    assert found.gaps.max() < 1e-12
    assert set(found.reasons) <= {
        "no quote",
        "at or below intrinsic",
        "at or above the upper bound",
    }
