"""What the board says about every option at one moment, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np

from core.market.still import NO_TOP, MarketReading
from core.pricing.rows import OptionRows
from core.quant.types import FloatArray

LEAST, MOST = 1e-9, 1e12
"""No price, volatility or forward is meant to lie beyond these: a frame was damaged, and numbers
near the ends of what a float holds would overflow in every formula after."""
_LATEST_MS = 10**13


@dataclass(frozen=True, slots=True, eq=False)
class QuoteColumns:
    """Best prices and the venue's figures, one row per option. Shape (n,); NaN is "none".

    A book that cannot be trusted has no prices here.
    """

    bid: FloatArray
    """Quote currency."""
    ask: FloatArray
    mark_iv: FloatArray
    """The venue's volatility, decimal."""
    underlying: FloatArray
    """The venue's forward of the expiry, USD; NaN where the feed is not fresh."""
    ticker_ms: FloatArray
    """When the venue said so."""
    open_interest: FloatArray


def read_quotes(board: MarketReading, rows: OptionRows) -> QuoteColumns:
    """Read every option of `rows` from the board once."""
    found = [_row(board, name) for name in rows.names]
    columns = np.array(np.array(found, np.float64).reshape(-1, 6).T, order="C")
    figures = columns[[0, 1, 2, 3, 5]]
    is_meant = (figures >= LEAST) & (figures <= MOST)
    is_meant[-1] |= figures[-1] == 0.0  # nothing is open in many
    columns[[0, 1, 2, 3, 5]] = np.where(is_meant, figures, nan)
    return QuoteColumns(*columns)


def _row(board: MarketReading, name: str) -> tuple[float | None, ...]:
    """Bid, ask, mark volatility, underlying, ticker time, open interest; None becomes NaN."""
    is_stale = board.is_stale(name)
    bid, _, ask, _ = NO_TOP if is_stale else board.top(name)
    ticker = board.ticker(name)
    if ticker is None:
        return bid, ask, nan, nan, nan, nan
    mark_iv = ticker.mark_iv / 100 if ticker.mark_iv else nan
    underlying = None if is_stale else ticker.underlying_price
    told_ms = max(0, min(ticker.timestamp, _LATEST_MS))  # a whole number of any size may be told
    return bid, ask, mark_iv, underlying, told_ms, ticker.open_interest
