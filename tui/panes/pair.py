"""The pair pane: z of the spread between its thresholds, and what the strategy knows."""

from __future__ import annotations

from tui.draw.chart import chart_lines, plot_width
from tui.draw.pane import Pane, stale_label
from tui.draw.pen import Line, Pen
from tui.draw.words import side_by_side
from tui.theme import look
from tui.views.figures import MISSING, cut
from tui.views.pair import PairFact, pair_view
from tui.views.spans import Span, filled

FACTS = 36
"""Cells of the facts beside the chart."""
NAME_CELLS, VALUE_CELLS = 10, 11


class Pair(Pane):
    """The spread's z over time; facts stand beside it where there is room."""

    EVERY = 6
    NAME = "PAIR"
    HELP = "## Pair\nz of the spread, entry thresholds, regime, hedge ratio, edge after fees."

    def build(self, width: int, height: int) -> list[Line]:
        """Title, chart, facts."""
        has_facts = width >= FACTS + 40
        plot = width - FACTS if has_facts else width
        view = pair_view(self.desk, 2 * plot_width(plot))
        state = filled("● ON", "up") if view.is_on else Span(" ○ OFF ", "mid")
        left = [Span(f"  {view.legs}  ", "bright"), state]
        if not has_facts and view.facts[1].value != MISSING:
            left.append(Span(f"  {view.facts[1].value}", view.facts[1].tone))
        alarm = stale_label(int(view.is_stale), 1, float("nan"))
        title = self.title(width, left, alarm or (() if self.hint else (Span("spread z", "dim"),)))
        rows = max(0, height - 1)
        chart = chart_lines(view.chart, self.palette, plot, rows)
        if not has_facts:
            return [title, *chart]
        facts = [self._fact(fact, width - plot) for fact in view.facts[:rows]]
        return [title, *side_by_side(self.palette, chart, plot, facts, width - plot)]

    def _fact(self, fact: PairFact, width: int) -> Line:
        pen = Pen(look(self.palette, "dim")).put(f" {fact.name:<{NAME_CELLS}}")
        room = width - pen.at - 1
        value = cut(fact.value, room)
        pen.put(value, look(self.palette, fact.tone, "pane", fact.tone == "bright"))
        pen.to(NAME_CELLS + VALUE_CELLS + 2)
        if fact.remark and pen.at + len(fact.remark) < width:
            pen.put(fact.remark)
        return pen.line(width)
