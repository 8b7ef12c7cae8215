"""Bars to the eighth of a cell, alone and behind text."""

from __future__ import annotations

from math import nan

import pytest

from tui.draw.bars import bar_from_left, text_over_bar
from tui.draw.pen import Line, Pen
from tui.theme import Look

PLAIN: Look = ("#ffffff", "#000000", False)
BAR = "#00ff00"


def shown(line: Line) -> str:
    return "".join(text for text, _ in line)


def grounds(line: Line) -> str:
    """One letter a cell: # on the bar, . beside it, e an eighth block."""
    return "".join(
        "e" if char in "▏▎▍▌▋▊▉" else "#" if look[1] == BAR else "."
        for text, look in line
        for char in text
    )


@pytest.mark.parametrize(
    ("part", "text"),
    [(0.0, "    "), (0.5, "██  "), (1.0, "████"), (2.0, "████"), (0.53125, "██▏ "), (nan, "    ")],
)
def test_a_bar_grows_to_the_right_by_eighths(part: float, text: str) -> None:
    pen = Pen(PLAIN)
    bar_from_left(pen, part, 4, BAR, "#000000")
    assert shown(pen.line(4)) == text


@pytest.mark.parametrize(
    ("part", "is_from_right", "expected"),
    [
        (0.0, False, "........"),
        (1.0, False, "########"),
        (0.5, False, "####...."),
        (0.5, True, "....####"),
        (0.4375, True, "....e###"),
        (0.5625, False, "####e..."),
        (1.0, True, "########"),
    ],
)
def test_a_bar_lies_behind_blank_text(part: float, is_from_right: bool, expected: str) -> None:
    pen = Pen(PLAIN)
    text_over_bar(pen, " " * 8, part, is_from_right, PLAIN, BAR)
    assert grounds(pen.line(8)) == expected


@pytest.mark.parametrize("is_from_right", [False, True])
@pytest.mark.parametrize("eighths", range(65))
def test_text_over_a_bar_stays_whole(eighths: int, is_from_right: bool) -> None:
    pen = Pen(PLAIN)
    text_over_bar(pen, "12345678", eighths / 64, is_from_right, PLAIN, BAR)
    line = pen.line(8)
    assert shown(line) == "12345678"
    assert abs(grounds(line).count("#") - eighths / 8) <= 0.5
