"""What every sleeve held at a minute, with the marks and deltas of that minute."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

from core.domain.position import Position
from core.market.still import StillBoard
from core.store.rows.minute import StoredPosition
from core.trading.risk.exposure import NOTHING_PENDING, Stake, Unmeasured


def held_positions(
    sleeves: Sequence[tuple[str, Position]], board: StillBoard
) -> list[StoredPosition]:
    """One row per sleeve and instrument; a figure the market does not tell is NaN."""
    return [
        StoredPosition(sleeve, one, board.quote(one.instrument).mark, _delta(one, board))
        for sleeve, one in sleeves
    ]


def _delta(position: Position, board: StillBoard) -> float:
    """Coins behind the whole amount, as the risk limits count them."""
    instrument = board.catalog.get(position.instrument)
    if instrument is None or board.is_stale(position.instrument):
        return nan
    quote = board.quote(position.instrument)
    stake = Stake(instrument, position.amount, NOTHING_PENDING, quote, index=None)
    try:
        return float(stake.delta(position.amount))
    except Unmeasured:
        return nan
