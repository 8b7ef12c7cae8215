"""The last half hour of an option: part of the average it is delivered at is known already.

With a known average A over the elapsed share a of the window the payoff is on
X = a A + (1 - a) S, S the average still to come: the forward of X is a A + (1 - a) F, and a move
of F moves X by (1 - a) of it only. What the venue does with a position's delta is the same fade.

Source: the venue's delivery rule (mean of the index over the 30 minutes before expiry).
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

import numpy as np

from core.quant.black import CoinGreeks, Greeks
from core.quant.types import FloatArray

WINDOW_NS = 1_800_000_000_000
"""The delivery price is the mean of the index over so long before expiry."""


def open_share(now_ns: int, expiry_ns: int) -> float:
    """The share of the average not yet known: 1 until half an hour before, then to 0."""
    return min(1.0, max(0.0, (expiry_ns - now_ns) / WINDOW_NS))


def effective_forward(forward: float, average: float, share: float) -> float:
    """Forward of the delivery price; the plain one while no average is known. USD."""
    if share >= 1.0 or not (isfinite(average) and average > 0.0):
        return forward
    return (1.0 - share) * average + share * forward


def faded(found: Greeks, share: FloatArray) -> Greeks:
    """Greeks by the forward itself of options on the delivery price.

    Deltas and what is a slope of a delta by volatility carry the open share once, gamma twice;
    `share` has the shape of the greeks.
    """
    if (share >= 1.0).all():
        return found
    return replace(
        found,
        delta=found.delta * share,
        net_delta=found.net_delta * share,
        gamma=found.gamma * np.square(share),
        vanna=found.vanna * share,
    )


def faded_coin(found: CoinGreeks, share: FloatArray) -> CoinGreeks:
    """As `faded`, for the value in coin."""
    if (share >= 1.0).all():
        return found
    return replace(
        found,
        slope=found.slope * share,
        gamma=found.gamma * np.square(share),
        vanna=found.vanna * share,
    )
