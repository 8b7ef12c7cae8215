"""What is chosen: the instrument, the size, the colours."""

from __future__ import annotations

import re

from core.commands.grammar import controls
from core.commands.grammar.amounts import NUMBER
from core.commands.table.entry import REST, Entry

CHOICES: tuple[Entry, ...] = (
    Entry(
        "instrument.change",
        "choose",
        "Choose the instrument to trade; without NAME a search opens.",
        ("change instrument", "change instrument NAME"),
        re.compile(f"change instrument{REST}"),
        controls.choose,
        key="i",
        title="Choose an instrument",
        text="change instrument",
    ),
    Entry(
        "size.set",
        "choose",
        "From now on N means N times this.",
        ("size multiplier N",),
        re.compile(f"size multiplier (?P<amount>{NUMBER})"),
        controls.set_multiplier,
    ),
    Entry(
        "size.reset",
        "choose",
        "Back to the multiplier of the settings.",
        ("reset size multiplier",),
        re.compile("reset size multiplier"),
        controls.reset_multiplier,
        title="Reset the size multiplier",
        text="reset size multiplier",
    ),
    Entry(
        "screen.theme",
        "choose",
        "Change the colours: desk, desk-light, desk-blue-orange; without a name the next.",
        ("theme", "theme desk-blue-orange"),
        re.compile(f"theme{REST}"),
        controls.set_theme,
        title="Next theme",
        text="theme",
    ),
)
