"""What the pricing service publishes."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan
from types import MappingProxyType

from core.quant.types import FloatArray


@dataclass(frozen=True, slots=True)
class OptionPricing:
    """One option priced by us on its expiry's forward. Volatilities as decimals, NaN = none."""

    name: str
    bid_iv: float
    ask_iv: float
    mid_iv: float
    delta: float
    """Black-Scholes, at mid_iv (at the venue's mark_iv when there is no mid)."""
    net_delta: float
    gamma: float
    vega: float
    theta: float


@dataclass(frozen=True, slots=True)
class SmilePoint:
    """One strike of a smile; the out-of-the-money option's volatilities, decimals."""

    strike: float
    k: float
    bid_iv: float
    ask_iv: float
    mid_iv: float
    is_used: bool
    """False when the quote filter refused it."""


@dataclass(frozen=True, slots=True)
class Smile:
    """One expiry of a chain."""

    chain: str
    expiry_ns: int
    tau_years: float
    forward: float
    forward_source: str
    """ticker, future, parity or interpolated."""
    points: tuple[SmilePoint, ...]
    fit_strikes: tuple[float, ...] = ()
    """Strikes at which the fitted curve is given; empty without a fit."""
    fit_ivs: tuple[float, ...] = ()
    fit_rmse: float = nan
    """Volatility points (0.21 is 0.21 %)."""
    atm: float = nan
    put_10: float = nan
    put_25: float = nan
    put_35: float = nan
    call_35: float = nan
    call_25: float = nan
    call_10: float = nan
    put_call_oi: float = nan
    reason: str = ""
    """Why there is no smile; empty when there is one."""

    @property
    def risk_reversal_25(self) -> float:
        """Call minus put volatility at 25 delta."""
        return self.call_25 - self.put_25

    @property
    def butterfly_25(self) -> float:
        """Mean wing volatility over at-the-money at 25 delta."""
        return (self.call_25 + self.put_25) / 2 - self.atm


@dataclass(frozen=True, slots=True)
class SurfaceGrid:
    """The classic grid of a chain: linear in total variance, NaN outside the quotes."""

    chain: str
    tenors_days: tuple[float, ...]
    log_moneyness: tuple[float, ...]
    iv: FloatArray
    """Shape (tenors, log_moneyness), decimals."""
    forwards: tuple[float, ...] = ()
    """USD, one per tenor; NaN without expiries to draw it from."""
    quotes: tuple[int, ...] = ()
    """Points of the smiles each tenor was drawn from."""


@dataclass(frozen=True, slots=True)
class MarketPricing:
    """Everything priced at one moment."""

    at_ns: int = 0
    """Our own time, for the age; 0 before the first turn."""
    took_ms: float = nan
    options: MappingProxyType[str, OptionPricing] = field(
        default_factory=lambda: MappingProxyType({})
    )
    smiles: MappingProxyType[tuple[str, int], Smile] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """(chain, expiry_ns) to smile."""
    surfaces: MappingProxyType[str, SurfaceGrid] = field(
        default_factory=lambda: MappingProxyType({})
    )
    venue_ns: int = 0
    """The venue's time, from which the times to expiry were measured."""
