"""The arithmetic of contracts: profit, average price, notional and fee, all exact."""

from __future__ import annotations

from decimal import Decimal

from core.simulator.world.listing.instruments import Instrument

ZERO = Decimal(0)
EIGHT = Decimal("0.00000001")
FEE_CAP = Decimal("0.125")
"""An option's fee is at most this share of its price."""


def eight(value: Decimal) -> Decimal:
    """Rounded to the 8 decimals of every ledger; never a negative zero."""
    return value.quantize(EIGHT) + ZERO


def exact(value: float) -> Decimal:
    """A printed number as the decimal it shows."""
    return Decimal(repr(value))


def profit(it: Instrument, size: Decimal, entry: Decimal, leave: Decimal) -> Decimal:
    """What `size` (signed) earns from `entry` to `leave`, in the settlement currency.

    Inverse futures: USD size x (1/entry - 1/leave) coin. Everything else: size x (leave - entry).
    """
    if not size:
        return ZERO
    if is_inverse_future(it):
        return size / entry - size / leave
    return size * (leave - entry)


def average(
    it: Instrument, size: Decimal, price: Decimal, more: Decimal, more_price: Decimal
) -> Decimal:
    """Entry price of two parts on the same side; harmonic for inverse futures."""
    if not size:
        return more_price
    if is_inverse_future(it):
        return (size + more) / (size / price + more / more_price)
    return (size * price + more * more_price) / (size + more)


def fee_of(it: Instrument, amount: Decimal, price: Decimal, is_maker: bool) -> Decimal:
    """The fee of one execution in the settlement currency."""
    rate = it.terms.maker_fee if is_maker else it.terms.taker_fee
    if it.is_option:
        return eight(amount * min(rate, FEE_CAP * price))
    return eight(amount * rate * (price if it.is_linear else 1 / price))


def coins_of(it: Instrument, size: Decimal, mark: Decimal) -> Decimal:
    """A position's size in base coins."""
    return size / mark if is_inverse_future(it) else size


def is_inverse_future(it: Instrument) -> bool:
    """True when its amounts are USD."""
    return not it.is_option and not it.is_linear
