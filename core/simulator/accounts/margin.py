"""Standard margin: what positions and open orders bind, per instrument.

Source: Deribit's standard margin model before August 2026, as in its documents; the linear
perpetuals use the rates recorded on the test net.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.simulator.world.listing.instruments import Instrument

SLOPES = {"BTC": 0.00005, "ETH": 0.000004}
"""Added to the rate for each coin of position."""
LINEAR_MAINTENANCE = 0.6667
"""Share of the initial margin, recorded to the digit on a linear perpetual."""
SHORT_INITIAL, SHORT_FLOOR, SHORT_MAINTENANCE = 0.15, 0.1, 0.075


@dataclass(frozen=True, slots=True)
class Margin:
    """In the settlement currency."""

    initial: float = 0.0
    """With the open orders."""
    maintenance: float = 0.0
    orders: float = 0.0
    """The part of `initial` that only the open orders need."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What an account holds and works in one instrument; amounts as traded, positive."""

    size: float = 0.0
    """Signed."""
    buying: float = 0.0
    selling: float = 0.0
    buying_cost: float = 0.0
    """Premium of the open buys; options only."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The prices a margin is computed at."""

    mark: float
    underlying: float
    """Index for futures, forward for options."""


def margin_of(it: Instrument, exposure: Exposure, terms: Terms) -> Margin:
    """Margin of one instrument's position and orders together.

    Spot reserves money instead, and combos count as their legs.
    """
    if not it.is_held:
        return Margin()
    if it.is_option:
        return _option(it, exposure, terms)
    initial, maintenance = _future(it, abs(exposure.size), terms)
    worst = max(abs(exposure.size + exposure.buying), abs(exposure.size - exposure.selling))
    with_orders = max(initial, _future(it, worst, terms)[0])
    return Margin(with_orders, maintenance, with_orders - initial)


def _future(it: Instrument, amount: float, terms: Terms) -> tuple[float, float]:
    """(initial, maintenance) of an unsigned amount."""
    if it.is_linear:
        notional = amount * terms.mark
        rate = 1.0 / it.terms.leverage
        return notional * rate, notional * rate * LINEAR_MAINTENANCE
    coins = amount / terms.mark
    extra = SLOPES[it.base] * coins
    return coins * (0.02 + extra), coins * (0.01 + extra)


def _option(it: Instrument, exposure: Exposure, terms: Terms) -> Margin:
    initial, maintenance = short_option(it, terms)
    short = max(0.0, -exposure.size)
    opening = max(0.0, exposure.selling - max(0.0, exposure.size))
    released = min(short, exposure.buying) * initial
    orders = opening * initial + max(0.0, exposure.buying_cost - released)
    return Margin(short * initial + orders, short * maintenance, orders)


def short_option(it: Instrument, terms: Terms) -> tuple[float, float]:
    """(initial, maintenance) of one short coin, in coin (inverse) or USDC (linear)."""
    scale = terms.underlying if it.is_linear else 1.0
    mark = terms.mark / scale
    if it.is_call:
        out = max(0.0, it.strike - terms.underlying) / terms.underlying
        maintenance = SHORT_MAINTENANCE + mark
        initial = max(SHORT_INITIAL - out, SHORT_FLOOR) + mark
    else:
        out = max(0.0, terms.underlying - it.strike) / terms.underlying
        maintenance = max(SHORT_MAINTENANCE, SHORT_MAINTENANCE * mark) + mark
        initial = max(max(SHORT_INITIAL - out, SHORT_FLOOR) + mark, maintenance)
    return initial * scale, maintenance * scale
