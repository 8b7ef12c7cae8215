"""The help: every command of the table, grouped, with what to type and which key does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from core.commands.grammar.practice import typed
from core.commands.table import GROUPS, TABLE, Entry
from core.venues.practice import Fault
from tui.dialogs.dialog import Dialog
from tui.keys import shown_key, spelled
from tui.theme import Palette, palette_of

TITLES = {
    "trade": "TRADE",
    "cancel": "CANCEL",
    "exit": "EXITS",
    "automation": "AUTOMATION",
    "ask": "ASK",
    "choose": "CHOOSE",
    "go": "MOVE",
    "volatility": "VOLATILITY SCREEN",
    "practice": "PRACTICE",
    "desk": "DESK",
}
LEGEND = (
    "a and d stand for buy and sell under the left hand. N is an amount in the instrument's own "
    "unit times the size multiplier; P is a price, put on the tick away from the market. "
    "Nothing is sent from a stale book but exits and cancels."
)


def help_table(
    word: str, keymap: Mapping[str, str], palette: Palette, faults: Sequence[Fault] = ()
) -> Table:
    """The help as two columns, keys and words; with a word only the entries that speak of it.

    `faults` are what can be rehearsed; they stand below the commands that do it.
    """
    entries = [one for one in TABLE if _speaks_of(one, word.lower())]
    table = Table.grid(padding=(0, 2))
    table.add_column(width=8, no_wrap=True, style=f"bold {palette.accent}")
    table.add_column(ratio=1)
    table.add_row("", Text(LEGEND, style=palette.mid))
    if not entries:
        table.add_row("", Text(f"nothing speaks of {word}", style=palette.warn))
    for group in GROUPS:
        found = [one for one in entries if one.group == group]
        if found:
            table.add_row("", "")
            table.add_row("", Text(TITLES[group], style=f"bold {palette.accent}"))
        for one in found:
            keys = ", ".join(shown_key(key) for key in spelled(keymap.get(one.id, one.key)))
            table.add_row(keys, _words(one, palette))
        if group == "practice" and found:
            for fault in faults:
                table.add_row("", _fault_words(fault, palette))
    return table


def _fault_words(fault: Fault, palette: Palette) -> Text:
    """What to type, every value it takes, and below it what happens."""
    text = Text(f"practice {typed(fault)}", style=f"bold {palette.bright}")
    if fault.params:
        text.append(f"   {' '.join(param.name for param in fault.params)}", style=palette.dim)
    text.append(f"\n{fault.says}", style=palette.text)
    return text


def _words(entry: Entry, palette: Palette) -> Text:
    """What to type, and below it what it does."""
    text = Text("   ".join(entry.usages), style=f"bold {palette.bright}")
    if entry.usages:
        text.append("\n")
    return text.append(entry.help, style=f"not bold {palette.text}")


def _speaks_of(entry: Entry, word: str) -> bool:
    return word in " ".join((entry.id, entry.help, *entry.usages)).lower()


class Help(Dialog[None]):
    """Scrolls; any of esc, q and ? leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "leave_help", show=False),
    ]
    DEFAULT_CSS = """
    Help VerticalScroll { width: 100; max-width: 100%; height: 90%; background: $panel;
        border: round $accent 60%; padding: 0 2; scrollbar-size-vertical: 1; }
    Help Static { width: 1fr; height: auto; }
    """

    def __init__(self, word: str, keymap: Mapping[str, str], faults: Sequence[Fault] = ()) -> None:
        super().__init__()
        self._faults = faults
        self._word = word
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        """The text in a box that scrolls."""
        palette = palette_of(self.app.theme_variables)
        with VerticalScroll() as box:
            box.border_title = "HELP"
            box.border_subtitle = "↑ ↓ scroll · esc leaves"
            yield Static(help_table(self._word, self._keymap, palette, self._faults))

    def on_mount(self) -> None:
        """The arrows scroll at once."""
        self.query_one(VerticalScroll).focus()

    def action_leave_help(self) -> None:
        """Close it."""
        self.leave()

    def sync(self) -> None:
        """Reading takes time: the help does not lapse."""
        self.touch()
