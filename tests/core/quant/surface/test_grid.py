"""The linear grid against the reference table, and what must stay empty."""

from __future__ import annotations

import numpy as np
import pytest

from core.quant.surface.grid import (
    CLASSIC_K,
    CLASSIC_TENORS,
    QuotedRange,
    classic_grid,
    linear_grid,
    wide_grid,
)
from core.quant.surface.quotes import Slice
from core.quant.surface.svi import SviRaw


def _slice(days: float, forward: float, smile: dict[float, float]) -> Slice:
    strike = np.array(list(smile))
    vol = np.array(list(smile.values()))
    return Slice(days / 365, forward, np.log(strike / forward), vol, np.full(vol.size, 0.01))


# Source: section 2.9 of the reference, grid.
SLICES = (
    _slice(4.5, 98200.0, {85000: 0.78, 92000: 0.64, 98000: 0.57, 104000: 0.58, 112000: 0.66}),
    _slice(25.5, 98900.0, {80000: 0.72, 90000: 0.62, 100000: 0.565, 110000: 0.575, 125000: 0.63}),
    _slice(60.5, 99900.0, {70000: 0.74, 85000: 0.645, 1e5: 0.595, 120000: 0.60, 145000: 0.655}),
)
K = (-0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2)
TENORS = (1, 7, 14, 30, 60, 90)
EXPECTED = """
1   nan              0.7049655250463  0.623857888109   0.5703459909127
    0.5787666790791  0.6272514062346  nan
7   nan              0.6715411365197  0.6125630847955  0.5706396634291
    0.5745973620812  0.6048725251457  nan
14  nan              0.6399683538419  0.6022166672575  0.5709038395334
    0.5708189399795  0.5839987775875  nan
30  0.6988814554911  0.6255545605619  0.6010581950246  0.5774211809734
    0.5762936451758  0.5804903532116  0.6130043703624
60  0.6651938325513  0.6265348697136  0.6110493437246  0.59517612831
    0.596186248279   0.5975809506227  0.6051137295013
90  0.6649083113614  0.6265429650517  0.611131234659   0.5953206572057
    0.5963478852981  0.5977201592427  0.6050480888537
"""


def test_the_grid_matches_the_reference() -> None:
    table = np.array(EXPECTED.split(), np.float64).reshape(6, 8)
    grid = linear_grid(SLICES, TENORS, K, extrapolate=True)
    np.testing.assert_array_equal(table[:, 0], TENORS)
    np.testing.assert_allclose(grid.vol, table[:, 1:], rtol=1e-10)


def test_tenors_outside_the_expiries_are_flagged_or_left_empty() -> None:
    extended = linear_grid(SLICES, TENORS, K, extrapolate=True)
    flagged = extended.extrapolated.any(axis=1)
    np.testing.assert_array_equal(flagged, [True, False, False, False, False, True])
    assert not (extended.extrapolated & np.isnan(extended.vol)).any()
    strict = linear_grid(SLICES, TENORS, K, extrapolate=False)
    assert np.isnan(strict.vol[[0, 5]]).all()
    assert not strict.extrapolated.any()
    np.testing.assert_array_equal(strict.vol[1:5], extended.vol[1:5])


def test_the_classic_grid_has_17_maturities_and_27_strikes() -> None:
    grid = classic_grid(SLICES)
    assert grid.vol.shape == (len(CLASSIC_TENORS), len(CLASSIC_K)) == (17, 27)
    assert np.isnan(grid.vol[:, [0, -1]]).all()
    assert np.isnan(grid.vol[0]).all()
    assert np.isfinite(grid.vol[CLASSIC_TENORS.index(28), CLASSIC_K.index(0.0)])


def test_a_flat_chain_gives_a_flat_grid() -> None:
    k = np.linspace(-0.8, 0.8, 9)
    flat = [Slice(d / 365, 1e5, k, np.full(9, 0.6), np.full(9, 0.01)) for d in (2, 20, 100)]
    np.testing.assert_allclose(classic_grid(flat).vol, 0.6, rtol=1e-14)
    level = [SviRaw(0.36 * one.tau_years, 0.0, 0.0, 0.0, 0.1) for one in flat]
    np.testing.assert_allclose(wide_grid(level, [_range(one) for one in flat]).vol, 0.6, rtol=1e-14)


def test_a_tenor_on_an_expiry_is_that_slice() -> None:
    grid = linear_grid(SLICES, [25.5], [0.0, 0.1], extrapolate=False)
    w = np.interp([0.0, 0.1], SLICES[1].k, SLICES[1].total_variance)
    np.testing.assert_allclose(grid.vol[0], np.sqrt(w / SLICES[1].tau_years), rtol=1e-14)
    assert grid.forward[0] == pytest.approx(98900.0)
    assert grid.quotes[0] == 5


def test_forward_and_quotes_of_a_tenor_come_from_its_neighbours() -> None:
    grid = linear_grid(SLICES, [15.0, 365.0], K, extrapolate=True)
    assert grid.forward[0] == pytest.approx(np.sqrt(98200.0 * 98900.0))
    assert grid.forward[1] == pytest.approx(99900.0)
    np.testing.assert_array_equal(grid.quotes, [10, 5])


def _range(one: Slice) -> QuotedRange:
    return QuotedRange(one.tau_years, one.forward, one.k.size, float(one.k[0]), float(one.k[-1]))


def test_the_wide_grid_flags_what_no_quotes_reach() -> None:
    curves = [SviRaw(0.3 * one.tau_years, 0.1 * one.tau_years, 0, 0, 0.1) for one in SLICES]
    grid = wide_grid(curves, [_range(one) for one in SLICES])
    assert grid.vol.shape == grid.extrapolated.shape == (8, 11)
    assert np.isfinite(grid.vol).all()
    days = grid.tenor_days.tolist()
    assert grid.extrapolated[[days.index(day) for day in (1, 90, 180, 365)]].all()
    fortnight, month = (grid.extrapolated[days.index(day)] for day in (14, 30))
    # 4.5 d reaches from -0.144 to 0.131, 25.5 d from -0.212 to 0.234.
    np.testing.assert_array_equal(grid.k[~fortnight], [-0.1, -0.05, 0, 0.05, 0.1])
    np.testing.assert_array_equal(grid.k[~month], [-0.2, -0.1, -0.05, 0, 0.05, 0.1, 0.2])


def test_an_expiry_without_quotes_flags_its_neighbourhood() -> None:
    curves = [SviRaw(0.36 * one.tau_years, 0.0, 0, 0, 0.1) for one in SLICES]
    ranges = [_range(SLICES[0]), QuotedRange(25.5 / 365, 98900.0, 0), _range(SLICES[2])]
    grid = wide_grid(curves, ranges)
    assert grid.extrapolated.all()
    np.testing.assert_allclose(grid.vol, 0.6)


def test_one_slice_or_none_still_makes_a_grid() -> None:
    alone = linear_grid(SLICES[:1], TENORS, K, extrapolate=True)
    assert np.isfinite(alone.vol).any()
    assert alone.extrapolated[np.isfinite(alone.vol)].all()
    assert np.isnan(classic_grid([]).vol).all()
    assert np.isnan(wide_grid([], []).vol).all()


def test_slices_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="ascending order of expiry"):
        classic_grid(SLICES[::-1])
