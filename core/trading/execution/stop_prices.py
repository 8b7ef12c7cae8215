"""Where a stop stands when it is armed: its trigger by its rule, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.domain.instrument import Instrument
from core.domain.stop import ATR_BARS, StopKind, StopRule


@dataclass(frozen=True, slots=True)
class StopPrices:
    """The prices of a new stop; all None for one that goes by time."""

    trigger: Decimal | None = None
    distance: Decimal | None = None
    """Trailing by price or range."""
    best: Decimal | None = None
    """Trailing: the mark it starts from."""


def stop_prices(
    rule: StopRule,
    sign: int,
    instrument: Instrument,
    mark: Decimal,
    average: Decimal,
    atr: Decimal | None,
    bars: int,
) -> StopPrices | str:
    """The prices of a stop for a lot on side `sign`, or one sentence why there is none.

    Args:
        mark: The live mark; a trigger must lie on the losing side of it.
        average: The lot's average price: what a percentage starts from.
        atr: Average true range; None while only `bars` of 14 minutes are there.
    """
    kind = rule.kind
    if kind in (StopKind.ATR, StopKind.TRAIL_ATR) and atr is None:
        return (
            f"the average true range of {instrument.name} has {bars} of {ATR_BARS} minutes yet: "
            f"give a price or percent"
        )
    if kind.family == "trailing":
        return _trailing(rule, sign, instrument, mark, atr or Decimal(0))
    if kind is StopKind.PERCENT:
        trigger = average * (1 - sign * rule.value / 100)
    elif kind is StopKind.ATR:
        trigger = mark - sign * rule.value * (atr or Decimal(0))
    else:
        trigger = rule.value
    trigger = _on_tick(trigger, sign, instrument)
    return _wrong_side(trigger, sign, instrument, mark) or StopPrices(trigger)


def _trailing(
    rule: StopRule, sign: int, instrument: Instrument, mark: Decimal, atr: Decimal
) -> StopPrices | str:
    distance = None
    if rule.kind is StopKind.TRAIL:
        distance = rule.value
    elif rule.kind is StopKind.TRAIL_ATR:
        distance = rule.value * atr
    room = mark * rule.value / 100 if distance is None else distance
    trigger = mark - sign * room
    return _wrong_side(trigger, sign, instrument, mark) or StopPrices(trigger, distance, mark)


def _on_tick(price: Decimal, sign: int, instrument: Instrument) -> Decimal:
    """Away from the market, so that rounding never makes a stop nearer."""
    return instrument.price_down(price) if sign > 0 else instrument.price_up(price)


def _wrong_side(trigger: Decimal, sign: int, instrument: Instrument, mark: Decimal) -> str | None:
    if trigger <= 0:
        return f"a stop at {trigger.normalize():f} is below any price of {instrument.name}"
    if (mark - trigger) * sign > 0:
        return None
    side, word = ("long", "below") if sign > 0 else ("short", "above")
    return (
        f"a stop at {trigger.normalize():f} would fire at once: for a {side} lot it must be "
        f"{word} mark {mark.normalize():f}"
    )
