"""Looks at what tells nobody when it stops: the market links, the trading link, the journal."""

from __future__ import annotations

from core.market.board import Board
from core.trading.journal import Journal
from core.trading.risk.conditions import Conditions
from core.venues.base import TradingVenue


class Senses:
    """Writes what it finds into the conditions, on every tick of the loop."""

    def __init__(
        self, conditions: Conditions, board: Board, venue: TradingVenue, journal: Journal
    ) -> None:
        self._conditions = conditions
        self._board = board
        self._venue = venue
        self._journal = journal

    def look(self) -> None:
        """Take the state of the world in; nothing here waits."""
        conditions, trouble = self._conditions, self._journal.trouble
        conditions.market_why = self._market()
        conditions.platform_why = self._board.platform.refusal()
        conditions.heard_ms = self._venue.state().age_ms
        conditions.journal_why = f"what happens is not written down: {trouble}" if trouble else ""

    def _market(self) -> str:
        silent_ms = self._board.silent_ms
        if silent_ms != silent_ms:
            return "no market link is up"
        if silent_ms > self._board.stale_after_ms:
            return f"every market link has been silent for {silent_ms / 1e3:.0f} s"
        return ""
