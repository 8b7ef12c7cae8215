"""Conversions between the venue's amounts, coins and USD. The only place that does them."""

from __future__ import annotations

from decimal import Decimal

from core.domain.instrument import Instrument


def decimal_of(value: float) -> Decimal:
    """A float of the wire or of numerics as the shortest Decimal that prints the same."""
    return Decimal(repr(float(value)))


def plain(value: Decimal) -> str:
    """As text of at most 8 decimals, without trailing zeros or an exponent."""
    return f"{round(value, 8).normalize():f}"


def coin_of_amount(instrument: Instrument, amount: Decimal, price: Decimal) -> Decimal:
    """The signed coins behind `amount`: USD / price for inverse futures, the amount otherwise."""
    if instrument.is_inverse and not instrument.is_option:
        return amount / price
    return amount


def amount_of_coin(instrument: Instrument, coin: Decimal, price: Decimal) -> Decimal:
    """The venue amount, unrounded, that stands for `coin` coins at `price`."""
    if instrument.is_inverse and not instrument.is_option:
        return coin * price
    return coin


def notional_usd(
    instrument: Instrument, amount: Decimal, price: Decimal, index_usd: Decimal
) -> Decimal:
    """USD at stake, unsigned: face value of futures, underlying value of options."""
    if instrument.is_option:
        return abs(amount) * index_usd
    if instrument.is_inverse:
        return abs(amount)
    return abs(amount) * price


def profit(instrument: Instrument, amount: Decimal, entry: Decimal, exit_: Decimal) -> Decimal:
    """Profit of a signed position in the settlement currency, before fees."""
    if instrument.is_inverse and not instrument.is_option:
        return amount * (1 / entry - 1 / exit_)
    return amount * (exit_ - entry)


def payoff(instrument: Instrument, delivery: Decimal) -> Decimal:
    """What one long option pays at expiry, unrounded: coin for inverse, USDC for linear."""
    strike = decimal_of(instrument.strike or 0.0)
    usd = max(Decimal(0), delivery - strike if instrument.is_call else strike - delivery)
    return usd / delivery if instrument.is_inverse else usd


def fee(
    instrument: Instrument, amount: Decimal, price: Decimal, index_usd: Decimal, is_maker: bool
) -> Decimal:
    """The fee of a trade in the settlement currency; options are capped at 12.5 % of the price."""
    rate = instrument.maker_fee if is_maker else instrument.taker_fee
    size = abs(amount)
    if instrument.is_option:
        per_coin = rate if instrument.is_inverse else rate * index_usd
        return size * min(per_coin, Decimal("0.125") * price)
    if instrument.is_inverse:
        return rate * size / price
    return rate * size * price
