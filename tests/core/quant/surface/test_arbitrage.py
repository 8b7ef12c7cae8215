"""Arbitrage in rows of slices is found, and small amounts of it are mended."""

from __future__ import annotations

import numpy as np
import pytest

from core.quant.surface.arbitrage import Arbitrage, arbitrage_of, first_arbitrage_of, mended
from core.quant.surface.svi import SviRaw
from core.quant.surface.wings import LEFT, RIGHT, V, row_of, variances

S1 = row_of(SviRaw(0.012, 0.11, -0.25, 0.02, 0.18))
S2 = row_of(SviRaw(-0.010, 0.18, 0.45, 0.20, 0.16))
LINKED = np.array([True])
K = np.linspace(-0.5, 0.5, 101)


def _mended(rows: np.ndarray, is_linked: np.ndarray) -> tuple[np.ndarray, Arbitrage]:
    return mended(rows, is_linked, arbitrage_of(rows, is_linked))


def _above(row: np.ndarray, by: float) -> np.ndarray:
    later = row.copy()
    later[V] += by
    later[[LEFT, RIGHT]] *= 1.1
    return later


def test_negative_density_is_found_where_the_reference_has_it() -> None:
    found = arbitrage_of(np.array([S1, S2]), np.array([False]))
    np.testing.assert_array_equal(found.has_butterfly, [False, True])
    assert found.least_g[1] == pytest.approx(-0.09668083, rel=1e-6)
    assert found.g_at[1] == pytest.approx(0.464)
    assert not found.has_calendar.any()
    assert not found.is_free


def test_slices_that_cross_are_found_within_a_chain_only() -> None:
    pair = np.array([_above(S1, 0.01), S1])
    found = arbitrage_of(pair, LINKED)
    np.testing.assert_array_equal(found.has_calendar, [False, True])
    assert found.wing_gap[1] > 0.0
    assert found.gap[1] > 0.01
    assert arbitrage_of(pair, ~LINKED).is_free
    assert arbitrage_of(pair[::-1], LINKED).is_free


def test_slices_that_touch_count_as_crossing() -> None:
    assert not arbitrage_of(np.array([S1, S1]), LINKED).is_free


@pytest.mark.parametrize("gap", [1e-6, 1e-4])
def test_a_slice_under_the_one_before_is_lifted_no_further_than_needed(gap: float) -> None:
    later = _above(S1, -gap)
    fixed, left = _mended(np.array([S1, later]), LINKED)
    assert left.is_free
    np.testing.assert_array_equal(fixed[0], S1)
    moved = np.abs(variances(K, fixed)[1] - variances(K, later[None])[0])
    assert moved.max() < 1.1 * gap


def test_steeper_wings_before_are_followed() -> None:
    before = S1.copy()
    before[RIGHT] *= 1.001
    fixed, left = _mended(np.array([before, _above(S1, 0.01)]), LINKED)
    assert left.is_free
    later = S1.copy()
    later[V] += 0.001
    fixed, left = _mended(np.array([before, later]), LINKED)
    assert left.is_free
    assert fixed[1, RIGHT] >= before[RIGHT]
    np.testing.assert_allclose(fixed[1], later, rtol=2e-3)


def test_negative_density_is_flattened_away() -> None:
    fixed, left = _mended(S2[None], np.zeros(0, np.bool_))
    assert left.is_free
    assert fixed[0, RIGHT] < S2[RIGHT]


def test_what_is_free_is_left_alone() -> None:
    rows = np.array([S1, _above(S1, 0.01)])
    fixed, _ = _mended(rows, LINKED)
    np.testing.assert_array_equal(fixed, rows)


def test_a_first_look_finds_what_lies_between_its_places() -> None:
    assert first_arbitrage_of(np.array([S1]), np.zeros(0, np.bool_)).is_free
    narrow = S2.copy()
    for share in np.linspace(0.0, 1.0, 41):
        narrow[[LEFT, RIGHT]] = S1[[LEFT, RIGHT]] + share * (S2 - S1)[[LEFT, RIGHT]]
        rows, alone = narrow[None], np.zeros(0, np.bool_)
        first, whole = first_arbitrage_of(rows, alone), arbitrage_of(rows, alone)
        assert first.is_free == whole.is_free
