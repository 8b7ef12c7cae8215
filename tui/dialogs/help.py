"""The help: every command of the table, grouped, with what to type and which key does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from core.commands.table import GROUPS, TABLE, Entry
from tui.dialogs.dialog import Dialog
from tui.keys import shown_key
from tui.theme import Palette, palette_of

TITLES = {
    "trade": "TRADE",
    "cancel": "CANCEL",
    "exit": "EXITS",
    "automation": "AUTOMATION",
    "ask": "ASK",
    "choose": "CHOOSE",
    "go": "MOVE",
    "desk": "DESK",
}
LEGEND = (
    "a and d stand for buy and sell under the left hand. N is an amount in the instrument's own "
    "unit times the size multiplier; P is a price, put on the tick away from the market. "
    "Nothing is sent from a stale book but exits and cancels."
)


def help_text(word: str, keymap: Mapping[str, str], palette: Palette) -> Text:
    """The help as coloured text; with a word only the entries that speak of it."""
    entries = [one for one in TABLE if _speaks_of(one, word.lower())]
    text = Text(f"{LEGEND}\n", style=palette.mid)
    if not entries:
        text.append(f"\nnothing speaks of {word}\n", style=palette.warn)
    for group in GROUPS:
        found = [one for one in entries if one.group == group]
        if found:
            text.append(f"\n{TITLES[group]}\n", style=f"bold {palette.accent}")
        for one in found:
            _add(text, one, keymap.get(one.id, one.key), palette)
    return text


def _speaks_of(entry: Entry, word: str) -> bool:
    return word in " ".join((entry.id, entry.help, *entry.usages)).lower()


def _add(text: Text, entry: Entry, keys: str, palette: Palette) -> None:
    shown = ", ".join(shown_key(key) for key in keys.split(",") if key)
    usages = " · ".join(entry.usages)
    text.append(f"  {shown:<8}", style=f"bold {palette.accent}")
    if usages:
        text.append(f"{usages}\n", style=f"bold {palette.bright}")
        text.append(f"{'':10}", style=palette.text)
    text.append(f"{entry.help}\n", style=palette.text)


class Help(Dialog[None]):
    """Scrolls; any of esc, q and ? leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "leave_help", show=False),
    ]
    DEFAULT_CSS = """
    Help VerticalScroll { width: 100; max-width: 100%; height: 90%; background: $panel;
        padding: 1 2; scrollbar-size-vertical: 1; }
    Help Static { width: 1fr; height: auto; }
    """

    def __init__(self, word: str, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._word = word
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        """The text in a box that scrolls."""
        palette = palette_of(self.app.theme_variables)
        with VerticalScroll():
            yield Static(help_text(self._word, self._keymap, palette))

    def on_mount(self) -> None:
        """The arrows scroll at once."""
        self.query_one(VerticalScroll).focus()

    def action_leave_help(self) -> None:
        """Close it."""
        self.leave()

    def sync(self) -> None:
        """Reading takes time: the help does not lapse."""
        self.touch()
