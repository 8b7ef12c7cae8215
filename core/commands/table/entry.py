"""One line of the table, and the patterns several lines share."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from core.commands.context import Context
from core.commands.reading import Reading

Words = re.Match[str]
Reader = Callable[[Words, Context], Reading]
REST = "(?: (?P<rest>.+))?"
"""Whatever follows, as one group."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be asked for: by text, by key, from the palette, or by several of them."""

    id: str
    """What settings and bindings call it: trade.buy."""
    group: str
    help: str
    """One sentence."""
    usages: tuple[str, ...] = ()
    """What to type; N amount, P P1 P2 prices, K count, the other words in capitals as they say."""
    pattern: re.Pattern[str] | None = None
    """The texts it reads; None for what has keys only."""
    reader: Reader | None = None
    key: str = ""
    """Default keys, comma separated, in the screen's spelling."""
    label: str = ""
    """One word for the key line; empty keeps it off the line."""
    title: str = ""
    """Its line in the palette; empty keeps it out."""
    text: str = ""
    """What key and palette run as if typed; empty when the screen does the work itself."""
    place: str = ""
    """The only screen its key works on: desk or volatility; empty for both."""
    is_priority: bool = False
    """The key works above dialogs and fields; only for the kill switch."""
