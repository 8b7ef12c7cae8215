"""SSVI against the reference table, its conditions, its fit."""

from __future__ import annotations

import numpy as np
import pytest

from core.quant.surface.quotes import Slice
from core.quant.surface.ssvi import Ssvi, fit_ssvi, levels, rising
from core.quant.surface.svi import check_butterfly, total_variance

SURFACE = Ssvi(rho=-0.3, eta=1.2, gamma=0.5)
K = np.array([-0.4, -0.2, 0.0, 0.2, 0.4])
DAYS = (7, 30, 90, 365)

# Source: section 2.9 of the reference; theta, phi, theta phi (1+|rho|), theta phi^2 (1+|rho|), w.
TABLE = """
0.00580136986301 15.7094093809 0.11847692 1.8612025
    0.0276656982694 0.0159949451356 0.00580136986301 0.00886202756742 0.0150087142045
0.0295890410959  6.87517638911 0.26445884 1.8182012
    0.0742801622082 0.0494157238668 0.0295890410959  0.0299551172847  0.0414869120795
0.0978657534247  3.6609285687  0.46576339 1.7051265
    0.168576442537  0.128456022233  0.0978657534247  0.089430659043   0.101092045311
0.4356           1.51747164829 0.85931384 1.3039844
    0.544149350889  0.483484499794  0.4356           0.405739032475   0.39640082995
"""
ROWS = np.array(TABLE.split(), np.float64).reshape(4, 9)


@pytest.mark.parametrize("row", ROWS.tolist(), ids=str)
def test_the_surface_matches_the_reference(row: list[float]) -> None:
    theta, phi, first, second, *w = row
    assert float(SURFACE.phi(theta)) == pytest.approx(phi, rel=1e-10)
    assert theta * phi * 1.3 == pytest.approx(first, abs=1e-8)
    assert theta * phi**2 * 1.3 == pytest.approx(second, abs=1e-7)
    assert first < 4 >= second
    np.testing.assert_allclose(SURFACE.variance(K, theta), w, rtol=1e-10)


@pytest.mark.parametrize("theta", ROWS[:, 0].tolist())
def test_its_slices_are_raw_slices_without_arbitrage(theta: float) -> None:
    one = SURFACE.slice(theta)
    np.testing.assert_allclose(total_variance(K, one), SURFACE.variance(K, theta), rtol=1e-12)
    assert check_butterfly(one).ok


def test_its_slices_do_not_cross() -> None:
    k = np.linspace(-3.0, 3.0, 601)
    w = np.array([SURFACE.variance(k, theta) for theta in ROWS[:, 0]])
    assert (np.diff(w, axis=0) > 0.0).all()


@pytest.mark.parametrize(
    ("rho", "eta", "gamma"),
    [(1.0, 0.5, 0.4), (0.0, 2.1, 0.4), (-0.5, 1.4, 0.4), (0.0, 1.0, 0.6), (0.0, 1.0, 0.0)],
)
def test_numbers_that_allow_arbitrage_cannot_be_built(rho: float, eta: float, gamma: float) -> None:
    with pytest.raises(ValueError, match="SSVI needs"):
        Ssvi(rho, eta, gamma)


def _slices() -> list[Slice]:
    found = []
    for day, theta in zip(DAYS, ROWS[:, 0], strict=True):
        k = np.linspace(-2.0, 2.0, 21) * np.sqrt(theta)
        vol = np.sqrt(SURFACE.variance(k, float(theta)) / (day / 365))
        found.append(Slice(day / 365, 1e5, k, vol, np.full(21, 0.01)))
    return found


def test_the_fit_recovers_what_the_quotes_were_made_with() -> None:
    slices = _slices()
    theta = levels(slices)
    np.testing.assert_allclose(theta, ROWS[:, 0], rtol=1e-9)
    found = fit_ssvi(slices, theta)
    assert (found.rho, found.eta) == pytest.approx((-0.3, 1.2), abs=0.02)
    for one, level in zip(slices, theta, strict=True):
        vol = np.sqrt(found.variance(one.k, float(level)) / one.tau_years)
        np.testing.assert_allclose(vol, one.vol, atol=2e-3)


def test_the_fit_goes_on_from_the_last_one() -> None:
    slices = _slices()
    theta = levels(slices)
    first = fit_ssvi(slices, theta)
    again = fit_ssvi(slices, theta, first)
    assert (again.rho, again.eta, again.gamma) == pytest.approx(
        (first.rho, first.eta, first.gamma), abs=1e-3
    )


def test_falling_levels_are_pooled_by_their_weights() -> None:
    values = np.array([1.0, 3.0, 2.0, 4.0, 3.5])
    np.testing.assert_allclose(rising(values, np.ones(5)), [1.0, 2.5, 2.5, 3.75, 3.75])
    np.testing.assert_allclose(rising(values, np.array([1, 3, 1, 1, 1.0]))[1:3], [2.75, 2.75])
    np.testing.assert_allclose(rising(np.array([3.0, 2.0, 1.0]), np.ones(3)), 2.0)
    np.testing.assert_array_equal(rising(np.array([1.0, 2.0]), np.ones(2)), [1.0, 2.0])
