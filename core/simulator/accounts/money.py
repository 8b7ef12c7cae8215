"""The arithmetic of contracts, exact: what a size is worth, its profit, its fees.

Money is never rounded to make it add up. What cannot be written down exactly, a reciprocal or a
part of a cost, is cut to a fine grain once and the cut number is used on both sides of the trade.
"""

from __future__ import annotations

from decimal import Decimal

from core.simulator.world.listing.instruments import Instrument

ZERO = Decimal(0)
EIGHT = Decimal("0.00000001")
COIN_GRAIN = Decimal("1E-18")
USDC_GRAIN = Decimal("1E-12")
"""Chosen so that no product here has more than the 28 digits Decimal keeps."""
FEE_CAP = Decimal("0.125")
"""An option's fee is at most this share of its price."""
LIQUIDATION_RATE = Decimal("0.01")
"""Of the notional of futures, and the most per coin of options."""
LIQUIDATION_CAP = Decimal("0.25")
"""Of an option's price."""


def eight(value: Decimal) -> Decimal:
    """Rounded to the 8 decimals of every ledger; never a negative zero."""
    return value.quantize(EIGHT) + ZERO


def exact(value: float) -> Decimal:
    """A printed number as the decimal it shows."""
    return Decimal(repr(value))


def grain_of(it: Instrument) -> Decimal:
    """The finest money kept in its settlement currency."""
    return USDC_GRAIN if it.is_linear else COIN_GRAIN


def worth(it: Instrument, size: Decimal, price: Decimal) -> Decimal:
    """What a signed size counts for at a price; the difference of two worths is the profit.

    Inverse futures: -USD size / price in coin. Everything else: size x price. Linear in `size`, so
    that the two sides of a trade cancel to the last digit.
    """
    if is_inverse_future(it):
        return -size * (1 / price).quantize(COIN_GRAIN)
    return size * price


def part_of(it: Instrument, cost: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The share of a cost that belongs to a part of the size."""
    return cost if part == whole else (cost * part / whole).quantize(grain_of(it))


def price_at(it: Instrument, size: Decimal, cost: Decimal) -> Decimal:
    """The average price behind a cost; 0 without a size. Harmonic for inverse futures."""
    if not size:
        return ZERO
    return -size / cost if is_inverse_future(it) else cost / size


def fee_of(it: Instrument, amount: Decimal, price: Decimal, index: Decimal, maker: bool) -> Decimal:
    """The fee of one execution in the settlement currency."""
    rate = it.terms.maker_fee if maker else it.terms.taker_fee
    if it.is_option:
        return eight(amount * min(rate * _coin(it, index), FEE_CAP * price))
    return eight(rate * _notional(it, amount, price))


def liquidation_fee_of(it: Instrument, amount: Decimal, price: Decimal, index: Decimal) -> Decimal:
    """Everything a forced execution costs, its ordinary fee included."""
    if it.is_option:
        most = min(LIQUIDATION_RATE * _coin(it, index), LIQUIDATION_CAP * price)
        return eight(amount * most)
    return eight(LIQUIDATION_RATE * _notional(it, amount, price))


def delivery_fee_of(it: Instrument, size: Decimal, delivery: Decimal, payoff: Decimal) -> Decimal:
    """The fee at expiry: daily options and weekly futures are free; capped for options."""
    amount, rate = abs(size), it.terms.settlement_fee
    if it.is_option:
        if it.period == "day":
            return ZERO
        return eight(amount * min(rate * _coin(it, delivery), FEE_CAP * payoff))
    if it.period == "week":
        return ZERO
    return eight(rate * _notional(it, amount, delivery))


def payoff(it: Instrument, delivery: Decimal) -> Decimal:
    """What one long option pays: coin for inverse, USDC for linear."""
    strike = exact(it.strike)
    usd = max(ZERO, delivery - strike if it.is_call else strike - delivery)
    return (usd if it.is_linear else usd / delivery).quantize(grain_of(it)) + ZERO


def coins_of(it: Instrument, size: Decimal, mark: Decimal) -> Decimal:
    """A position's size in base coins."""
    return size / mark if is_inverse_future(it) else size


def is_inverse_future(it: Instrument) -> bool:
    """True when its amounts are USD."""
    return it.kind == "future" and not it.is_linear


def _coin(it: Instrument, index: Decimal) -> Decimal:
    """One coin of the underlying in the settlement currency."""
    return index if it.is_linear else Decimal(1)


def _notional(it: Instrument, amount: Decimal, price: Decimal) -> Decimal:
    return amount * price if it.is_linear else amount / price
