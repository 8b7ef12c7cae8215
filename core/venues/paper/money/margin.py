"""Standard margin: what positions and open orders bind, per instrument.

Source: Deribit's standard margin model before August 2026, as in its documents; the rates of
linear perpetuals as recorded on the test net.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.domain.instrument import Instrument

_SLOPES: Final = {"BTC": 0.00005, "ETH": 0.000004}
"""Added to the rate of inverse futures for each coin of position."""
_LINEAR_MAINTENANCE: Final = 0.6667
_LEVERAGE: Final = 50.0
"""Of a linear future whose leverage was not told."""
_SHORT_INITIAL: Final = 0.15
_SHORT_FLOOR: Final = 0.1
_SHORT_MAINTENANCE: Final = 0.075


@dataclass(frozen=True, slots=True)
class Margin:
    """In the settlement currency."""

    initial: float = 0.0
    """With the open orders."""
    maintenance: float = 0.0


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is held and worked in one instrument; amounts as traded."""

    size: float = 0.0
    """Signed."""
    buying: float = 0.0
    selling: float = 0.0
    buying_cost: float = 0.0
    """Premium of the open buys; options only."""


def margin_of(it: Instrument, exposure: Exposure, mark: float, underlying: float) -> Margin:
    """Margin of position and orders together; `underlying` is index or forward in USD."""
    if it.is_option:
        return _option(it, exposure, mark, underlying)
    initial, maintenance = _future(it, abs(exposure.size), mark)
    worst = max(abs(exposure.size + exposure.buying), abs(exposure.size - exposure.selling))
    return Margin(max(initial, _future(it, worst, mark)[0]), maintenance)


def _future(it: Instrument, amount: float, mark: float) -> tuple[float, float]:
    """(initial, maintenance) of an unsigned amount."""
    if not it.is_inverse:
        rate = 1.0 / (float(it.leverage) if it.leverage else _LEVERAGE)
        initial = amount * mark * rate
        return initial, initial * _LINEAR_MAINTENANCE
    coins = amount / mark
    extra = _SLOPES.get(it.base, max(_SLOPES.values())) * coins
    return coins * (0.02 + extra), coins * (0.01 + extra)


def _option(it: Instrument, exposure: Exposure, mark: float, underlying: float) -> Margin:
    initial, maintenance = short_option(it, mark, underlying)
    short = max(0.0, -exposure.size)
    opening = max(0.0, exposure.selling - max(0.0, exposure.size))
    released = min(short, exposure.buying) * initial
    orders = opening * initial + max(0.0, exposure.buying_cost - released)
    return Margin(short * initial + orders, short * maintenance)


def short_option(it: Instrument, mark: float, underlying: float) -> tuple[float, float]:
    """(initial, maintenance) of one short coin, in coin (inverse) or USDC (linear)."""
    scale = 1.0 if it.is_inverse else underlying
    price, strike = mark / scale, it.strike or 0.0
    sign = 1.0 if it.is_call else -1.0
    out = max(0.0, sign * (strike - underlying)) / underlying
    initial = max(_SHORT_INITIAL - out, _SHORT_FLOOR) + price
    if it.is_call:
        maintenance = _SHORT_MAINTENANCE + price
    else:
        maintenance = max(_SHORT_MAINTENANCE, _SHORT_MAINTENANCE * price) + price
        initial = max(initial, maintenance)
    return initial * scale, maintenance * scale
