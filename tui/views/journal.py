"""The last log lines, newest at the bottom."""

from __future__ import annotations

from dataclasses import dataclass

from core.logs import LogMemory
from tui.views import figures

KINDS = {
    "FILL": "up",
    "HEDG": "violet",
    "SIGN": "info",
    "ORDR": "text",
    "RISK": "warn",
    "LINK": "accent",
    "INFO": "dim",
    "WARN": "warn",
    "ERR": "down",
}
LOUD = frozenset({"WARN", "ERR", "RISK"})


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One log line in its columns."""

    at: str
    kind: str
    tone: str
    is_loud: bool
    source: str
    text: str


def journal_rows(logs: LogMemory, kind: str, count: int) -> tuple[JournalRow, ...]:
    """The newest `count` lines of `kind` (all kinds when empty), oldest first."""
    lines = logs.tail(count if not kind else 10_000)
    chosen = [line for line in lines if not kind or line.kind == kind][-count:] if count else []
    return tuple(
        JournalRow(
            figures.clock_millis(line.at_ns),
            line.kind,
            KINDS.get(line.kind, "text"),
            line.kind in LOUD,
            figures.plain(line.source),
            figures.plain(line.text),
        )
        for line in chosen
    )
