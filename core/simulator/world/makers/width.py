"""How wide the makers of options quote, and which options they leave alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.quant.types import BoolArray, FloatArray, IndexArray
from core.simulator.world.makers.quotes import noise

DELTAS = (0.0, 0.006, 0.02, 0.05, 0.11, 0.25, 0.5, 0.75, 0.91, 0.98, 1.0)
"""Absolute deltas of the rows of WIDTHS."""
DAYS = (0.45, 1.45, 2.9, 6.0, 12.0, 26.0, 62.0, 145.0, 260.0)
"""Days to expiry of its columns."""
BTC_WIDTHS = (
    (0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.3, 0.6, 1.5),
    (0.4, 0.4, 0.5, 0.6, 0.7, 0.9, 1.1, 2.0, 3.2),
    (0.7, 0.8, 0.9, 1.0, 1.1, 1.4, 2.0, 2.4, 4.0),
    (1.0, 1.2, 1.4, 1.5, 1.8, 2.0, 2.2, 3.0, 5.5),
    (1.8, 2.0, 2.2, 2.2, 2.3, 2.4, 2.6, 4.0, 9.0),
    (3.0, 3.0, 3.0, 3.2, 3.6, 4.0, 4.2, 6.0, 11.0),
    (5.0, 5.0, 5.0, 5.0, 5.0, 5.5, 7.0, 11.0, 26.0),
    (15.0, 20.0, 25.0, 21.0, 25.0, 25.0, 31.0, 45.0, 58.0),
    (21.0, 26.0, 42.0, 34.0, 40.0, 41.0, 65.0, 105.0, 225.0),
    (26.0, 34.0, 36.0, 41.0, 50.0, 68.0, 86.0, 230.0, 2000.0),
    (30.0, 31.0, 40.0, 54.0, 60.0, 125.0, 150.0, 1900.0, 3200.0),
)
"""Spread less the price step, in 0.0001 of the forward: medians of the recorded BTC chains."""
ETH_WIDTHS = (
    (0.3, 0.3, 0.3, 0.3, 0.3, 0.4, 0.6, 1.0, 2.0),
    (0.6, 0.7, 0.8, 1.0, 1.1, 1.9, 2.2, 3.2, 4.2),
    (1.0, 1.2, 1.4, 1.7, 2.0, 2.3, 2.9, 4.0, 5.3),
    (1.5, 1.9, 2.2, 2.3, 2.6, 2.9, 4.2, 5.2, 7.5),
    (2.5, 2.9, 3.0, 3.0, 3.2, 3.8, 5.0, 8.0, 12.0),
    (3.8, 4.0, 4.3, 4.6, 4.9, 5.2, 7.5, 11.5, 20.0),
    (5.5, 5.8, 6.0, 6.0, 6.0, 7.0, 11.5, 20.0, 37.0),
    (25.0, 30.0, 36.0, 31.0, 36.0, 41.0, 75.0, 130.0, 245.0),
    (40.0, 50.0, 85.0, 60.0, 70.0, 80.0, 140.0, 280.0, 2000.0),
    (45.0, 50.0, 52.0, 60.0, 75.0, 105.0, 185.0, 2000.0, 3300.0),
    (46.0, 52.0, 60.0, 70.0, 92.0, 800.0, 400.0, 3000.0, 5000.0),
)
"""The same of the recorded ETH chains."""
REDRAWN_MS = 600_000
"""An option that is left alone stays so for ten minutes."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How the makers treat one chain."""

    factor: float
    """Of the widths of BTC, or of ETH for a chain on ETH."""
    alone_inside: float
    """Share of deep in-the-money options without a bid, and without an ask."""
    alone_outside: float
    """Share of the furthest out-of-the-money options without a bid."""


HABITS = {
    "BTC": Habit(1.0, 0.04, 0.0),
    "ETH": Habit(1.0, 0.06, 0.0),
    "BTC_USDC": Habit(1.6, 0.45, 0.4),
    "ETH_USDC": Habit(1.6, 0.45, 0.4),
    "SOL_USDC": Habit(2.0, 0.57, 0.42),
    "XRP_USDC": Habit(3.0, 0.92, 0.92),
    "AVAX_USDC": Habit(3.0, 0.8, 0.72),
    "TRX_USDC": Habit(3.0, 0.92, 0.92),
    "HYPE_USDC": Habit(2.5, 0.7, 0.65),
}
_LOG_WIDTHS = np.log(np.array([BTC_WIDTHS, ETH_WIDTHS]))
_LOG_DAYS = np.log(np.array(DAYS))
_DELTAS = np.array(DELTAS)


def spreads(is_eth: IndexArray, delta: FloatArray, days: FloatArray) -> FloatArray:
    """Spread before rounding to price steps, as a fraction of the forward.

    Args:
        is_eth: 1 where the ETH table holds, else 0. Shape (n,), as all.
        delta: Absolute Black-76 delta.
        days: Days to expiry.
    """
    row = np.interp(delta, _DELTAS, np.arange(float(len(DELTAS))))
    column = np.interp(np.log(np.maximum(days, 1e-3)), _LOG_DAYS, np.arange(float(len(DAYS))))
    i = np.minimum(row.astype(np.int64), len(DELTAS) - 2)
    j = np.minimum(column.astype(np.int64), len(DAYS) - 2)
    down, right = row - i, column - j
    near = _LOG_WIDTHS[is_eth, i, j] * (1.0 - right) + _LOG_WIDTHS[is_eth, i, j + 1] * right
    far = _LOG_WIDTHS[is_eth, i + 1, j] * (1.0 - right) + _LOG_WIDTHS[is_eth, i + 1, j + 1] * right
    return np.asarray(1e-4 * np.exp(near * (1.0 - down) + far * down))


def left_alone(
    habits: FloatArray, ids: IndexArray, delta: FloatArray, now_ms: int
) -> tuple[BoolArray, BoolArray]:
    """Which options have no bid and which no ask for now.

    Args:
        habits: (alone_inside, alone_outside) of each row, shape (n, 2).
        ids: Instrument ids, shape (n,).
        delta: Absolute Black-76 delta, shape (n,).
        now_ms: Each option is drawn anew every ten minutes, each at a time of its own.
    """
    epoch = (now_ms + ids * 6_151 % REDRAWN_MS) // REDRAWN_MS
    inside = habits[:, 0] * np.clip((delta - 0.55) / 0.3, 0.0, 1.0)
    outside = habits[:, 1] * np.clip((0.3 - delta) / 0.28, 0.0, 1.0)
    side = np.zeros_like(ids)
    no_bid = noise(ids, side, epoch) / 65536.0 < inside + outside
    no_ask = noise(ids, side + 1, epoch) / 65536.0 < inside + 0.15 * outside
    return np.asarray(no_bid), np.asarray(no_ask)
