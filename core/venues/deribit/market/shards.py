"""Which connection carries which instrument, and the channels an instrument needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.domain.instrument import Instrument, Kind

STATE_CHANNEL = "instrument.state.any.any"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one connection should carry."""

    names: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    """In the order they are asked for."""


def book_channel(name: str, interval: str) -> str:
    """The incremental book of one instrument."""
    return f"book.{name}.{interval}"


def plans(
    instruments: Iterable[Instrument],
    sockets: int,
    interval: str,
    carried: Mapping[str, int],
) -> tuple[Plan, ...]:
    """One plan per connection; `carried` names stay where they are, new ones go to the emptiest.

    Futures come first, then options by expiry. Every connection also gets a price index, one
    message a second, so that its silence always means something.
    """
    ordered = sorted(instruments, key=_display_order)
    placed = _placed([one.name for one in ordered], sockets, carried)
    indices = sorted({one.index for one in ordered})
    return tuple(_plan(number, ordered, placed, indices, interval) for number in range(sockets))


def _plan(
    number: int,
    ordered: Sequence[Instrument],
    placed: Mapping[str, int],
    indices: Sequence[str],
    interval: str,
) -> Plan:
    names = tuple(one.name for one in ordered if placed[one.name] == number)
    channels = [STATE_CHANNEL] if number == 0 else []
    channels += [f"deribit_price_index.{one}" for one in (indices if number == 0 else indices[:1])]
    for name in names:
        channels += [f"ticker.{name}.{interval}", book_channel(name, interval)]
    return Plan(names, tuple(channels))


def _placed(names: Sequence[str], sockets: int, carried: Mapping[str, int]) -> dict[str, int]:
    placed = {name: carried[name] for name in names if carried.get(name, sockets) < sockets}
    load = Counter(placed.values())
    for name in names:
        if name not in placed:
            placed[name] = min(range(sockets), key=lambda number: (load[number], number))
            load[placed[name]] += 1
    return placed


def _display_order(instrument: Instrument) -> tuple[bool, int, str]:
    is_option = instrument.kind is Kind.OPTION
    return is_option, instrument.expiry_ns or 0, instrument.name
