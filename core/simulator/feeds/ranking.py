"""What an index is made of, and its day: deribit_price_ranking and deribit_price_statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from core.simulator.markets.floor import Floor
from core.simulator.world.listing.calendar import DAY_MS
from core.simulator.world.makers.quotes import noise

SOURCES = (
    "binance", "bitfinex", "bitstamp", "bullish", "coinbase", "gateio", "gemini", "itbit",
    "kraken", "lmax", "okex",
)  # fmt: skip
SILENT_SOURCES = ("lmax",)
"""Sources without a price of their own at present."""
SPREAD = 0.00015
"""Largest distance of a source from the index."""
HIGH_VOLATILITY = 0.15
"""Range of a day, as a share of the price, that counts as high."""


def ranking_sample(
    floor: Floor, index: str, now_ms: Callable[[], int]
) -> Callable[[], list[dict[str, Any]]]:
    """The value of deribit_price_ranking.{index}: sources whose mean is the index."""
    live = [name for name in SOURCES if name not in SILENT_SOURCES]
    ids = np.arange(1, len(live) + 1) + sum(index.encode())

    def sample() -> list[dict[str, Any]]:
        at_ms, price = now_ms(), floor.world.indices[index]
        draw = noise(ids, np.array([at_ms // 1_000]), ids) / 65536.0 - 0.5
        shifts = dict(zip(live, (2.0 * SPREAD * (draw - draw.mean())).tolist(), strict=True))
        return [_source(name, shifts.get(name), price, at_ms, len(live)) for name in SOURCES]

    return sample


def _source(
    name: str, shift: float | None, price: float, at_ms: int, sources: int
) -> dict[str, Any]:
    """One row; a source without a price is switched off."""
    if shift is None:
        return {
            "identifier": name, "enabled": False, "weight": 0.0, "price": None,
            "original_price": None, "timestamp": 0,
        }  # fmt: skip
    value = round(price * (1.0 + shift), 6)
    return {
        "identifier": name, "enabled": True, "weight": round(100.0 / sources, 4), "price": value,
        "original_price": value, "timestamp": at_ms,
    }  # fmt: skip


def statistics_sample(
    floor: Floor, index: str, now_ms: Callable[[], int]
) -> Callable[[], dict[str, Any]]:
    """The value of deribit_price_statistics.{index}."""

    def sample() -> dict[str, Any]:
        last, end_ms = floor.world.indices[index], now_ms()
        rows = floor.past.series[index].since(end_ms - DAY_MS)
        high = max([last, *(row[2] for row in rows)])
        low = min([last, *(row[3] for row in rows)])
        first = rows[0][1] if rows else last
        return {
            "index_name": index, "high24h": high, "low24h": low,
            "change24h": round(100.0 * (last / first - 1.0), 4),
            "high_volatility": bool(high - low > HIGH_VOLATILITY * last),
        }  # fmt: skip

    return sample
