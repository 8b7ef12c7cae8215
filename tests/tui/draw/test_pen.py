"""One line of runs, exactly as wide as asked."""

from __future__ import annotations

import pytest

from tui.draw.pen import Line, Pen
from tui.theme import Look

PLAIN: Look = ("#ffffff", "#000000", False)
BOLD: Look = ("#ffffff", "#000000", True)


def width(line: Line) -> int:
    return sum(len(text) for text, _ in line)


def test_neighbours_of_equal_look_become_one_run() -> None:
    line = Pen(PLAIN).put("ab").put("cd").put("ef", BOLD).put("gh", BOLD).line(8)
    assert line == (("abcd", PLAIN), ("efgh", BOLD))


@pytest.mark.parametrize("cells", [0, 1, 3, 5, 9, 40])
def test_a_line_is_exactly_as_wide_as_asked(cells: int) -> None:
    assert width(Pen(PLAIN).put("abc").put("defgh", BOLD).line(cells)) == cells


def test_going_to_a_passed_column_writes_nothing() -> None:
    pen = Pen(PLAIN).put("abc").to(2).put("d").to(6).put("e")
    assert pen.line(7) == (("abcd  e", PLAIN),)
