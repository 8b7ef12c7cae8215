"""Braille: which dots are set, and in which colour."""

from __future__ import annotations

from math import nan

from tui.draw.dots import Dots
from tui.draw.pen import Pen
from tui.theme import Look

PLAIN: Look = ("#ffffff", "#000000", False)
RED, BLUE = "#ff0000", "#0000ff"


def rows(dots: Dots) -> list[str]:
    found = []
    for row in range(dots.height):
        pen = Pen(PLAIN)
        dots.write(pen, row, "#000000")
        found.append("".join(text for text, _ in pen.line(dots.width)))
    return found


def test_the_corners_are_the_corners_of_the_canvas() -> None:
    dots = Dots(2, 1)
    for x, y in ((0, 0), (3, 3)):
        dots.dot(x, y, RED)
    assert rows(dots) == ["⠁⢀"]


def test_dots_outside_the_canvas_are_left_out() -> None:
    dots = Dots(1, 1)
    for x, y in ((-1, 0), (2, 0), (0, -1), (0, 4)):
        dots.dot(x, y, RED)
    assert rows(dots) == [" "]


def test_a_curve_is_broken_where_there_is_no_number() -> None:
    dots = Dots(4, 1)
    dots.curve([(0, 0), (1, 0), (nan, 0), (6, 0), (7, 0)], RED)
    assert rows(dots) == ["⠉  ⠉"]


def test_a_gap_draws_only_some_columns() -> None:
    dots = Dots(2, 1)
    dots.curve([(0, 0), (3, 0)], RED, 2)
    assert rows(dots) == ["⠁⠁"]


def test_the_last_colour_of_a_cell_wins() -> None:
    dots = Dots(1, 1)
    dots.dot(0, 0, RED)
    dots.dot(1, 3, BLUE)
    pen = Pen(PLAIN)
    dots.write(pen, 0, "#000000")
    assert pen.line(1) == (("⢁", (BLUE, "#000000", False)),)
