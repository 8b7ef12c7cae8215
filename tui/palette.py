"""The command palette: every line of the table that has a title, the faults, the themes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from core.commands.table import TABLE
from tui.keys import shown_key, spelled
from tui.theme import THEMES

if TYPE_CHECKING:
    from tui.app import VoldeskApp

Choice = tuple[str, str, Callable[[], object]]
"""(title, help, what it does)."""


class TableCommands(Provider):
    """Offers the table of commands; an empty search lists all."""

    def _choices(self) -> list[Choice]:
        app = cast("VoldeskApp", self.app)
        table = [
            (
                one.title,
                _help(one.help, app.user_keys.get(one.id, one.key)),
                partial(app.run_entry, one.id),
            )
            for one in TABLE
            if one.title
        ]
        themes = [
            (f"Theme {one.name}", "Change the colours.", partial(app.use_theme, one.name))
            for one in THEMES
        ]
        faults = [
            (f"Practice: {one.kind}", one.says, partial(app.deeds.run_text, f"practice {one.kind}"))
            for one in app.desk.practice.faults
        ]
        return [*table, *faults, *themes]

    async def discover(self) -> Hits:
        """Everything, in the table's order."""
        for title, words, run in self._choices():
            yield DiscoveryHit(title, run, help=words)

    async def search(self, query: str) -> Hits:
        """What fits the query, best first."""
        matcher = self.matcher(query)
        for title, words, run in self._choices():
            if (score := matcher.match(title)) > 0:
                yield Hit(score, matcher.highlight(title), run, help=words)


def _help(words: str, key: str) -> str:
    return f"{words} Key: {', '.join(shown_key(one) for one in spelled(key))}" if key else words
