"""Static arbitrage of whole chains of slices: where there is any, and the last small repair.

Slices are rows as in `wings`; the k looked at are finer than what any narrow violation hides in,
with the wings far beyond every listed strike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.quant.surface.wings import LEFT, LN_S, RIGHT, M, V, curves, durrleman
from core.quant.types import BoolArray, FloatArray

_FAR = np.geomspace(1.55, 40.0, 24)
FINE_K = np.concatenate((-_FAR[::-1], np.linspace(-1.5, 1.5, 3001), _FAR))
"""Steps of 0.001 from -1.5 to 1.5, then outwards."""
_COARSE_K = np.concatenate((-_FAR[::-1], np.linspace(-1.5, 1.5, 601), _FAR))
_MOST_SLOPE = 2.0
_CLEAR = 1e-10
"""What must be left over, so that another order of the same sums finds nothing either."""
_SLIGHT = 1e-3
_FLATTEN = np.concatenate((np.geomspace(1e-6, 0.5, 20), [1.0]))
_OVERDO = 1.001
_ROUNDS = 40
_AT_ONCE = 1
"""Slices looked at together on the fine grid: more would outgrow the processor's cache."""
_NEAR = 3.0
"""Standard deviations within which a gap is closed by the level, beyond them by the wing."""


@dataclass(frozen=True, slots=True, eq=False)
class Arbitrage:
    """What is wrong with the slices of one or more chains. Shape (e,) each."""

    least_g: FloatArray
    g_at: FloatArray
    """k of it."""
    gap: FloatArray
    """Furthest the slice before lies above this one in w; negative when it lies below everywhere,
    -inf for the first of a chain."""
    gap_at: FloatArray
    gap_share: FloatArray
    """The gap as a share of w there."""
    wing_gap: FloatArray
    """By how much the slice before has the steeper wing; -inf as above."""
    steepest: FloatArray
    """The steeper wing's slope."""

    @property
    def has_butterfly(self) -> BoolArray:
        """Slices with negative density."""
        return np.asarray(~(self.least_g >= _CLEAR) | (self.steepest > _MOST_SLOPE))

    @property
    def has_calendar(self) -> BoolArray:
        """Slices that the one before crosses."""
        return np.asarray(~(self.gap <= -_CLEAR) | (self.wing_gap > -_CLEAR))

    @property
    def is_slight(self) -> bool:
        """So little that mending costs no quote anything."""
        return bool(
            (self.least_g > -_SLIGHT).all()
            and (self.gap_share < _SLIGHT).all()
            and (self.wing_gap < _SLIGHT * self.steepest).all()
        )

    @property
    def is_free(self) -> bool:
        """Nothing wrong anywhere."""
        return not (self.has_butterfly.any() or self.has_calendar.any())


def arbitrage_of(x: FloatArray, is_linked: BoolArray) -> Arbitrage:
    """Look at rows x, shape (e, 5); `is_linked` says which follow the row before, (e - 1,)."""
    return _arbitrage_at(FINE_K, x, is_linked, _AT_ONCE)


def first_arbitrage_of(x: FloatArray, is_linked: BoolArray) -> Arbitrage:
    """As `arbitrage_of`, but what a look at every fifth place finds is told without the others."""
    wrong = _arbitrage_at(_COARSE_K, x, is_linked, x.shape[0])
    return arbitrage_of(x, is_linked) if wrong.is_free or wrong.is_slight else wrong


def _arbitrage_at(k: FloatArray, x: FloatArray, is_linked: BoolArray, at_once: int) -> Arbitrage:
    w, g = (np.empty((x.shape[0], k.size)) for _ in range(2))
    for start in range(0, x.shape[0], at_once):
        part = slice(start, start + at_once)
        at = curves(k, x[part])
        w[part], g[part] = at.w, durrleman(at)
    worst_g = g.argmin(axis=1)
    slices = np.arange(x.shape[0])
    gap, gap_share, wing_gap = (np.full(slices.size, -np.inf) for _ in range(3))
    gap_at = np.zeros(slices.size)
    if slices.size > 1:
        above = w[:-1] - w[1:]
        worst = above.argmax(axis=1)
        gap[1:] = np.where(is_linked, above[slices[:-1], worst], -np.inf)
        gap_share[1:] = gap[1:] / w[slices[:-1], worst]
        gap_at[1:] = k[worst]
        slopes = x[:, LEFT : RIGHT + 1]
        wing_gap[1:] = np.where(is_linked, (slopes[:-1] - slopes[1:]).max(axis=1), -np.inf)
    return Arbitrage(
        least_g=g[slices, worst_g],
        g_at=k[worst_g],
        gap=gap,
        gap_at=gap_at,
        gap_share=gap_share,
        wing_gap=wing_gap,
        steepest=x[:, LEFT : RIGHT + 1].max(axis=1),
    )


def mended(x: FloatArray, is_linked: BoolArray, wrong: Arbitrage) -> tuple[FloatArray, Arbitrage]:
    """The nearest rows this knows to be free of arbitrage, and what is left to find in them.

    For what a search leaves over, parts of 1e-3 and less: a slice with negative density is mixed
    with its own level at the money (a mixture with a flat slice is a slice again, and flat ones
    are free), a slice under the one before it is lifted where it lies under it.

    Args:
        wrong: What `arbitrage_of` says of x.
    """
    x = x.copy()
    for _ in range(_ROUNDS):
        if wrong.is_free:
            break
        for row in np.flatnonzero(wrong.has_butterfly):
            x[row] = _flattened(x[row])
        for row in np.flatnonzero(wrong.has_calendar):
            _lift(x, int(row), float(wrong.gap[row]), float(wrong.gap_at[row]))
        wrong = arbitrage_of(x, is_linked)
    return x, wrong


def _flattened(row: FloatArray) -> FloatArray:
    """The row mixed with as little of its own level at the money as makes g positive."""
    money = curves(np.zeros(1), row[None]).w[0, 0]
    tries = np.repeat(row[None], _FLATTEN.size, axis=0)
    tries[:, V] += _FLATTEN * (money - row[V])
    tries[:, LEFT : RIGHT + 1] *= 1.0 - _FLATTEN[:, None]
    g = durrleman(curves(FINE_K, tries)).min(axis=1)
    return np.asarray(tries[int(np.argmax(g > _CLEAR))])


def _lift(x: FloatArray, row: int, gap: float, at: float) -> None:
    """Raise a row over the one before it: its wings' slopes, and where it lies under it."""
    here, before = x[row], x[row - 1]
    wings = slice(LEFT, RIGHT + 1)
    here[wings] = np.maximum(here[wings], before[wings] + 2.0 * _CLEAR)
    if gap <= -_CLEAR:
        return
    lift = max(gap, 0.0) * _OVERDO + 2.0 * _CLEAR
    away = at - here[M]
    deviation = np.sqrt(curves(np.zeros(1), here[None]).w[0, 0])
    if abs(at) < _NEAR * deviation or abs(away) < np.exp(here[LN_S]):
        here[V] += lift
        return
    side = RIGHT if away > 0.0 else LEFT
    here[side] += lift / abs(away)
