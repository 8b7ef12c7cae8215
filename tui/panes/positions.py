"""The positions pane: what is held, what it is worth, what it risks."""

from __future__ import annotations

from tui.draw.pane import Pane, account_label, stale_label
from tui.draw.pen import Line, Pen
from tui.draw.table import Column, fit_columns, head_line
from tui.theme import look
from tui.views.figures import cut
from tui.views.positions import PositionRow, positions_view
from tui.views.spans import Span

HEAD = 2
CHECK = 80
"""Cells for what differs from the venue."""
TABLE = (
    Column("instrument", 20, 0, True, 0),
    Column("size", 9, 0, False, 1),
    Column("avg", 10, 2, False, 2),
    Column("mark", 10, 1, False, 3),
    Column("upnl", 10, 0, False, 4),
    Column("coin", 6, 4, False, 5),
    Column("Δ", 8, 1, False, 6),
    Column("Γ", 10, 6, False, 7),
    Column("v $", 9, 3, False, 8),
    Column("Θ $", 9, 5, False, 9),
    Column("rpnl", 9, 6, False, 10),
    Column("upnl $", 9, 7, False, 13),
    Column("fees", 9, 8, False, 11),
    Column("funding", 9, 9, False, 12),
    Column("at exit", 9, 10, False, 14),
)


class Positions(Pane):
    """One line per position in a fixed order, one total per settlement currency."""

    EVERY = 2
    NAME = "POSITIONS"
    HELP = (
        "## Positions\nSize, average, mark, open profit and greeks; totals per currency. With more"
        " room what was realised, fees, funding, the profit in USD and on the closing side of the"
        " book. The shares of the sleeves stand below; `pnl` lists what each of them made."
        " `found` is what was held before the desk knew of it, adopted into the manual sleeve."
    )

    def build(self, width: int, height: int) -> list[Line]:
        """Title, column titles, rows; the totals stay when there is too little room."""
        view = positions_view(self.desk, self.selection)
        self._names = [row.name for row in view.rows]
        alarm = account_label(self.desk) or stale_label(view.stale, view.count, float("nan"))
        if not view.rows:
            return [self.title(width, (), alarm), *self.words(width, view.empty)]
        columns = fit_columns(TABLE, _texts((*view.rows, *view.totals)), width - 2)
        room = max(0, height - HEAD)
        totals = view.totals[: max(0, room - 1)]
        self._first = _first(view.rows, room - len(totals))
        rows = view.rows[self._first : self._first + room - len(totals)]
        left = [Span(f"  {view.count} open", "mid")]
        if len(rows) < len(view.rows):
            left.append(Span(f"  {self._first + 1}-{self._first + len(rows)} shown", "dim"))
        left += [Span(f"  {cut(text, CHECK)}", "warn") for text in view.checks[:1]]
        lines = [self.title(width, left, alarm), head_line(self.palette, columns, width)]
        lines += [self._row(row, columns, width) for row in rows]
        return lines + [self._total(row, columns, width) for row in totals]

    def _row(self, row: PositionRow, columns: tuple[Column, ...], width: int) -> Line:
        ground = "raised" if row.is_chosen else "pane"
        pen = Pen(look(self.palette, "text", ground))
        pen.put("▸" if row.is_chosen else " ", look(self.palette, "accent", ground))
        for column in columns:
            text, tone = row.cells[column.index]
            if row.is_stale and column.title in ("instrument", "mark"):
                tone = "dim"
            pen.put(column.fill(text), look(self.palette, tone, ground))
        if row.is_stale and pen.at + 7 <= width:
            pen.put(" stale", look(self.palette, "warn", ground))
        if row.guard and (room := width - pen.at - 2) >= 4:
            tone = "warn" if "BLIND" in row.guard else "violet"
            pen.put(f" {cut(row.guard, room)}", look(self.palette, tone, ground))
        return pen.line(width)

    def _total(self, row: PositionRow, columns: tuple[Column, ...], width: int) -> Line:
        pen = Pen(look(self.palette, "bright", "title", True)).put(" ")
        for column in columns:
            text, tone = row.cells[column.index]
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


def _texts(rows: tuple[PositionRow, ...]) -> list[list[str]]:
    return [[text for text, _ in row.cells] for row in rows]
