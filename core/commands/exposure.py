"""Greeks of holdings per coin, as the account feels them: delta in coin net of the premium."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import nan

from core.commands.context import Context
from core.domain.instrument import Instrument


@dataclass(frozen=True, slots=True)
class Exposure:
    """Greeks of some holding; NaN when a part of it cannot be priced."""

    delta: float = 0.0
    """Coin; for inverse options the Black-Scholes delta less the price."""
    gamma: float = 0.0
    """Change of delta per USD."""
    vega: float = 0.0
    """USD per volatility point."""
    theta: float = 0.0
    """USD per day."""

    def __add__(self, other: Exposure) -> Exposure:
        return Exposure(
            self.delta + other.delta,
            self.gamma + other.gamma,
            self.vega + other.vega,
            self.theta + other.theta,
        )


def exposure_of(instrument: Instrument, amount: float, context: Context) -> Exposure:
    """The greeks of `amount` (signed, venue unit) of one instrument at present prices."""
    quote = context.quote(instrument)
    if not instrument.is_option:
        price = quote.mark if quote.mark > 0 else quote.mid
        return Exposure(delta=amount / price if instrument.is_inverse else amount)
    own = context.pricing.options.get(instrument.name)
    premium = quote.mark if instrument.is_inverse else 0.0
    delta = own.net_delta if own and instrument.is_inverse else quote.delta - premium
    source = own or quote
    return Exposure(
        amount * delta, amount * source.gamma, amount * source.vega, amount * source.theta
    )


def exposures(context: Context) -> dict[str, Exposure]:
    """Coin to the greeks of everything held in it; positions in unlisted contracts count NaN."""
    total: defaultdict[str, Exposure] = defaultdict(Exposure)
    for position in context.trading.positions:
        instrument = context.board.instrument(position.instrument)
        if instrument is None:
            coin = position.instrument.partition("-")[0].partition("_")[0]
            total[coin] += Exposure(nan, nan, nan, nan)
        else:
            total[instrument.base] += exposure_of(instrument, float(position.amount), context)
    return dict(total)
