"""Strangers who trade at the touch now and then."""

from __future__ import annotations

import numpy as np

from core.quant.types import FloatArray, IndexArray
from core.simulator.world.makers.futures import FutureBoard
from core.simulator.world.makers.options import OptionBoard

OPTION_RATE_PER_S = 0.25
"""All options together."""
LINEAR_SHARE = 0.1
"""How often a linear option trades beside an inverse one like it."""
MOST_A_STEP = 3
Taker = tuple[int, bool, float]
"""(row on its board, buys, share of the size at the touch)."""


def future_takers(board: FutureBoard, rng: np.random.Generator, dt_s: float) -> list[Taker]:
    """Who takes in perpetuals and futures within `dt_s` seconds."""
    counts = np.minimum(rng.poisson(board.trades_per_s * dt_s), MOST_A_STEP)
    rows = np.repeat(np.arange(len(board)), counts)
    return _takers(rows, rng)


def option_takers(board: OptionBoard, rng: np.random.Generator, dt_s: float) -> list[Taker]:
    """Who takes in options; those near the money and near in time trade most."""
    count = min(int(rng.poisson(OPTION_RATE_PER_S * dt_s)), MOST_A_STEP)
    if not count or not len(board):
        return []
    rows = rng.choice(len(board), size=count, p=option_weights(board))
    return _takers(np.asarray(rows), rng)


def option_weights(board: OptionBoard) -> FloatArray:
    """The chance of each row to be the one that trades next; they sum to 1."""
    distance = np.log(board.strike / board.forward)
    spread = np.maximum(board.iv / 100.0 * np.sqrt(board.tau), 0.005)
    weight = np.exp(-0.5 * (distance / spread) ** 2) / np.sqrt(board.tau + 0.01)
    weight = np.nan_to_num(weight) * np.where(board.is_linear, LINEAR_SHARE, 1.0) + 1e-9
    return np.asarray(weight / weight.sum())


def _takers(rows: IndexArray, rng: np.random.Generator) -> list[Taker]:
    buys = (rng.random(len(rows)) < 0.5).tolist()
    shares = (rng.random(len(rows)) ** 2).tolist()
    return list(zip(rows.tolist(), buys, shares, strict=True))
