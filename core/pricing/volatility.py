"""Volatilities and greeks of all options in one vectorised call each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.pricing.options.engine import Invert
from core.pricing.options.notes import is_low_confidence, notes_of
from core.pricing.options.table import IV_SOURCES, OptionColumns
from core.pricing.quotes import QuoteColumns
from core.pricing.rows import OptionRows
from core.quant.black import coin_greeks, greeks
from core.quant.settling import faded, faded_coin
from core.quant.surface.quotes import JudgedQuotes, OptionQuotes, judge_priced_quotes
from core.quant.types import BoolArray, CodeArray, FloatArray

_NOTHING, _MID, _OTHER_SIDE, _VENUE = range(len(IV_SOURCES))


@dataclass(frozen=True, slots=True, eq=False)
class RowMarket:
    """What each option is priced on. Shape (n,)."""

    forward: FloatArray
    """Of its expiry, USD; of the delivery price where that is settling. NaN where unknown."""
    tau: FloatArray
    """Years."""
    open_share: FloatArray
    """Of the delivery price, what is not known yet."""


@dataclass(frozen=True, slots=True, eq=False)
class PricedRows:
    """Every option on its own forward; NaN where there is nothing to price."""

    judged: JudgedQuotes
    columns: OptionColumns


def price_rows(
    rows: OptionRows, quotes: QuoteColumns, market: RowMarket, invert: Invert
) -> PricedRows:
    """Invert and judge every quote, and take the greeks of each row's best volatility.

    Everything is recomputed. Within a second every forward moves, by dollars, and a dollar of
    100,000 is 5e-5 of volatility at the money of 30 days: only a tolerance that shows on the screen
    would leave rows out, and the inversion of all of them is a thirtieth of a turn.
    """
    forward, tau = market.forward, market.tau
    to_usd = np.where(rows.is_inverse, forward, 1.0)
    bid, ask = quotes.bid * to_usd, quotes.ask * to_usd
    mid = 0.5 * (bid + ask)
    three = invert(np.stack([mid, bid, ask]), forward, rows.strike, tau, rows.is_call)
    in_usd = OptionQuotes(
        strike=rows.strike,
        is_call=rows.is_call,
        bid=bid,
        ask=ask,
        tick=rows.ticks.at(quotes.ask) * to_usd,
        is_inverse=False,
    )
    judged = judge_priced_quotes(in_usd, forward, three)
    note = notes_of(rows, quotes, forward, tau, three)
    return PricedRows(judged, _columns(rows, quotes, market, judged, note))


def _columns(
    rows: OptionRows,
    quotes: QuoteColumns,
    market: RowMarket,
    judged: JudgedQuotes,
    note: CodeArray,
) -> OptionColumns:
    is_low = is_low_confidence(rows, market.forward) & np.isfinite(judged.vol)
    vol, source = best_vol(rows, judged.vol, quotes.mark_iv, is_low)
    plain = greeks(market.forward, rows.strike, market.tau, vol, rows.is_call)
    found = faded(plain, market.open_share)
    return OptionColumns(
        bid_iv=judged.vol_bid,
        ask_iv=judged.vol_ask,
        mid_iv=judged.vol,
        greeks=found,
        coin=faded_coin(coin_greeks(plain, market.forward), market.open_share),
        # The premium of a linear option is not in the coin: its exposure is the plain delta.
        net_delta=np.where(rows.is_inverse, found.net_delta, found.delta),
        iv=vol,
        iv_source=source,
        note=note,
        is_low_confidence=is_low,
        open_share=market.open_share,
    )


def best_vol(
    rows: OptionRows, mid_iv: FloatArray, mark_iv: FloatArray, is_low: BoolArray
) -> tuple[FloatArray, CodeArray]:
    """The volatility greeks are made with, and whose it is, a code of `IV_SOURCES`.

    Put and call of a strike have one volatility, and the one in the money tells it badly: there
    the other side's mid comes first. The venue's volatility serves where no quote has one.
    """
    other = np.where(rows.other >= 0, mid_iv[rows.other], np.nan)
    source = np.where(np.isfinite(mark_iv), _VENUE, _NOTHING).astype(np.int8)
    source[np.isfinite(mid_iv)] = _MID
    source[is_low & np.isfinite(other)] = _OTHER_SIDE
    columns = (np.full_like(mid_iv, np.nan), mid_iv, other, mark_iv)
    return np.choose(source, columns), source
