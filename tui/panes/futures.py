"""The futures pane: perpetuals and dated futures with basis or funding."""

from __future__ import annotations

from textual import events

from core.desk.desk import Desk
from tui.draw.pane import Pane, stale_label
from tui.draw.pen import Line, Pen
from tui.draw.table import Column, fit_columns, head_line
from tui.selection import Selection
from tui.theme import look
from tui.views.futures import FutureRow, futures_view
from tui.views.spans import Span

HEAD = 2
TABLE = (
    Column("instrument", 12, 0, True, 0),
    Column("bid", 9, 0, False, 1),
    Column("ask", 9, 0, False, 2),
    Column("carry", 7, 1, False, 3),
    Column("age", 7, 3, False, 4),
    Column("24h", 8, 4, False, 5),
    Column("mark", 10, 5, False, 6),
    Column("oi", 7, 6, False, 7),
    Column("vol", 7, 7, False, 8),
    Column("pos", 8, 2, False, 9),
)


class Futures(Pane):
    """One line per contract; Enter on a line takes it to the ladder.

    No flashes here: all of them move with the index many times a second, and a pane that is
    lit for good says nothing.
    """

    EVERY = 1
    NAME = "FUTURES"
    HELP = (
        "## Futures\nBest prices and age. Carry is the basis of a year, or the funding of 8 hours "
        "of a perpetual, in percent."
    )

    def __init__(self, desk: Desk, selection: Selection, *, id: str | None = None) -> None:
        super().__init__(desk, selection, id=id)
        self._first = 0
        self._chain = ""
        self._names: list[str] = []

    def build(self, width: int, height: int) -> list[Line]:
        """Title, column titles, the contracts around the chosen one."""
        self._follow()
        view = futures_view(self.desk, self.selection, max(0, height - HEAD), self._first)
        self._first, self._names = view.first, [row.instrument for row in view.rows]
        alarm = stale_label(view.stale, len(view.rows), float("nan"))
        more = f"  {view.first + 1}-{view.first + len(view.rows)} of {view.total}"
        left = [Span(more, "dim")] if len(view.rows) < view.total else []
        title = self.title(width, left, alarm)
        if not view.total:
            return [title, *self.words(width, view.empty)]
        texts = [[text for text, _ in row.cells] for row in view.rows]
        least = sum(column.width for column in fit_columns(TABLE[:4], texts, width, 0))
        columns = fit_columns(TABLE, texts, width - 1 if least == width - 1 else width - 2, 2)
        lines = [title, head_line(self.palette, columns, width)]
        return [*lines, *(self._row(row, columns, width) for row in view.rows)]

    def _follow(self) -> None:
        """Another chain brings its own futures to the top, once."""
        chain = self.selection.chain
        if chain != self._chain:
            futures = self.desk.board.catalog.futures
            self._first = next((i for i, one in enumerate(futures) if one.chain == chain), 0)
            self._chain = chain

    def _row(self, row: FutureRow, columns: tuple[Column, ...], width: int) -> Line:
        ground = "raised" if row.is_chosen else "pane"
        palette = self.palette
        pen = Pen(look(palette, "text", ground))
        pen.put("▸" if row.is_chosen else " ", look(palette, "accent", ground))
        for column in columns:
            text, tone = row.cells[column.index]
            pen.put(column.fill(text), look(palette, tone, ground))
        return pen.line(width)

    def pick(self, x: int, y: int) -> bool:
        """A line selects its contract."""
        del x
        if not 0 <= y - HEAD < len(self._names):
            return False
        return self.selection.choose(self.desk.board.catalog, self._names[y - HEAD])

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls the list."""
        event.stop()
        self._first += 1

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls the list."""
        event.stop()
        self._first = max(0, self._first - 1)
