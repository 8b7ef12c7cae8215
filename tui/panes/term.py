"""The term structure: volatility at the money and at 25 delta over time."""

from __future__ import annotations

from tui.draw.chart import chart_lines, plot_width
from tui.draw.pane import Pane, stale_label
from tui.draw.pen import Line
from tui.views.spans import Span
from tui.views.volatility import term_view


class Term(Pane):
    """Three curves over the square root of time to expiry."""

    EVERY = 12
    NUMBER = "6"
    NAME = "TERM"
    HELP = "## Term structure\nAt-the-money, 25-delta put and call volatility by time to expiry."

    def build(self, width: int, height: int) -> list[Line]:
        """Title and chart."""
        view = term_view(self.desk, self.selection, plot_width(width), max(0, height - 1))
        legend = (
            Span(f"  {view.label or '–'} ", "bright"),
            Span(" ━ atm", "accent"),
            Span("  ╍ 25P", "down"),
            Span("  ┄ 25C", "up"),
        )
        alarm = stale_label(int(view.is_stale), 1, float("nan"))
        title = self.title(width, legend, alarm or (Span("IV %", "dim"),))
        return [title, *chart_lines(view.chart, self.palette, width, max(0, height - 1))]
