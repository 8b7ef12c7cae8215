"""A chart drawn at any size."""

from __future__ import annotations

import pytest

from tui.draw.chart import chart_lines
from tui.theme import DESK, palette_of
from tui.views.charts import Chart, Curve, Tick

PALETTE = palette_of(DESK.to_color_system().generate() | DESK.variables)
CHART = Chart(
    (Curve(((0.0, 0.0), (1.0, 1.0)), "info"),),
    (Curve(((0.5, 0.5),), "up"),),
    (Tick(0.5, "67.5k", "accent"), Tick(0.52, "68k"), Tick(0.0, "51k"), Tick(1.0, "89k")),
    (Tick(0.0, "55"), Tick(1.0, "65")),
    Tick(0.9, "+1.18", "info"),
)


def texts(chart: Chart, width: int, height: int) -> list[str]:
    lines = chart_lines(chart, PALETTE, width, height)
    return ["".join(text for text, _ in line) for line in lines]


@pytest.mark.parametrize("height", [0, 1, 2, 3, 4, 10, 30])
@pytest.mark.parametrize("width", [8, 14, 15, 40, 90, 240])
def test_lines_have_the_width_and_number_asked_for(width: int, height: int) -> None:
    shown = texts(CHART, width, height)
    assert len(shown) <= height
    assert {len(line) for line in shown} <= {width}


def test_names_that_would_touch_an_earlier_one_are_left_out() -> None:
    assert texts(CHART, 60, 8)[-1].split() == ["51k", "67.5k", "89k"]


def test_values_stand_at_the_right_and_the_label_has_the_right_of_way() -> None:
    shown = texts(CHART, 60, 8)
    assert shown[0].rstrip().endswith("+1.18")
    assert shown[6].rstrip().endswith("55")


def test_an_empty_chart_says_why() -> None:
    assert "No smile yet." in "".join(texts(Chart(empty="No smile yet."), 40, 6))
