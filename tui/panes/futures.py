"""The futures pane: perpetuals and dated futures with basis or funding."""

from __future__ import annotations

from textual import events

from core.desk.desk import Desk
from tui.draw.flash import GROUNDS, Flashes
from tui.draw.pane import Pane, stale_label
from tui.draw.pen import Line, Pen
from tui.draw.table import Column, fit_columns, head_line
from tui.selection import Selection
from tui.theme import look
from tui.views.futures import COLUMNS, FutureRow, futures_view
from tui.views.spans import Span

HEAD = 2
RANKS = (0, 0, 1, 3, 4, 5, 6, 7, 2)
WIDTHS = (10, 10, 9, 8, 9, 11, 8, 8, 8)


class Futures(Pane):
    """One line per contract; Enter on a line takes it to the ladder."""

    EVERY = 1
    NUMBER = "3"
    NAME = "FUTURES"
    HELP = "## Futures\nBest prices, yearly basis of futures, 8-hour funding of perpetuals, age."

    def __init__(self, desk: Desk, selection: Selection, *, id: str | None = None) -> None:
        super().__init__(desk, selection, id=id)
        self._flashes = Flashes()
        self._first = 0
        self._names: list[str] = []

    def build(self, width: int, height: int) -> list[Line]:
        """Title, column titles, the contracts around the chosen one."""
        view = futures_view(self.desk, self.selection, max(0, height - HEAD), self._first)
        self._first, self._names = view.first, [row.instrument for row in view.rows]
        alarm = stale_label(view.stale, len(view.rows), float("nan"))
        more = f"  {view.first + 1}-{view.first + len(view.rows)} of {view.total}"
        left = [Span(more, "dim")] if len(view.rows) < view.total else []
        title = self.title(width, left, alarm)
        if not view.total:
            return [title, *self.words(width, view.empty)]
        self._flashes.begin()
        columns = self._columns(width)
        lines = [title, head_line(self.palette, columns, width)]
        return [*lines, *(self._row(row, columns, width) for row in view.rows)]

    def _columns(self, width: int) -> tuple[Column, ...]:
        names = [one.name for one in self.desk.board.catalog.futures]
        label = max((len(name) for name in names), default=12) - 5
        first = Column("instrument", max(13, label), 0, True, -1)
        rest = zip(COLUMNS, WIDTHS, RANKS, strict=True)
        columns = [Column(name, size, rank, False, i) for i, (name, size, rank) in enumerate(rest)]
        return fit_columns([first, *columns], width - 2, 2)

    def _row(self, row: FutureRow, columns: tuple[Column, ...], width: int) -> Line:
        ground = "raised" if row.is_chosen else "pane"
        palette = self.palette
        pen = Pen(look(palette, "text", ground))
        pen.put("▸" if row.is_chosen else " ", look(palette, "accent", ground))
        for column in columns:
            if column.index < 0:
                tone = "dim" if row.is_stale else "bright" if row.is_chosen else "text"
                pen.put(column.fill(row.label), look(palette, tone, ground))
                continue
            text, tone = row.cells[column.index]
            filled, step = column.fill(text), self._step(row, column)
            pad = len(filled) - len(text)
            pen.put(filled[:pad], look(palette, "text", ground))
            tones = ("bright", GROUNDS[step], True) if step else (tone, ground, False)
            pen.put(text, look(palette, *tones))
        return pen.line(width)

    def _step(self, row: FutureRow, column: Column) -> int:
        if row.is_stale or column.title not in ("bid", "ask"):
            return 0
        price = row.bid if column.title == "bid" else row.ask
        return self._flashes.step((row.instrument, column.title), price)

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
