"""The venue's view of an instrument at one moment, as the account values it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from core.domain.instrument import Instrument
from core.domain.money import decimal_of
from core.market.board import Board


@dataclass(frozen=True, slots=True)
class Marks:
    """Mark in the quote currency, index and underlying in USD; greeks of one contract."""

    mark: Decimal
    index: Decimal
    underlying: float
    """Forward of the expiry for options, index for futures."""
    delta: float = 0.0
    """Black-Scholes."""
    gamma: float = 0.0
    vega: float = 0.0
    theta: float = 0.0


MarksOf = Callable[[Instrument], Marks | None]
"""The newest marks of an instrument; None when it never had any."""


class BoardMarks:
    """Reads marks off the board and keeps the last of each, for what is listed no more."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._last: dict[str, Marks] = {}

    def __call__(self, it: Instrument) -> Marks | None:
        """The newest marks of `it`."""
        found = self._read(it)
        if found is not None:
            self._last[it.name] = found
        return self._last.get(it.name)

    def _read(self, it: Instrument) -> Marks | None:
        ticker = self._board.ticker(it.name)
        if ticker is None or not ticker.mark_price or not ticker.index_price:
            return None
        underlying = (ticker.underlying_price if it.is_option else None) or ticker.index_price
        mark, index = decimal_of(ticker.mark_price), decimal_of(ticker.index_price)
        if ticker.greeks is None:
            return Marks(mark, index, underlying)
        g = ticker.greeks
        return Marks(mark, index, underlying, g.delta, g.gamma, g.vega, g.theta)
