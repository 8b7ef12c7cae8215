"""Books that should have had a snapshot by now: the last resort when one was lost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from core.market.board import Board
from core.market.book import BookState

_EVERY_S: Final = 1.0
PATIENCE_S: Final = 4.0
"""How long a subscribed book may stay without a snapshot before it is asked for again."""


class SnapshotWatch:
    """Notices books of one connection that stay empty or stale. Its link's thread calls it."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._since_s: dict[str, float] = {}
        self._next_s = 0.0

    def reset(self) -> None:
        """A new connection: everybody has the full time again."""
        self._since_s.clear()
        self._next_s = 0.0

    def is_due(self, now_s: float) -> bool:
        """True about once a second: looking at every book costs."""
        return now_s >= self._next_s

    def overdue(self, subscribed: Iterable[str], now_s: float) -> list[str]:
        """Those of `subscribed` (instrument names) whose snapshot is overdue, each once."""
        self._next_s = now_s + _EVERY_S
        waiting = [name for name in subscribed if self._is_waiting(name)]
        self._since_s = {name: self._since_s.get(name, now_s) for name in waiting}
        overdue = [name for name, since_s in self._since_s.items() if now_s - since_s > PATIENCE_S]
        for name in overdue:
            del self._since_s[name]
        return overdue

    def _is_waiting(self, name: str) -> bool:
        book = self._board.book(name)
        return book is not None and book.state is not BookState.LIVE
