"""The quotes furthest from the fit, a trader's list."""

from __future__ import annotations

from tui.draw.pane import stale_label
from tui.draw.pen import Line, Pen
from tui.draw.table import Column, fit_columns, head_line
from tui.panes.volatility.vol_pane import VolPane
from tui.theme import look
from tui.views import figures
from tui.views.spans import Span
from tui.views.volatility.heat import window
from tui.views.volatility.rich import RichRow, RichView, rich_view

HEAD = 2
COLUMNS = (
    Column("option", 18, 0, is_left=True, index=0),
    Column("mid", 6, 2, index=1),
    Column("fit", 6, 3, index=2),
    Column("vp", 7, 1, index=3),
    Column("half-spr", 9, 0, index=4),
    Column("Δ", 6, 4, index=5),
)


class Rich(VolPane):
    """Dear quotes are positive, cheap ones negative; beyond one half-spread the fit is outside."""

    EVERY = 24
    NAME = "RICH / CHEAP"
    HELP = "## Rich and cheap\nQuotes by their distance from the fit, in half-spreads."

    _seen: tuple[object, ...] = ()
    _view: RichView | None = None
    _shown: tuple[RichRow, ...] = ()

    def build(self, width: int, height: int) -> list[Line]:
        """Title, heads, one line a quote around the chosen one."""
        view = self._list()
        left = [Span(f"  {view.chain or '–'}", "bright")]
        if not view.empty:
            left.append(Span(f"  {view.outside} of {view.total} outside", "mid"))
        alarm = stale_label(int(view.is_stale and not view.empty), 1, float("nan"))
        title = self.title(width, left, alarm)
        if view.empty:
            self._shown = ()
            return [title, *self.words(width, view.empty)]
        keys = [row.key for row in view.rows]
        at = keys.index(self.choice.rich) if self.choice.rich in keys else 0
        shown = window(len(view.rows), max(0, height - HEAD), at)
        self._shown = view.rows[shown.start : shown.stop]
        cells = [_cells(row) for row in self._shown]
        columns = fit_columns(COLUMNS, cells, width - 2)
        body = [
            self._row(row, texts, columns, width)
            for row, texts in zip(self._shown, cells, strict=True)
        ]
        return [title, head_line(self.palette, columns, width), *body]

    def _list(self) -> RichView:
        """Sorted anew only when something was priced."""
        chain = self.selection.chain
        state = (self.desk.pricing, chain, self.desk.board.catalog)
        view = self._view
        is_same = len(self._seen) == 3 and all(
            a is b for a, b in zip(state, self._seen, strict=True)
        )
        if view is None or not is_same or view.is_stale or not view.rows:
            view = rich_view(self.desk, chain)
            self._seen, self._view = state, view
        return view

    def _row(
        self, row: RichRow, cells: tuple[str, ...], columns: tuple[Column, ...], width: int
    ) -> Line:
        palette, is_chosen = self.palette, row.key == self.choice.rich
        ground = "raised" if is_chosen else "pane"
        pen = Pen(look(palette, "text", ground))
        pen.put("▸" if is_chosen else " ", look(palette, "accent", ground))
        sign = figures.sign_tone(cells[3])
        is_far = abs(row.half_spreads) > 1
        tones = ("bright", "mid", "info", sign, sign if is_far else "mid", "dim")
        for column in columns:
            tone = tones[column.index]
            text = column.fill(cells[column.index])
            pen.put(text, look(palette, tone, ground, is_far and column.index == 4))
        return pen.line(width)

    def pick(self, x: int, y: int) -> bool:
        """A line chooses its quote."""
        del x
        if not 0 <= y - HEAD < len(self._shown):
            return False
        self.choice.rich = self._shown[y - HEAD].key
        return True


def _cells(row: RichRow) -> tuple[str, ...]:
    side = "C" if row.is_call else "P"
    return (
        f"{row.expiry} {figures.short_strike(row.strike)} {side}",
        figures.fixed(row.mid, 1),
        figures.fixed(row.fit, 1),
        figures.signed(row.richness, 2),
        figures.signed(row.half_spreads, 1),
        figures.ratio(row.delta),
    )
