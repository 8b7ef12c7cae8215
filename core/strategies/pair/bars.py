"""Closed bars of both mids, cut by the clock so that a replay cuts them at the same places."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

from core.clock import NS_PER_S
from core.market.board import Board
from core.trading.strategy import Context


@dataclass(frozen=True, slots=True)
class PairBar:
    """Both mids at the end of one bar; NaN where there was none or it was stale."""

    at_ns: int
    """The end of the bar, a multiple of its length."""
    z: float
    h: float
    missed: int = 0
    """Bars that ended unseen just before this one."""

    @property
    def is_whole(self) -> bool:
        """True when both mids are there."""
        return self.z > 0 and self.h > 0


class PairBars:
    """Samples two mids whenever a bar ends. One bar a call at most; cheap in between."""

    def __init__(self, leg_z: str, leg_h: str, bar_s: float) -> None:
        self._leg_z, self._leg_h = leg_z, leg_h
        self._bar_ns = round(bar_s * NS_PER_S)
        self._number: int | None = None

    def closed(self, context: Context) -> PairBar | None:
        """The bar that ended since the last call, sampled now; None while none did.

        A clock that goes backwards (a tape begins anew) starts counting again.
        """
        number, last = context.now_ns // self._bar_ns, self._number
        if number == last:
            return None
        self._number = number
        if last is None or number < last:
            return None
        z, h = fresh_mid(context.board, self._leg_z), fresh_mid(context.board, self._leg_h)
        return PairBar(number * self._bar_ns, z, h, number - last - 1)


def fresh_mid(board: Board, name: str) -> float:
    """The mid of a live book; NaN when it is stale or has an empty side."""
    if board.is_stale(name):
        return nan
    return board.quote(name).mid
