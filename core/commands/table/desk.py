"""The desk itself, and what is rehearsed on the simulated exchange."""

from __future__ import annotations

import re

from core.commands.grammar import controls, practice
from core.commands.table.entry import REST, Entry

PRACTICE: tuple[Entry, ...] = (
    Entry(
        "practice.list",
        "practice",
        "List the trouble that can be rehearsed; only on the simulator, as all of this.",
        ("practice",),
        re.compile("practice|pr"),
        practice.listed,
        title="Practice: what can be rehearsed",
        text="practice",
    ),
    Entry(
        "practice.fault",
        "practice",
        "Let the simulated exchange make this trouble now: practice cut, practice silent 5; values"
        " in the list's order or as name=value.",
        ("practice FAULT", "practice FAULT VALUE", "pr FAULT"),
        re.compile("(?:practice|pr) (?P<rest>.+)"),
        practice.rehearse,
    ),
)
DESK: tuple[Entry, ...] = (
    Entry(
        "desk.command",
        "desk",
        "Type a command; what it means stands beside it before Enter.",
        key="colon",
        label="command",
    ),
    Entry(
        "desk.help",
        "desk",
        "This list; with a WORD only what speaks of it.",
        ("help", "help WORD"),
        re.compile(f"help{REST}"),
        controls.show_help,
        key="question_mark",
        label="help",
        title="Help",
        text="help",
    ),
    Entry(
        "desk.palette",
        "desk",
        "Search every command by its name.",
        key="ctrl+p",
        label="palette",
    ),
    Entry(
        "desk.quit",
        "desk",
        "Leave; asks first when orders work or automation is on.",
        ("quit",),
        re.compile("(?P<verb>quit)"),
        controls.leave,
        key="ctrl+q",
        title="Quit",
        text="quit",
    ),
    Entry(
        "desk.shutdown",
        "desk",
        "Automation off, everything cancelled, then leave without a question.",
        ("shutdown",),
        re.compile("(?P<verb>shutdown)"),
        controls.leave,
        title="Shut down",
        text="shutdown",
    ),
)
