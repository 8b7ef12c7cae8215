"""The forward of one expiry: from put-call parity of quotes, or from what the venue shows.

Order of preference: the option ticker's `underlying_price`, the mid of the future of that expiry,
parity, interpolation between neighbouring expiries; without any there is no surface for the expiry.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import exp, isfinite
from typing import Literal

import numpy as np

from core.quant.types import BoolArray, FloatArray

_NEAREST = 5
_MOST_GROWTH = 10.0
"""A forward is not 20,000 times its index, nor that part of it."""


class ForwardSource(Enum):
    """Where a forward comes from, the best first."""

    UNDERLYING = "underlying price"
    FUTURE = "future mid"
    PARITY = "put-call parity"
    INTERPOLATED = "interpolated"


@dataclass(frozen=True, slots=True)
class Forward:
    """The forward of one expiry and how well it is known."""

    value: float
    """USD."""
    source: ForwardSource
    low: float = float("nan")
    """Parity only: the highest F_bid of the strikes used, NaN otherwise."""
    high: float = float("nan")
    """Parity only: the lowest F_ask."""
    used: int = 0
    """Parity only: strikes whose intervals intersect."""
    dropped: int = 0
    """Parity only: strikes left out because they contradict the others (stale quotes)."""
    open_share: float = 1.0
    """Of the delivery price, what is not known yet; below 1 the value holds what is known."""


@dataclass(frozen=True, slots=True, eq=False)
class ParityQuotes:
    """Calls and puts of one expiry, one row per strike."""

    strike: FloatArray
    """USD. Shape (n,), as the others."""
    call_bid: FloatArray
    """In coin (inverse) or USD (linear); NaN or 0 where there is no quote."""
    call_ask: FloatArray
    put_bid: FloatArray
    put_ask: FloatArray
    is_inverse: bool = True

    def __post_init__(self) -> None:
        shapes = {a.shape for a in (self.strike, *self._sides())}
        if len(shapes) != 1 or self.strike.ndim != 1:
            raise ValueError(f"parity quotes must be columns of one length, got shapes {shapes}")

    def complete(self) -> ParityQuotes:
        """Only the strikes with all four quotes, none of them crossed."""
        keep = (self.call_ask >= self.call_bid) & (self.put_ask >= self.put_bid)
        for side in (self.strike, *self._sides()):
            keep &= side > 0.0
        return ParityQuotes(
            self.strike[keep],
            self.call_bid[keep],
            self.call_ask[keep],
            self.put_bid[keep],
            self.put_ask[keep],
            self.is_inverse,
        )

    def forwards(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """F_bid, F_mid and F_ask of each strike."""
        call_mid = 0.5 * (self.call_bid + self.call_ask)
        put_mid = 0.5 * (self.put_bid + self.put_ask)
        return (
            self._parity(self.call_bid, self.put_ask),
            self._parity(call_mid, put_mid),
            self._parity(self.call_ask, self.put_bid),
        )

    def _parity(self, call: FloatArray, put: FloatArray) -> FloatArray:
        if not self.is_inverse:
            return self.strike + call - put
        coin = 1.0 - call + put
        return np.asarray(self.strike / np.where(coin > 0.0, coin, np.nan))

    def _sides(self) -> tuple[FloatArray, ...]:
        return self.call_bid, self.call_ask, self.put_bid, self.put_ask


def parity_forward(
    quotes: ParityQuotes, estimate: Literal["midpoint", "weighted"] = "midpoint"
) -> Forward | None:
    """Forward consistent with all strikes' quotes; None when no strike has all four.

    Each strike gives an interval [F_bid, F_ask]; used are those that hold the point which most of
    them hold, so that neither a wide nor a narrow stale strike can move the others. `midpoint` is
    the middle of what they have in common; `weighted` is the mean of F_mid with weights 1 / width^2
    over the five strikes nearest the money, kept inside it.
    """
    whole = quotes.complete()
    bid, mid, ask = whole.forwards()
    sound = np.flatnonzero(np.isfinite(ask - bid))
    if not sound.size:
        return None
    used = sound[_agreeing(bid[sound], ask[sound])]
    low, high = float(bid[used].max()), float(ask[used].min())
    value = 0.5 * (low + high)
    if estimate == "weighted":
        mean = _weighted(whole.strike[used], bid[used], mid[used], ask[used], value)
        value = min(max(mean, low), high)
    return Forward(value, ForwardSource.PARITY, low, high, used.size, sound.size - used.size)


def _agreeing(bid: FloatArray, ask: FloatArray) -> BoolArray:
    """The largest set of intervals with a point in common; of equal ones the narrowest."""
    # Where most intervals meet one of them begins. Row i: which of them hold the bid of i.
    holds = (bid <= bid[:, None]) & (bid[:, None] <= ask)
    count = holds.sum(axis=1)
    width = np.where(holds, ask - bid, 0.0).sum(axis=1)
    best = np.lexsort((width, -count))[0]
    return np.asarray(holds[best])


def _weighted(
    strike: FloatArray, bid: FloatArray, mid: FloatArray, ask: FloatArray, money: float
) -> float:
    nearest = np.argsort(np.abs(strike - money), kind="stable")[:_NEAREST]
    width = (ask - bid)[nearest]
    if (width <= 0.0).any():
        return float(mid[nearest][width <= 0.0].mean())
    return float(np.average(mid[nearest], weights=1.0 / np.square(width)))


def interpolated_forward(
    spot: float, tau_years: float, taus: FloatArray, forwards: FloatArray
) -> Forward | None:
    """Forward between two known expiries: ln(F/S)/tau is linear in tau; None outside them.

    `taus` ascend, in years; spot and forwards in USD.
    """
    if not (spot > 0.0 and taus.size and taus[0] <= tau_years <= taus[-1] and taus[0] > 0.0):
        return None
    carry = float(np.interp(tau_years, taus, np.log(forwards / spot) / taus))
    growth = carry * tau_years
    if not abs(growth) < _MOST_GROWTH:
        return None  # a neighbour expires within moments, and its carry a year is beyond words
    return Forward(spot * exp(growth), ForwardSource.INTERPOLATED)


def best_forward(
    underlying: float | None,
    future_mid: float | None,
    parity: Forward | None,
    interpolated: Forward | None,
) -> Forward | None:
    """The most trusted of what is known; None when nothing is. Prices in USD."""
    for price, source in (
        (underlying, ForwardSource.UNDERLYING),
        (future_mid, ForwardSource.FUTURE),
    ):
        if price is not None and isfinite(price) and price > 0.0:
            return Forward(price, source)
    return parity or interpolated
