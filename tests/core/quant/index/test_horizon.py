"""Which expiries make the index, and the line between them."""

from __future__ import annotations

import numpy as np
import pytest

from core.quant.index.horizon import THIRTY_DAYS, Bracket, bracket, vol_at
from core.quant.index.strip import IndexFault
from tests.core.quant.index.worked import NEAR, NEXT, WEIGHTS


def of_days(*days: float) -> Bracket | IndexFault:
    return bracket(np.array(days) / 365.0)


def test_the_last_expiry_before_thirty_days_and_the_first_after() -> None:
    assert of_days(1, 8, 22, 29, 57, 120) == Bracket(3, 4, False)
    assert of_days(30, 57) == Bracket(0, 1, False)
    assert of_days(8, 30, 57) == Bracket(1, 2, False)
    assert of_days(8, 30) == Bracket(0, 1, False)


def test_expiries_that_have_passed_do_not_count() -> None:
    assert of_days(-1, 0, 29, 57) == Bracket(2, 3, False)
    assert of_days(-1, 29) is IndexFault.NO_EXPIRIES


def test_all_on_one_side_extrapolates_within_a_factor_of_two() -> None:
    assert of_days(8, 15, 22) == Bracket(1, 2, True)
    assert of_days(31, 57, 120) == Bracket(0, 1, True)
    assert of_days(60, 120) == Bracket(0, 1, True)
    assert of_days(61, 120) is IndexFault.TOO_FAR
    assert of_days(7, 14) is IndexFault.TOO_FAR


def test_nothing_comes_of_nothing() -> None:
    assert of_days() is IndexFault.NO_EXPIRIES
    assert of_days(30) is IndexFault.NO_EXPIRIES


def test_the_worked_weights() -> None:
    only_near = vol_at(NEAR.tau_years, 1.0, NEXT.tau_years, 0.0)
    only_next = vol_at(NEAR.tau_years, 0.0, NEXT.tau_years, 1.0)
    assert isinstance(only_near, float)
    assert isinstance(only_next, float)
    found = (
        only_near**2 * THIRTY_DAYS / NEAR.tau_years,
        only_next**2 * THIRTY_DAYS / NEXT.tau_years,
    )
    assert found == pytest.approx(WEIGHTS, rel=1e-10)


def test_a_flat_term_structure_stays_flat_also_beyond_both_expiries() -> None:
    for days in ((20, 40), (16, 20), (40, 50)):
        near, later = (day / 365 for day in days)
        assert vol_at(near, 0.36, later, 0.36) == pytest.approx(0.6, rel=1e-12)


def test_a_negative_variance_at_the_horizon_is_no_value() -> None:
    assert vol_at(16 / 365, 0.9, 20 / 365, 0.3) is IndexFault.NOT_POSITIVE
