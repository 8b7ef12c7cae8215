"""Columns of plain tables: which fit, and how the spare cells are shared out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui.draw.pen import Line, Pen
from tui.theme import Palette, look
from tui.views.figures import cut


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    title: str
    width: int
    rank: int
    """0 stays longest when there is too little room."""
    is_left: bool = False
    """Text stands at the left, numbers at the right."""
    index: int = 0
    """Which cell of a row it shows."""

    def fill(self, text: str) -> str:
        """`text` in the column's width; numbers are never cut, words end in an ellipsis."""
        if self.is_left:
            return f"{cut(text, self.width - 1):<{self.width}}"
        return f"{text:>{self.width}}"


def fit_columns(columns: Sequence[Column], width: int, most: int = 3) -> tuple[Column, ...]:
    """The columns that fit, in their order, each widened by up to `most` spare cells."""
    kept = list(columns)
    while len(kept) > 1 and sum(one.width for one in kept) > width:
        kept.remove(max(kept, key=lambda one: one.rank))
    spare = max(0, width - sum(one.width for one in kept))
    share = min(most, spare // max(1, len(kept)))
    return tuple(
        Column(one.title, one.width + share, one.rank, one.is_left, one.index) for one in kept
    )


def head_line(palette: Palette, columns: Sequence[Column], width: int) -> Line:
    """The titles of the columns, one cell in."""
    pen = Pen(look(palette, "dim")).put(" ")
    for column in columns:
        pen.put(column.fill(column.title))
    return pen.line(width)
