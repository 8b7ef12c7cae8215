"""Where commands are typed: history by up and down, suggestions from the table and the listing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from core.commands.grammar.practice import typed
from core.commands.table import TABLE
from tui.guard import Guarded
from tui.session import Session

REMEMBERED = 200


class Words(Suggester):
    """Completes commands from the table, and the word under the cursor from the listed names."""

    def __init__(self, session: Session) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._session = session
        self._texts = sorted({one for entry in TABLE for one in entry.usages if one.islower()})

    async def get_suggestion(self, value: str) -> str | None:
        """`value` completed, or None."""
        typed = value.lower()
        for text in (*self._texts, *self._faults()):
            if len(text) > len(typed) > 0 and text.startswith(typed):
                return value + text[len(typed) :]
        word = value.rpartition(" ")[2].upper()
        if len(word) < 3 or word == value.upper():
            return None
        for name in self._session.desk.board.catalog.by_name:
            if len(name) > len(word) and name.startswith(word):
                return value + name[len(word) :].lower()
        return None

    def _faults(self) -> list[str]:
        """What the simulated exchange can be asked for, each with the values it would take."""
        return [f"practice {typed(one)}" for one in self._session.desk.practice.faults]


class CommandField(Guarded, Input):
    """The field itself: history by up and down, tab takes the suggestion, escape leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "older", show=False),
        Binding("down", "newer", show=False),
        Binding("tab", "accept", show=False),
        Binding("escape", "leave", show=False),
    ]

    class Left(Message):
        """The user wants to go back to the panes."""

    def __init__(self, session: Session) -> None:
        super().__init__(suggester=Words(session), id="command", compact=True)
        self.past: list[str] = []
        """Texts entered, oldest first; the up key walks them."""
        self._index = 0
        self._draft = ""

    async def _on_key(self, event: Key) -> None:
        """Enter is acted on here, in the order of typing: what follows it is the next command.

        A colon before anything else, or over a refused text, is the key that led here.
        """
        is_blank = not self.value or self.selected_text == self.value
        if event.key != "enter" and not (event.character == ":" and is_blank):
            return
        event.stop()
        event.prevent_default()
        if event.key == "enter":
            await self.action_submit()
        else:
            self.value = ""

    async def action_submit(self) -> None:
        """Hand the text over and clear the field at once."""
        text, self.value = self.value, ""
        self.post_message(self.Submitted(self, text))

    def give_back(self, text: str) -> None:
        """A refused text returns, selected: the next key starts anew, an arrow goes on with it."""
        if not self.value:
            self._show(text)
            self.select_all()

    def recall(self, texts: Sequence[str]) -> None:
        """Take the texts of an earlier day into the history."""
        self.past = list(texts)
        self._index = len(self.past)

    def remember(self, text: str) -> None:
        """Keep `text` for the up key."""
        if text and text != (self.past[-1] if self.past else ""):
            self.past = [*self.past[-REMEMBERED:], text]
        self._index, self._draft = len(self.past), ""

    def action_older(self) -> None:
        """The text before."""
        if self._index == len(self.past):
            self._draft = self.value
        if self._index:
            self._index -= 1
            self._show(self.past[self._index])

    def action_newer(self) -> None:
        """The text after, at last what was being typed."""
        if self._index < len(self.past):
            self._index += 1
            is_last = self._index == len(self.past)
            self._show(self._draft if is_last else self.past[self._index])

    def action_accept(self) -> None:
        """Take the suggestion."""
        self.action_end()
        self.action_cursor_right()

    def action_leave(self) -> None:
        """Drop the text and go back to the panes."""
        self.value = ""
        self.post_message(self.Left())

    def _show(self, text: str) -> None:
        self.value = text
        self.cursor_position = len(text)
