"""Orders for the left hand: aN and dN with their variants. `a` buys, `d` sells."""

from __future__ import annotations

import re
from decimal import Decimal

from core.commands.context import Context
from core.commands.grammar.amounts import (
    amount_of,
    passive,
    plain,
    price_of,
    price_text,
    touch,
)
from core.commands.grammar.drafts import limit, reading_of, stop
from core.commands.reading import Reading
from core.domain.instrument import Instrument
from core.domain.money import decimal_of
from core.domain.order import NewOrder, Side, TimeInForce
from core.errors import CommandError

Words = re.Match[str]
CAP = Decimal("0.001")
"""How far beyond the touch an order at once may reach: 0.1 %."""
LONGEST_LADDER = 50


def side_of(match: Words) -> Side:
    """BUY for a, SELL for d."""
    return Side.BUY if match["side"] == "a" else Side.SELL


def at_once(match: Words, context: Context) -> Reading:
    """`aN` / `dN`: take what is there, at most 0.1 % beyond the touch; the rest is cancelled."""
    instrument, side, amount = _start(match, context)
    order = capped(instrument, side, amount, context)
    return _reading(match, [order], instrument, context)


def capped(instrument: Instrument, side: Side, amount: Decimal, context: Context) -> NewOrder:
    """An order that crosses now: limit 0.1 % beyond the opposite touch, nothing left resting."""
    best = touch(side.opposite, instrument, context)
    price = passive(best * (1 + side.sign * CAP), side, instrument)
    return limit(instrument, side, amount, price, time_in_force=TimeInForce.IOC)


def join(match: Words, context: Context) -> Reading:
    """`asN` / `dwN`: post-only at the own touch."""
    instrument, side, amount = _start(match, context)
    price = passive(touch(side, instrument, context), side, instrument)
    return _reading(
        match, [limit(instrument, side, amount, price, post_only=True)], instrument, context
    )


def cross(match: Words, context: Context) -> Reading:
    """`awN` / `dsN`: limit at the opposite touch; what is not filled rests there."""
    instrument, side, amount = _start(match, context)
    price = passive(touch(side.opposite, instrument, context), side, instrument)
    return _reading(match, [limit(instrument, side, amount, price)], instrument, context)


def at_price(match: Words, context: Context) -> Reading:
    """`aN P` / `dN P`: post-only limit."""
    instrument, side, amount = _start(match, context)
    price = passive(price_of(match["price"], instrument, context), side, instrument)
    return _reading(
        match, [limit(instrument, side, amount, price, post_only=True)], instrument, context
    )


def stop_at(match: Words, context: Context) -> Reading:
    """`aN Ps` / `dN Ps`: reduce-only stop-market; CommandError when it would fire at once."""
    instrument, side, amount = _start(match, context)
    trigger = price_of(match["price"], instrument, context)
    return _reading(
        match, [stop_order(instrument, side, amount, trigger, context)], instrument, context
    )


def stop_order(
    instrument: Instrument, side: Side, amount: Decimal, trigger: Decimal, context: Context
) -> NewOrder:
    """The stop, its trigger on the tick; CommandError when mark stands past it or is unknown."""
    on_tick = instrument.price_up(trigger) if side is Side.BUY else instrument.price_down(trigger)
    if on_tick <= 0:
        raise CommandError(f"trigger {plain(trigger)} is below the tick of {instrument.name}")
    mark = context.quote(instrument).mark
    if not mark > 0:
        raise CommandError(f"{instrument.name} has no mark price now: a stop cannot be checked")
    if (decimal_of(mark) - on_tick) * side.sign >= 0:
        word = "above" if side is Side.BUY else "below"
        raise CommandError(
            f"a {side.value} stop at {price_text(on_tick, instrument)} would fire at once: "
            f"it must be {word} mark {price_text(decimal_of(mark), instrument)}"
        )
    return stop(instrument, side, amount, on_tick)


def ladder(match: Words, context: Context) -> Reading:
    """`aN P1 P2 K`: K post-only orders of N each, the first and last on the two bounds."""
    instrument, side, amount = _start(match, context)
    count = int(match["count"])
    bounds = [price_of(match[name], instrument, context) for name in ("price", "other")]
    prices = ladder_prices(instrument, side, bounds[0], bounds[1], count)
    orders = [limit(instrument, side, amount, price, post_only=True) for price in prices]
    return _reading(match, orders, instrument, context)


def ladder_prices(
    instrument: Instrument, side: Side, one: Decimal, other: Decimal, count: int
) -> tuple[Decimal, ...]:
    """`count` prices on the tick, evenly spaced: buys upwards from the low bound, sells downwards.

    CommandError when `count` is not from 2 to 50, or the bounds are too near for so many.
    """
    if not 2 <= count <= LONGEST_LADDER:
        raise CommandError(f"a ladder has 2 to {LONGEST_LADDER} orders, not {count}")
    low, high = sorted((passive(one, side, instrument), passive(other, side, instrument)))
    first, last = (low, high) if side is Side.BUY else (high, low)
    step = (last - first) / (count - 1)
    inner = (passive(first + step * i, side, instrument) for i in range(1, count - 1))
    prices = (first, *inner, last)
    if len(set(prices)) < count:
        raise CommandError(
            f"{count} orders do not fit between {price_text(low, instrument)} and "
            f"{price_text(high, instrument)} at a tick of {plain(instrument.tick_at(low))}"
        )
    return prices


def _start(match: Words, context: Context) -> tuple[Instrument, Side, Decimal]:
    instrument = context.chosen()
    return instrument, side_of(match), amount_of(match["amount"], instrument, context)


def _reading(
    match: Words, orders: list[NewOrder], instrument: Instrument, context: Context
) -> Reading:
    return reading_of(orders, instrument, context, is_dry=bool(match["dry"]))
