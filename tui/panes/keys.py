"""The line of keys at the bottom, drawn: the stock footer costs tens of milliseconds a key."""

from __future__ import annotations

from core.desk.desk import Desk
from tui.draw.pane import Pane
from tui.draw.pen import Line, Pen
from tui.selection import Selection
from tui.theme import look

KeyWord = tuple[str, str]
"""(key, what it does)."""


class Keys(Pane, can_focus=False):
    """Keys and words, in the order the app gives them; what does not fit is left out whole."""

    DEFAULT_CSS = "Keys { height: 1; }"
    EVERY = 6

    def __init__(self, desk: Desk, selection: Selection, *, id: str | None = None) -> None:
        super().__init__(desk, selection, id=id)
        self._words: tuple[KeyWord, ...] = ()
        self._alarming: frozenset[str] = frozenset()

    def show(self, words: tuple[KeyWord, ...], alarming: frozenset[str] = frozenset()) -> None:
        """Show these from now on; keys in `alarming` stand in the colour of danger."""
        self._words, self._alarming = words, alarming
        self.sync()

    def build(self, width: int, height: int) -> list[Line]:
        """One line."""
        palette = self.palette
        pen = Pen(look(palette, "mid")).put(" ")
        for key, word in self._words:
            if pen.at + len(key) + len(word) + 3 > width:
                continue
            is_alarming = key in self._alarming
            pen.put(key, look(palette, "down" if is_alarming else "accent", "pane", True))
            pen.put(f" {word}", look(palette, "down" if is_alarming else "mid")).put("   ")
        return [pen.line(width)][:height]
