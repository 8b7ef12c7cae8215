"""What the pricing service publishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan, sqrt
from types import MappingProxyType

from core.market.still import StillBoard
from core.quant.types import BoolArray, FloatArray


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
    """Exposure of a coin account: delta less the premium in coin; delta for linear options."""
    gamma: float
    vega: float
    theta: float
    """USD per day as the venue shows it: at most the remaining life's or the option's value."""
    theta_raw: float = nan
    """USD per day without that cap."""
    rho: float = nan
    vanna: float = nan
    """Change of delta per unit of volatility (1.0 = 100 points)."""
    volga: float = nan
    """USD per unit of volatility squared."""
    gamma_coin: float = nan
    """Curvature of the value in coin; coin per USD squared."""
    vega_coin: float = nan
    """Coin per volatility point."""
    theta_coin: float = nan
    """Coin per day, with the venue's cap."""
    vanna_coin: float = nan
    """Change of delta less premium per unit of volatility."""
    volga_coin: float = nan
    """Coin per unit of volatility squared."""
    iv: float = nan
    """What the greeks were made with."""
    iv_source: str = ""
    """Whose it is: mid, other side (of the strike), venue; empty when there is none."""
    is_low_confidence: bool = False
    """True for a mid in the money: one tick of its price outweighs its volatility."""
    open_share: float = 1.0
    """Of the delivery price, what is not known yet: 1, fading to 0 in the last half hour."""
    status: str = ""
    """What a trader should know of these volatilities, in words; empty when nothing."""

    @property
    def is_settling(self) -> bool:
        """True in the last half hour: deltas are faded, the other greeks unreliable."""
        return self.open_share < 1.0


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
    fit_iv: float = nan
    """The fitted curve at this strike; NaN without a fit."""
    reason: str = ""
    """Why the filter refused it; empty when it did not."""

    @property
    def richness(self) -> float:
        """Mid less fit: positive is dear, negative cheap."""
        return self.mid_iv - self.fit_iv


@dataclass(frozen=True, slots=True)
class SliceFit:
    """The fitted curve of one expiry: w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + s^2))."""

    model: str
    """svi: fitted to its own quotes; ssvi: few of them, so it leans on the whole surface."""
    a: float
    b: float
    rho: float
    m: float
    s: float
    rmse: float
    """Volatility points, as `max_error`."""
    max_error: float
    inside: float
    """Share of the used strikes whose bid and ask hold the curve between them."""
    least_g: float
    """Smallest value of Durrleman's g; the slice has butterfly arbitrage where it is negative."""
    calendar_gap: float
    """Furthest the expiry before lies above this one in total variance; 0 when nowhere."""
    is_constrained: bool
    """True when the best curve had arbitrage and the best one without it stands here."""
    confidence: float
    """0 to 1, from how many quotes, how narrow, how well fitted, how far to both sides."""


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
    fit: SliceFit | None = None
    reason: str = ""
    """Why its own quotes carry no smile; empty when they do."""
    open_share: float = 1.0
    """Of the delivery price, what is not known yet: 1, fading to 0 in the last half hour."""

    @property
    def is_settling(self) -> bool:
        """True in the last half hour: the forward holds the known part of the average."""
        return self.open_share < 1.0

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
    extrapolated: BoolArray | None = None
    """Shape of `iv`: True where no quotes reach; None where no cell is extrapolated."""


@dataclass(frozen=True, slots=True)
class TermPoint:
    """One constant maturity of a chain: total variance at the same delta, linear in time."""

    days: float
    atm: float = nan
    """Decimals, as the others; NaN outside the expiries."""
    put_10: float = nan
    put_25: float = nan
    call_25: float = nan
    call_10: float = nan

    @property
    def risk_reversal_25(self) -> float:
        """Call minus put volatility at 25 delta."""
        return self.call_25 - self.put_25

    @property
    def butterfly_25(self) -> float:
        """Mean wing volatility over at-the-money at 25 delta."""
        return (self.call_25 + self.put_25) / 2 - self.atm


@dataclass(frozen=True, slots=True)
class RealisedVol:
    """How much the index moved over some days, annualised decimals; NaN = too few bars."""

    days: float
    bars: int
    close_close: float
    """From the squared returns, no drift taken off, as a variance swap pays."""
    parkinson: float
    garman_klass: float
    rogers_satchell: float
    yang_zhang: float
    until_ns: int = 0
    """End of the last bar; 0 without one."""


@dataclass(frozen=True, slots=True)
class VolIndex:
    """The 30-day volatility of one chain, decimals; NaN = none."""

    chain: str
    value: float = nan
    """By the rule that reproduces the venue's own index."""
    variance_swap: float = nan
    """From the whole fitted smile, wings included."""
    venue: float = nan
    """The venue's own index; NaN where it has none or it is stale."""
    near_ns: int = 0
    """The expiries it was made from; 0 without."""
    next_ns: int = 0
    is_extrapolated: bool = False
    """True when both expiries lie on one side of 30 days, or a short chain's wings are fitted."""
    realised: tuple[RealisedVol, ...] = ()
    """One per horizon, shortest first."""
    reason: str = ""
    """Why there is no value; empty when there is one."""
    realised_reason: str = ""
    """Why nothing is realised; empty when something is."""

    @property
    def realised_30d(self) -> float:
        """What was realised over the last 30 days, close to close; NaN when it is not known."""
        return next((one.close_close for one in self.realised if one.days == 30), nan)

    @property
    def risk_premium(self) -> float:
        """Implied less realised of the last 30 days: what is known now, not what will come."""
        return self.value - self.realised_30d

    @property
    def variance_premium(self) -> float:
        """The same of the squares, as the literature has it."""
        return self.value**2 - self.realised_30d**2

    @property
    def risk_ratio(self) -> float:
        """Implied over realised of the last 30 days; NaN also where nothing moved."""
        return self.value / self.realised_30d if self.realised_30d else nan

    @property
    def expected_day(self) -> float:
        """The move of one day it stands for, one standard deviation, as a share."""
        return self.value / sqrt(365.0)


@dataclass(frozen=True, slots=True)
class MarketPricing:
    """Everything priced at one moment."""

    at_ns: int = 0
    """Our own time, for the age; 0 before the first turn."""
    took_ms: float = nan
    options: Mapping[str, OptionPricing] = field(default_factory=lambda: MappingProxyType({}))
    """By name; a row is made when it is asked for."""
    smiles: MappingProxyType[tuple[str, int], Smile] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """(chain, expiry_ns) to smile."""
    surfaces: MappingProxyType[str, SurfaceGrid] = field(
        default_factory=lambda: MappingProxyType({})
    )
    wide_surfaces: MappingProxyType[str, SurfaceGrid] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """The fitted surface on the wide grid, what no quotes reach flagged as extrapolated."""
    terms: MappingProxyType[str, tuple[TermPoint, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """By chain, the constant maturities of the term structure, shortest first."""
    indices: MappingProxyType[str, VolIndex] = field(default_factory=lambda: MappingProxyType({}))
    """By chain."""
    venue_ns: int = 0
    """The venue's time, from which the times to expiry were measured."""
    engine: str = ""
    """Who inverted the prices, and why not the one that is wanted; empty before the first turn."""
    board: StillBoard | None = None
    """What it was priced from; None before the first turn."""
