"""The best prices of one instrument and the venue's view of it, as one moment's value."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.market.book import Top
from core.market.ticker import Ticker

NAN = math.nan


@dataclass(frozen=True, slots=True)
class Quote:
    """Best prices and the venue's view of one instrument, as one moment's value.

    Prices in the quote currency, amounts in the venue's unit, volatilities as decimals
    (0.55 is 55 %). NaN where there is nothing: an empty side, no ticker yet.
    """

    name: str
    bid: float = NAN
    bid_amount: float = NAN
    ask: float = NAN
    ask_amount: float = NAN
    mark: float = NAN
    mark_iv: float = NAN
    index: float = NAN
    underlying: float = NAN
    """Forward of the expiry for options; NaN for futures."""
    last: float = NAN
    delta: float = NAN
    """Black-Scholes delta of the venue."""
    gamma: float = NAN
    vega: float = NAN
    theta: float = NAN
    open_interest: float = NAN
    volume: float = NAN
    funding_8h: float = NAN
    price_change: float = NAN
    """Percent over 24 hours."""
    is_stale: bool = True
    """True when the book cannot be trusted: gap, no snapshot, silent or dead link."""
    age_ms: float = NAN
    """Milliseconds since the feed of this instrument last said anything."""

    @property
    def mid(self) -> float:
        """Mean of bid and ask; NaN when either is missing."""
        return (self.bid + self.ask) / 2


def quote_of(name: str, top: Top, ticker: Ticker | None, is_stale: bool, age_ms: float) -> Quote:
    """Prices from the book, everything else from the ticker."""
    bid, bid_amount, ask, ask_amount = top
    if ticker is None:
        return Quote(name, bid, bid_amount, ask, ask_amount, is_stale=is_stale, age_ms=age_ms)
    greeks, stats = ticker.greeks, ticker.stats
    return Quote(
        name,
        bid,
        bid_amount,
        ask,
        ask_amount,
        mark=_number(ticker.mark_price),
        mark_iv=_percent(ticker.mark_iv),
        index=_number(ticker.index_price),
        underlying=_number(ticker.underlying_price),
        last=_number(ticker.last_price),
        delta=NAN if greeks is None else greeks.delta,
        gamma=NAN if greeks is None else greeks.gamma,
        vega=NAN if greeks is None else greeks.vega,
        theta=NAN if greeks is None else greeks.theta,
        open_interest=_number(ticker.open_interest),
        volume=NAN if stats is None else _number(stats.volume),
        funding_8h=_number(ticker.funding_8h),
        price_change=NAN if stats is None else _number(stats.price_change),
        is_stale=is_stale,
        age_ms=age_ms,
    )


def _number(value: float | None) -> float:
    return NAN if value is None else value


def _percent(value: float | None) -> float:
    """The wire's percent as a decimal; its 0.0 means no volatility."""
    return value / 100 if value else NAN
