"""Raw SVI: one expiry's total variance in five parameters, its other forms and its arbitrage test.

    w(k) = a + b * (rho * (k - m) + sqrt((k - m)^2 + s^2))

k = ln(K/F); w = vol^2 tau; all parameters dimensionless. `surface_fit` fits whole chains of slices.

Source: Gatheral (2004); Gatheral & Jacquier (2014), Arbitrage-free SVI volatility surfaces,
Quantitative Finance 14(1); Lee (2004) for the wings; Durrleman's condition g >= 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign, hypot, sqrt

import numpy as np

from core.quant.types import FloatArray, FloatLike

_SQRT_2_PI = 2.5066282746310002
_CHECK_K = np.linspace(-1.5, 1.5, 3001)
"""Narrow violations are 0.02 wide; this step cannot miss them."""


@dataclass(frozen=True, slots=True)
class SviRaw:
    """Parameters of one slice; cannot be built outside their domain."""

    a: float
    b: float
    rho: float
    m: float
    s: float
    """The curvature, "sigma" in the literature."""

    def __post_init__(self) -> None:
        if not (self.b >= 0.0 and abs(self.rho) <= 1.0 and self.s > 0.0):
            raise ValueError(f"SVI needs b >= 0, |rho| <= 1 and s > 0, got {self}")
        if not self.min_variance >= -1e-12:
            raise ValueError(f"SVI needs a least variance >= 0, got {self}")

    @property
    def min_variance(self) -> float:
        """The lowest w anywhere on the slice."""
        return self.a + self.b * self.s * sqrt(1.0 - self.rho * self.rho)

    @property
    def wing_slope(self) -> float:
        """The steeper wing's slope, b (1 + |rho|); above 2 the slice has arbitrage far out."""
        return self.b * (1.0 + abs(self.rho))


@dataclass(frozen=True, slots=True, eq=False)
class SviShape:
    """w and its first two derivatives by k, each of the shape of k."""

    w: FloatArray
    slope: FloatArray
    curvature: FloatArray


@dataclass(frozen=True, slots=True)
class SviNatural:
    """w = delta + omega/2 (1 + zeta rho (k - mu) + sqrt((zeta (k - mu) + rho)^2 + 1 - rho^2))."""

    delta: float
    mu: float
    rho: float
    omega: float
    zeta: float


@dataclass(frozen=True, slots=True)
class JumpWings:
    """The slice as a trader reads it: levels per year, slopes per sqrt of the money variance."""

    v: float
    """Variance at the money, per year."""
    psi: float
    """Slope of volatility at the money, times sqrt(tau)."""
    p: float
    """Slope of the left wing."""
    c: float
    """Slope of the right wing."""
    v_min: float
    """Least variance, per year."""


@dataclass(frozen=True, slots=True)
class ButterflyCheck:
    """Whether a slice allows butterfly arbitrage on k from -1.5 to 1.5 or beyond its wings."""

    ok: bool
    min_g: float
    """Least g(k); negative means a negative density there."""
    at_k: float


def total_variance(k: FloatArray, p: SviRaw) -> FloatArray:
    """w(k) of any shape."""
    return raw_variance(k, p.a, p.b, p.rho, p.m, p.s)


def raw_variance(
    k: FloatArray, a: FloatLike, b: FloatLike, rho: FloatLike, m: FloatLike, s: FloatLike
) -> FloatArray:
    """w(k) of one slice, or of as many as the parameters have rows; everything broadcasts."""
    x = k - m
    return np.asarray(a + b * (rho * x + np.sqrt(x * x + s * s)))


def shape(k: FloatArray, p: SviRaw) -> SviShape:
    """w, w' and w'' at k."""
    x = k - p.m
    radius = np.sqrt(x * x + p.s * p.s)
    return SviShape(
        w=p.a + p.b * (p.rho * x + radius),
        slope=p.b * (p.rho + x / radius),
        curvature=p.b * p.s * p.s / (radius * radius * radius),
    )


