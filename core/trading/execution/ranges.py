"""Minute bars of marks, made by watching the board, and the average true range of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal

from core.clock import NS_PER_S
from core.domain.money import decimal_of
from core.domain.stop import ATR_BARS, BAR_S
from core.market.board import Board
from core.trading.execution.prices import live_mark

SAMPLE_NS = NS_PER_S


@dataclass(slots=True)
class _Bar:
    """High, low and last mark of one minute."""

    minute: int
    high: float
    low: float
    close: float


@dataclass(slots=True)
class _Series:
    """The running bar and the true ranges of the finished ones."""

    bar: _Bar | None = None
    before: float | None = None
    """The close before the running bar; None at the first."""
    ranges: deque[float] = field(default_factory=lambda: deque(maxlen=ATR_BARS))

    def take(self, minute: int, mark: float) -> None:
        bar = self.bar
        if bar is None or bar.minute != minute:
            self._finish()
            self.bar = _Bar(minute, mark, mark, mark)
        else:
            bar.high, bar.low, bar.close = max(bar.high, mark), min(bar.low, mark), mark

    def _finish(self) -> None:
        if (bar := self.bar) is None:
            return
        high, low = bar.high, bar.low
        if self.before is not None:
            high, low = max(high, self.before), min(low, self.before)
            self.ranges.append(high - low)
        self.before = bar.close


class Ranges:
    """Bars of every future and of every option watched; only the loop thread uses it."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._series: dict[str, _Series] = {}
        self._due_ns = 0

    def sample(self, held: set[str], now_ns: int) -> None:
        """Look at the marks once a second; a stale one adds nothing."""
        if now_ns < self._due_ns:
            return
        self._due_ns = now_ns + SAMPLE_NS
        names = {one.name for one in self._board.catalog.futures} | held
        minute = now_ns // (BAR_S * NS_PER_S)
        for name in names:
            if (mark := live_mark(self._board, name)) is not None:
                self._series.setdefault(name, _Series()).take(minute, float(mark))
        for name in self._series.keys() - names:
            del self._series[name]

    def bars(self, name: str) -> int:
        """How many true ranges there are so far, at most 14."""
        series = self._series.get(name)
        return 0 if series is None else len(series.ranges)

    def atr(self, name: str) -> Decimal | None:
        """Mean true range of the last 14 finished minutes, quote currency; None before.

        TR = max(high, last close) - min(low, last close); the plain mean.

        Source:
            Wilder (1978), New Concepts in Technical Trading Systems: the first value of ATR.
        """
        series = self._series.get(name)
        if series is None or len(series.ranges) < ATR_BARS:
            return None
        return decimal_of(sum(series.ranges) / ATR_BARS)
