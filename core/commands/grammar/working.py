"""Orders worked patiently and stops of the desk's own: `work a10`, `twap a10 60s`, `stop 2%`."""

from __future__ import annotations

import re
from decimal import Decimal

from core.commands.context import Context
from core.commands.grammar.amounts import amount_of, amount_text, plain, price_of, price_text
from core.commands.grammar.instruments import resolve
from core.commands.grammar.shorthand import side_of
from core.commands.reading import Reading
from core.domain.instrument import Instrument
from core.domain.order import Side
from core.domain.position import Position
from core.domain.stop import LotStop, StopKind, StopRule, lasting
from core.errors import CommandError
from core.trading.commands import ArmStop, CancelOrder, WorkAmount

Words = re.Match[str]
LONGEST_S = 86_400
MOST_SLICES = 1_000
MOST_PERCENT = 90
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_SOURCES = {
    StopKind.PERCENT: "from the average price",
    StopKind.ATR: "true ranges from mark",
    StopKind.TRAIL: "behind the best mark",
    StopKind.TRAIL_PERCENT: "behind the best mark",
    StopKind.TRAIL_ATR: "true ranges behind the best mark",
    StopKind.TIME: "from now",
}


def work(match: Words, context: Context) -> Reading:
    """`work aN`: post-only at the touch, moved on a few times, then the rest crosses."""
    instrument, side, amount = _start(match, context)
    words = f"WORK {_what(instrument, side, amount)}: post-only, reprice, then cross"
    return Reading(words, WorkAmount(instrument.name, side, amount), side, notes=_notes(context))


def twap(match: Words, context: Context) -> Reading:
    """`twap aN TIME [SLICES]`: the same in slices spread over the time."""
    instrument, side, amount = _start(match, context)
    seconds = seconds_of(match["time"])
    if not 2 <= seconds <= LONGEST_S:
        raise CommandError(f"a twap lasts from 2s to 1d, not {match['time']}")
    slices = int(match["slices"] or 0)
    if match["slices"] and not 2 <= slices <= MOST_SLICES:
        raise CommandError(f"a twap has 2 to {MOST_SLICES} slices, not {slices}")
    words = f"TWAP {_what(instrument, side, amount)} over {lasting(seconds)}"
    words += f" in {slices} slices" if slices else ""
    request = WorkAmount(instrument.name, side, amount, float(seconds), slices)
    return Reading(words, request, side, notes=_notes(context))


def stop(match: Words, context: Context) -> Reading:
    """`stop P`, `stop 2%`, `stop 3atr`, `stop 30m`, `trail ...`: guards what the hand holds."""
    instrument = resolve((match["rest"] or "").split(), context)
    rule = _rule(match, instrument, context)
    held = _lot(instrument, context)
    side = Side.SELL if held.amount > 0 else Side.BUY
    words = f"{rule.words.upper()} {_SOURCES.get(rule.kind, 'at mark')}"
    if rule.kind is StopKind.PRICE:
        words = f"STOP at mark {price_text(rule.value, instrument)}"
    words += f": {side.value} {amount_text(abs(held.amount), instrument)} {instrument.name}"
    return Reading(f"{words} reduce-only", ArmStop(instrument.name, rule), side)


def cancel_named(name: str, context: Context) -> Reading | None:
    """The reading of `cancel w1` and `cancel s1`; None when nothing is called so."""
    parents = (one for one in context.trading.parents if one.state.is_standing)
    words = {one.name: f"{one.words} {plain(one.asked)} {one.instrument}" for one in parents}
    words |= {one.name: stop_line(one, context) for one in context.trading.stops}
    if name not in words:
        return None
    return Reading(f"CANCEL {name} {words[name]}", CancelOrder(name))


def stop_line(one: LotStop, context: Context) -> str:
    """`trail 1.5% of BTC-PERPETUAL at 60,100.0`."""
    instrument = context.board.instrument(one.instrument)
    if one.trigger is None:
        return f"{one.rule.words} of {one.instrument}"
    at = price_text(one.trigger, instrument) if instrument else plain(one.trigger)
    return f"{one.rule.words} of {one.instrument} at {at}"


def seconds_of(text: str) -> Decimal:
    """`45s`, `30m`, `2h`, `1d` in seconds."""
    return Decimal(text[:-1]) * _UNITS[text[-1]]


def _start(match: Words, context: Context) -> tuple[Instrument, Side, Decimal]:
    instrument = context.chosen()
    return instrument, side_of(match), amount_of(match["amount"], instrument, context)


def _what(instrument: Instrument, side: Side, amount: Decimal) -> str:
    return f"{side.name} {amount_text(amount, instrument)} {instrument.name}"


def _rule(match: Words, instrument: Instrument, context: Context) -> StopRule:
    is_trail, unit = match["verb"] == "trail", match["unit"] or ""
    number = Decimal(match["value"].strip("$v"))
    if not number:
        raise CommandError(f"{match['verb']} {match['value']}{unit} is not above 0")
    if unit == "%":
        if number > MOST_PERCENT:
            raise CommandError(f"{plain(number)} % is above the largest, {MOST_PERCENT} %")
        return StopRule(StopKind.TRAIL_PERCENT if is_trail else StopKind.PERCENT, number)
    if unit == "atr":
        return StopRule(StopKind.TRAIL_ATR if is_trail else StopKind.ATR, number)
    if unit in _UNITS:
        if is_trail:
            raise CommandError(f"trail {match['value']}{unit}: a trailing stop goes by price")
        return StopRule(StopKind.TIME, number * _UNITS[unit])
    price = price_of(match["value"], instrument, context)
    return StopRule(StopKind.TRAIL if is_trail else StopKind.PRICE, price)


def _lot(instrument: Instrument, context: Context) -> Position:
    """The manual part of the position; CommandError when the hand holds nothing there."""
    for sleeve, one in context.trading.sleeves:
        if sleeve == "manual" and one.instrument == instrument.name and not one.is_flat:
            return one
    raise CommandError(f"nothing is held of {instrument.name} by hand: there is no lot to guard")


def _notes(context: Context) -> tuple[str, ...]:
    gate = context.trading.gate
    held = () if gate.is_open else (f"it will wait: {gate.reason}",)
    times = () if context.multiplier == 1 else (f"size x{plain(context.multiplier)}",)
    return held + times
