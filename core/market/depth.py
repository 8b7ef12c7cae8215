"""Arithmetic over the levels of one book: what rests up to a price, and which side is heavier."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from math import nan

from core.market.book import Level, Levels


def cumulative(amounts: Iterable[float]) -> tuple[float, ...]:
    """Running sums, best level first."""
    return tuple(accumulate(amounts))


def imbalance(levels: Levels, depth: int = 5) -> float:
    """The bids' part of what rests on the best `depth` levels, 0 to 1; NaN in an empty book."""
    bids, asks = _amount(levels.bids[:depth]), _amount(levels.asks[:depth])
    return bids / (bids + asks) if bids + asks > 0 else nan


def _amount(side: Iterable[Level]) -> float:
    return sum(level.amount for level in side)
