"""From the quotes of one expiry to a slice of the smile, with a reason for every quote left out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

import numpy as np

from core.quant.black import log_moneyness
from core.quant.implied import ImpliedVol, IvStatus, implied_vol, implied_vol_coin
from core.quant.types import BoolArray, CodeArray, FloatArray, FloatLike

_BOTH_SIDES = 0.02
"""Within this share of the forward calls and puts are averaged; further out only the cheap one."""
_LEAST_HALF_WIDTH = 1e-4
_LEAST_POINTS = 3


class QuoteReason(IntEnum):
    """Why a quote is not used; the first rule it breaks."""

    OK = 0
    NO_QUOTE = 1
    CROSSED = 2
    STALE = 3
    WIDE_PRICE = 4
    OUT_OF_BOUNDS = 5
    WIDE_VOL = 6
    IN_THE_MONEY = 7

    @property
    def words(self) -> str:
        """For the screen; empty for a quote that is used."""
        return _WORDS[self]


_WORDS = (
    "",
    "no bid or no ask",
    "crossed",
    "stale",
    "too wide in price",
    "no volatility gives this price",
    "too wide in volatility",
    "in the money",
)


class SliceFault(Enum):
    """Why an expiry has no slice, in words for the screen."""

    EXPIRED = "the expiry has passed"
    NO_FORWARD = "no forward"
    TOO_FEW = "fewer than 3 usable quotes"
    ONE_SIDED = "quotes on one side of the forward only"


@dataclass(frozen=True, slots=True)
class QuoteRules:
    """Limits a quote must keep to be part of a smile."""

    max_ticks: float = 5.0
    """A spread up to this many ticks is never too wide in price."""
    max_share: float = 0.40
    """Widest spread as a share of the mid."""
    max_vol_width: float = 0.15
    """Widest ask volatility less bid volatility."""
    max_age_s: float = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class OptionQuotes:
    """Best bids and asks of one expiry, calls and puts mixed, one row per option."""

    strike: FloatArray
    """USD. Shape (n,), as the others."""
    is_call: BoolArray
    bid: FloatArray
    """In coin (inverse) or USD (linear); NaN or 0 is no bid."""
    ask: FloatArray
    tick: FloatLike
    """Price step, in the unit of bid and ask."""
    age_s: FloatLike = 0.0
    """Seconds since the book was last known good; NaN counts as stale."""
    is_inverse: bool = True

    def __post_init__(self) -> None:
        shapes = {a.shape for a in (self.strike, self.is_call, self.bid, self.ask)}
        if len(shapes) != 1 or self.strike.ndim != 1:
            raise ValueError(f"option quotes must be columns of one length, got shapes {shapes}")


@dataclass(frozen=True, slots=True, eq=False)
class JudgedQuotes:
    """Every quote's verdict and volatilities. Shape (n,), the rows of the quotes."""

    reason: CodeArray
    """QuoteReason codes."""
    vol: FloatArray
    """Volatility of the mid price; NaN where it has none."""
    vol_bid: FloatArray
    vol_ask: FloatArray

    @property
    def ok(self) -> BoolArray:
        """True for the quotes a smile may use."""
        return np.asarray(self.reason == QuoteReason.OK)


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """The smile of one expiry at its usable strikes, k ascending."""

    tau_years: float
    forward: float
    """USD."""
    k: FloatArray
    """ln(K / F). Shape (n,), as the others."""
    vol: FloatArray
    """Decimal per sqrt(year)."""
    half_width: FloatArray
    """Half the distance of ask and bid volatility: the uncertainty of `vol`."""

    def __post_init__(self) -> None:
        if not (self.tau_years > 0.0 and self.k.size and (np.diff(self.k) > 0.0).all()):
            raise ValueError("a slice needs tau > 0 and strictly ascending k")

    @property
    def total_variance(self) -> FloatArray:
        """w = vol^2 tau."""
        return np.square(self.vol) * self.tau_years

    @property
    def money(self) -> float:
        """w at the forward, straight between the points beside it."""
        return float(np.interp(0.0, self.k, self.total_variance))


@dataclass(frozen=True, slots=True, eq=False)
class SliceOutcome:
    """A slice or why there is none, with the verdict on every quote."""

    slice: Slice | None
    fault: SliceFault | None
    judged: JudgedQuotes


