"""Cointegration tests against statsmodels' numbers for the two reference pairs, and bad input."""

from __future__ import annotations

import numpy as np
import pytest

from core.quant.pairs.cointegration import (
    PairFault,
    adf_t,
    adjusted_p,
    engle_granger,
    half_life,
    hedge_line,
    hurst,
    mackinnon_p,
    ornstein_uhlenbeck,
)
from core.quant.types import FloatArray
from tests.core.quant.pairs.series import cointegrated_pair, independent_walks

# Source: section 4.9 (i), (ii) of the reference (statsmodels).
# alpha, beta, sd, t and p of y on x, critical 1/5/10 %, t and p of x on y,
# ADF of x: t and p, of y: t and p, lambda, Chan, exact, Hurst of x and of the residual
GOOD = (0.633489301547, 1.26666004126, 0.0193440066044)
GOOD_EG = (-5.3466432459, 3.61255e-05, -3.91482, -3.34635, -3.05154, -5.31378658445, 4.18827e-05)
GOOD_ADF = (-1.0384518907, 0.738983, -1.16013310754, 0.690506)
GOOD_LIFE = (-0.0859845407404, 8.06130002663, 7.70953385805)
GOOD_HURST = (0.522631150584, 0.364017049487)
WALK = (3.30572387986, -0.323267343486, 0.0555754314394)
WALK_EG = (-2.36768651739, 0.340308, -3.91852, -3.3484, -3.05296, -2.0425621401, 0.506395)
WALK_ADF = (-1.4845343244, 0.541148, -1.92528607326, 0.320261)
WALK_LIFE = (-0.0248765573072, 27.8634688876, 27.5154402114)
WALK_HURST = (0.359199927834, 0.491061462406)

Pair = tuple[FloatArray, FloatArray]
BOTH = pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (cointegrated_pair(), (GOOD, GOOD_EG, GOOD_ADF, GOOD_LIFE, GOOD_HURST)),
        (independent_walks(), (WALK, WALK_EG, WALK_ADF, WALK_LIFE, WALK_HURST)),
    ],
    ids=["cointegrated", "independent"],
)
Expected = tuple[tuple[float, ...], ...]


def test_the_generators_are_the_references() -> None:
    y, x = cointegrated_pair()
    assert (x[0], x[599], y[599]) == pytest.approx(
        (3.99348208847388, 3.86290392514856, 5.48275503257838), rel=1e-12
    )


@BOTH
def test_hedge_line_matches_statsmodels(pair: Pair, expected: Expected) -> None:
    line = hedge_line(*pair)
    assert (line.alpha, line.beta, line.sd) == pytest.approx(expected[0], rel=1e-9)


@BOTH
def test_engle_granger_matches_statsmodels(pair: Pair, expected: Expected) -> None:
    y, x = pair
    t, p, one, five, ten, t_back, p_back = expected[1]
    forward, backward = engle_granger(y, x), engle_granger(x, y)
    assert (forward.t, backward.t) == pytest.approx((t, t_back), rel=1e-6)
    assert forward.p_value == pytest.approx(p, rel=1e-3, abs=1e-6)
    assert backward.p_value == pytest.approx(p_back, rel=1e-3, abs=1e-6)
    assert forward.critical == pytest.approx((one, five, ten), abs=6e-6)
    assert forward.fault is None


@BOTH
def test_adf_of_the_prices_matches_statsmodels(pair: Pair, expected: Expected) -> None:
    y, x = pair
    t_x, p_x, t_y, p_y = expected[2]
    assert (adf_t(x), adf_t(y)) == pytest.approx((t_x, t_y), rel=1e-6)
    assert mackinnon_p(adf_t(x), 1) == pytest.approx(p_x, abs=1e-6)
    assert mackinnon_p(adf_t(y), 1) == pytest.approx(p_y, abs=1e-6)


@BOTH
def test_half_life_and_hurst_match_the_reference(pair: Pair, expected: Expected) -> None:
    y, x = pair
    spread = hedge_line(y, x).spread
    life = half_life(spread)
    assert (life.slope, life.chan, life.exact) == pytest.approx(expected[3], rel=1e-9)
    assert (hurst(x), hurst(spread)) == pytest.approx(expected[4], rel=1e-9)


def test_ornstein_uhlenbeck_matches_the_reference() -> None:
    ou = ornstein_uhlenbeck(hedge_line(*cointegrated_pair()).spread)
    assert (ou.theta, ou.mean, ou.sigma, ou.stationary_sd) == pytest.approx(
        (0.0899077938203, -0.000769138328464, 0.00838540743432, 0.0197747271955), rel=1e-9
    )


def test_bad_pairs_have_a_fault_and_no_number() -> None:
    y, x = cointegrated_pair()
    hole = y.copy()
    hole[17] = np.nan
    faults = {
        PairFault.NOT_FINITE: engle_granger(hole, x),
        PairFault.TOO_SHORT: engle_granger(y[:20], x[:20]),
        PairFault.CONSTANT: engle_granger(y, np.ones_like(x)),
        PairFault.IDENTICAL: engle_granger(2.0 * x + 1.0, x),
    }
    for fault, result in faults.items():
        assert result.fault is fault
        assert np.isnan([result.t, result.p_value, result.beta]).all()


def test_a_series_that_does_not_revert_has_no_half_life() -> None:
    trend = np.exp(np.linspace(0.0, 2.0, 50))
    assert np.isnan([half_life(trend).exact, half_life(trend).chan]).all()
    assert np.isnan(ornstein_uhlenbeck(trend).theta)
    assert np.isnan([half_life(np.ones(50)).exact, hurst(np.ones(50)), hurst(trend[:10])]).all()
    assert np.isnan([adf_t(np.ones(50)), adf_t(trend[:4]), mackinnon_p(float("nan"), 2)]).all()


def test_p_values_stay_between_their_ends() -> None:
    t = np.linspace(-20.0, 4.0, 200)
    for series in (1, 2):
        p = np.array([mackinnon_p(one, series) for one in t])
        assert (p[0], p[-1]) == (0.0, 1.0)
        assert (np.diff(p) >= -1e-3).all()
    with pytest.raises(ValueError, match="1 or 2 series"):
        mackinnon_p(-3.0, 3)


def test_p_values_are_adjusted_for_the_number_of_pairs() -> None:
    p = np.array([0.01, np.nan, 0.04, 0.03, 0.9])
    np.testing.assert_allclose(
        adjusted_p(p), [0.04, np.nan, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.9], rtol=1e-12
    )


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        engle_granger(np.ones(40), np.ones(41))
    with pytest.raises(ValueError, match="one length"):
        hedge_line(np.ones(40), np.ones(41))
    with pytest.raises(ValueError, match="does not move"):
        hedge_line(np.arange(40.0), np.ones(40))
