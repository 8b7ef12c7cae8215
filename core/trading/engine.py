"""The loop without its thread: folds one event at a time and shows what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.events import TradingLinkChanged
from core.market.board import Board
from core.settings import RiskSettings
from core.trading.inbox import Event
from core.trading.journal import Journal, Restored
from core.trading.strategy import Strategy
from core.trading.view import TradingView
from core.venues.base import TradingVenue


class Engine:
    """Everything that must be exact, driven by `handle`. One thread at a time."""

    def __init__(
        self,
        board: Board,
        venue: TradingVenue,
        risk: RiskSettings,
        strategies: Sequence[Strategy],
        journal: Journal,
        restored: Restored,
    ) -> None:
        self._board = board
        self._venue = venue
        self._risk = risk
        self._strategies = tuple(strategies)
        self._journal = journal
        self._restored = restored
        self._is_link_up = False
        self._sequence = 0
        self.is_dirty = True
        """True when `picture` would show something new."""

    def handle(self, event: Event, now_ns: int) -> None:  # noqa: ARG002
        """Fold one event in."""
        if isinstance(event, TradingLinkChanged):
            self._is_link_up = event.is_up
            self.is_dirty = True

    def picture(self, now_ns: int, lag_ms: float) -> TradingView:
        """The state as a frozen value."""
        self._sequence += 1
        self.is_dirty = False
        return TradingView(self._sequence, now_ns, self._is_link_up, lag_ms=lag_ms)
