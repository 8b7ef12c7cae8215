"""The forward of every expiry: the ticker's, else the future's, else parity, else interpolated."""

from __future__ import annotations

from math import nan

import numpy as np

from core.clock import years_between
from core.market.still import MarketReading
from core.pricing.quotes import LEAST, MOST, QuoteColumns
from core.pricing.rows import ExpiryRows, OptionRows
from core.quant.forward import (
    Forward,
    ForwardSource,
    ParityQuotes,
    best_forward,
    interpolated_forward,
    parity_forward,
)
from core.quant.types import FloatArray, IndexArray

SOURCE_WORDS = {
    ForwardSource.UNDERLYING: "ticker",
    ForwardSource.FUTURE: "future",
    ForwardSource.PARITY: "parity",
    ForwardSource.INTERPOLATED: "interpolated",
}
"""As the screen and the store say it."""


def expiry_forwards(
    board: MarketReading, rows: OptionRows, quotes: QuoteColumns, now_ns: int
) -> tuple[Forward | None, ...]:
    """The forward of each of `rows.expiries`; None where nothing is known."""
    known = [_own_forward(board, expiry, quotes) for expiry in rows.expiries]
    if all(known):
        return tuple(known)
    return tuple(
        forward or _between(board, rows, known, expiry, now_ns)
        for expiry, forward in zip(rows.expiries, known, strict=True)
    )


def _own_forward(board: MarketReading, expiry: ExpiryRows, quotes: QuoteColumns) -> Forward | None:
    direct = best_forward(_underlying(expiry, quotes), _future_mid(board, expiry), None, None)
    forward = direct or parity_forward(_parity_quotes(expiry, quotes))
    return forward if forward is not None and _is_price(forward.value) else None


def _underlying(expiry: ExpiryRows, quotes: QuoteColumns) -> float | None:
    """What the newest ticker of the expiry says."""
    underlying = quotes.underlying[expiry.rows]
    if np.isnan(underlying).all():
        return None
    told_ms = np.where(np.isnan(underlying), -np.inf, quotes.ticker_ms[expiry.rows])
    return float(underlying[np.argmax(told_ms)])


def _future_mid(board: MarketReading, expiry: ExpiryRows) -> float | None:
    if not expiry.future or board.is_stale(expiry.future):
        return None
    mid = board.quote(expiry.future).mid
    return mid if _is_price(mid) else None


def _is_price(value: float) -> bool:
    return LEAST <= value <= MOST


def _parity_quotes(expiry: ExpiryRows, quotes: QuoteColumns) -> ParityQuotes:
    bid, ask = quotes.bid[expiry.rows], quotes.ask[expiry.rows]
    return ParityQuotes(
        expiry.strikes,
        _at(bid, expiry.calls),
        _at(ask, expiry.calls),
        _at(bid, expiry.puts),
        _at(ask, expiry.puts),
        expiry.is_inverse,
    )


def _at(values: FloatArray, rows: IndexArray) -> FloatArray:
    """`values` at `rows`, NaN where the row is -1."""
    return np.where(rows >= 0, values[rows], nan)


def _between(
    board: MarketReading,
    rows: OptionRows,
    known: list[Forward | None],
    expiry: ExpiryRows,
    now_ns: int,
) -> Forward | None:
    """From the expiries of the same chain before and after, and the index."""
    found = [
        (years_between(now_ns, other.expiry_ns), forward.value)
        for other, forward in zip(rows.expiries, known, strict=True)
        if other.chain == expiry.chain and forward is not None and other.expiry_ns > now_ns
    ]
    spot = board.index_price(expiry.index)
    if not found or not _is_price(spot):
        return None
    taus, forwards = np.array(found).T
    return interpolated_forward(spot, years_between(now_ns, expiry.expiry_ns), taus, forwards)
