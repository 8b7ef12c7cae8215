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


def _go(name: str, key: str, help_: str, label: str = "", place: str = "") -> Entry:
    return Entry(f"go.{name}", "go", help_, key=key, label=label, place=place)


def _on_desk(name: str, key: str, help_: str, label: str = "") -> Entry:
    return _go(name, key, help_, label, "desk")


MOVES: tuple[Entry, ...] = (
    Entry("screen.zoom", "go", "Let the pane fill the screen, or back.", key="z", label="zoom"),
    _go("next", "tab", "To the next pane.", "next"),
    _go("previous", "shift+tab", "To the previous pane."),
    *(
        _on_desk(name, str((i + 1) % 10), f"To the {name} pane.", "pane" if i == 0 else "")
        for i, name in enumerate(PANES)
    ),
    _go("up", "up,k", "Cursor up in the focused pane."),
    _go("down", "down,j", "Cursor down in the focused pane."),
    _go("left", "left", "To the calls; a column or a strike back; in the desk's smile an expiry."),
    _go("right", "right", "To the puts; a column or a strike on; in the desk's smile an expiry."),
    _go("page_up", "pageup", "Ten lines up."),
    _go("page_down", "pagedown", "Ten lines down."),
    _go("money", "home", "Cursor to the money, the ladder back to the middle."),
    _go("pick", "enter", "Choose what the cursor is on: its instrument goes to the ladder."),
    _go("expiry_back", "comma,less_than_sign", "The expiry before."),
    _go("expiry_on", "full_stop,greater_than_sign", "The expiry after."),
    _on_desk("turn", "c", "From the call to the put, or back."),
    _go("underlying", "u", "The next underlying."),
    _go("columns", "o", "The next set of columns: of the chain, of the volatility map."),
    _on_desk("finer", "left_square_bracket", "Fewer ticks per line of the ladder."),
    _on_desk("coarser", "right_square_bracket", "More ticks per line of the ladder."),
    _on_desk("filter", "l", "Show only one kind of log line, then the next, then all."),
)
