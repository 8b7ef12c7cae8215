"""The smile of the chosen expiry: the fit with the bids and asks it goes through."""

from __future__ import annotations

from tui.draw.chart import chart_lines, plot_width
from tui.draw.pane import stale_label
from tui.draw.pen import Line
from tui.draw.words import items_line
from tui.panes.volatility.vol_pane import VolPane
from tui.views.spans import Span
from tui.views.volatility.past import past_view
from tui.views.volatility.smile import smile_view
from tui.views.volatility.strikes import choose_otm

FACTS = 5
"""Lines of figures below the chart, where at least twice as many are left for it."""


class Smile(VolPane):
    """Volatility by strike, log-moneyness or delta, volatility points on the right."""

    EVERY = 8
    NAME = "SMILE"
    HELP = "## Smile\nFit, bids and asks of one expiry; the forward is marked below."

    _places: tuple[tuple[float, float], ...] = ()
    _cells = 1

    def build(self, width: int, height: int) -> list[Line]:
        """Title, chart, and the figures where there is room."""
        choice = self.choice
        past = past_view(self.desk, self.selection.chain, choice.past_ns)
        then = past.picture.smile(self.selection.expiry_ns) if past.picture else None
        has_facts = self.is_whole and height > 3 * FACTS
        room = max(0, height - 1)
        cells, rows = plot_width(width), max(0, room - FACTS * has_facts)
        view = smile_view(self.desk, self.selection, cells, rows, choice.axis, then)
        self._places, self._cells = view.places, cells
        facts = view.facts if has_facts else ()
        legend = [
            Span(f"  {view.label} ", "bright"),
            Span(" ━ fit", "info"),
            Span("  • bid", "up"),
            Span("  • ask", "down"),
        ]
        if self.is_whole:
            legend += [Span("  · refused", "dim"), Span("  by ", "dim"), Span(choice.axis, "text")]
        if then is not None:
            legend.append(Span(f"  ┄ {past.label}", "mid"))
        alarm = stale_label(int(view.is_stale), 1, float("nan"))
        title = self.title(width, legend, alarm or (() if self.hint else (Span("IV %", "dim"),)))
        lines = [title, *chart_lines(view.chart, self.palette, width, room - len(facts))]
        return [*lines, *(items_line(self.palette, items, width) for items in facts)]

    def pick(self, x: int, y: int) -> bool:
        """The quote nearest to a column of the chart."""
        if y < 1 or not self._places or not 1 <= x <= self._cells:
            return False
        at = (x - 1) / max(1, self._cells - 1)
        _, strike = min(self._places, key=lambda place: abs(place[0] - at))
        choose_otm(self.desk, self.selection, strike)
        return True
