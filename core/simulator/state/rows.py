"""Rows of the public past that are only ever added to, as records of the history file, and back."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from core.simulator.exchange import Exchange
from core.simulator.markets.history.settlements import Settled
from core.simulator.state.living import Reviver
from core.simulator.state.plain import Packer

_SETTLED: Final = "settled"
_DELIVERED: Final = "delivered"


def all_rows(exchange: Exchange) -> dict[str, deque[Any]]:
    """Every series by name, oldest row first."""
    found: dict[str, deque[Any]] = {
        _SETTLED: exchange.settlements.rows, _DELIVERED: exchange.rollover.deliveries,
    }  # fmt: skip
    found |= {f"value.{name}": rows for name, rows in exchange.floor.past.seconds.items()}
    found |= {f"mark.{name}": rows for name, rows in exchange.marks.rows.items()}
    for market in exchange.floor.markets:
        if market.instrument.is_perpetual:
            funding = exchange.fundings.of(market)
            found[f"minute.{market.name}"] = funding.minutes
            found[f"hour.{market.name}"] = funding.hours
    return found


def packed_rows(name: str, rows: list[Any], packer: Packer) -> bytes:
    """Some rows of one series."""
    return msgspec.msgpack.encode([name, [packer.value(row) for row in rows]])


def give_rows(exchange: Exchange, payloads: Iterable[bytes], reviver: Reviver) -> None:
    """Put saved rows back; without any the funding begins anew."""
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for payload in payloads:
        name, rows = msgspec.msgpack.decode(payload)
        _follow(found[name], [reviver.value(row) for row in rows])
    for name in found:
        kind, _, instrument = name.partition(".")
        if kind == "mark":
            exchange.marks.of(instrument)
    if not found:
        exchange.fundings.begin_anew()
    for name, series in all_rows(exchange).items():
        if name in found:
            series.clear()
            series.extend(found[name])


def _follow(rows: list[Any], newer: list[Any]) -> None:
    """Add rows; those they repeat were written by a process killed before its picture."""
    while rows and newer and _place(rows[-1]) >= _place(newer[0]):
        rows.pop()
    rows.extend(newer)


def _place(row: Any) -> int:
    """What grows from row to row: the number, or the time."""
    place: int = row.number if isinstance(row, Settled) else row[0]
    return place
