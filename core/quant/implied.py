"""Implied volatility of whole chains at once: a volatility or a reason for every row.

Prices are turned to the out-of-the-money side by parity, then solved by `iv_solver`. A bad row is
NaN with its status; it raises nothing, warns of nothing and leaves the other rows alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from core.quant.black import log_moneyness
from core.quant.iv_solver import solve_total_vol
from core.quant.types import BoolArray, BoolLike, CodeArray, FloatArray, FloatLike

_NO_DIGITS = 4.0 * float(np.finfo(np.float64).eps)
"""A time value below this share of an in-the-money price is rounding, not information."""


class IvStatus(IntEnum):
    """Why a row has a volatility or has none."""

    OK = 0
    NO_QUOTE = 1
    EXPIRED = 2
    BELOW_INTRINSIC = 3
    ABOVE_MAX = 4
    BAD_INPUT = 5
    NO_CONVERGENCE = 6

    @property
    def text(self) -> str:
        """The reason in the words a trader reads."""
        return _TEXTS[self]


_TEXTS = {
    IvStatus.OK: "ok",
    IvStatus.NO_QUOTE: "no quote",
    IvStatus.EXPIRED: "expired",
    IvStatus.BELOW_INTRINSIC: "at or below intrinsic",
    IvStatus.ABOVE_MAX: "at or above the upper bound",
    IvStatus.BAD_INPUT: "forward, strike or price not usable",
    IvStatus.NO_CONVERGENCE: "no convergence",
}


@dataclass(frozen=True, slots=True, eq=False)
class ImpliedVol:
    """Volatilities of the broadcast shape of the inputs, each with its status."""

    vol: FloatArray
    """Decimal per sqrt(year), 0.60 is 60 %. NaN where the status is not OK."""
    status: CodeArray
    """IvStatus codes."""

    @property
    def ok(self) -> BoolArray:
        """True where there is a volatility."""
        return np.asarray(self.status == IvStatus.OK)


def implied_vol(
    price_usd: FloatLike,
    forward: FloatLike,
    strike: FloatLike,
    tau_years: FloatLike,
    is_call: BoolLike,
) -> ImpliedVol:
    """Black-76 volatility of undiscounted USD prices.

    There is no warm start: the closed-form first guess is closer than the last volatility.

    Args:
        price_usd: NaN or 0 is "no quote".
        forward: Forward of the option's own expiry, USD.
        strike: USD.
        tau_years: Calendar time in years of 365 days.
        is_call: True for calls.

    Raises:
        ValueError: the shapes do not broadcast.
    """
    shaped = np.broadcast_arrays(
        *(np.asarray(a, np.float64) for a in (price_usd, forward, strike, tau_years)),
        np.asarray(is_call, np.bool_),
    )
    shape = shaped[0].shape
    price, f, k, tau = (np.asarray(a, np.float64).ravel() for a in shaped[:4])
    vol, status = _solve(price, f, k, tau, shaped[4].ravel().astype(np.bool_))
    return ImpliedVol(vol=vol.reshape(shape), status=status.reshape(shape))


def implied_vol_coin(
    price_coin: FloatLike,
    forward: FloatLike,
    strike: FloatLike,
    tau_years: FloatLike,
    is_call: BoolLike,
) -> ImpliedVol:
    """Volatility of prices quoted in coin (inverse options); otherwise as `implied_vol`."""
    price = np.asarray(price_coin, np.float64) * np.asarray(forward, np.float64)
    return implied_vol(price, forward, strike, tau_years, is_call)


def _solve(
    price: FloatArray,
    f: FloatArray,
    k: FloatArray,
    tau: FloatArray,
    call: BoolArray,
) -> tuple[FloatArray, CodeArray]:
    intrinsic = np.maximum(np.where(call, f - k, k - f), 0.0)
    time_value = price - intrinsic
    headroom = np.where(call, f, k) - price
    status = classify(price, f, k, tau, call)
    vol = np.full(price.shape, np.nan)
    good = np.flatnonzero(status == IvStatus.OK)
    if good.size:
        f, k, root_tau = f[good], k[good], np.sqrt(tau[good])
        unit = np.sqrt(f * k)
        distance = np.abs(log_moneyness(f, k))
        v = solve_total_vol(distance, time_value[good] / unit, headroom[good] / unit)
        vol[good] = v / root_tau
        status[good[np.isnan(v)]] = IvStatus.NO_CONVERGENCE
    return vol, status


def classify(
    price: FloatArray, f: FloatArray, k: FloatArray, tau: FloatArray, call: BoolArray
) -> CodeArray:
    """What forbids a volatility before solving, OK if nothing; of several reasons the most basic.

    All arguments are arrays of one shape, prices in USD.
    """
    intrinsic = np.maximum(np.where(call, f - k, k - f), 0.0)
    bound = np.where(call, f, k)
    status = np.zeros(price.shape, np.int8)
    status[price >= bound * (1.0 - _NO_DIGITS)] = IvStatus.ABOVE_MAX
    status[price <= intrinsic * (1.0 + _NO_DIGITS)] = IvStatus.BELOW_INTRINSIC
    status[tau <= 0.0] = IvStatus.EXPIRED
    status[np.isnan(price) | (price == 0.0)] = IvStatus.NO_QUOTE
    usable = (f > 0.0) & (f < np.inf) & (k > 0.0) & (k < np.inf) & (tau < np.inf)
    status[~usable | (price < 0.0) | (price == np.inf)] = IvStatus.BAD_INPUT
    return status
