"""The term structure: volatility at the money and at 25 delta over time, and its table."""

from __future__ import annotations

from tui.draw.chart import chart_lines, plot_width
from tui.draw.pane import stale_label
from tui.draw.pen import Line, Pen
from tui.draw.table import Column, fit_columns, head_line
from tui.draw.words import side_by_side
from tui.panes.volatility.vol_pane import VolPane
from tui.theme import look
from tui.views.spans import Span
from tui.views.volatility.past import past_view
from tui.views.volatility.term import HEADS, TermRow, TermView, term_view

LEAST_CHART, LEAST_TABLE, WHOLE_TABLE = 26, 36, 74
"""Cells of chart and table when they stand side by side; a narrower pane has the chart alone."""
_WIDTHS = (9, 6, 7, 7, 6, 6, 11, 9)
_RANKS = (0, 0, 1, 2, 4, 4, 3, 5)
COLUMNS = tuple(
    Column(title, width, rank, is_left=i == 0, index=i)
    for i, (title, width, rank) in enumerate(zip(HEADS, _WIDTHS, _RANKS, strict=True))
)


class Term(VolPane):
    """Three curves over the square root of time to expiry."""

    EVERY = 12
    NAME = "TERM"
    HELP = "## Term structure\nAt-the-money, 25-delta put and call volatility by time to expiry."

    _table_at = 0
    _expiries: tuple[int, ...] = ()

    def build(self, width: int, height: int) -> list[Line]:
        """Title and chart, the table at its right where there is room."""
        has_table = self.is_whole and width >= LEAST_CHART + LEAST_TABLE
        plot = max(LEAST_CHART, width * 3 // 8, width - WHOLE_TABLE) if has_table else width
        past = past_view(self.desk, self.selection.chain, self.choice.past_ns)
        rows = max(0, height - 1)
        view = term_view(self.desk, self.selection, plot_width(plot), rows, past.picture)
        legend = [
            Span(f"  {view.label or '–'} ", "bright"),
            Span(" ━ atm", "accent"),
            Span("  ╍ 25P", "down"),
            Span("  ┄ 25C", "up"),
        ]
        if past.picture is not None:
            legend.append(Span(f"  · atm {past.label}", "mid"))
        alarm = stale_label(int(view.is_stale), 1, float("nan"))
        title = self.title(width, legend, alarm or (Span("IV %", "dim"),))
        self._expiries = ()
        if not has_table or view.chart.empty:
            return [title, *chart_lines(view.chart, self.palette, width, rows)]
        self._table_at = plot
        chart = chart_lines(view.chart, self.palette, plot, rows)
        table = self._table(view, width - plot, rows)
        return [title, *side_by_side(self.palette, chart, plot, table, width - plot)]

    def _table(self, view: TermView, width: int, height: int) -> list[Line]:
        """Expiries, then constant maturities, in at most `height` lines."""
        every = [*view.rows, *view.maturities]
        columns = fit_columns(COLUMNS, [row.cells for row in every], width - 2, most=1)
        lines = [head_line(self.palette, columns, width)]
        room = max(0, height - 1)
        rows = list(view.rows[:room])
        self._expiries = tuple(row.expiry_ns for row in rows)
        if room > len(rows) + len(view.maturities):
            rows += [TermRow(("",) * len(HEADS)), *view.maturities]
        elif room > len(rows):
            rows += view.maturities[: room - len(rows)]
        lines += [self._row(row, columns, width) for row in rows]
        return lines[:height]

    def _row(self, row: TermRow, columns: tuple[Column, ...], width: int) -> Line:
        palette = self.palette
        pen = Pen(look(palette, "text"))
        pen.put("▸" if row.is_chosen else " ", look(palette, "accent"))
        for column in columns:
            tone = "bright" if row.is_chosen else "mid" if column.index in (0, 6, 7) else "text"
            if column.index == 1:
                tone = "accent"
            pen.put(column.fill(row.cells[column.index]), look(palette, tone))
        return pen.line(width)

    def pick(self, x: int, y: int) -> bool:
        """A line of the table chooses its expiry."""
        at = y - 2
        if x < self._table_at or not 0 <= at < len(self._expiries):
            return False
        self.selection.choose_expiry(self.desk.board.catalog, self._expiries[at])
        return True
