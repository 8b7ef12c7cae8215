"""The smile at constant delta: 10P 25P ATM 25C 10C and 35P 35C, risk reversal, butterfly, maturity.

A delta is labelled with the smile's own volatility at that strike. The usual label is the forward
Black-Scholes delta N(d1); the net delta (K/F) N(d2) of a coin-margined desk has a kind of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri

from core.quant.surface.svi import SviRaw, raw_variance
from core.quant.types import FloatArray, FloatLike

DeltaKind = Literal["forward", "net"]
Smile = Callable[[FloatArray], FloatArray]
"""Total variance at k; NaN where the smile does not reach."""

_TARGET = np.array([0.10, 0.25, 0.25, 0.10, 0.35, 0.35])[:, None]
_IS_CALL = np.array([False, False, True, True, False, True])[:, None]
_SCAN_POINTS = 161
_MAX_STEPS = 60


@dataclass(frozen=True, slots=True)
class DeltaPoints:
    """One maturity's smile in seven volatilities; NaN where the quotes do not reach."""

    tau_years: float
    put_10: float
    put_25: float
    atm: float
    """At k = 0, the forward itself."""
    call_25: float
    call_10: float
    put_35: float = nan
    call_35: float = nan

    @property
    def risk_reversal(self) -> float:
        """25-delta call less 25-delta put volatility; negative when puts are dearer."""
        return self.call_25 - self.put_25

    @property
    def butterfly(self) -> float:
        """Mean of the 25-delta volatilities less the at-the-money one."""
        return 0.5 * (self.call_25 + self.put_25) - self.atm

    def vols(self) -> FloatArray:
        """10P, 25P, ATM, 25C, 10C. Shape (5,)."""
        return self.all_vols()[:5]

    def all_vols(self) -> FloatArray:
        """As `vols`, then 35P, 35C. Shape (7,)."""
        middle = (self.put_10, self.put_25, self.atm, self.call_25, self.call_10)
        return np.array([*middle, self.put_35, self.call_35])


def svi_delta_points(p: SviRaw, tau_years: float, kind: DeltaKind = "forward") -> DeltaPoints:
    """Constant-delta points of a fitted slice."""
    return svi_delta_points_of([(p, tau_years)], kind)[0]


def svi_delta_points_of(
    slices: Sequence[tuple[SviRaw, float]], kind: DeltaKind = "forward"
) -> tuple[DeltaPoints, ...]:
    """Constant-delta points of many fitted slices and their years, searched for all at once."""
    if not slices:
        return ()
    rows = [(p.a, p.b, p.rho, p.m, p.s, tau) for p, tau in slices]
    a, b, rho, m, s, tau = np.array(rows).T[..., None, None]
    money = raw_variance(np.zeros(1), a, b, rho, m, s)
    reach = (12.0 * np.sqrt(money) + np.abs(m) + s)[:, 0, 0]

    def variance(k: FloatArray) -> FloatArray:
        return raw_variance(k, a, b, rho, m, s)

    strikes = delta_strikes(variance, -reach, reach, kind)
    vols = np.sqrt(variance(np.insert(strikes, 2, 0.0, axis=-1)[:, None, :]) / tau)[:, 0, :]
    return tuple(
        DeltaPoints(years, *row) for (_, years), row in zip(slices, vols.tolist(), strict=True)
    )


def constant_maturities(
    points: Sequence[DeltaPoints], taus_years: Sequence[float]
) -> tuple[DeltaPoints | None, ...]:
    """Points at maturities between two expiries: w at the same delta, linear in tau.

    None outside the expiries; `points` ascend in maturity.
    """
    if not points:
        return (None,) * len(taus_years)
    taus = np.array([one.tau_years for one in points])
    w = np.square(np.array([one.all_vols() for one in points])) * taus[:, None]
    found = [np.interp(taus_years, taus, column) for column in w.T]
    vols = np.sqrt(np.stack(found, axis=1) / np.asarray(taus_years)[:, None])
    return tuple(
        DeltaPoints(tau, *row) if taus[0] <= tau <= taus[-1] else None
        for tau, row in zip(taus_years, vols.tolist(), strict=True)
    )


def delta_strikes(
    smile: Smile, low: FloatLike, high: FloatLike, kind: DeltaKind = "forward"
) -> FloatArray:
    """k of 10P, 25P, 25C, 10C, 35P, 35C between low and high; NaN where there is none. Shape (6,).

    With low and high of shape (e,) the smile is that of e slices, asked at k of shape
    (e, 1 or 6, n); the answer has shape (e, 6).

    Of several roots the one nearest the forward is taken: far out a net delta or a smile with
    arbitrage can meet a level twice.
    """
    scan = np.linspace(low, high, _SCAN_POINTS, axis=-1)
    money = np.clip(np.zeros(scan.shape[:-1]), low, high)
    scan = np.sort(np.append(scan, money[..., None], axis=-1), axis=-1)[..., None, :]
    excess = _excess(scan, smile, kind)
    falls = (excess[..., :-1] >= 0.0) & (excess[..., 1:] < 0.0)
    middle = np.abs(scan[..., :-1] + scan[..., 1:])
    at = np.argmin(np.where(falls, middle, np.inf), axis=-1)
    left, right = (np.take_along_axis(scan[..., 0, :], at + side, -1) for side in (0, 1))
    k = _ridders(smile, kind, left, right)
    return np.where(falls.any(axis=-1), k, np.nan)


def _excess(k: FloatArray, smile: Smile, kind: DeltaKind) -> FloatArray:
    """Positive left of each point's strike, negative right. Shape (..., 6, n) from (1 or 6, n)."""
    root = np.sqrt(smile(k))
    d1 = -k / root + 0.5 * root
    if kind == "forward":
        return np.asarray(d1 - ndtri(np.where(_IS_CALL, _TARGET, 1.0 - _TARGET)))
    sign = np.where(_IS_CALL, 1.0, -1.0)
    return np.asarray(sign * (np.exp(k) * ndtr(sign * (d1 - root)) - _TARGET))


def _ridders(smile: Smile, kind: DeltaKind, left: FloatArray, right: FloatArray) -> FloatArray:
    """Roots of the falling excess between left and right, all at once. Shape (..., 6).

    Source: Ridders (1979), A new algorithm for computing a single root of a real function.
    """
    lo, hi = left[..., None], right[..., None]
    root = lo
    f_lo, f_hi = _excess(lo, smile, kind), _excess(hi, smile, kind)
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(_MAX_STEPS):
            mid = 0.5 * (lo + hi)
            f_mid = _excess(mid, smile, kind)
            root = mid + (mid - lo) * f_mid / np.sqrt(f_mid * f_mid - f_lo * f_hi)
            root = np.where(np.isfinite(root), root, mid)
            f_root = _excess(root, smile, kind)
            for x, f in ((mid, f_mid), (root, f_root)):
                above, inside = f >= 0.0, (x >= lo) & (x <= hi)
                lo, f_lo = np.where(above & inside, x, lo), np.where(above & inside, f, f_lo)
                hi, f_hi = np.where(~above & inside, x, hi), np.where(~above & inside, f, f_hi)
            if not (hi - lo > 1e-14).any() or not (np.abs(f_root) > 1e-14).any():
                break
    return np.asarray(root[..., 0])
