"""Orders in words, in any order: `sell 5 25dec 70000c @ .0375 post`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from core.commands.context import Context
from core.commands.grammar.amounts import NUMBER, PRICE, amount_of, passive, price_of
from core.commands.grammar.drafts import reading_of
from core.commands.grammar.instruments import is_expiry, resolve
from core.commands.grammar.shorthand import capped, stop_order
from core.commands.reading import DRAFT, Reading
from core.domain.instrument import Instrument
from core.domain.order import NewOrder, OrderType, Side, TimeInForce
from core.errors import CommandError

_NUMBER = re.compile(NUMBER)
_PRICE = re.compile(PRICE)
_OPTION_KINDS = frozenset({"c", "p", "call", "put"})
_TIF = {
    "gtc": TimeInForce.GTC,
    "day": TimeInForce.DAY,
    "ioc": TimeInForce.IOC,
    "fok": TimeInForce.FOK,
}
_FLAGS = {
    "post": "post",
    "post-only": "post",
    "reduce": "reduce",
    "reduce-only": "reduce",
    "market": "market",
    "limit": "limit",
}


@dataclass(slots=True)
class _Said:
    """What the words of one sentence say, filled while they are walked."""

    amount: str = ""
    price: str = ""
    trigger: str = ""
    flags: set[str] = field(default_factory=set)
    time_in_force: TimeInForce | None = None
    instrument: list[str] = field(default_factory=list)


def sentence(match: re.Match[str], context: Context) -> Reading:
    """`buy ...` / `sell ...`: without a price it crosses as `aN` does; a last `c` sends nothing."""
    side = Side.BUY if match["side"] == "buy" else Side.SELL
    words = match["rest"].replace("@", " @ ").split()
    is_dry = match["rest"].endswith("c") and words[-1] not in _TIF
    if is_dry and _is_dry_word(words):
        words = _without_last_c(words)
    said = _walk(words)
    instrument = resolve(said.instrument, context)
    if not said.amount:
        raise CommandError(f"how many? write {side.value} N {' '.join(said.instrument)}".rstrip())
    amount = amount_of(said.amount, instrument, context)
    order = _order(said, instrument, side, amount, context)
    return reading_of([order], instrument, context, is_dry=is_dry)


def _is_dry_word(words: list[str]) -> bool:
    """True when the closing c is a mark of its own, not the call of `70000c` or `70000 c`."""
    last = words[-1]
    if last != "c":
        return bool(_PRICE.fullmatch(last[:-1])) and len(words) > 1 and words[-2] in ("@", "stop")
    before = words[-2] if len(words) > 1 else ""
    is_strike = bool(_NUMBER.fullmatch(before)) and words[-3:-2] not in (["@"], ["stop"])
    return not (is_strike and sum(bool(_NUMBER.fullmatch(one)) for one in words) > 1)


def _without_last_c(words: list[str]) -> list[str]:
    return words[:-1] if words[-1] == "c" else [*words[:-1], words[-1][:-1]]


def _walk(words: list[str]) -> _Said:
    said = _Said()
    waiting = iter(range(len(words)))
    for i in waiting:
        word, after = words[i], words[i + 1] if i + 1 < len(words) else ""
        if word in ("@", "stop"):
            _take_price(said, word, after)
            next(waiting)
        elif word in _FLAGS:
            said.flags.add(_FLAGS[word])
        elif word in _TIF:
            said.time_in_force = _TIF[word]
        elif _is_strike(word, after, said):
            said.instrument.append(word)
        elif _PRICE.fullmatch(word):
            _take_number(said, word)
        else:
            said.instrument.append(word)
    return said


def _is_strike(word: str, after: str, said: _Said) -> bool:
    """True for the number of `70000 c`, once the amount or an expiry has been said."""
    is_clear = bool(said.amount) or any(is_expiry(one) for one in said.instrument)
    return bool(_NUMBER.fullmatch(word)) and after in _OPTION_KINDS and is_clear


def _take_price(said: _Said, word: str, price: str) -> None:
    if not _PRICE.fullmatch(price):
        raise CommandError(
            f"{price or 'nothing'} after {word} is no price: write .0375, $1200, 55v"
        )
    if word == "@":
        said.price = price
    else:
        said.trigger = price


def _take_number(said: _Said, word: str) -> None:
    if not _NUMBER.fullmatch(word):
        said.price = word
    elif said.amount:
        raise CommandError(f"{word} is a second number: write the price as @ {word}")
    else:
        said.amount = word


def _order(
    said: _Said, instrument: Instrument, side: Side, amount: Decimal, context: Context
) -> NewOrder:
    if said.trigger:
        return _stop(said, instrument, side, amount, context)
    if not said.price and "market" not in said.flags:
        _refuse_passive_without_price(said)
        return capped(instrument, side, amount, context)
    is_market = "market" in said.flags
    if is_market and (said.price or "post" in said.flags):
        raise CommandError("a market order has no price and is not post-only")
    price = None if is_market else price_of(said.price, instrument, context)
    return _checked(
        NewOrder(
            instrument.name,
            side,
            amount,
            DRAFT,
            type=OrderType.MARKET if is_market else OrderType.LIMIT,
            price=None if price is None else passive(price, side, instrument),
            time_in_force=said.time_in_force or TimeInForce.GTC,
            post_only="post" in said.flags,
            reduce_only="reduce" in said.flags,
        )
    )


def _stop(
    said: _Said, instrument: Instrument, side: Side, amount: Decimal, context: Context
) -> NewOrder:
    """`stop P` alone is a stop-market; with `@ P` a stop-limit. Both reduce only."""
    trigger = price_of(said.trigger, instrument, context)
    plain_stop = stop_order(instrument, side, amount, trigger, context)
    if not said.price:
        return plain_stop
    price = passive(price_of(said.price, instrument, context), side, instrument)
    return NewOrder(
        instrument.name,
        side,
        amount,
        DRAFT,
        type=OrderType.STOP_LIMIT,
        price=price,
        reduce_only=True,
        trigger_price=plain_stop.trigger_price,
    )


def _refuse_passive_without_price(said: _Said) -> None:
    if "post" in said.flags or "limit" in said.flags:
        raise CommandError("at what price? write @ P")
    if said.time_in_force not in (None, TimeInForce.IOC):
        raise CommandError("without a price the order is immediate: write @ P to let it rest")


def _checked(order: NewOrder) -> NewOrder:
    """`order`, or CommandError for the combinations the venue refuses."""
    lasting = order.time_in_force in (TimeInForce.GTC, TimeInForce.DAY)
    if order.post_only and not lasting:
        raise CommandError("a post-only order rests: it cannot be ioc or fok")
    if order.type is OrderType.MARKET and not lasting:
        raise CommandError("the venue takes market orders as gtc or day only")
    return order
