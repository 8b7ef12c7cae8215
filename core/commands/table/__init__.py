"""The one table of commands. Parser, help, keys, palette and key line are read from it.

A file holds the entries of a group or two; here they are joined. Entries are tried in order and
each pattern must fit the whole text, lower case, single blanks. Imports the grammar beside it.
"""

from __future__ import annotations

from core.commands.table.automations import AUTOMATIONS
from core.commands.table.cancels import CANCELS
from core.commands.table.choices import CHOICES
from core.commands.table.desk import DESK, PRACTICE
from core.commands.table.entry import Entry, Reader, Words
from core.commands.table.exits import EXITS
from core.commands.table.moves import MOVES, PANES
from core.commands.table.questions import QUESTIONS
from core.commands.table.trades import TRADES
from core.commands.table.volatility import VOL_PANES, VOLATILITY
from core.commands.table.working import WORKING

__all__ = ["GROUPS", "PANES", "TABLE", "VOL_PANES", "Entry", "Reader", "Words", "entry"]

GROUPS = (
    *("trade", "cancel", "exit", "automation", "ask"),
    *("choose", "go", "volatility", "practice", "desk"),
)
"""In the order of the help."""
TABLE: tuple[Entry, ...] = (
    *TRADES,
    *WORKING,
    *CANCELS,
    *EXITS,
    *AUTOMATIONS,
    *QUESTIONS,
    *CHOICES,
    *MOVES,
    *VOLATILITY,
    *PRACTICE,
    *DESK,
)


def entry(id_: str) -> Entry:
    """The entry called `id_`; KeyError when the table has none."""
    return _BY_ID[id_]


_BY_ID = {one.id: one for one in TABLE}
