"""The rule that reproduces the venue's own index: strikes of five delta and more, marks in gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from core.quant.black import log_moneyness
from core.quant.forward import ParityQuotes
from core.quant.implied import implied_vol, implied_vol_coin
from core.quant.index.strip import IndexFault, VarianceTerm, strip_term
from core.quant.types import FloatArray

LEAST_DELTA = 0.05
_MOST_UNPRICED = 0.25
"""Share of the strikes inside the cut that may be left out."""
FURTHEST_D1 = -float(ndtri(LEAST_DELTA))
"""|d1| at which an out-of-the-money option has just that delta, 1.645."""


@dataclass(frozen=True, slots=True, eq=False)
class StrikeMarks:
    """The venue's own figures of one expiry, one row per strike; NaN is none."""

    vol: FloatArray
    """Of the out-of-the-money option, decimal; it decides which strikes count."""
    call: FloatArray
    """Mark price, in the unit of the quotes: taken where a bid or an ask is missing."""
    put: FloatArray


def five_delta_term(
    quotes: ParityQuotes, marks: StrikeMarks, forward: float, tau_years: float
) -> VarianceTerm | IndexFault:
    """The variance of one expiry from the strikes whose out-of-the-money delta is 0.05 or more.

    Prices are mids, marks where a side of the book is empty; a strike with neither is left out,
    and a quarter of them left out is no value: the rest would have to stand for too much.
    The constants of the venue's index are not public; these were found by comparing recorded
    chains with its recorded values.

    Args:
        quotes: Strikes ascending.
        forward: USD.
    """
    if not forward > 0.0:
        return IndexFault.NO_FORWARD
    if not tau_years > 0.0:
        return IndexFault.EXPIRED
    strike = quotes.strike
    below = int(np.searchsorted(strike, forward, side="right")) - 1
    if below < 0:
        return IndexFault.OUTSIDE
    call = _mid_or_mark(quotes.call_bid, quotes.call_ask, marks.call)
    put = _mid_or_mark(quotes.put_bid, quotes.put_ask, marks.put)
    prices = np.where(strike >= forward, call, put)
    prices[below] = 0.5 * (call[below] + put[below])
    inside = strike_distance(strike, marks.vol, forward, tau_years) <= FURTHEST_D1
    kept = inside & ~np.isnan(prices)
    if not kept[below]:
        return IndexFault.NO_MONEY
    if kept.sum() < (1.0 - _MOST_UNPRICED) * inside.sum():
        return IndexFault.HOLES
    usd = prices * forward if quotes.is_inverse else prices
    return strip_term(strike[kept], usd[kept], float(strike[below]), forward, tau_years)


def strike_distance(
    strike: FloatArray, vol: FloatArray, forward: float, tau_years: float
) -> FloatArray:
    """How far out each strike is: -d1 at and above the forward, d1 below it.

    The delta is N of its negative, both for the call, N(d1), and for the put, 1 - N(d1).
    """
    total = vol * np.sqrt(tau_years)
    d1 = log_moneyness(np.asarray(forward), strike) / total + 0.5 * total
    return np.asarray(np.where(strike >= forward, -d1, d1))


def mid_vols(quotes: ParityQuotes, forward: float, tau_years: float) -> FloatArray:
    """Volatilities of the out-of-the-money mids, for strikes without the venue's; NaN is none."""
    is_call = quotes.strike >= forward
    bid = np.where(is_call, quotes.call_bid, quotes.put_bid)
    ask = np.where(is_call, quotes.call_ask, quotes.put_ask)
    mid = np.where((bid > 0.0) & (ask > 0.0), 0.5 * (bid + ask), np.nan)
    invert = implied_vol_coin if quotes.is_inverse else implied_vol
    return invert(mid, forward, quotes.strike, tau_years, is_call).vol


def _mid_or_mark(bid: FloatArray, ask: FloatArray, mark: FloatArray) -> FloatArray:
    return np.where((bid > 0.0) & (ask > 0.0), 0.5 * (bid + ask), mark)
