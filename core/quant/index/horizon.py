"""From the variances of two expiries to the volatility at 30 days."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from core.quant.index.strip import IndexFault
from core.quant.types import FloatArray

THIRTY_DAYS = 30.0 / 365.0
"""Years."""
_MOST_APART = 2.0
"""Beyond this factor of the horizon an expiry says nothing of it."""


@dataclass(frozen=True, slots=True)
class Bracket:
    """Which two expiries an index is made from."""

    near: int
    """Row of the earlier one."""
    next: int
    is_extrapolated: bool
    """True when both lie on one side of the horizon."""


def bracket(taus: FloatArray, horizon: float = THIRTY_DAYS) -> Bracket | IndexFault:
    """The last expiry at or before the horizon and the first one after it.

    With all on one side the two nearest serve, while the nearer lies within a factor of 2.

    Args:
        taus: Years, ascending, of all that is listed; what has passed does not count.
        horizon: Years.
    """
    first = int(np.searchsorted(taus, 0.0, side="right"))
    after = int(np.searchsorted(taus, horizon, side="right"))
    if taus.size - first < 2:
        return IndexFault.NO_EXPIRIES
    near = min(max(after - 1, first), taus.size - 2)
    found = Bracket(near, near + 1, not taus[near] <= horizon <= taus[near + 1])
    if found.is_extrapolated:
        nearest = float(taus[near] if taus[near] > horizon else taus[near + 1])
        if not horizon / _MOST_APART <= nearest <= horizon * _MOST_APART:
            return IndexFault.TOO_FAR
    return found


def vol_at(
    near_tau: float,
    near_variance: float,
    next_tau: float,
    next_variance: float,
    horizon: float = THIRTY_DAYS,
) -> float | IndexFault:
    """Volatility at the horizon, decimal: total variance is linear in time between two expiries.

    Variances per year, times in years; the same line serves beyond both expiries.
    """
    weight = (next_tau - horizon) / (next_tau - near_tau)
    total = near_tau * near_variance * weight + next_tau * next_variance * (1.0 - weight)
    return sqrt(total / horizon) if total > 0.0 else IndexFault.NOT_POSITIVE
