"""The log pane: what the desk did and noticed, newest at the bottom."""

from __future__ import annotations

from core.desk.desk import Desk
from tui.draw.pane import Pane
from tui.draw.pen import Line, Pen
from tui.selection import Selection
from tui.theme import look
from tui.views.figures import cut
from tui.views.journal import JournalRow, journal_rows
from tui.views.spans import Span, filled


class Log(Pane):
    """Time, kind, source, text; rebuilt only when a line came."""

    EVERY = 3
    NAME = "LOG"
    HELP = "## Log\nThe last lines, coloured by kind; filter by kind."

    def __init__(self, desk: Desk, selection: Selection, *, id: str | None = None) -> None:
        super().__init__(desk, selection, id=id)
        self._state: tuple[object, ...] = ()
        self._body: list[Line] = []

    def build(self, width: int, height: int) -> list[Line]:
        """Title and the last lines that fit."""
        kind = self.selection.log_kind
        state = (self.desk.logs.count, kind, width, height, self.palette)
        if state != self._state:
            rows = journal_rows(self.desk.logs, kind, max(0, height - 1))
            self._body = [self._row(row, width) for row in rows] or self._nothing(width, kind)
            self._state = state
        left = [Span("  only ", "dim"), filled(kind, "accent")] if kind else []
        return [self.title(width, left), *self._body]

    def _nothing(self, width: int, kind: str) -> list[Line]:
        return self.words(width, f"No {kind} lines." if kind else "Nothing has happened yet.")

    def _row(self, row: JournalRow, width: int) -> Line:
        palette = self.palette
        pen = Pen(look(palette, "text")).put(" ")
        at = row.at if width >= 60 else row.at[:8]
        pen.put(f"{at} ", look(palette, "dim"))
        pen.put(f"{row.kind:<4} ", look(palette, row.tone, "pane", row.is_loud))
        if width >= 50:
            pen.put(f"{cut(row.source, 8):<8} ", look(palette, "mid"))
        return pen.put(cut(row.text, max(0, width - pen.at - 1))).line(width)
