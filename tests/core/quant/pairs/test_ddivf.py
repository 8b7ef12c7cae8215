"""DDIVF against the reference windows and a slow plain version, and against the future."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtri, stdtrit

from core.quant.pairs.ddivf import (
    ALPHAS,
    forecast,
    forecast_windows,
    rolling_forecast,
    sign_correlation,
)
from core.quant.types import FloatArray

# Source: section 4.9 (iv) of the reference.
SMALL = 1e-4 * np.array([12, -21, 4, 33, -17, -8, 26, -41, 15, 9, -30, 22])


def _large() -> FloatArray:
    rng = np.random.default_rng(7)
    return np.asarray(0.004 * rng.standard_t(4, size=1000) * np.linspace(1, 2.5, 1000))


def _slow(window: FloatArray, burn_in: int) -> tuple[float, float, float]:
    """sigma, alpha and FESS by the definition, one alpha and one bar at a time."""
    mean = math.fsum(window) / len(window)
    signs = [math.copysign(1.0, w - mean) if w != mean else 0.0 for w in window]
    sign_mean = math.fsum(signs) / len(signs)
    cross = math.fsum((w - mean) * (s - sign_mean) for w, s in zip(window, signs, strict=True))
    var_w = math.fsum((w - mean) ** 2 for w in window)
    rho = cross / math.sqrt(var_w * math.fsum((s - sign_mean) ** 2 for s in signs))
    v = [abs(w - mean) / rho for w in window]
    best = (math.inf, 0.0, 0.0)
    for alpha in ALPHAS.tolist():
        level, errors = math.fsum(v[:burn_in]) / burn_in, []
        for i in range(1, len(v)):
            if i >= burn_in:
                errors.append((v[i] - level) ** 2)
            level = alpha * v[i] + (1.0 - alpha) * level
        fess = math.fsum(errors)
        if fess < best[0]:
            best = (fess, alpha, level)
    return best[2], best[1], best[0]


def test_the_small_window_matches_the_reference() -> None:
    found = forecast_windows(SMALL[None, :], 4)
    assert found.rho[0] == pytest.approx(0.89048015390935, rel=1e-12)
    assert found.alpha[0] == 0.02
    assert found.fess[0] == pytest.approx(1.253950824137e-5, rel=1e-12)
    assert found.sigma[0] == pytest.approx(0.0020203086688933, rel=1e-12)


def test_the_large_window_matches_the_reference() -> None:
    window = _large()
    assert window[[0, 999]] == pytest.approx([4.82174457398856e-06, -0.0059136104586812])
    found = forecast_windows(window[None, :], 200)
    assert found.rho[0] == pytest.approx(0.7210245539414, rel=1e-12)
    assert found.alpha[0] == 0.02
    assert found.fess[0] == pytest.approx(0.0719867695451, rel=1e-12)
    assert found.sigma[0] == pytest.approx(0.01484535696734, rel=1e-12)


def test_the_forecast_equals_the_slow_plain_version() -> None:
    rng = np.random.default_rng(1)
    for scale in (np.ones(300), np.exp(np.cumsum(0.1 * rng.standard_normal(300)))):
        window = scale * rng.standard_normal(300)
        found = forecast_windows(window[None, :], 60)
        values = (found.sigma[0], found.alpha[0], found.fess[0])
        assert values == pytest.approx(_slow(window, 60), rel=1e-12)


@pytest.mark.parametrize(
    ("sample", "rho"),
    [
        (ndtri, 0.79788456080287),
        (lambda u: stdtrit(4.0, u), 0.70710678118655),
        (lambda u: np.sign(u - 0.5) * -np.log(1.0 - 2.0 * np.abs(u - 0.5)), 0.70710678118655),
        (lambda u: u, 0.86602540378444),
    ],
    ids=["normal", "student 4", "laplace", "uniform"],
)
def test_rho_of_known_laws(sample: np.ufunc, rho: float) -> None:
    u = (np.arange(400_000) + 0.5) / 400_000
    assert sign_correlation(sample(u)[None, :])[0] == pytest.approx(rho, rel=2e-3)


def test_independent_noise_is_not_smoothed_much() -> None:
    noise = np.random.default_rng(2).standard_normal(1000)
    found = forecast_windows(noise[None, :])
    assert found.alpha[0] <= 0.03
    assert found.sigma[0] == pytest.approx(1.0, rel=0.1)


def test_the_band_excludes_the_innovation_it_judges() -> None:
    innovations = _large()
    shocked = innovations.copy()
    shocked[700] *= 50.0
    before = rolling_forecast(innovations, 400, 100)
    after = rolling_forecast(shocked, 400, 100)
    np.testing.assert_array_equal(after.sigma[:701], before.sigma[:701])
    assert after.sigma[701] != before.sigma[701]


def test_rolling_forecasts_are_single_forecasts() -> None:
    innovations = _large()
    rolled = rolling_forecast(innovations, 400, 100)
    assert np.isnan(rolled.sigma[:400]).all()
    for t in (400, 656, 657, 999):
        assert rolled.sigma[t] == forecast(innovations[t - 400 : t], 100)
    assert np.isnan(rolling_forecast(innovations[:400], 400, 100).sigma).all()


def test_no_band_without_a_usable_correlation() -> None:
    assert math.isnan(forecast(np.ones(50), 10))
    assert math.isnan(forecast(np.append(_large()[:50], np.nan), 10))


@pytest.mark.parametrize("burn_in", [0, 12, 50])
def test_a_burn_in_outside_the_window_is_refused(burn_in: int) -> None:
    with pytest.raises(ValueError, match="burn-in"):
        forecast(SMALL, burn_in)
