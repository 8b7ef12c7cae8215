"""The command line: a field, and beside it what the text means, or what became of the last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Label

from core.commands.preview import preview_of
from core.commands.reading import Reading
from core.commands.table import TABLE
from core.domain.order import Side
from core.errors import CommandError
from tui.draw.line_pane import LinePane
from tui.draw.pen import Line, Pen
from tui.guard import Guarded
from tui.preview_text import preview_parts
from tui.session import Session
from tui.theme import look
from tui.views import figures

TONES = {Side.BUY: "up", Side.SELL: "down", None: "bright"}
REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class Said:
    """A line for the place beside the field: text runs with their tones, the first one bold."""

    parts: tuple[tuple[str, str], ...] = ()


def said_of(reading: Reading, parts: tuple[str, ...]) -> Said:
    """A reading as the line shows it: why not, or what, at what cost, and the key that does it."""
    if reading.refusals:
        return Said(((f"no: {reading.refusals[0]}", "down"),))
    words = f"dry run: {reading.words}" if reading.is_dry else reading.words
    return Said(
        (
            (words, TONES[reading.side]),
            *((note, "warn") for note in reading.notes),
            *((part, "mid") for part in parts),
            *((("⏎", "accent"),) if not reading.is_dry else ()),
        )
    )


class SayLine(LinePane, can_focus=False):
    """One line of `Said`, against the right edge; what does not fit is left out from the end."""

    said = Said()

    def build(self, width: int, height: int) -> list[Line]:
        """At most one line."""
        parts = [(figures.plain(text), tone) for text, tone in self.said.parts]
        while len(parts) > 1 and _width(parts) > width - 2:
            del parts[-2 if len(parts) > 2 and parts[-1][0] == "⏎" else -1]
        pen = Pen(look(self.palette, "text", "raised"))
        pen.to(width - 1 - min(_width(parts), width - 2))
        for i, (text, tone) in enumerate(parts):
            pen.put("   " if i else "")
            pen.put(figures.cut(text, width - 2), look(self.palette, tone, "raised", i == 0))
        return [pen.line(width)][:height]


def _width(parts: list[tuple[str, str]]) -> int:
    return sum(len(text) for text, _ in parts) + 3 * max(0, len(parts) - 1)


class Words(Suggester):
    """Completes commands from the table, and the word under the cursor from the listed names."""

    def __init__(self, session: Session) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._session = session
        self._texts = sorted({one for entry in TABLE for one in entry.usages if one.islower()})

    async def get_suggestion(self, value: str) -> str | None:
        """`value` completed, or None."""
        typed = value.lower()
        for text in self._texts:
            if len(text) > len(typed) > 0 and text.startswith(typed):
                return value + text[len(typed) :]
        word = value.rpartition(" ")[2].upper()
        if len(word) < 3 or word == value.upper():
            return None
        for name in self._session.desk.board.catalog.by_name:
            if len(name) > len(word) and name.startswith(word):
                return value + name[len(word) :].lower()
        return None


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


class CommandBar(Guarded, Horizontal):
    """Field and reading. Enter posts `Entered` with the reading that was shown."""

    DEFAULT_CSS = """
    CommandBar { height: 1; background: $raised; }
    CommandBar #prompt { width: 3; color: $accent; background: $raised; text-style: bold; }
    CommandBar CommandField { width: 2fr; height: 1; border: none; padding: 0; }
    CommandBar CommandField, CommandBar CommandField:focus { background: $raised; }
    CommandBar SayLine { width: 3fr; height: 1; }
    """

    @dataclass
    class Entered(Message):
        """A text was entered, with what it meant a moment ago."""

        text: str
        reading: Reading

    def __init__(self, session: Session) -> None:
        super().__init__(id="command_bar")
        self._session = session
        self._reading: Reading | None = None
        self._text = ""
        self._refused = ""
        """The text Enter has just refused: its reason stands in the colour of errors."""
        self.field = CommandField(session)
        """Where one types."""
        self.line = SayLine(id="say")
        """What stands beside it."""
        self._last = Said((("type : and a command, ? for help", "dim"),))

    def compose(self) -> ComposeResult:
        """The prompt, the field, the line beside it."""
        yield Label(" › ", id="prompt")
        yield self.field
        yield self.line

    def on_mount(self) -> None:
        """Show the first hint."""
        self.read_again()

    def say(self, text: str, tone: str = "text") -> None:
        """Show `text` beside the field whenever nothing is being typed."""
        self._last = Said(((text, tone),))
        self.read_again()

    def say_reply(self, reply: str, text: str, is_ok: bool) -> None:
        """Show what became of `text`."""
        self._last = Said(((reply, "up" if is_ok else "down"), (text, "dim")))
        self.read_again()

    def read_again(self) -> None:
        """Read the text against the market of now; the frame timer and every key do this."""
        self._text = self.field.value
        self._reading, said = self._read(self._text)
        self.line.said = said
        self.line.sync()

    def _read(self, text: str) -> tuple[Reading | None, Said]:
        if not text.strip():
            return None, self._last
        try:
            reading = self._session.read(text)
        except CommandError as error:
            tone = "down" if text.strip() == self._refused else "mid"
            return None, Said(((str(error), tone),))
        parts: tuple[str, ...] = ()
        if reading.orders and not reading.refusals:
            parts = preview_parts(preview_of(reading.orders, self._session.context()))
        return reading, said_of(reading, parts)

    @on(Input.Changed)
    def _changed(self) -> None:
        self.read_again()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """Do what is shown: the reading on the line, unless it has become impossible since."""
        event.stop()
        text = event.value.strip()
        if not text:
            return
        shown = self._reading if self._text == event.value else None
        now, said = self._read(text)
        self.field.remember(text)
        if now is None:
            self._last = Said(tuple((words, "down") for words, _ in said.parts))
            self._refused = text
            self.field.select_all()  # the next key starts anew, an arrow goes on with this text
            self.read_again()
            return
        self.field.value = ""
        same_kind = shown is not None and shown.entry == now.entry and not now.refusals
        self.post_message(self.Entered(text, shown if shown and same_kind else now))
