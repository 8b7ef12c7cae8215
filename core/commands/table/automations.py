"""The switches of the strategies."""

from __future__ import annotations

import re

from core.commands.grammar import controls
from core.commands.table.entry import Entry


def _switch(id_: str, verb: str, what: str, help_: str) -> Entry:
    usage = f"{verb} {what}"
    pattern = re.compile(rf"(?P<verb>{verb}) (?P<what>{what})")
    title = usage.capitalize()
    return Entry(
        id_, "automation", help_, (usage,), pattern, controls.switch, title=title, text=usage
    )


AUTOMATIONS: tuple[Entry, ...] = (
    Entry(
        "automation.hedger",
        "automation",
        "Turn the delta hedger on or off.",
        key="d",
        label="hedger",
        title="Delta hedging on or off",
    ),
    Entry(
        "automation.pair",
        "automation",
        "Turn the pair strategy on or off.",
        key="p",
        label="pair",
        title="Pair strategy on or off",
    ),
    _switch("hedger.on", "activate", "delta hedging", "Turn the delta hedger on."),
    _switch("hedger.off", "deactivate", "delta hedging", "Turn the delta hedger off."),
    _switch("pair.on", "activate", "pair", "Turn the pair strategy on."),
    _switch("pair.off", "deactivate", "pair", "Turn the pair strategy off."),
    Entry(
        "risk.reset",
        "automation",
        "Lift a lock on losses and count them from now on; programs stay off.",
        ("risk reset",),
        re.compile("risk reset"),
        controls.reset_risk,
        title="Lift a lock on losses",
        text="risk reset",
    ),
)
