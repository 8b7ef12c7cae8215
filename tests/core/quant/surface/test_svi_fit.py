"""The SVI calibration against the reference optimum, recovery, bounds and starts."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from core.quant.surface.quotes import Slice
from core.quant.surface.svi import SviRaw, total_variance
from core.quant.surface.svi_fit import fit_svi
from core.quant.types import FloatArray

TAU = 30 / 365

# Source: section 2.9 of the reference, SVI calibration.
K = np.array([-0.35, -0.25, -0.18, -0.12, -0.07, -0.03, 0.0, 0.04, 0.09, 0.15, 0.22, 0.3])
VOL = np.array([0.906, 0.819, 0.757, 0.706, 0.667, 0.642, 0.629, 0.618, 0.617, 0.632, 0.663, 0.706])
BEST_SSE = 9.324576e-09
BEST = (0.011709, 0.110697, -0.246187, 0.020515, 0.181320)


def _slice(k: FloatArray, vol: FloatArray, tau: float = TAU) -> Slice:
    return Slice(tau, 1e5, k, vol, np.full(k.size, 0.01))


def _exact(p: SviRaw, k: FloatArray, tau: float) -> Slice:
    return _slice(k, np.sqrt(total_variance(k, p) / tau), tau)


def test_the_unweighted_fit_finds_the_reference_optimum() -> None:
    fit = fit_svi(_slice(K, VOL), weighted=False)
    assert fit.converged
    assert fit.sse == pytest.approx(BEST_SSE, rel=0.01)
    assert astuple(fit.params) == pytest.approx(BEST, abs=1e-3)
    assert fit.max_vol_error == pytest.approx(4.926e-4, abs=1e-4)
    assert fit.rmse_vol <= fit.max_vol_error
    assert fit.points == 12
    assert fit.butterfly.ok


@pytest.mark.parametrize(
    ("params", "tau"),
    [
        (SviRaw(0.012, 0.11, -0.25, 0.02, 0.18), 30 / 365),
        (SviRaw(0.0004, 0.0135, 0.08, 0.004, 0.018), 1 / 365),
        (SviRaw(-0.004, 0.25, -0.4, 0.1, 0.3), 0.5),
        (SviRaw(0.05, 0.2, -0.36, -0.03, 0.12), 1.0),
    ],
    ids=["month", "day", "negative a", "year"],
)
def test_exact_slices_are_recovered(params: SviRaw, tau: float) -> None:
    width = 2.0 * np.sqrt(float(total_variance(np.zeros(1), params)[0]))
    fit = fit_svi(_exact(params, np.linspace(-width, width, 25), tau))
    assert fit.max_vol_error < 1e-5
    assert astuple(fit.params) == pytest.approx(astuple(params), rel=0.01, abs=1e-4)


def test_the_last_fit_is_a_good_start_for_the_next() -> None:
    cold = fit_svi(_slice(K, VOL))
    moved = _slice(K + 0.004, VOL * 1.003)
    warm = fit_svi(moved, start=cold.params)
    assert warm.converged
    assert warm.sse == pytest.approx(fit_svi(moved).sse, rel=1e-3)


def test_noise_leaves_the_parameters_inside_their_bounds() -> None:
    rng = np.random.default_rng(8)
    for _ in range(40):
        k = np.sort(rng.uniform(-0.5, 0.5, 8))
        fit = fit_svi(_slice(k, 0.6 + 0.2 * rng.standard_normal(8) ** 2))
        assert fit.params.wing_slope <= 2.0 + 1e-9
        assert fit.params.min_variance >= -1e-12
        assert 0.005 <= fit.params.s <= 2.0 + 1e-9
        assert np.isfinite(fit.rmse_vol)


def test_a_steep_wing_is_held_at_lees_bound() -> None:
    k = np.linspace(-0.2, 0.2, 11)
    steep = _slice(k, np.sqrt((0.02 + 4.0 * np.abs(k)) / TAU))
    assert fit_svi(steep).params.wing_slope == pytest.approx(2.0, rel=1e-6)


def test_a_straight_smile_is_fitted_without_curvature_to_find() -> None:
    k = np.linspace(-0.3, 0.3, 9)
    fit = fit_svi(_slice(k, np.full(9, 0.6)))
    assert fit.max_vol_error < 1e-6


def test_narrow_quotes_weigh_more() -> None:
    half_width = np.full(K.size, 0.05)
    vol = VOL.copy()
    vol[2] += 0.02
    half_width[2] = 0.002
    fit = fit_svi(Slice(TAU, 1e5, K, vol, half_width))
    error = np.sqrt(total_variance(K, fit.params) / TAU) - vol
    even = fit_svi(_slice(K, vol))
    even_error = np.sqrt(total_variance(K, even.params) / TAU) - vol
    assert abs(error[2]) < 0.3 * abs(even_error[2])


def test_sizes_multiply_into_the_weights() -> None:
    sizes = np.ones(K.size)
    sizes[2] = 50.0
    vol = VOL.copy()
    vol[2] += 0.02
    fit, even = fit_svi(_slice(K, vol), sizes=sizes), fit_svi(_slice(K, vol))
    heavy, light = (
        abs(float(np.sqrt(total_variance(K[2], f.params) / TAU)) - vol[2]) for f in (fit, even)
    )
    assert heavy < 0.5 * light


@pytest.mark.parametrize("points", [3, 4])
def test_few_points_borrow_the_neighbours_rho_and_s(points: int) -> None:
    neighbour = SviRaw(0.012, 0.11, -0.25, 0.02, 0.18)
    k = np.linspace(-0.15, 0.15, points)
    target = SviRaw(0.010, 0.09, -0.25, 0.03, 0.18)
    fit = fit_svi(_exact(target, k, TAU), neighbour=neighbour)
    assert (fit.params.rho, fit.params.s) == pytest.approx((-0.25, 0.18))
    assert fit.max_vol_error < 1e-5


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="this slice has 4"):
        fit_svi(_slice(K[4:8], VOL[4:8]))
    with pytest.raises(ValueError, match="this slice has 2"):
        fit_svi(_slice(K[4:6], VOL[4:6]), neighbour=SviRaw(0.012, 0.11, -0.25, 0.02, 0.18))
