"""The positions pane: what is held, what it is worth, what it risks."""

from __future__ import annotations

from tui.draw.pane import Pane, stale_label
from tui.draw.pen import Line, Pen
from tui.draw.table import Column, fit_columns, head_line
from tui.theme import look
from tui.views.positions import COLUMNS, PositionRow, positions_view
from tui.views.spans import Span

HEAD = 2
WIDTHS = (11, 11, 11, 10, 5, 8, 10, 9, 9)
RANKS = (0, 2, 1, 0, 4, 1, 6, 3, 5)


class Positions(Pane):
    """One line per position in a fixed order, one total per settlement currency."""

    EVERY = 2
    NUMBER = "8"
    NAME = "POSITIONS"
    HELP = "## Positions\nSize, average, mark, open profit and greeks; totals per currency."

    def build(self, width: int, height: int) -> list[Line]:
        """Title, column titles, rows; the totals stay when there is too little room."""
        view = positions_view(self.desk, self.selection)
        self._names = [row.name for row in view.rows]
        alarm = stale_label(view.stale, len(view.rows), float("nan"))
        title = self.title(width, [Span(f"  {len(view.rows)} open", "mid")], alarm)
        if not view.rows:
            return [title, *self.words(width, view.empty)]
        columns = self._columns([row.name for row in view.rows], width)
        room = max(0, height - HEAD)
        totals = view.totals[: max(0, room - 1)]
        self._first = _first(view.rows, room - len(totals))
        rows = view.rows[self._first : self._first + room - len(totals)]
        lines = [title, head_line(self.palette, columns, width)]
        lines += [self._row(row, columns, width) for row in rows]
        return lines + [self._total(row, columns, width) for row in totals]

    def _columns(self, names: list[str], width: int) -> tuple[Column, ...]:
        label = max(20, max(len(name) for name in names) + 1)
        first = Column("instrument", label, 0, True, -1)
        rest = zip(COLUMNS, WIDTHS, RANKS, strict=True)
        columns = [Column(name, size, rank, False, i) for i, (name, size, rank) in enumerate(rest)]
        return fit_columns([first, *columns], width - 2)

    def _row(self, row: PositionRow, columns: tuple[Column, ...], width: int) -> Line:
        ground = "raised" if row.is_chosen else "pane"
        pen = Pen(look(self.palette, "text", ground))
        pen.put("▸" if row.is_chosen else " ", look(self.palette, "accent", ground))
        for column in columns:
            text, tone = (row.name, "text") if column.index < 0 else row.cells[column.index]
            if row.is_stale and column.title in ("instrument", "mark"):
                tone = "dim"
            pen.put(column.fill(text), look(self.palette, tone, ground))
        if row.is_stale and pen.at + 7 <= width:
            pen.put(" stale", look(self.palette, "warn", ground))
        return pen.line(width)

    def _total(self, row: PositionRow, columns: tuple[Column, ...], width: int) -> Line:
        pen = Pen(look(self.palette, "bright", "title", True)).put(" ")
        for column in columns:
            text, tone = (row.name, "bright") if column.index < 0 else row.cells[column.index]
            is_bold = column.title in ("instrument", "upnl", "Δ")
            pen.put(column.fill(text), look(self.palette, tone, "title", is_bold))
        return pen.line(width)

    def pick(self, x: int, y: int) -> bool:
        """A line chooses its position."""
        del x
        at = y - HEAD + self._first
        if y < HEAD or at >= len(self._names):
            return False
        self.selection.position = self._names[at]
        return True

    _names: list[str]
    _first = 0


def _first(rows: tuple[PositionRow, ...], height: int) -> int:
    """Keep the chosen row in view."""
    at = next((i for i, row in enumerate(rows) if row.is_chosen), 0)
    return max(0, min(at - height + 1 if at >= height else 0, len(rows) - height))
