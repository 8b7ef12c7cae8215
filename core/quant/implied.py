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

_BLOCK = 2048
"""Rows solved at a time."""


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
    call = np.asarray(is_call, np.bool_)
    columns = [np.asarray(a, np.float64) for a in (price_usd, forward, strike, tau_years)]
    shape = np.broadcast(call, *columns).shape
    price, f, k, tau = (
        column.ravel() if column.shape == shape else np.broadcast_to(column, shape).ravel()
        for column in columns
    )
    vol, status = _solve_all(price, f, k, tau, np.broadcast_to(call, shape).ravel())
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


def _solve_all(
    price: FloatArray, f: FloatArray, k: FloatArray, tau: FloatArray, call: BoolArray
) -> tuple[FloatArray, CodeArray]:
    """A block at a time, so that what is computed on the way stays in the fast cache."""
    if price.size <= 2 * _BLOCK:
        return _solve(price, f, k, tau, call)
    vol, status = np.empty(price.shape), np.empty(price.shape, np.int8)
    for start in range(0, price.size, _BLOCK):
        rows = slice(start, start + _BLOCK)
        vol[rows], status[rows] = _solve(price[rows], f[rows], k[rows], tau[rows], call[rows])
    return vol, status


def _solve(
    price: FloatArray, f: FloatArray, k: FloatArray, tau: FloatArray, call: BoolArray
) -> tuple[FloatArray, CodeArray]:
    status = classify(price, f, k, tau, call)
    good = status == IvStatus.OK
    if good.all():
        vol = _vol(price, f, k, tau, call)
    else:
        vol = np.full(price.shape, np.nan)
        vol[good] = _vol(price[good], f[good], k[good], tau[good], call[good])
    status[good & np.isnan(vol)] = IvStatus.NO_CONVERGENCE
    return vol, status


def _vol(
    price: FloatArray, f: FloatArray, k: FloatArray, tau: FloatArray, call: BoolArray
) -> FloatArray:
    """Of rows with nothing against them."""
    spread = np.where(call, f - k, k - f)
    bound = np.where(call, f, k)
    unit = np.sqrt(f * k)
    time_value = (price - np.maximum(spread, 0.0)) / unit
    v = solve_total_vol(np.abs(log_moneyness(f, k)), time_value, (bound - price) / unit)
    return np.asarray(v / np.sqrt(tau))


def classify(
    price: FloatArray, f: FloatArray, k: FloatArray, tau: FloatArray, call: BoolArray
) -> CodeArray:
    """What forbids a volatility before solving, OK if nothing; of several reasons the most basic.

    All arguments are arrays of one shape, prices in USD.
    """
    with np.errstate(invalid="ignore"):
        intrinsic = np.maximum(np.where(call, f - k, k - f), 0.0)
    bound = np.where(call, f, k)
    too_low = price <= intrinsic * (1.0 + _NO_DIGITS)
    too_high = price >= bound * (1.0 - _NO_DIGITS)
    sound = (price > 0.0) & (f > 0.0) & (k > 0.0) & (tau > 0.0) & (np.maximum(f, k) < np.inf)
    sound &= ~(too_low | too_high) & (tau < np.inf)
    status = np.zeros(price.shape, np.int8)
    if sound.all():
        return status
    status[too_high] = IvStatus.ABOVE_MAX
    status[too_low] = IvStatus.BELOW_INTRINSIC
    status[tau <= 0.0] = IvStatus.EXPIRED
    status[np.isnan(price) | (price == 0.0)] = IvStatus.NO_QUOTE
    usable = (f > 0.0) & (f < np.inf) & (k > 0.0) & (k < np.inf) & (tau < np.inf)
    status[~usable | (price < 0.0) | (price == np.inf)] = IvStatus.BAD_INPUT
    return status
