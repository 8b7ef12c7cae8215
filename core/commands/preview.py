"""What orders would cost and change, before they are sent: tickets and command line show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite, nan

from core.clock import years_between
from core.commands.context import Context
from core.commands.exposure import Exposure, exposure_of, exposures
from core.domain.instrument import Instrument
from core.domain.money import coin_of_amount, decimal_of, fee, notional_usd
from core.domain.order import NewOrder, Side
from core.market.quote import Quote

_BASE_RATE = Decimal("0.02")
_RATE_PER_COIN = {"BTC": Decimal("0.00005"), "ETH": Decimal("0.000004")}


@dataclass(frozen=True, slots=True)
class Preview:
    """Orders in one instrument, valued at the prices of the moment. None: cannot be known now."""

    currency: str
    """Of premium, fee and margin: the settlement currency."""
    price: Decimal | None
    """Where they would trade on average: the touch for what crosses, else their own prices."""
    premium: Decimal | None
    """Options: + paid, - received. None for futures, where nothing changes hands."""
    fee: Decimal | None
    is_maker: bool
    notional_usd: Decimal | None
    iv: float
    """Volatility of the price as a decimal, NaN for futures and where there is none."""
    change: Exposure
    """Greeks of the orders alone."""
    after: Exposure
    """Greeks of everything held in the coin when they have traded in full."""
    margin: Decimal | None
    """Estimated change of initial margin by the classic standard model, + needs more."""


def preview_of(orders: Sequence[NewOrder], context: Context) -> Preview:
    """The preview of orders in one listed instrument; KeyError never: unlisted is CommandError."""
    instrument = context.listed(orders[0].instrument)
    quote = context.quote(instrument)
    amount = sum((order.signed_amount for order in orders), Decimal(0))
    price = _average([(order.amount, expected_price(order, quote)) for order in orders])
    is_maker = all(_is_maker(order, quote) for order in orders)
    change = exposure_of(instrument, float(amount), context)
    return Preview(
        currency=instrument.settlement,
        price=price,
        premium=amount * price if instrument.is_option and price is not None else None,
        fee=_fee(instrument, amount, price, quote, is_maker),
        is_maker=is_maker,
        notional_usd=usd_of(instrument, amount, price, quote),
        iv=iv_at(instrument, price, quote, context.now_ns),
        change=change,
        after=exposures(context).get(instrument.base, Exposure()) + change,
        margin=_margin_change(instrument, amount, quote, context),
    )


def expected_price(order: NewOrder, quote: Quote) -> Decimal | None:
    """Where the order would trade: the opposite touch when it crosses, else its own price."""
    ahead = _ahead(order, quote)
    if order.type.is_stop:
        return order.price if order.price is not None else order.trigger_price
    if order.price is None:
        return ahead
    if ahead is not None and not order.post_only:
        best = min if order.side is Side.BUY else max
        return best(order.price, ahead)
    return order.price


def usd_of(
    instrument: Instrument, amount: Decimal, price: Decimal | None, quote: Quote
) -> Decimal | None:
    """USD at stake, or None while the index (options) or the price (linear) is unknown."""
    index = decimal_of(quote.index) if quote.index > 0 else None
    if instrument.is_option:
        return None if index is None else notional_usd(instrument, amount, index, index)
    if instrument.is_inverse:
        return abs(amount)
    return None if price is None else notional_usd(instrument, amount, price, price)


def iv_at(instrument: Instrument, price: Decimal | None, quote: Quote, now_ns: int) -> float:
    """The option's volatility at `price` on its forward; NaN where there is none."""
    if price is None or instrument.strike is None or instrument.expiry_ns is None:
        return nan
    # scipy loads only when an option is previewed: the first paint must not wait for it.
    from core.quant.implied import implied_vol, implied_vol_coin

    solve = implied_vol_coin if instrument.is_inverse else implied_vol
    tau = years_between(now_ns, instrument.expiry_ns)
    found = solve(float(price), quote.underlying, instrument.strike, tau, bool(instrument.is_call))
    return float(found.vol)


def initial_margin(instrument: Instrument, amount: Decimal, quote: Quote) -> Decimal | None:
    """Initial margin of a signed position alone, settlement currency; None without prices.

    The classic standard model: futures 2 % and a little more per coin, short options 10 to 15 %
    of the underlying and the mark, long options nothing.
    """
    if amount == 0 or (instrument.is_option and amount > 0):
        return Decimal(0)
    if not quote.mark > 0:
        return None
    mark = decimal_of(quote.mark)
    if instrument.is_option:
        return _short_option_margin(instrument, -amount, mark, quote)
    coins = abs(coin_of_amount(instrument, amount, mark))
    rate = _BASE_RATE + _RATE_PER_COIN.get(instrument.base, Decimal(0)) * coins
    return rate * coins if instrument.is_inverse else rate * coins * mark


def _short_option_margin(
    instrument: Instrument, size: Decimal, mark: Decimal, quote: Quote
) -> Decimal | None:
    forward = quote.underlying
    if not forward > 0 or instrument.strike is None:
        return None
    distance = instrument.strike - forward if instrument.is_call else forward - instrument.strike
    share = decimal_of(max(0.15 - max(distance, 0.0) / forward, 0.1))
    unit = Decimal(1) if instrument.is_inverse else decimal_of(forward)
    margin = share * unit + mark
    if not instrument.is_call:
        least = max(Decimal("0.075") * unit, Decimal("0.075") * mark) + mark
        margin = max(margin, least)
    return size * margin


def _margin_change(
    instrument: Instrument, amount: Decimal, quote: Quote, context: Context
) -> Decimal | None:
    position = context.trading.position(instrument.name)
    held = position.amount if position else Decimal(0)
    before = initial_margin(instrument, held, quote)
    after = initial_margin(instrument, held + amount, quote)
    return None if before is None or after is None else after - before


def _fee(
    instrument: Instrument, amount: Decimal, price: Decimal | None, quote: Quote, is_maker: bool
) -> Decimal | None:
    needs_index = instrument.is_option and not instrument.is_inverse
    if price is None or price <= 0 or (needs_index and not quote.index > 0):
        return None
    index = decimal_of(quote.index) if isfinite(quote.index) else Decimal(0)
    return fee(instrument, amount, price, index, is_maker)


def _ahead(order: NewOrder, quote: Quote) -> Decimal | None:
    price = quote.ask if order.side is Side.BUY else quote.bid
    return decimal_of(price) if price > 0 else None


def _is_maker(order: NewOrder, quote: Quote) -> bool:
    ahead = _ahead(order, quote)
    if order.post_only:
        return True
    if order.price is None or order.type.is_stop or ahead is None:
        return False
    return (ahead - order.price) * order.side.sign > 0


def _average(parts: list[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    total = Decimal(0)
    for amount, price in parts:
        if price is None:
            return None
        total += amount * price
    return total / sum((amount for amount, _ in parts), Decimal(0))
