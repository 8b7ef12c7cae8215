"""Amounts worked patiently, and the stops the desk watches itself."""

from __future__ import annotations

import re

from core.commands.grammar import working
from core.commands.grammar.amounts import NUMBER, PRICE
from core.commands.table.entry import REST, Entry

_AMOUNT = rf"(?P<side>[ad]) ?(?P<amount>{NUMBER})"
_LEVEL = rf"(?P<value>{PRICE})(?: ?(?P<unit>%|atr|[smhd]))?"

WORKING: tuple[Entry, ...] = (
    Entry(
        "work.once",
        "trade",
        "Work an amount patiently: post-only, moved on with the touch, then the rest crosses.",
        ("work aN", "work dN"),
        re.compile(rf"(?:work|w) {_AMOUNT}"),
        working.work,
    ),
    Entry(
        "work.twap",
        "trade",
        "The same in slices spread over a time, such as 60s, 10m or 2h; a number after it says in"
        " how many.",
        ("twap aN 60s", "twap dN 10m 20"),
        re.compile(rf"twap {_AMOUNT} (?P<time>[0-9]{{1,5}}[smhd])(?: (?P<slices>[0-9]{{1,5}}))?"),
        working.twap,
    ),
    Entry(
        "stop.fixed",
        "exit",
        "Let the desk close what you hold when mark reaches P, loses 2 % on the average price or"
        " 3 true ranges from here, or when the time is up; without NAME the chosen instrument's.",
        ("stop P", "stop 2%", "stop 3atr", "stop 30m", "stop 2% NAME"),
        re.compile(rf"(?P<verb>stop) {_LEVEL}{REST}"),
        working.stop,
    ),
    Entry(
        "stop.trail",
        "exit",
        "The same so far behind the best mark from now on: in percent, price or true ranges.",
        ("trail 1.5%", "trail 500", "trail 3atr"),
        re.compile(rf"(?P<verb>trail) {_LEVEL}{REST}"),
        working.stop,
    ),
)
