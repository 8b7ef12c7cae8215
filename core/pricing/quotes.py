"""What the board says about every option at one moment, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from core.market.still import MarketReading
from core.market.ticker import Ticker
from core.pricing.rows import OptionRows
from core.quant.types import BoolLike, FloatArray

LEAST, MOST = 1e-9, 1e12
"""No price, volatility or forward is meant to lie beyond these: a frame was damaged, and numbers
near the ends of what a float holds would overflow in every formula after."""
_LATEST_MS = 10**13
_SILENT = Ticker("", 0)


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
    """Read every option of `rows` from the board once.

    All rows every time: within a second every option's ticker is another one (measured on the
    simulated exchange, as are two fifths of the books), so there is nothing to skip.
    """
    tops = [board.top(name) for name in rows.names]
    tickers = [board.ticker(name) or _SILENT for name in rows.names]
    is_stale = np.array([board.is_stale(name) for name in rows.names], np.bool_)
    interest = np.array([ticker.open_interest for ticker in tickers], np.float64)
    return QuoteColumns(
        bid=_meant(np.array([top[0] for top in tops], np.float64), is_stale),
        ask=_meant(np.array([top[2] for top in tops], np.float64), is_stale),
        mark_iv=_meant(np.array([one.mark_iv for one in tickers], np.float64) / 100.0),
        underlying=_meant(
            np.array([one.underlying_price for one in tickers], np.float64), is_stale
        ),
        ticker_ms=_stamps(tickers),
        # Nothing is open in many.
        open_interest=np.where(interest == 0.0, 0.0, _meant(interest)),
    )


def _meant(figures: FloatArray, is_stale: BoolLike = False) -> FloatArray:
    """NaN for what is stale or beyond reason."""
    return np.where((figures >= LEAST) & (figures <= MOST) & ~np.asarray(is_stale), figures, nan)


def _stamps(tickers: Sequence[Ticker]) -> FloatArray:
    told = [ticker.timestamp for ticker in tickers]
    try:
        found = np.array(told, np.float64)
    except OverflowError:  # a whole number of any size may be told
        found = np.array([max(0, min(one, _LATEST_MS)) for one in told], np.float64)
    found[[ticker is _SILENT for ticker in tickers]] = nan
    return np.clip(found, 0.0, _LATEST_MS)
