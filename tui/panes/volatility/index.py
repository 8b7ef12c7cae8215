"""The volatility index with its history."""

from __future__ import annotations

from tui.draw.chart import chart_lines
from tui.draw.pane import stale_label
from tui.draw.pen import Line, Pen
from tui.draw.words import side_by_side
from tui.panes.volatility.vol_pane import VolPane
from tui.theme import look
from tui.views.figures import cut
from tui.views.spans import Span, filled
from tui.views.volatility.index import IndexFact, index_view, span_words

FACTS, BARE_FACTS = 36, 19
"""Cells of the figures with and without their remarks."""
LEAST_CHART = 22
NAME_CELLS, VALUE_CELLS = 9, 7


class Index(VolPane):
    """Our index, the venue's, realised volatility; the chart over the chosen span."""

    EVERY = 12
    NAME = "INDEX"
    HELP = "## Volatility index\n30-day volatility, the venue's own, realised, and the premium."

    def build(self, width: int, height: int) -> list[Line]:
        """Title, figures at the left, chart at the right."""
        facts_wide = FACTS if width >= FACTS + LEAST_CHART else min(width, BARE_FACTS)
        rows = max(0, height - 1)
        chain, span_h = self.selection.chain, self.choice.span_h
        view = index_view(self.desk, chain, span_h, rows)
        left = [
            Span(f"  {chain or '–'} ", "bright"),
            Span(" ━ ours", "accent"),
            Span("  ╍ venue", "info"),
            Span("  ", "dim"),
            Span(span_words(span_h), "text"),
        ]
        alarm = stale_label(int(view.is_stale), 1, float("nan"))
        if view.is_history_old and not alarm:
            alarm = (filled("NO STORE", "warn"),)
        title = self.title(width, left, alarm)
        chart = chart_lines(view.chart, self.palette, width - facts_wide, rows)
        facts = [self._fact(fact, facts_wide) for fact in view.facts[:rows]]
        joined = side_by_side(self.palette, facts, facts_wide, chart, width - facts_wide)
        return [title, *joined]

    def _fact(self, fact: IndexFact, width: int) -> Line:
        pen = Pen(look(self.palette, "dim")).put(f" {cut(fact.name, NAME_CELLS):<{NAME_CELLS}}")
        pen.put(f"{fact.value:>{VALUE_CELLS}}", look(self.palette, fact.tone, "pane", True))
        room = width - pen.at - 3
        if room >= 6 and fact.remark:
            pen.put(f"  {cut(fact.remark, room)}")
        return pen.line(width)
