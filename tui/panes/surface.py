"""The volatility surface as a heat map: expiries by delta."""

from __future__ import annotations

from core.desk.desk import Desk
from tui.draw.pane import Pane, stale_label
from tui.draw.pen import Line, Pen
from tui.selection import Selection
from tui.theme import Look, look
from tui.views.spans import Span
from tui.views.volatility import DELTAS, SurfaceRow, surface_view

HEAD = 2
LABEL = 10
LEAST, MOST = 5, 8
"""Cells of one value."""


class Surface(Pane):
    """Volatility points of every expiry; the numbers say what the colours show."""

    EVERY = 10
    NUMBER = "4"
    NAME = "IV SURFACE"
    HELP = "## IV surface\nFitted volatility by expiry and delta, in volatility points."

    def __init__(self, desk: Desk, selection: Selection, *, id: str | None = None) -> None:
        super().__init__(desk, selection, id=id)
        self._expiries: list[int] = []

    def build(self, width: int, height: int) -> list[Line]:
        """Title, deltas, one line per expiry."""
        view = surface_view(self.desk, self.selection, max(0, height - HEAD))
        self._expiries = [row.expiry_ns for row in view.rows]
        left = [Span(f"  {view.chain or '–'}", "bright")]
        if not view.empty:
            left += [Span("  SVI fit rmse ", "dim"), Span(view.rmse, "text")]
        alarm = stale_label(int(view.is_stale and not view.empty), 1, float("nan"))
        title = self.title(width, left, alarm or (Span("vol pts", "dim"),))
        if view.empty:
            return [title, *self.words(width, view.empty)]
        cell = max(LEAST, min(MOST, (width - LABEL - 1) // len(DELTAS)))
        count = max(1, min(len(DELTAS), (width - LABEL - 1) // cell))
        shown = _around_the_money(count)
        pen = Pen(look(self.palette, "dim")).to(LABEL)
        for i in shown:
            pen.put(f"{DELTAS[i]:>{cell}}", look(self.palette, "mid" if i == 3 else "dim"))
        lines = [title, pen.line(width)]
        return [*lines, *(self._row(row, shown, cell, width, view.is_stale) for row in view.rows)]

    def _row(self, row: SurfaceRow, shown: range, cell: int, width: int, is_stale: bool) -> Line:
        palette = self.palette
        pen = Pen(look(palette, "text"))
        pen.put("▸" if row.is_chosen else " ", look(palette, "accent"))
        tone = "bright" if row.is_chosen else "mid"
        pen.put(f"{row.label:<{LABEL - 1}}", look(palette, tone, "pane", row.is_chosen))
        for i in shown:
            text, heat = row.cells[i]
            pen.put(f"{text:>{cell}}", self._heat(heat, is_stale, row.is_chosen))
        return pen.line(width)

    def _heat(self, heat: float, is_stale: bool, is_bold: bool) -> Look:
        if heat != heat or is_stale:
            return look(self.palette, "dim")
        ramp = self.palette.heat
        ground = ramp[min(len(ramp) - 1, int(heat * len(ramp)))]
        return self.palette.ink_on(ground), ground, is_bold

    def pick(self, x: int, y: int) -> bool:
        """A line chooses its expiry."""
        del x
        if not 0 <= y - HEAD < len(self._expiries):
            return False
        self.selection.choose_expiry(self.desk.board.catalog, self._expiries[y - HEAD])
        return True


def _around_the_money(count: int) -> range:
    """Indices of `count` deltas around the middle one."""
    first = (len(DELTAS) - count) // 2
    return range(first, first + count)
