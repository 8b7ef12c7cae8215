"""The exchange's recipe for one expiry: quotes alone, cut after two strikes without a bid."""

from __future__ import annotations

import numpy as np

from core.quant.forward import ParityQuotes
from core.quant.index.strip import IndexFault, VarianceTerm, strip_term
from core.quant.types import BoolArray, FloatArray

_EMPTY_IN_A_ROW = 2


def exchange_term(quotes: ParityQuotes, tau_years: float) -> VarianceTerm | IndexFault:
    """The variance of one expiry from bids and asks, strikes ascending.

    The forward comes from put-call parity at the strike where call and put differ least. Going
    out from there, strikes without a bid are left out, and two in a row end the strip.

    Source: the CBOE's volatility index white paper (2009), prices in coin where inverse.
    """
    if not tau_years > 0.0:
        return IndexFault.EXPIRED
    call, put = _mid(quotes.call_bid, quotes.call_ask), _mid(quotes.put_bid, quotes.put_ask)
    distance = np.where(
        (quotes.call_bid > 0.0) & (quotes.put_bid > 0.0), np.abs(call - put), np.nan
    )
    if np.isnan(distance).all():
        return IndexFault.NO_PARITY
    at = int(np.nanargmin(distance))
    forward = float(quotes.forwards()[1][at])
    below = int(np.searchsorted(quotes.strike, forward, side="right")) - 1
    if below < 0 or not forward > 0.0:
        return IndexFault.OUTSIDE
    chosen = _chosen(quotes, below)
    prices = np.where(np.arange(call.size) < below, put, call)
    prices[below] = 0.5 * (call[below] + put[below])
    if np.isnan(prices[below]):
        return IndexFault.NO_MONEY
    usd = prices * forward if quotes.is_inverse else prices
    k0 = float(quotes.strike[below])
    return strip_term(quotes.strike[chosen], usd[chosen], k0, forward, tau_years)


def _mid(bid: FloatArray, ask: FloatArray) -> FloatArray:
    return 0.5 * (bid + ask)


def _chosen(quotes: ParityQuotes, below: int) -> BoolArray:
    """The strikes of the strip: puts below the one at the money, calls above."""
    has_put = (quotes.put_bid > 0.0) & (quotes.put_ask > 0.0)
    has_call = (quotes.call_bid > 0.0) & (quotes.call_ask > 0.0)
    puts, calls = has_put[:below][::-1], has_call[below + 1 :]
    return np.concatenate([_until_empty(puts)[::-1], [True], _until_empty(calls)])


def _until_empty(has_bid: BoolArray) -> BoolArray:
    """`has_bid`, from the money outwards, with nothing after so many empty strikes in a row."""
    empty = ~has_bid
    ends = empty[1:] & empty[:-1]
    found = np.flatnonzero(ends)
    kept = has_bid.copy()
    if found.size:
        kept[found[0] + _EMPTY_IN_A_ROW :] = False
    return kept
