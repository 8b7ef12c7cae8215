"""The 30-day volatility index of every chain, from the same quotes and fits as its surface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan

import numpy as np

from core.domain.instrument import expiry_label
from core.market.still import MarketReading
from core.pricing.quotes import QuoteColumns
from core.pricing.rows import OptionRows
from core.pricing.smiles import FittedSmile
from core.pricing.view import RealisedVol, VolIndex
from core.quant.black import price_coin, price_usd
from core.quant.forward import ParityQuotes
from core.quant.index.five_delta import StrikeMarks, five_delta_term
from core.quant.index.horizon import bracket, vol_at
from core.quant.index.strip import IndexFault, VarianceTerm
from core.quant.index.variance_swap import fair_variance
from core.quant.index.wings import WingedStrikes, with_wings
from core.quant.types import FloatArray, IndexArray


@dataclass(frozen=True, slots=True)
class RealisedChain:
    """What is known of the past of one chain's index."""

    vols: tuple[RealisedVol, ...] = ()
    """One per horizon, shortest first."""
    reason: str = ""
    """Why there are none."""


Realised = Mapping[str, RealisedChain]
"""By chain."""
NOT_FETCHED = RealisedChain(reason="no bars of the past yet")


def chain_indices(
    board: MarketReading,
    rows: OptionRows,
    quotes: QuoteColumns,
    fitted: Sequence[FittedSmile],
    realised: Realised,
) -> dict[str, VolIndex]:
    """Every chain to its index.

    Args:
        fitted: One per expiry of `rows`, in their order.
    """
    by_chain: dict[str, list[FittedSmile]] = {}
    for one in fitted:
        by_chain.setdefault(one.expiry.chain, []).append(one)
    return {
        chain: _index(board, rows, quotes, own, realised.get(chain, NOT_FETCHED))
        for chain, own in by_chain.items()
    }


def _index(
    board: MarketReading,
    rows: OptionRows,
    quotes: QuoteColumns,
    own: Sequence[FittedSmile],
    past: RealisedChain,
) -> VolIndex:
    first = own[0].expiry
    index = VolIndex(
        chain=first.chain,
        variance_swap=_variance_swap(own),
        venue=board.volatility_index(first.index) if first.is_inverse else nan,
        realised=past.vols,
        realised_reason=past.reason,
    )
    found = bracket(np.array([one.tau_years for one in own]))
    if isinstance(found, IndexFault):
        return replace(index, reason=found.value)
    terms: list[VarianceTerm] = []
    is_extrapolated = found.is_extrapolated
    for one in (own[found.near], own[found.next]):
        strikes = _strikes(rows, quotes, one)
        term = strikes if isinstance(strikes, IndexFault) else _term(strikes, one)
        if isinstance(term, IndexFault):
            return replace(index, reason=f"{expiry_label(one.expiry.expiry_ns)}: {term.value}")
        terms.append(term)
        is_extrapolated |= not isinstance(strikes, IndexFault) and strikes.added > 0
    value = _between(terms[0], terms[1])
    if isinstance(value, IndexFault):
        return replace(index, reason=value.value)
    return replace(
        index,
        value=value,
        near_ns=own[found.near].expiry.expiry_ns,
        next_ns=own[found.next].expiry.expiry_ns,
        is_extrapolated=is_extrapolated,
    )


def _between(near: VarianceTerm, later: VarianceTerm) -> float | IndexFault:
    return vol_at(near.tau_years, near.variance, later.tau_years, later.variance)


def _variance_swap(own: Sequence[FittedSmile]) -> float:
    """From the two fitted expiries around 30 days; NaN without."""
    curves = [(one.tau_years, one.fit.params) for one in own if one.fit is not None]
    found = bracket(np.array([tau for tau, _ in curves]))
    if isinstance(found, IndexFault):
        return nan
    (near_tau, near), (next_tau, later) = curves[found.near], curves[found.next]
    near_variance, next_variance = fair_variance(near) / near_tau, fair_variance(later) / next_tau
    value = vol_at(near_tau, near_variance, next_tau, next_variance)
    return nan if isinstance(value, IndexFault) else value


def _strikes(
    rows: OptionRows, quotes: QuoteColumns, one: FittedSmile
) -> WingedStrikes | IndexFault:
    """Quotes and marks of one expiry by strike, out to 5 delta."""
    if one.forward is None:
        return IndexFault.NO_FORWARD
    expiry, forward = one.expiry, one.forward.value
    bid, ask, iv = (column[expiry.rows] for column in (quotes.bid, quotes.ask, quotes.mark_iv))
    mark = _marks(rows, quotes, one, forward)
    vol = np.where(np.isnan(iv), one.judged.vol, iv)
    sides = ParityQuotes(
        expiry.strikes,
        _at(bid, expiry.calls),
        _at(ask, expiry.calls),
        _at(bid, expiry.puts),
        _at(ask, expiry.puts),
        expiry.is_inverse,
    )
    marks = StrikeMarks(
        _at(vol, expiry.out_of_the_money(forward)),
        _at(mark, expiry.calls),
        _at(mark, expiry.puts),
    )
    if one.fit is None:
        return WingedStrikes(sides, marks, 0)
    return with_wings(sides, marks, one.fit.params, forward, one.tau_years)


def _term(strikes: WingedStrikes, one: FittedSmile) -> VarianceTerm | IndexFault:
    """The strip of one expiry."""
    forward = nan if one.forward is None else one.forward.value
    return five_delta_term(strikes.quotes, strikes.marks, forward, one.tau_years)


def _marks(rows: OptionRows, quotes: QuoteColumns, one: FittedSmile, forward: float) -> FloatArray:
    """Prices at the venue's volatility, of the options of one expiry that lack a bid or an ask.

    Made from its volatility and the forward: the price it prints lags them. NaN for the others,
    and for those whose feed is not fresh: an old mark is no price.
    """
    own, expiry = one.expiry.rows, one.expiry
    is_quoted = (quotes.bid[own] > 0.0) & (quotes.ask[own] > 0.0)
    needed = np.flatnonzero(~is_quoted & ~np.isnan(quotes.underlying[own]))
    found = np.full(is_quoted.shape, nan)
    if needed.size:
        price = price_coin if expiry.is_inverse else price_usd
        strike, is_call = rows.strike[own][needed], rows.is_call[own][needed]
        vol = quotes.mark_iv[own][needed]
        found[needed] = price(forward, strike, one.tau_years, vol, is_call)
    return found


def _at(values: FloatArray, rows: IndexArray) -> FloatArray:
    """`values` at `rows`, NaN where the row is -1."""
    return np.where(rows >= 0, values[rows], nan)