def durrleman_g(k: FloatArray, p: SviRaw) -> FloatArray:
    """g(k); the density has its sign, so g < 0 is butterfly arbitrage."""
    at = shape(k, p)
    bent = 1.0 - 0.5 * k * at.slope / at.w
    return np.asarray(
        bent * bent - 0.25 * at.slope * at.slope * (1.0 / at.w + 0.25) + 0.5 * at.curvature
    )


def density(k: FloatArray, p: SviRaw) -> FloatArray:
    """Risk-neutral density of ln(S_T / F) at k."""
    w = total_variance(k, p)
    root = np.sqrt(w)
    d_minus = -k / root - 0.5 * root
    return np.asarray(durrleman_g(k, p) / (_SQRT_2_PI * root) * np.exp(-0.5 * d_minus * d_minus))


def check_butterfly(p: SviRaw) -> ButterflyCheck:
    """Look for negative density on a fine grid, and at the wings by Lee's bound."""
    g = durrleman_g(_CHECK_K, p)
    lowest = int(np.argmin(g))
    least = float(g[lowest])
    return ButterflyCheck(least >= 0.0 and p.wing_slope <= 2.0, least, float(_CHECK_K[lowest]))


def to_natural(p: SviRaw) -> SviNatural:
    """The natural parameters of a raw slice."""
    root = sqrt(1.0 - p.rho * p.rho)
    omega = 2.0 * p.b * p.s / root
    return SviNatural(
        delta=p.a - 0.5 * omega * root * root,
        mu=p.m + p.rho * p.s / root,
        rho=p.rho,
        omega=omega,
        zeta=root / p.s,
    )


def from_natural(p: SviNatural) -> SviRaw:
    """The raw slice of natural parameters."""
    root = sqrt(1.0 - p.rho * p.rho)
    return SviRaw(
        a=p.delta + 0.5 * p.omega * root * root,
        b=0.5 * p.omega * p.zeta,
        rho=p.rho,
        m=p.mu - p.rho / p.zeta,
        s=root / p.zeta,
    )


def to_jump_wings(p: SviRaw, tau_years: float) -> JumpWings:
    """The jump-wings parameters of a raw slice of that maturity."""
    at_money = p.a + p.b * (hypot(p.m, p.s) - p.rho * p.m)
    root = sqrt(at_money)
    return JumpWings(
        v=at_money / tau_years,
        psi=0.5 * p.b / root * (p.rho - p.m / hypot(p.m, p.s)),
        p=p.b * (1.0 - p.rho) / root,
        c=p.b * (1.0 + p.rho) / root,
        v_min=p.min_variance / tau_years,
    )


def from_jump_wings(jw: JumpWings, tau_years: float) -> SviRaw:
    """The raw slice of jump-wings parameters.

    Raises:
        ValueError: no slice has them (beta outside [-1, 1]), or they lose the raw form (a
            symmetric slice with rho = 0).
    """
    root = sqrt(jw.v * tau_years)
    b = 0.5 * root * (jw.c + jw.p)
    rho = 1.0 - jw.p * root / b
    beta = rho - 2.0 * jw.psi * root / b
    if not -1.0 <= beta <= 1.0:
        raise ValueError(f"no SVI slice has these jump wings: beta is {beta:.6g}, not in [-1, 1]")
    flat, drop = sqrt(1.0 - rho * rho), (jw.v - jw.v_min) * tau_years
    if abs(beta) < 1e-12:
        if flat >= 1.0:
            raise ValueError("jump wings of a symmetric slice lose its curvature")
        m, s = 0.0, drop / (b * (1.0 - flat))
    else:
        alpha = copysign(sqrt(1.0 / (beta * beta) - 1.0), beta)
        m = drop / (b * (copysign(sqrt(1.0 + alpha * alpha), alpha) - rho - alpha * flat))
        s = alpha * m
    return SviRaw(jw.v_min * tau_years - b * s * flat, b, rho, m, s)
