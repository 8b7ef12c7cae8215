"""Exits: close one, close all, kill."""

from __future__ import annotations

import re

from core.commands.grammar import controls
from core.commands.table.entry import REST, Entry

EXITS: tuple[Entry, ...] = (
    Entry(
        "position.flatten",
        "exit",
        "Close a position after a question: the row of the positions pane when it has the keys,"
        " elsewhere the chosen instrument's.",
        key="f",
        title="Close the chosen position",
    ),
    Entry(
        "position.close_all",
        "exit",
        "Bring every position to zero.",
        ("close all",),
        re.compile("close all"),
        controls.close_all,
        title="Close all positions",
        text="close all",
    ),
    Entry(
        "position.close",
        "exit",
        "Bring one position to zero with a reduce-only order that crosses; without NAME the chosen"
        " instrument's.",
        ("close", "close NAME"),
        re.compile(f"close{REST}"),
        controls.close,
    ),
    Entry(
        "position.accept",
        "exit",
        "Take the venue's amount and average price for ours where they differ; without NAME the"
        " chosen instrument's. What we lack is booked to the manual sleeve.",
        ("accept", "accept NAME"),
        re.compile(f"accept{REST}"),
        controls.accept,
    ),
    Entry(
        "desk.kill",
        "exit",
        "Automation off and everything cancelled, at once and from anywhere; the same key again"
        " after 1 to 5 s also closes every position.",
        ("kill", "kill flatten"),
        re.compile("kill(?P<flatten> flatten)?"),
        controls.kill,
        key="ctrl+k",
        label="KILL",
        title="KILL: automation off, cancel everything",
        is_priority=True,
    ),
)
