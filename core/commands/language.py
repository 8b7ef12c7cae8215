"""The command language: a text in, a Reading or one sentence of refusal out. Sends nothing."""

from __future__ import annotations

import difflib
from dataclasses import replace

from core.commands.context import Context
from core.commands.reading import Reading
from core.commands.table import TABLE
from core.errors import CommandError

LONGEST = 200


def parse(text: str, context: Context) -> Reading:
    """What `text` means now; CommandError, and nothing else, when it means nothing.

    A colon before it is the key of the command line pressed once more, and means nothing.
    """
    words = " ".join(text.lower().split()).lstrip(": ")
    if not words:
        raise CommandError("nothing to read: type help")
    if len(words) > LONGEST:
        raise CommandError(f"the text has {len(words)} characters, at most {LONGEST} are read")
    for entry in TABLE:
        if entry.pattern is None or entry.reader is None:
            continue
        if match := entry.pattern.fullmatch(words):
            return replace(entry.reader(match, context), entry=entry.id)
    raise CommandError(_unknown(words))


def _unknown(words: str) -> str:
    usages = {usage.lower(): usage for entry in TABLE for usage in entry.usages}
    near = [usages[one] for one in difflib.get_close_matches(words, usages, 3, 0.5)]
    starts = [usage for usage in usages.values() if usage.lower().startswith(words)]
    offered = list(dict.fromkeys([*starts, *near]))[:3]
    return f"{words} is no command" + (f"; near: {', '.join(offered)}" if offered else "")
