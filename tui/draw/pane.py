"""What all panes have in common: the desk, the selection, a title, words for an empty state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.message import Message

from core.desk.desk import Desk
from tui.draw.line_pane import LinePane
from tui.draw.pen import Line
from tui.draw.words import title_line, words_line
from tui.selection import Selection
from tui.views import figures
from tui.views.spans import Span, filled


class Picked(Message):
    """Something was pointed at with the mouse; the selection has moved already."""

    def __init__(self, pane: Pane, is_double: bool) -> None:
        super().__init__()
        self.pane = pane
        self.is_double = is_double

    @property
    def control(self) -> Pane:
        """The pane that was clicked."""
        return self.pane


class Pane(LinePane):
    """One pane of the desk."""

    NAME: ClassVar[str] = ""

    def __init__(self, desk: Desk, selection: Selection, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.desk = desk
        self.selection = selection
        self.number = ""
        """The key that focuses it; its screen sets it."""
        self.hint = ""
        """The pane's own keys in words, shown at the right of its title; the app sets it."""

    def title(self, width: int, left: Sequence[Span] = (), alarm: Sequence[Span] = ()) -> Line:
        """The title line: an alarm takes the place of the keys."""
        right = list(alarm) or ([Span(self.hint, "dim")] if self.hint else [])
        name = (self.number, self.NAME)
        return title_line(self.palette, width, name, left, right, self.has_focus)

    def words(self, width: int, text: str, tone: str = "mid") -> list[Line]:
        """An empty line and a sentence: what a pane says when it has nothing to draw."""
        return [words_line(self.palette, "", width), words_line(self.palette, text, width, tone)]

    def pick(self, x: int, y: int) -> bool:
        """Move the selection to what stands at a cell; False when nothing does."""
        del x, y
        return False

    def on_click(self, event: events.Click) -> None:
        """Point at what was clicked and say so."""
        if self.pick(event.x, event.y):
            self.post_message(Picked(self, event.chain == 2))
            self.sync()

    def on_focus(self) -> None:
        """Show the focus at once."""
        self.sync()

    def on_blur(self) -> None:
        """Show the loss of focus at once."""
        self.sync()


def account_label(desk: Desk) -> tuple[Span, ...]:
    """What must be known of orders and positions that nobody confirms now; else nothing."""
    if not desk.trading.is_link_up:
        return (filled("LINK DOWN", "warn"),)
    return () if desk.trading.is_reconciled else (filled("RECONCILING", "warn"),)


def stale_label(stale: int, total: int, age_ms: float) -> tuple[Span, ...]:
    """STALE with the age when all is stale, with the count when some is; nothing otherwise."""
    if not stale:
        return ()
    if stale < total:
        return (filled(f"STALE {stale}", "warn"),)
    age = f" {figures.age(age_ms)}" if age_ms == age_ms else ""
    return (filled(f"STALE{age}", "warn"),)
