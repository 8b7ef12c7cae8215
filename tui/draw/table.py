"""Columns of plain tables: which fit, and how the spare cells are shared out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

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


def fit_columns(
    columns: Sequence[Column], rows: Iterable[Sequence[str]], width: int, most: int = 3
) -> tuple[Column, ...]:
    """The columns that fit, in their order, each widened by up to `most` spare cells.

    A column is at least as wide as its longest text in `rows` and a blank before it.
    """
    kept = [_widened(column, rows) for column in columns]
    while len(kept) > 1 and sum(one.width for one in kept) > width:
        worst = max(range(len(kept)), key=lambda i: (kept[i].rank, i))
        del kept[worst]
    spare = max(0, width - sum(one.width for one in kept))
    share = min(most, spare // max(1, len(kept)))
    return tuple(replace(one, width=one.width + share) for one in kept)


def _widened(column: Column, rows: Iterable[Sequence[str]]) -> Column:
    longest = max((len(row[column.index]) + 1 for row in rows), default=0)
    return column if longest <= column.width else replace(column, width=longest)


def head_line(palette: Palette, columns: Sequence[Column], width: int) -> Line:
    """The titles of the columns, one cell in."""
    pen = Pen(look(palette, "dim")).put(" ")
    for column in columns:
        pen.put(column.fill(column.title))
    return pen.line(width)
