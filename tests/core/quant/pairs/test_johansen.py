"""Johansen's test against statsmodels' numbers for the two reference pairs, and bad input."""

from __future__ import annotations

import numpy as np
import pytest

from core.quant.pairs.cointegration import PairFault
from core.quant.pairs.johansen import johansen
from tests.core.quant.pairs.series import cointegrated_pair, independent_walks


def test_a_cointegrated_pair_matches_statsmodels() -> None:
    result = johansen(*cointegrated_pair())
    assert result.eigenvalues == pytest.approx((0.0464765774388, 0.00194954220079), rel=1e-6)
    assert result.trace == pytest.approx((29.6265552008, 1.16696412895), rel=1e-6)
    assert result.hedge_ratio == pytest.approx(1.27206674616, rel=1e-6)
    assert result.relations == 1


def test_independent_walks_match_statsmodels() -> None:
    result = johansen(*independent_walks())
    assert result.eigenvalues == pytest.approx((0.0138491650884, 0.00288009553702), rel=1e-6)
    assert result.trace == pytest.approx((8.38144482316, 1.43635699443), rel=1e-6)
    assert result.hedge_ratio == pytest.approx(-0.627611462453, rel=1e-6)
    assert result.relations == 0


def test_two_stationary_series_have_two_relations() -> None:
    noise = np.random.default_rng(1).standard_normal((300, 2))
    assert johansen(noise[:, 0], noise[:, 1]).relations == 2


def test_bad_pairs_have_a_fault_and_no_number() -> None:
    y, x = cointegrated_pair()
    hole = x.copy()
    hole[3] = np.inf
    assert johansen(y, hole).fault is PairFault.NOT_FINITE
    same = johansen(x, x)
    assert same.fault is PairFault.IDENTICAL
    assert np.isnan(same.trace).all()
    assert same.relations == 0
