"""The smile of the chosen expiry: the fit with the bids and asks it goes through."""

from __future__ import annotations

from tui.draw.chart import chart_lines, plot_width
from tui.draw.pane import Pane, stale_label
from tui.draw.pen import Line
from tui.views.spans import Span
from tui.views.volatility import smile_view


class Smile(Pane):
    """Volatility by strike, volatility points on the right."""

    EVERY = 8
    NUMBER = "5"
    NAME = "SMILE"
    HELP = "## Smile\nFit, bids and asks of one expiry; the forward is marked below."

    def build(self, width: int, height: int) -> list[Line]:
        """Title and chart."""
        view = smile_view(self.desk, self.selection, plot_width(width), max(0, height - 1))
        legend = (
            Span(f"  {view.label} ", "bright"),
            Span(" ━ fit", "info"),
            Span("  • bid", "up"),
            Span("  • ask", "down"),
        )
        alarm = stale_label(int(view.is_stale), 1, float("nan"))
        title = self.title(width, legend, alarm or (Span("IV %", "dim"),))
        return [title, *chart_lines(view.chart, self.palette, width, max(0, height - 1))]