def judge_quotes(
    quotes: OptionQuotes, forward: float, tau_years: float, rules: QuoteRules | None = None
) -> JudgedQuotes:
    """Apply the quote rules; `IN_THE_MONEY` marks good quotes the smile does not need."""
    bid, ask = quotes.bid, quotes.ask
    prices = np.stack([0.5 * (bid + ask), bid, ask])
    invert = implied_vol_coin if quotes.is_inverse else implied_vol
    three = invert(prices, forward, quotes.strike, tau_years, quotes.is_call)
    return judge_priced_quotes(quotes, forward, three, rules)


def judge_priced_quotes(
    quotes: OptionQuotes, forward: FloatLike, three: ImpliedVol, rules: QuoteRules | None = None
) -> JudgedQuotes:
    """Apply the quote rules to quotes whose volatilities are known; any mixture of expiries.

    `three` holds the volatilities of mid, bid and ask, shape (3, n); `forward` is one number or
    one per row.
    """
    limits = rules or QuoteRules()
    bid, ask = quotes.bid, quotes.ask
    mid, spread = 0.5 * (bid + ask), ask - bid
    vol, vol_bid, vol_ask = three.vol
    reason = np.full(bid.shape, QuoteReason.OK, np.int8)
    cheap = quotes.is_call == (quotes.strike >= forward)
    near = np.abs(quotes.strike - forward) <= _BOTH_SIDES * np.asarray(forward)
    # Last assignment wins, so the most basic reason stands last.
    reason[~(cheap | near)] = QuoteReason.IN_THE_MONEY
    reason[vol_ask - vol_bid > limits.max_vol_width] = QuoteReason.WIDE_VOL
    reason[(three.status != IvStatus.OK).any(axis=0)] = QuoteReason.OUT_OF_BOUNDS
    widest = np.maximum(limits.max_ticks * np.asarray(quotes.tick), limits.max_share * mid)
    # A spread of exactly so many ticks must not fail by rounding.
    reason[spread > widest * (1.0 + 1e-9)] = QuoteReason.WIDE_PRICE
    fresh = np.broadcast_to(np.asarray(quotes.age_s) <= limits.max_age_s, bid.shape)
    reason[~fresh] = QuoteReason.STALE
    reason[ask <= bid] = QuoteReason.CROSSED
    reason[~((bid > 0.0) & (ask > 0.0))] = QuoteReason.NO_QUOTE
    return JudgedQuotes(reason, vol, vol_bid, vol_ask)


def slice_from_quotes(
    quotes: OptionQuotes, forward: float, tau_years: float, rules: QuoteRules | None = None
) -> SliceOutcome:
    """The smile of one expiry from its out-of-the-money quotes.

    Within 2 % of the forward call and put of a strike are averaged by inverse variance. A slice
    needs three points with at least one on each side of the forward.
    """
    judged = judge_quotes(quotes, forward, tau_years, rules)
    return slice_of_judged(quotes.strike, judged, forward, tau_years)


def slice_of_judged(
    strike: FloatArray, judged: JudgedQuotes, forward: float, tau_years: float
) -> SliceOutcome:
    """The smile of one expiry from quotes judged before; `strike` has the rows of `judged`."""
    if not tau_years > 0.0:
        return SliceOutcome(None, SliceFault.EXPIRED, judged)
    if not forward > 0.0:
        return SliceOutcome(None, SliceFault.NO_FORWARD, judged)
    strike, vol, half_width = _average(
        strike[judged.ok],
        judged.vol[judged.ok],
        0.5 * (judged.vol_ask - judged.vol_bid)[judged.ok],
    )
    k = -log_moneyness(np.asarray(forward), strike)
    if k.size < _LEAST_POINTS:
        return SliceOutcome(None, SliceFault.TOO_FEW, judged)
    if not k[0] < 0.0 < k[-1]:
        return SliceOutcome(None, SliceFault.ONE_SIDED, judged)
    return SliceOutcome(Slice(tau_years, forward, k, vol, half_width), None, judged)


def _average(
    strike: FloatArray, vol: FloatArray, half_width: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """One point per strike: the inverse-variance mean of its quotes, strikes ascending."""
    unique, group = np.unique(strike, return_inverse=True)
    weight = 1.0 / np.square(np.maximum(half_width, _LEAST_HALF_WIDTH))
    total = np.bincount(group, weight, unique.size)
    mean = np.bincount(group, weight * vol, unique.size) / total
    return unique, mean, 1.0 / np.sqrt(total)
