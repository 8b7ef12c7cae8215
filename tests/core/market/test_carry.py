"""The premium of a future over its index."""

from __future__ import annotations

from math import isnan, nan

import pytest

from core.clock import YEAR_NS
from core.market.carry import annual_basis


def test_a_premium_of_one_percent_for_half_a_year_is_two_percent_a_year() -> None:
    assert annual_basis(101.0, 100.0, 0, YEAR_NS // 2) == pytest.approx(0.02)
    assert annual_basis(99.0, 100.0, 0, YEAR_NS // 2) == pytest.approx(-0.02)


def test_there_is_no_basis_at_expiry_or_without_a_price() -> None:
    assert isnan(annual_basis(101.0, 100.0, YEAR_NS, YEAR_NS))
    assert isnan(annual_basis(nan, 100.0, 0, YEAR_NS))
    assert isnan(annual_basis(101.0, nan, 0, YEAR_NS))
