"""Axes and curves as values."""

from __future__ import annotations

from math import nan

import pytest

from tui.views.charts import Scale, curve, round_values, scale_of


def test_a_scale_puts_its_bounds_at_zero_and_one() -> None:
    scale = Scale(50.0, 60.0)
    assert [scale.at(value) for value in (50.0, 55.0, 60.0)] == [0.0, 0.5, 1.0]
    assert scale.holds(60.0)
    assert not scale.holds(60.1)


def test_a_scale_of_values_leaves_room_and_never_has_no_height() -> None:
    scale = scale_of([1.0, 2.0, nan], pad=0.1)
    assert scale is not None
    assert (scale.low, scale.high) == pytest.approx((0.9, 2.1))
    flat = scale_of([5.0, 5.0], least=1.0)
    assert flat is not None
    assert flat.high - flat.low == pytest.approx(1.0)
    assert scale_of([nan]) is None


@pytest.mark.parametrize(
    ("low", "high", "count", "values"),
    [
        (52.1, 63.6, 4, (55.0, 60.0)),
        (0.0, 10.0, 5, (0.0, 2.0, 4.0, 6.0, 8.0, 10.0)),
        (51_000.0, 89_000.0, 4, (60_000.0, 70_000.0, 80_000.0)),
        (1.0, 1.0, 4, ()),
    ],
)
def test_named_values_are_round(
    low: float, high: float, count: int, values: tuple[float, ...]
) -> None:
    assert round_values(Scale(low, high), count) == pytest.approx(values)


def test_a_curve_lies_in_the_unit_square() -> None:
    made = curve([0.0, 5.0, 10.0], [1.0, 2.0, 3.0], Scale(0.0, 10.0), Scale(1.0, 3.0), "info")
    assert made.points == ((0.0, 0.0), (0.5, 0.5), (1.0, 1.0))
