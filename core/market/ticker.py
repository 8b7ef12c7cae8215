"""The last ticker of an instrument, exactly as decoded: the wire's own names and units."""

from __future__ import annotations

import math

import msgspec


class Greeks(msgspec.Struct, frozen=True, gc=False):
    """The venue's greeks of one option: Black-Scholes delta, the rest in USD."""

    delta: float = math.nan
    gamma: float = math.nan
    vega: float = math.nan
    theta: float = math.nan
    rho: float = math.nan


class Stats(msgspec.Struct, frozen=True, gc=False):
    """The last 24 hours; None when nothing traded."""

    high: float | None = None
    low: float | None = None
    price_change: float | None = None
    """Percent."""
    volume: float | None = None
    volume_usd: float | None = None


class Ticker(msgspec.Struct, frozen=True, gc=False):
    """The venue's view of one instrument. Volatilities in percent; 0.0 bids mean no bid."""

    instrument_name: str
    timestamp: int
    """Milliseconds since the epoch, UTC."""
    state: str = ""
    mark_price: float | None = None
    index_price: float | None = None
    last_price: float | None = None
    best_bid_price: float | None = None
    best_bid_amount: float | None = None
    best_ask_price: float | None = None
    best_ask_amount: float | None = None
    min_price: float | None = None
    max_price: float | None = None
    open_interest: float | None = None
    settlement_price: float | None = None
    estimated_delivery_price: float | None = None
    """What an expiry would be delivered at; the index but for the last half hour."""
    current_funding: float | None = None
    funding_8h: float | None = None
    mark_iv: float | None = None
    bid_iv: float | None = None
    ask_iv: float | None = None
    underlying_price: float | None = None
    underlying_index: str | None = None
    greeks: Greeks | None = None
    stats: Stats | None = None
