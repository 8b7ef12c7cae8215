"""Keys that move about the screen; none of them is typed."""

from __future__ import annotations

from core.commands.table.entry import Entry

PANES = (
    "chain",
    "ladder",
    "futures",
    "surface",
    "smile",
    "term",
    "pair",
    "positions",
    "orders",
    "log",
)
"""The panes in the order of their number keys 1 to 9 and 0."""


def _go(name: str, key: str, help_: str, label: str = "") -> Entry:
    return Entry(f"go.{name}", "go", help_, key=key, label=label)


MOVES: tuple[Entry, ...] = (
    Entry("screen.zoom", "go", "Let the pane fill the screen, or back.", key="z", label="zoom"),
    _go("next", "tab", "To the next pane.", "next"),
    _go("previous", "shift+tab", "To the previous pane."),
    *(
        _go(name, str((i + 1) % 10), f"To the {name} pane.", "pane" if i == 0 else "")
        for i, name in enumerate(PANES)
    ),
    _go("up", "up,k", "Cursor up in the focused pane."),
    _go("down", "down,j", "Cursor down in the focused pane."),
    _go("left", "left", "To the calls; in the smile and the term structure an expiry back."),
    _go("right", "right", "To the puts; in the smile and the term structure an expiry on."),
    _go("page_up", "pageup", "Ten lines up."),
    _go("page_down", "pagedown", "Ten lines down."),
    _go("money", "home", "Cursor to the money, the ladder back to the middle."),
    _go("pick", "enter", "Choose what the cursor is on: its instrument goes to the ladder."),
    _go("expiry_back", "comma,less_than_sign", "The expiry before."),
    _go("expiry_on", "full_stop,greater_than_sign", "The expiry after."),
    _go("turn", "c", "From the call to the put, or back."),
    _go("underlying", "u", "The next underlying."),
    _go("columns", "o", "The next set of columns of the chain."),
    _go("finer", "left_square_bracket", "Fewer ticks per line of the ladder."),
    _go("coarser", "right_square_bracket", "More ticks per line of the ladder."),
    _go("filter", "l", "Show only one kind of log line, then the next, then all."),
)
