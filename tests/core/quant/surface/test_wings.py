"""Rows of slices against the raw form, and their Jacobians against differences."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from core.quant.surface.svi import SviRaw, durrleman_g, total_variance
from core.quant.surface.wings import (
    curves,
    durrleman,
    durrleman_jacobian,
    moved,
    raw_of,
    row_of,
    variance_jacobian,
    variances,
)

SLICES = (
    SviRaw(0.012, 0.11, -0.25, 0.02, 0.18),
    SviRaw(-0.010, 0.18, 0.45, 0.20, 0.16),
    SviRaw(0.0004, 0.0135, 0.08, 0.004, 0.018),
)
ROWS = np.array([row_of(one) for one in SLICES])
K = np.linspace(-0.6, 0.6, 13)


@pytest.mark.parametrize("one", SLICES)
def test_a_row_is_another_form_of_the_raw_slice(one: SviRaw) -> None:
    assert astuple(raw_of(row_of(one))) == pytest.approx(astuple(one), rel=1e-12)


def test_rows_have_the_variance_and_g_of_their_slices() -> None:
    at = curves(K, ROWS)
    for row, one in enumerate(SLICES):
        np.testing.assert_allclose(at.w[row], total_variance(K, one), rtol=1e-12)
        np.testing.assert_allclose(durrleman(at)[row], durrleman_g(K, one), rtol=1e-10)
    np.testing.assert_allclose(variances(K, ROWS), at.w, rtol=1e-14)


def test_jacobians_are_those_of_small_differences() -> None:
    at = curves(K, ROWS)
    by_variance = variance_jacobian(at)
    by_g = durrleman_jacobian(at, by_variance)
    for number in range(5):
        nudge = np.zeros(5)
        nudge[number] = 1e-6 * max(1e-2, abs(ROWS[0, number]))
        ahead, behind = curves(K, ROWS + nudge), curves(K, ROWS - nudge)
        span = 2.0 * nudge[number]
        np.testing.assert_allclose(by_variance[:, number], (ahead.w - behind.w) / span, atol=1e-6)
        slope = (durrleman(ahead) - durrleman(behind)) / span
        np.testing.assert_allclose(by_g[:, number], slope, rtol=1e-3, atol=1e-4)


def test_a_bent_step_agrees_with_a_straight_one_where_it_is_small() -> None:
    step = np.full_like(ROWS, 1e-6)
    low, high = np.full_like(ROWS, -np.inf), np.full_like(ROWS, np.inf)
    bent = moved(ROWS, ROWS + step, step, low, high)
    np.testing.assert_allclose(bent, ROWS + step, atol=1e-9)


def test_a_bent_step_that_leaves_the_box_is_cut() -> None:
    low, high = np.full_like(ROWS, -np.inf), ROWS + 1e-9
    step = np.full_like(ROWS, 0.05)
    cut = np.clip(ROWS + step, low, high)
    np.testing.assert_array_equal(moved(ROWS, cut, step, low, high), cut)
