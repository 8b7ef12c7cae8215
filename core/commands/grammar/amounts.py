"""Numbers as typed: amounts times the multiplier, prices in coin, USD or volatility."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from core.clock import years_between
from core.commands.context import Context
from core.domain.instrument import Instrument
from core.domain.money import decimal_of
from core.domain.order import Side
from core.errors import CommandError

NUMBER = r"(?:[0-9]{1,12}(?:\.[0-9]{0,10})?|\.[0-9]{1,10})"
"""A decimal number as a pattern; its length keeps every result exact."""
PRICE = rf"(?:\$?{NUMBER}|{NUMBER}v)"
"""A price: 0.0375, $1200 or 55v."""
_LARGEST = Decimal(10) ** 12
_PRICE = re.compile(rf"(?P<usd>\$)?(?P<number>{NUMBER})(?P<vol>v)?")


def amount_of(text: str, instrument: Instrument, context: Context) -> Decimal:
    """`text` times the multiplier in the venue's unit; CommandError when the venue has no such."""
    units = Decimal(text)
    amount = units * context.multiplier
    times = "" if context.multiplier == 1 else f" ({units} x {plain(context.multiplier)})"
    return checked_amount(amount, instrument, times)


def checked_amount(amount: Decimal, instrument: Instrument, times: str = "") -> Decimal:
    """`amount` if it is a multiple of the smallest; else CommandError naming the nearest ones."""
    if amount <= 0:
        raise CommandError(f"amount {plain(amount)} is not above 0")
    if amount > _LARGEST:
        raise CommandError(f"amount {plain(amount)}{times} is too large")
    if instrument.is_amount(amount):
        return amount
    step = instrument.min_amount
    below = amount // step * step
    near = [one for one in (below, below + step) if one > 0]
    raise CommandError(
        f"amount {plain(amount)}{times} is no multiple of {plain(step)} for {instrument.name}; "
        f"nearest: {' or '.join(plain(one) for one in near)}"
    )


def price_of(text: str, instrument: Instrument, context: Context) -> Decimal:
    """`text` in the quote currency, not yet on the tick; `$` and `v` are converted by the market.

    A USD premium of an inverse option is divided by the index, a volatility priced on the forward
    of the option's expiry.
    """
    match = _PRICE.fullmatch(text)
    if match is None:
        raise CommandError(f"{text} is no price: write 0.0375, $1200 or 55v")
    number = Decimal(match["number"])
    if match["vol"]:
        return price_of_vol(number, instrument, context)
    if match["usd"] and instrument.is_option and instrument.is_inverse:
        index = context.quote(instrument).index
        if not index > 0:
            raise CommandError(f"{instrument.name} has no index price yet: give the price in coin")
        return number / decimal_of(index)
    return number


def price_of_vol(percent: Decimal, instrument: Instrument, context: Context) -> Decimal:
    """The price at which the option's volatility is `percent` %; CommandError when unknowable."""
    # numpy and scipy load only when somebody types a volatility: the first paint must not wait.
    from core.quant.black import price_coin, price_usd

    if not instrument.is_option or instrument.expiry_ns is None or instrument.strike is None:
        raise CommandError(f"{instrument.name} is no option: its price is no volatility")
    forward = context.quote(instrument).underlying
    tau = years_between(context.now_ns, instrument.expiry_ns)
    if not forward > 0 or tau <= 0:
        raise CommandError(f"{instrument.name} has no forward price yet: give the price in coin")
    to_price = price_coin if instrument.is_inverse else price_usd
    vol = float(percent) / 100
    price = float(to_price(forward, instrument.strike, tau, vol, bool(instrument.is_call)))
    if not math.isfinite(price):
        raise CommandError(f"{instrument.name} cannot be priced at {percent} %")
    return decimal_of(price)


def passive(price: Decimal, side: Side, instrument: Instrument) -> Decimal:
    """`price` put on the tick away from the market: buys down, sells up; CommandError at zero."""
    on_tick = instrument.price_down(price) if side is Side.BUY else instrument.price_up(price)
    if on_tick <= 0:
        raise CommandError(
            f"price {plain(price)} is below the tick {plain(instrument.tick_at(price))} "
            f"of {instrument.name}"
        )
    return on_tick


def touch(side: Side, instrument: Instrument, context: Context) -> Decimal:
    """The best bid for BUY, the best ask for SELL: where a passive order joins."""
    quote = context.quote(instrument)
    price = quote.bid if side is Side.BUY else quote.ask
    if not price > 0:
        word = "bid" if side is Side.BUY else "ask"
        raise CommandError(f"{instrument.name} has no {word} now")
    return decimal_of(price)


def plain(value: Decimal) -> str:
    """`value` without exponent or trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def price_text(price: Decimal, instrument: Instrument) -> str:
    """`price` with the contract's decimals; thousands are separated."""
    return f"{price:,.{instrument.price_decimals}f}"


def amount_text(amount: Decimal, instrument: Instrument) -> str:
    """`amount` with the contract's decimals; thousands are separated."""
    return f"{amount:,.{instrument.amount_decimals}f}"
