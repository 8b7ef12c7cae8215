"""What the strategies show: frozen values the screen draws."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan


@dataclass(frozen=True, slots=True)
class HedgeView:
    """One hedged currency."""

    currency: str
    instrument: str
    is_on: bool = False
    option_delta: float = nan
    """Coin; NaN while an option cannot be priced."""
    hedge_delta: float = nan
    mismatch: float = nan
    """option_delta + hedge_delta, coin."""
    band: float = nan
    next_order: float = 0.0
    """Signed venue amount that would be sent now; 0 inside the band."""
    status: str = "off"


@dataclass(frozen=True, slots=True)
class PairView:
    """The pair strategy."""

    leg_z: str
    leg_h: str
    is_on: bool = False
    bars: int = 0
    warmup: int = 0
    z: float = nan
    """Innovation over its forecast volatility."""
    beta: float = nan
    beta_sd: float = nan
    alpha: float = nan
    innovation: float = nan
    sigma: float = nan
    """Forecast volatility of the innovation, log units."""
    threshold: float = nan
    half_life_s: float = nan
    adf_p: float = nan
    regime: str = ""
    """Name of the regime in force, empty before one is known."""
    regime_p: float = nan
    edge_bp: float = nan
    """Threshold times sigma less the round trip's fees, basis points."""
    position: int = 0
    """Spread position: +1 long z short H, -1 the reverse, 0 flat."""
    history: tuple[float, ...] = ()
    """The last z values, oldest first."""
    status: str = "off"
