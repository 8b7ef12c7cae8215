"""Orders as read from a text: built, described, and judged against the market of the moment."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from core.commands.context import Context
from core.commands.grammar.amounts import amount_text, plain, price_text
from core.commands.reading import DRAFT, Reading
from core.domain.instrument import Instrument
from core.domain.order import NewOrder, OrderType, Side, TimeInForce
from core.trading.commands import PlaceOrders

_TIF = {
    TimeInForce.GTC: "",
    TimeInForce.DAY: "day",
    TimeInForce.IOC: "ioc",
    TimeInForce.FOK: "fok",
}


def limit(
    instrument: Instrument,
    side: Side,
    amount: Decimal,
    price: Decimal,
    *,
    post_only: bool = False,
    reduce_only: bool = False,
    time_in_force: TimeInForce = TimeInForce.GTC,
) -> NewOrder:
    """A limit order that is only a draft."""
    return NewOrder(
        instrument.name,
        side,
        amount,
        DRAFT,
        price=price,
        time_in_force=time_in_force,
        post_only=post_only,
        reduce_only=reduce_only,
    )


def stop(instrument: Instrument, side: Side, amount: Decimal, trigger: Decimal) -> NewOrder:
    """A reduce-only stop-market order at the mark price; only a draft."""
    return NewOrder(
        instrument.name,
        side,
        amount,
        DRAFT,
        type=OrderType.STOP_MARKET,
        reduce_only=True,
        trigger_price=trigger,
    )


def order_words(order: NewOrder, instrument: Instrument) -> str:
    """The order in one line: SELL 5.0 BTC-25DEC26-70000-C limit 0.0375 post-only."""
    parts = [order.side.name, amount_text(order.amount, instrument), instrument.name]
    parts.append(order.type.value.replace("_", " "))
    if order.trigger_price is not None:
        parts.append(f"at mark {price_text(order.trigger_price, instrument)}")
    if order.price is not None:
        parts.append(price_text(order.price, instrument))
    parts.append(_TIF[order.time_in_force])
    parts.append("post-only" if order.post_only else "")
    parts.append("reduce-only" if order.reduce_only else "")
    return " ".join(part for part in parts if part)


def ladder_words(orders: Sequence[NewOrder], instrument: Instrument) -> str:
    """A ladder in one line: count, size of each, total, bounds."""
    first, last = orders[0], orders[-1]
    bounds = [price_text(one.price, instrument) for one in (first, last) if one.price is not None]
    total = sum((one.amount for one in orders), Decimal(0))
    return (
        f"{first.side.name} {len(orders)} x {amount_text(first.amount, instrument)} "
        f"= {amount_text(total, instrument)} {instrument.name} {' to '.join(bounds)} post-only"
    )


def reading_of(
    orders: Sequence[NewOrder], instrument: Instrument, context: Context, *, is_dry: bool
) -> Reading:
    """The reading of orders in one instrument, with what stands against sending them."""
    is_ladder = len(orders) > 1
    words = (ladder_words if is_ladder else _single_words)(orders, instrument)
    return Reading(
        words=words,
        does=PlaceOrders(tuple(orders)),
        side=orders[0].side,
        refusals=refusals(orders, instrument, context),
        notes=_notes(orders, instrument, context),
        is_dry=is_dry,
    )


def refusals(
    orders: Sequence[NewOrder], instrument: Instrument, context: Context
) -> tuple[str, ...]:
    """Why these may not be sent now: a stale book holds everything but exits."""
    if all(order.reduce_only for order in orders) or not context.board.is_stale(instrument.name):
        return ()
    age_ms = context.board.age_ms(instrument.name)
    heard = f"last heard {age_ms / 1e3:.1f} s ago" if age_ms >= 0 else "never heard yet"
    return (f"the book of {instrument.name} is stale ({heard}): only exits and cancels pass",)


def _single_words(orders: Sequence[NewOrder], instrument: Instrument) -> str:
    return order_words(orders[0], instrument)


def _notes(orders: Sequence[NewOrder], instrument: Instrument, context: Context) -> tuple[str, ...]:
    notes = []
    quote = context.quote(instrument)
    for order in orders:
        ahead = quote.ask if order.side is Side.BUY else quote.bid
        if order.post_only and order.price is not None and ahead > 0:
            gap = (ahead - float(order.price)) * order.side.sign
            if gap <= 0:
                word = "ask" if order.side is Side.BUY else "bid"
                notes.append(f"post-only would meet the {word} {ahead:,.{_places(instrument)}f}")
                break
    if not context.trading.gate.is_open and not all(order.reduce_only for order in orders):
        notes.append(f"opening orders are held: {context.trading.gate.reason}")
    if context.multiplier != 1:
        notes.append(f"size x{plain(context.multiplier)}")
    return tuple(notes)


def _places(instrument: Instrument) -> int:
    return instrument.price_decimals
