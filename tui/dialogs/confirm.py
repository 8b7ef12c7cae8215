"""Yes or no to one thing: by one key, or by typing a word, as the risk demands."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Label

from tui.dialogs.dialog import Dialog


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked."""

    words: str
    typed: str = ""
    """What must be typed to say yes; empty for the key y."""


class Confirm(Dialog[bool]):
    """Default is no. `y` too early does nothing; leaving and lapsing mean no."""

    DEFAULT_CSS = """
    Confirm #box { width: 74; max-width: 100%; height: auto; background: $panel;
        border-left: outer $error; padding: 1 2; }
    Confirm #words { width: 1fr; text-style: bold; color: $foreground; }
    Confirm #hint { width: 1fr; color: $foreground 70%; margin-top: 1; }
    Confirm Input { height: 1; border: none; padding: 0; margin-top: 1; background: $raised; }
    Confirm Input:focus { background: $raised; }
    """

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question, and how to answer it."""
        with Vertical(id="box"):
            yield Label(self._question.words, id="words", markup=False)
            if self._question.typed:
                yield Input(id="typed", compact=True)
                hint = f"type {self._question.typed} and Enter to go on · esc leaves"
            else:
                hint = "y yes · n or esc no"
            yield Label(hint, id="hint", markup=False)

    def on_key(self, event: events.Key) -> None:
        """y, n and escape; a typed answer goes to the field."""
        self.touch()
        if event.key == "escape" or (not self._question.typed and event.key == "n"):
            event.stop()
            self.leave()
        elif event.key == "y" and not self._question.typed and self.is_armed:
            event.stop()
            self.dismiss(True)

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip() == self._question.typed:
            self.dismiss(True)
        else:
            hint = f"{event.value.strip() or 'nothing'} is not {self._question.typed}: nothing sent"
            self.query_one("#hint", Label).update(hint)
