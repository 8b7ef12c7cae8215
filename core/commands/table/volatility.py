"""The volatility screen: how it is opened, and the keys that mean something only there."""

from __future__ import annotations

import re

from core.commands.grammar import volatility
from core.commands.table.entry import Entry

VOL_PANES = ("surface", "smile", "rich", "term", "index")
"""The panes of the volatility screen in the order of their number keys."""
_PANE_HELP = {
    "surface": "To the map of the surface.",
    "smile": "To the smile.",
    "rich": "To the quotes furthest from the fit.",
    "term": "To the term structure.",
    "index": "To the volatility index.",
}
_DAY = r"(?:(?P<day>\d{4}-\d{2}-\d{2})[ t])?"


def _there(name: str, key: str, help_: str, label: str = "") -> Entry:
    return Entry(f"vol.{name}", "volatility", help_, key=key, label=label, place="volatility")


VOLATILITY: tuple[Entry, ...] = (
    Entry(
        "vol.screen",
        "volatility",
        "To the volatility screen, by the same key back to the desk; with COIN to its options.",
        ("vol", "vol COIN"),
        re.compile(r"vol(?: (?!at |now$)(?P<chain>\S+))?"),
        volatility.open_screen,
        key="v",
        label="vol",
        title="Volatility screen",
    ),
    Entry(
        "vol.at",
        "volatility",
        "Put a minute of the past beside now, UTC: vol at 14:30, vol at 2026-11-19 08:00.",
        ("vol at TIME", "vol at DAY TIME"),
        re.compile(rf"vol at {_DAY}(?P<time>\d{{1,2}}:\d{{2}})"),
        volatility.at_time,
    ),
    Entry(
        "vol.now",
        "volatility",
        "Leave the past: only now again.",
        ("vol now",),
        re.compile("vol now"),
        volatility.back_to_now,
        key="n",
        label="now",
        title="Volatility: back to now",
        text="vol now",
        place="volatility",
    ),
    Entry(
        "vol.leave",
        "volatility",
        "Back to the desk.",
        ("desk",),
        re.compile("desk"),
        volatility.back_to_desk,
        key="escape",
        text="desk",
        place="volatility",
    ),
    *(
        _there(name, str(i + 1), _PANE_HELP[name], "pane" if i == 0 else "")
        for i, name in enumerate(VOL_PANES)
    ),
    _there("map", "m", "The map of now, then, the difference, or all beside each other.", "map"),
    _there("axis", "a", "The smile by strike, by k, by delta.", "axis"),
    _there("span", "t", "A longer span of the index's history, then the shortest.", "span"),
    _there("minute_back", "left_square_bracket", "A minute back into the past.", "minute"),
    _there("minute_on", "right_square_bracket", "A minute on, towards now."),
    _there("hour_back", "left_curly_bracket", "An hour back.", "hour"),
    _there("hour_on", "right_curly_bracket", "An hour on."),
    _there("day_back", "left_parenthesis", "A day back.", "day"),
    _there("day_on", "right_parenthesis", "A day on."),
)
