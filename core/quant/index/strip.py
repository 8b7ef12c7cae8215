"""The sum over strikes that replicates the variance of one expiry; both index rules end in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from core.quant.types import FloatArray

_LEAST_STRIKES = 4


class IndexFault(Enum):
    """Why there is no index, in words for the screen."""

    NO_FORWARD = "no forward"
    EXPIRED = "the expiry has passed"
    NO_PARITY = "no strike with a bid on both sides"
    NO_MONEY = "no price at the money"
    TOO_FEW = "fewer than 4 strikes"
    HOLES = "a quarter of the strikes has no price"
    OUTSIDE = "the forward is outside the strikes"
    NOT_POSITIVE = "the variance is not positive"
    NO_EXPIRIES = "fewer than 2 expiries"
    TOO_FAR = "no expiry within half and twice the horizon"


@dataclass(frozen=True, slots=True, eq=False)
class VarianceTerm:
    """The strip of one expiry and the variance it adds up to."""

    tau_years: float
    forward: float
    """USD."""
    k0: float
    """The largest listed strike at or below the forward."""
    strikes: FloatArray
    """Ascending, USD. Shape (n,), as the others."""
    prices: FloatArray
    """Of the out-of-the-money option, USD; at k0 the mean of call and put."""
    widths: FloatArray
    """What each strike stands for, USD: half the distance of its neighbours."""
    variance: float
    """Per year: the square of the expiry's volatility."""

    @property
    def shares(self) -> FloatArray:
        """What each strike adds to the sum, width / strike^2 * price."""
        return self.widths / np.square(self.strikes) * self.prices


def strip_term(
    strikes: FloatArray, prices: FloatArray, k0: float, forward: float, tau_years: float
) -> VarianceTerm | IndexFault:
    """The variance of one expiry from its selected strikes, ascending, and their USD prices.

        variance = 2/tau * sum(width / K^2 * Q) - 1/tau * (F/K0 - 1)^2

    The outermost strikes stand for the whole distance to their neighbour.

    Source: the CBOE's volatility index white paper (2009), rate zero.
    """
    if strikes.size < _LEAST_STRIKES:
        return IndexFault.TOO_FEW
    if not strikes[0] <= forward <= strikes[-1]:
        return IndexFault.OUTSIDE
    widths = _widths(strikes)
    total = 2.0 * float(np.sum(widths / np.square(strikes) * prices))
    variance = (total - (forward / k0 - 1.0) ** 2) / tau_years
    if not variance > 0.0:
        return IndexFault.NOT_POSITIVE
    return VarianceTerm(tau_years, forward, k0, strikes, prices, widths, variance)


def _widths(strikes: FloatArray) -> FloatArray:
    gaps = np.diff(strikes)
    widths = np.empty_like(strikes)
    widths[0], widths[-1] = gaps[0], gaps[-1]
    widths[1:-1] = 0.5 * (gaps[:-1] + gaps[1:])
    return widths
