"""Whole surfaces: close to their quotes, free of arbitrage, steady, and honest about quality."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, replace

import numpy as np
import pytest

from core.quant.surface.fitted_slice import Expiry, FittedSlice
from core.quant.surface.joint_problem import problem_of
from core.quant.surface.joint_search import cold_start, search_alone
from core.quant.surface.quotes import Slice
from core.quant.surface.surface_fit import fit_surfaces
from core.quant.surface.svi import SviRaw, check_butterfly, total_variance
from core.quant.surface.wings import raw_of, variances
from core.quant.types import FloatArray
from tests.trials.chains.surface import crossings, has_butterfly

TAU = 30 / 365

# Source: section 2.9 of the reference, SVI calibration.
K = np.array([-0.35, -0.25, -0.18, -0.12, -0.07, -0.03, 0.0, 0.04, 0.09, 0.15, 0.22, 0.3])
VOL = np.array([0.906, 0.819, 0.757, 0.706, 0.667, 0.642, 0.629, 0.618, 0.617, 0.632, 0.663, 0.706])
BEST_SSE = 9.324576e-09
BEST = (0.011709, 0.110697, -0.246187, 0.020515, 0.181320)
S2 = SviRaw(-0.010, 0.18, 0.45, 0.20, 0.16)


def _slice(k: FloatArray, vol: FloatArray, tau: float = TAU, half: float = 0.005) -> Slice:
    return Slice(tau, 1e5, k, vol, np.full(k.size, half))


def _exact(p: SviRaw, k: FloatArray, tau: float) -> Slice:
    return _slice(k, np.sqrt(total_variance(k, p) / tau), tau)


def _fit(slices: Sequence[Slice]) -> list[FittedSlice]:
    (found,) = fit_surfaces([[Expiry(one.tau_years, one) for one in slices]])
    return [one for one in found if one is not None]


def _vol(fit: FittedSlice, one: Slice) -> FloatArray:
    return np.sqrt(total_variance(one.k, fit.params) / one.tau_years)


def test_the_unweighted_search_finds_the_reference_optimum() -> None:
    smile = _slice(K, VOL)
    problem = problem_of([[smile]], weights=[np.ones(K.size)], is_soft=False)
    found = search_alone(problem, cold_start(problem), 40, 1e-9)
    assert float(found.cost[0]) == pytest.approx(BEST_SSE, rel=0.01)
    assert astuple(raw_of(found.x[0])) == pytest.approx(BEST, abs=1e-3)
    error = np.abs(np.sqrt(variances(K, found.x)[0] / TAU) - VOL)
    assert error.max() == pytest.approx(4.926e-4, abs=1e-4)


@pytest.mark.parametrize(
    ("params", "tau"),
    [
        (SviRaw(0.012, 0.11, -0.25, 0.02, 0.18), 30 / 365),
        (SviRaw(0.0004, 0.0135, 0.08, 0.004, 0.018), 1 / 365),
        (SviRaw(0.00004, 0.004, 0.08, 0.001, 0.005), 3 / 8760),
        (SviRaw(-0.004, 0.25, -0.4, 0.1, 0.3), 0.5),
        (SviRaw(0.05, 0.2, -0.36, -0.03, 0.12), 1.0),
    ],
    ids=["month", "day", "hours", "negative a", "year"],
)
def test_slices_without_arbitrage_are_recovered(params: SviRaw, tau: float) -> None:
    width = 2.0 * np.sqrt(float(total_variance(np.zeros(1), params)[0]))
    smile = _exact(params, np.linspace(-width, width, 25), tau)
    (fit,) = _fit([smile])
    assert fit.max_vol_error < 1e-3
    assert (fit.model, fit.points, fit.inside) == ("svi", 25, 1.0)


def test_quotes_with_negative_density_get_the_nearest_curve_without() -> None:
    smile = _exact(S2, np.linspace(-0.3, 0.6, 19), TAU)
    (fit,) = _fit([smile])
    assert not check_butterfly(S2).ok
    assert not has_butterfly(fit.params)
    assert fit.is_constrained
    assert fit.least_g > 0.0
    assert fit.rmse_vol < 0.03


def test_a_well_quoted_expiry_does_not_give_way_to_a_badly_quoted_one() -> None:
    k = np.linspace(-0.3, 0.3, 21)
    early = _slice(k, np.full(21, 0.95), 20 / 365, half=0.06)
    late = _slice(k, np.full(21, 0.60), 30 / 365, half=0.003)
    first, second = _fit([early, late])
    assert crossings([first.params, second.params]) == []
    assert first.is_constrained
    assert second.max_vol_error < 0.006
    assert first.max_vol_error > 0.15


def test_the_later_of_two_expiries_gives_way_where_the_earlier_is_known_better() -> None:
    k = np.linspace(-0.3, 0.3, 21)
    early = _slice(k, np.full(21, 0.95), 20 / 365, half=0.003)
    late = _slice(k, np.full(21, 0.60), 30 / 365, half=0.06)
    first, second = _fit([early, late])
    assert crossings([first.params, second.params]) == []
    assert first.max_vol_error < 0.006
    assert second.max_vol_error > 0.1


def test_narrow_quotes_weigh_more() -> None:
    vol, half = VOL.copy(), np.full(K.size, 0.05)
    vol[2] += 0.02
    half[2] = 0.002
    narrow, even = Slice(TAU, 1e5, K, vol, half), _slice(K, vol, half=0.05)
    errors = [abs(float(_vol(_fit([one])[0], one)[2]) - vol[2]) for one in (narrow, even)]
    assert errors[0] < 0.3 * errors[1]


def test_one_quote_nobody_can_reach_does_not_bend_the_others() -> None:
    vol = VOL.copy()
    vol[5] += 0.10
    (fit,) = _fit([_slice(K, vol)])
    error = np.abs(_vol(fit, _slice(K, vol)) - VOL)
    assert error.max() < 0.01


def test_a_flat_chain_has_a_flat_surface() -> None:
    k = np.linspace(-0.4, 0.4, 15)
    slices = [_slice(k, np.full(15, 0.6), day / 365) for day in (1, 7, 30, 90, 365)]
    for fit, one in zip(_fit(slices), slices, strict=True):
        np.testing.assert_allclose(_vol(fit, one), 0.6, atol=1e-3)


def _chain(smile: Callable[[FloatArray, float], FloatArray]) -> list[Slice]:
    found = []
    for day in (0.3, 2, 7, 14, 30, 60, 120, 300):
        k = np.linspace(-1.8, 1.8, 17) * 0.6 * np.sqrt(day / 365)
        found.append(_slice(k, smile(k, day), day / 365))
    return found


def _usual(k: FloatArray, day: float) -> FloatArray:
    return np.asarray(0.6 - 0.1 * k / np.sqrt(day / 30) + 0.4 * k * k / (day / 30))


def test_few_quotes_lean_on_the_surface_of_the_others() -> None:
    slices = _chain(_usual)
    whole = slices[4]
    middle = slice(6, 11)
    slices[4] = Slice(
        whole.tau_years, 1e5, whole.k[middle], whole.vol[middle], whole.half_width[middle]
    )
    fit = _fit(slices)[4]
    assert (fit.model, fit.points) == ("ssvi", 5)
    assert fit.inside == 1.0
    np.testing.assert_allclose(_vol(fit, whole), whole.vol, atol=0.06)


def test_an_expiry_without_quotes_lies_between_its_neighbours() -> None:
    slices = _chain(_usual)
    expiries = [Expiry(one.tau_years, one) for one in slices]
    expiries[4] = Expiry(slices[4].tau_years, None)
    (found,) = fit_surfaces([expiries])
    fit = found[4]
    assert fit is not None
    assert (fit.model, fit.points, fit.confidence) == ("ssvi", 0, 0.0)
    assert np.isnan([fit.rmse_vol, fit.max_vol_error, fit.inside]).all()
    assert _vol(fit, slices[4])[8] == pytest.approx(0.6, abs=0.01)
    assert crossings([one.params for one in found if one is not None]) == []


def test_a_chain_without_a_slice_has_no_surface_and_does_not_disturb_the_others() -> None:
    slices = [Expiry(one.tau_years, one) for one in _chain(_usual)]
    bare = [Expiry(0.1, None), Expiry(0.2, None)]
    alone = fit_surfaces([slices])[0]
    none, other = fit_surfaces([bare, slices])
    assert none == [None, None]
    for one, same in zip(alone, other, strict=True):
        assert one is not None
        assert same is not None
        assert astuple(same.params) == pytest.approx(astuple(one.params), rel=1e-9)
    assert fit_surfaces([]) == []


def test_noise_never_leaves_arbitrage() -> None:
    rng = np.random.default_rng(8)
    chains = []
    for _ in range(4):
        sizes = rng.integers(3, 15, 6)
        tau = np.cumsum(rng.uniform(0.002, 0.1, 6))
        chain = []
        for count, years in zip(sizes, tau, strict=True):
            deviation = 0.6 * np.sqrt(years)
            k = np.sort(rng.uniform(-2.0, 2.0, count)) * deviation
            k[0], k[-1] = -abs(k[0]) - 1e-3, abs(k[-1]) + 1e-3
            vol = 0.6 + 0.2 * rng.standard_normal(count) ** 2
            chain.append(
                Expiry(
                    float(years), Slice(float(years), 1e5, k, vol, rng.uniform(0.001, 0.1, count))
                )
            )
        chains.append(chain)
    for fits in fit_surfaces(chains):
        curves = [one.params for one in fits if one is not None]
        assert len(curves) == 6
        assert not any(has_butterfly(one) for one in curves)
        assert crossings(curves) == []


def _settled(expiries: list[Expiry]) -> list[FittedSlice | None]:
    (found,) = fit_surfaces([expiries])
    for _ in range(8):
        (found,) = fit_surfaces([expiries], [found])
    return found


def test_unchanged_quotes_leave_the_surface_as_it_is() -> None:
    expiries = [Expiry(one.tau_years, one) for one in _chain(_usual)]
    settled = _settled(expiries)
    for challenged in (None, 0, None):
        (again,) = fit_surfaces([expiries], [settled], challenged)
        for one, same in zip(settled, again, strict=True):
            assert one is not None
            assert same is not None
            assert same.params == one.params


def test_small_moves_of_the_quotes_move_the_surface_little() -> None:
    rng = np.random.default_rng(3)
    slices = _chain(_usual)
    fits = _settled([Expiry(one.tau_years, one) for one in slices])
    for _ in range(20):
        slices = [replace(one, vol=one.vol + rng.normal(0.0, 2e-4, one.k.size)) for one in slices]
        (moved,) = fit_surfaces([[Expiry(one.tau_years, one) for one in slices]], [fits])
        for before, after, one in zip(fits, moved, slices, strict=True):
            assert before is not None
            assert after is not None
            assert np.abs(_vol(after, one) - _vol(before, one)).max() < 2e-3
        fits = moved


def test_a_fit_in_a_bad_minimum_is_replaced_when_it_is_challenged() -> None:
    smile = _slice(K, VOL)
    expiries = [Expiry(TAU, smile)]
    (good,) = fit_surfaces([expiries])
    assert good[0] is not None
    bad_row = good[0].trace.row.copy()
    bad_row[3] += 0.8
    bad = replace(good[0], trace=replace(good[0].trace, row=bad_row))
    (found,) = fit_surfaces([expiries], [[bad]], 0)
    assert found[0] is not None
    assert found[0].rmse_vol == pytest.approx(good[0].rmse_vol, abs=1e-4)


def _confidence(k: FloatArray, half: float, noise: float = 0.0) -> float:
    rng = np.random.default_rng(5)
    vol = _usual(k, 30.0) + noise * rng.standard_normal(k.size)
    return _fit([_slice(k, vol, 30 / 365, half)])[0].confidence


def test_confidence_falls_with_fewer_wider_worse_and_one_sided_quotes() -> None:
    k = np.linspace(-0.3, 0.3, 25)
    best = _confidence(k, 0.005)
    assert 0.8 < best < 1.0
    assert _confidence(k[::2], 0.005) < best
    assert _confidence(k, 0.03) < best
    assert _confidence(k, 0.005, noise=0.01) < best
    assert _confidence(k[k > -0.06], 0.005) < best
