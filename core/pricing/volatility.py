"""Volatilities and greeks of all options in one vectorised call each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.pricing.quotes import QuoteColumns
from core.pricing.rows import OptionRows
from core.pricing.view import OptionPricing
from core.quant.black import Greeks, greeks
from core.quant.implied import ImpliedVol, implied_vol
from core.quant.surface.quotes import JudgedQuotes, OptionQuotes, judge_priced_quotes
from core.quant.types import BoolArray, FloatArray
from core.quant.vollib_engine import implied_vol_vollib

Invert = Callable[[FloatArray, FloatArray, FloatArray, FloatArray, BoolArray], ImpliedVol]
"""USD prices, forwards, strikes, years, is_call -> volatilities."""

ENGINES: dict[str, Invert] = {"own": implied_vol, "vollib": implied_vol_vollib}
"""Who inverts prices; `pricing.engine` in the settings."""


@dataclass(frozen=True, slots=True, eq=False)
class PricedRows:
    """Every option on its own forward. Shape (n,); NaN where there is nothing to price."""

    judged: JudgedQuotes
    greeks: Greeks
    """At the mid's volatility, at the venue's where there is no mid."""


def price_rows(
    rows: OptionRows, quotes: QuoteColumns, forward: FloatArray, tau: FloatArray, invert: Invert
) -> PricedRows:
    """Invert and judge every quote; `forward` in USD and `tau` in years have one value per row."""
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
    vol = np.where(np.isnan(judged.vol), quotes.mark_iv, judged.vol)
    return PricedRows(judged, greeks(forward, rows.strike, tau, vol, rows.is_call))


def option_pricings(rows: OptionRows, priced: PricedRows) -> dict[str, OptionPricing]:
    """Name to figures of every option."""
    judged, found = priced.judged, priced.greeks
    # The premium of a linear option is not in the coin: its exposure is the plain delta.
    net_delta = np.where(rows.is_inverse, found.net_delta, found.delta)
    columns = (
        judged.vol_bid,
        judged.vol_ask,
        judged.vol,
        found.delta,
        net_delta,
        found.gamma,
        found.vega,
        found.theta,
    )
    lists = (column.tolist() for column in columns)
    return {row[0]: OptionPricing(*row) for row in zip(rows.names, *lists, strict=True)}
