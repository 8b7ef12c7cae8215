"""What sizes are worth, what trades and expiries cost: exact, in the settlement currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from core.domain import money
from core.domain.instrument import Instrument

ZERO: Final = Decimal(0)
EIGHT: Final = Decimal("0.00000001")
_COIN_GRAIN: Final = Decimal("1E-18")
_USDC_GRAIN: Final = Decimal("1E-12")
"""What cannot be written down exactly is cut once to a grain, so that sums add up."""
_FEE_CAP: Final = Decimal("0.125")
_FORCED_RATE: Final = Decimal("0.01")
_FORCED_CAP: Final = Decimal("0.25")
"""Of an option's price."""
_DELIVERY_RATES: Final = {True: Decimal("0.00015"), False: Decimal("0.00025")}
"""By whether it is an option. Source: the venue's fee page, as in its documents of 2026."""


def eight(value: Decimal) -> Decimal:
    """Rounded to the 8 decimals of the venue's ledgers; never a negative zero."""
    return value.quantize(EIGHT) + ZERO


def is_inverse_future(it: Instrument) -> bool:
    """True when its amounts are USD and its profit is not linear in the price."""
    return it.is_inverse and not it.is_option


def worth(it: Instrument, size: Decimal, price: Decimal) -> Decimal:
    """What a signed size counts for at a price; the difference of two worths is the profit.

    Inverse futures: -USD size / price in coin. Everything else: size x price.
    """
    if is_inverse_future(it):
        return -size * (1 / price).quantize(_COIN_GRAIN)
    return size * price


def part_of(it: Instrument, cost: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The share of a cost that belongs to a part of the size."""
    grain = _COIN_GRAIN if it.is_inverse else _USDC_GRAIN
    return cost if part == whole else (cost * part / whole).quantize(grain)


def price_at(it: Instrument, size: Decimal, cost: Decimal) -> Decimal:
    """The average price behind a cost; 0 without a size. Harmonic for inverse futures."""
    if not size:
        return ZERO
    return -size / cost if is_inverse_future(it) else cost / size


def coins_of(it: Instrument, size: Decimal, mark: Decimal) -> Decimal:
    """A position's size in base coins."""
    return size / mark if is_inverse_future(it) else size


def trade_fee(
    it: Instrument, amount: Decimal, price: Decimal, index: Decimal, is_maker: bool
) -> Decimal:
    """The fee of one execution, 8 decimals, by the instrument's own rates."""
    return eight(money.fee(it, amount, price, index, is_maker))


def liquidation_fee(it: Instrument, amount: Decimal, price: Decimal, index: Decimal) -> Decimal:
    """Everything a forced execution costs, its ordinary fee included."""
    if it.is_option:
        coin = Decimal(1) if it.is_inverse else index
        return eight(amount * min(_FORCED_RATE * coin, _FORCED_CAP * price))
    return eight(_FORCED_RATE * (amount / price if it.is_inverse else amount * price))


def delivery_fee(it: Instrument, size: Decimal, delivery: Decimal, paid: Decimal) -> Decimal:
    """The fee at expiry: daily options and weekly futures are free, options are capped."""
    amount, rate = abs(size), _DELIVERY_RATES[it.is_option]
    if it.is_option:
        if it.period == "day":
            return ZERO
        coin = Decimal(1) if it.is_inverse else delivery
        return eight(amount * min(rate * coin, _FEE_CAP * paid))
    if it.period == "week":
        return ZERO
    return eight(rate * (amount / delivery if it.is_inverse else amount * delivery))


def payoff(it: Instrument, delivery: Decimal) -> Decimal:
    """What one long option pays at expiry, cut to its grain: coin for inverse, USDC for linear."""
    grain = _COIN_GRAIN if it.is_inverse else _USDC_GRAIN
    return money.payoff(it, delivery).quantize(grain) + ZERO
