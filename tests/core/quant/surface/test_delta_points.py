"""Constant-delta points against the reference."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import numpy as np
import pytest
from scipy.special import ndtr

from core.quant.surface.delta_points import (
    constant_maturities,
    delta_strikes,
    svi_delta_points,
)
from core.quant.surface.svi import SviRaw, total_variance
from core.quant.types import FloatArray

S1 = SviRaw(0.012, 0.11, -0.25, 0.02, 0.18)
TAU = 30 / 365

# Source: section 2.9 of the reference, constant delta across maturity.
DAY_20 = svi_delta_points(SviRaw(0.008, 0.09, -0.20, 0.015, 0.16), 20 / 365)
DAY_48 = svi_delta_points(SviRaw(0.017, 0.13, -0.15, 0.02, 0.24), 48 / 365)
# days: 10P, 25P, ATM, 25C, 10C, RR25, BF25
EXPECTED = """
20  0.844830178003  0.710883833072  0.644111680005  0.650104812318  0.7176026575
    -0.0607790207542  0.03638264269
48  0.76756911392   0.657997639729  0.608530046767  0.624540383808  0.698681666088
    -0.0334572559213  0.0327389650016
30  0.801593365703  0.681166126992  0.624027797026  0.635622480613  0.706852682597
    -0.0455436463787  0.0343665067762
45  0.771423696889  0.660612043123  0.610271454537  0.625781419588  0.699594269648
    -0.034830623535   0.0329252768185
"""


# Call deltas of 10P, 25P, 25C, 10C, 35P, 35C.
DELTAS = [0.9, 0.75, 0.25, 0.1, 0.65, 0.35]


def _s1(k: FloatArray) -> FloatArray:
    return total_variance(k, S1)


@pytest.mark.parametrize("row", np.array(EXPECTED.split(), np.float64).reshape(4, 8).tolist())
def test_points_match_the_reference(row: list[float]) -> None:
    days, *expected = row
    (points,) = constant_maturities([DAY_20, DAY_48], [days / 365])
    assert points is not None
    values = [*points.vols(), points.risk_reversal, points.butterfly]
    assert values == pytest.approx(expected, rel=1e-10)


def test_there_is_no_maturity_outside_the_expiries() -> None:
    assert constant_maturities([DAY_20, DAY_48], [19 / 365, 50 / 365]) == (None, None)
    assert constant_maturities([], [TAU]) == (None,)
    (alone,) = constant_maturities([DAY_20], [20 / 365])
    assert alone is not None
    assert alone.vols() == pytest.approx(DAY_20.vols())


def test_a_point_missing_beside_a_maturity_is_missing_there() -> None:
    (found,) = constant_maturities([replace(DAY_20, put_10=nan), DAY_48], [30 / 365])
    assert found is not None
    assert np.isnan(found.put_10)
    assert found.put_25 == pytest.approx(0.681166126992)


def test_the_25_delta_strikes_of_s1_match_the_reference() -> None:
    k = delta_strikes(_s1, -2.0, 2.0)
    assert k[1:3] == pytest.approx([-0.1154992862879, 0.137653138448], rel=1e-10)
    strikes = 100_000.0 * np.exp(k[1:3])
    assert strikes == pytest.approx([89092.12080981, 114757.7430743], rel=1e-10)
    points = svi_delta_points(S1, TAU)
    assert (points.put_25, points.call_25, points.atm) == pytest.approx(
        (0.7020414543477, 0.6280371052428, 0.6285492360965), rel=1e-10
    )
    assert points.risk_reversal == pytest.approx(-0.0740043491049, rel=1e-10)
    assert points.butterfly == pytest.approx(0.0364900436988, rel=1e-10)


def test_net_delta_points_of_s1_match_the_reference() -> None:
    k = delta_strikes(_s1, -2.0, 2.0, "net")
    assert k[1:3] == pytest.approx([-0.1374973581976, 0.1211258499745], rel=1e-10)
    points = svi_delta_points(S1, TAU, "net")
    assert points.risk_reversal == pytest.approx(-0.0969922215675, rel=1e-10)
    assert points.butterfly == pytest.approx(0.0432281627514, rel=1e-10)


def test_each_strike_has_its_delta() -> None:
    k = delta_strikes(_s1, -2.0, 2.0)
    root = np.sqrt(_s1(k))
    np.testing.assert_allclose(ndtr(-k / root + root / 2), DELTAS, rtol=1e-12)


def test_a_flat_smile_has_neither_skew_nor_wings() -> None:
    points = svi_delta_points(SviRaw(0.125, 0.0, 0.0, 0.0, 0.1), 0.5)
    assert points.vols() == pytest.approx(np.full(5, 0.5))
    assert points.risk_reversal == pytest.approx(0.0, abs=1e-14)
    assert points.butterfly == pytest.approx(0.0, abs=1e-14)


@pytest.mark.parametrize("days", [0.1, 1.0, 365.0])
def test_short_and_long_maturities_have_all_points(days: float) -> None:
    w = 0.36 * days / 365
    root = np.sqrt(w)
    p = SviRaw(0.4 * w, 0.5 * root, -0.3, 0.1 * root, root)
    assert np.isfinite(svi_delta_points(p, days / 365).vols()).all()
