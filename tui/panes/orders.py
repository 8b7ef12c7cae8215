"""The orders pane: what works, what became of the last ones, and why one was refused."""

from __future__ import annotations

from core.desk.desk import Desk
from tui.draw.pane import Pane, account_label
from tui.draw.pen import Line, Pen
from tui.draw.table import Column, fit_columns, head_line
from tui.selection import Selection
from tui.theme import look
from tui.views.figures import cut
from tui.views.orders import OrderRow, orders_view
from tui.views.spans import Span

HEAD = 2
COLUMNS = (
    Column("side", 6, 0, True, 0),
    Column("instrument", 22, 0, True, 1),
    Column("qty", 9, 1, False, 2),
    Column("filled", 9, 3, False, 3),
    Column("price", 11, 0, False, 4),
    Column("type", 11, 4, False, 5),
    Column("sleeve", 8, 6, False, 6),
    Column("age", 7, 5, False, 7),
    Column("state", 10, 2, False, 8),
)


class Orders(Pane):
    """Working orders first; the finished ones below them are dim."""

    EVERY = 2
    NAME = "ORDERS"
    HELP = "## Orders\nWorking orders, then the last finished ones with the reason of a refusal."

    def __init__(self, desk: Desk, selection: Selection, *, id: str | None = None) -> None:
        super().__init__(desk, selection, id=id)
        self._ids: list[str] = []

    def build(self, width: int, height: int) -> list[Line]:
        """Title, column titles, rows around the chosen one."""
        view = orders_view(self.desk, self.selection)
        left = [Span(f"  {view.working} working", "mid")]
        title = self.title(width, left, account_label(self.desk))
        if not view.rows:
            self._ids = []
            return [title, *self.words(width, view.empty)]
        room = max(0, height - HEAD)
        at = next((i for i, row in enumerate(view.rows) if row.is_chosen), 0)
        first = max(0, at - room + 1)
        rows = view.rows[first : first + room]
        self._ids = [row.order_id for row in rows]
        texts = [[text for text, _, _ in _cells(row)] for row in view.rows]
        columns = fit_columns(COLUMNS, texts, width - 2, 1)
        lines = [title, head_line(self.palette, columns, width)]
        return [*lines, *(self._row(row, columns, width) for row in rows)]

    def _row(self, row: OrderRow, columns: tuple[Column, ...], width: int) -> Line:
        ground = "raised" if row.is_chosen else "pane"
        palette = self.palette
        pen = Pen(look(palette, "text", ground))
        pen.put("▸" if row.is_chosen else " ", look(palette, "accent", ground))
        cells = _cells(row)
        for column in columns:
            text, tone, is_bold = cells[column.index]
            pen.put(column.fill(text), look(palette, tone, ground, is_bold))
        room = width - pen.at - 3
        if row.reason and room >= 8:
            tone = "warn" if row.state == "REFUSED" else "dim"
            pen.put(f"  {cut(row.reason, room)}", look(palette, tone, ground))
        return pen.line(width)

    def pick(self, x: int, y: int) -> bool:
        """A line chooses its order."""
        del x
        if not 0 <= y - HEAD < len(self._ids):
            return False
        self.selection.order_id = self._ids[y - HEAD]
        return True


def _cells(row: OrderRow) -> tuple[tuple[str, str, bool], ...]:
    """(text, tone, bold) by column; a finished order is dim but for its state."""
    is_on = row.is_working
    text, mid = ("text", "mid") if is_on else ("dim", "dim")
    return (
        (row.side, row.side_tone if is_on else "dim", is_on),
        (row.instrument, text, False),
        (row.amount, text, False),
        (row.filled, mid, False),
        (row.price, text, False),
        (row.kind, mid, False),
        (row.sleeve, mid, False),
        (row.age, mid, False),
        (row.state, row.state_tone, row.state.isupper()),
    )
