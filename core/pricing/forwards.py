"""The forward of every expiry: the ticker's, else the future's, else parity, else interpolated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
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
from core.quant.settling import effective_forward, open_share
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
    """The forward of each of `rows.expiries`; None where nothing is known.

    In the last half hour it is the forward of the delivery price, part of which is known then.
    """
    known = [_own_forward(board, expiry, quotes) for expiry in rows.expiries]
    if not all(known):
        known = [
            forward or _between(board, rows, known, expiry, now_ns)
            for expiry, forward in zip(rows.expiries, known, strict=True)
        ]
    return tuple(
        _settling(board, rows, expiry, forward, open_share(now_ns, expiry.expiry_ns))
        for expiry, forward in zip(rows.expiries, known, strict=True)
    )


def _settling(
    board: MarketReading,
    rows: OptionRows,
    expiry: ExpiryRows,
    forward: Forward | None,
    share: float,
) -> Forward | None:
    if forward is None or not 0.0 < share < 1.0:
        return forward
    average = average_so_far(board, [*rows.names[expiry.rows], expiry.future])
    value = effective_forward(forward.value, average, share)
    return replace(forward, value=value, open_share=share)


def average_so_far(board: MarketReading, names: Iterable[str]) -> float:
    """The venue's running mean of the index as the newest trusted ticker says it; NaN if none.

    `names` are contracts of the expiry that settles: others are told the mean as well, but in
    another one's half hour.
    """
    tickers = (board.ticker(name) for name in names if not board.is_stale(name))
    told = [one for one in tickers if one and _is_price(one.estimated_delivery_price or 0.0)]
    newest = max(told, key=lambda one: one.timestamp, default=None)
    return (newest.estimated_delivery_price or nan) if newest else nan


def _own_forward(board: MarketReading, expiry: ExpiryRows, quotes: QuoteColumns) -> Forward | None:
    direct = best_forward(_underlying(expiry, quotes), _future_mid(board, expiry), None, None)
    forward = direct or parity_forward(_parity_quotes(expiry, quotes), "weighted")
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
