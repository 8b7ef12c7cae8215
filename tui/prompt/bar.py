"""The command line as a whole: what is typed is read again and again until Enter does it."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

from core.commands.preview import preview_of
from core.commands.reading import Reading
from core.errors import CommandError
from tui.guard import Guarded
from tui.prompt.field import CommandField
from tui.prompt.preview_text import preview_parts
from tui.prompt.said import Said, SayLine, said_of
from tui.session import Session


class CommandBar(Guarded, Horizontal):
    """Field and reading. Enter posts `Entered` with the reading that was shown."""

    DEFAULT_CSS = """
    CommandBar { height: 1; background: $raised; }
    CommandBar #prompt { width: 3; color: $accent; background: $raised; text-style: bold; }
    CommandBar #typing { width: 2fr; height: 1; }
    CommandBar CommandField { width: 1fr; height: 1; border: none; padding: 0; }
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
        self._shown: tuple[str, Reading | None] = ("", None)
        """The last text and what the line said it means."""
        self._refused = ""
        """The text Enter has just refused: its reason stands in the colour of errors."""
        self.field = CommandField(session)
        """Where one types."""
        self.line = SayLine(id="say")
        """What stands beside it."""
        self._last = Said((("type : and a command, ? for help", "dim"),))

    def compose(self) -> ComposeResult:
        """The prompt, the field, the line beside it."""
        with Horizontal(id="typing"):
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
        text = self.field.value
        reading, said = self._read(text)
        if text:
            self._shown = (text, reading)
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
        shown = self._shown[1] if self._shown[0] == event.value else None
        now, said = self._read(text)
        self.field.remember(text)
        if now is None:
            self._last = Said(tuple((words, "down") for words, _ in said.parts))
            self._refused = text
            self.field.give_back(text)
            self.read_again()
            return
        same_kind = shown is not None and shown.entry == now.entry and not now.refusals
        self.post_message(self.Entered(text, shown if shown and same_kind else now))
