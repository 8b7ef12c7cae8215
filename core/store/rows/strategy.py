"""What the strategies saw and did, and the bars they saw it on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import nan

from core.store.batch import Batch
from core.store.tables.facts import BAR, HEDGE, SIGNAL


@dataclass(frozen=True, slots=True)
class StoredHedge:
    """What the hedger saw and asked for at one moment."""

    at_ns: int
    sleeve: str
    currency: str
    instrument: str
    option_delta: float
    """Coin, as the other deltas and the band."""
    hedge_delta: float
    net_delta: float
    band: float
    target: Decimal
    """What the sleeve should hold; signed, the venue's unit, as `amount`."""
    amount: Decimal
    """What was asked for; 0 inside the band."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class StoredSignal:
    """What a strategy made of one closed bar of a pair."""

    at_ns: int
    """When the bar closed."""
    sleeve: str
    pair: str
    """The legs, joined by a stroke."""
    z: float
    beta: float = nan
    """Hedge ratio."""
    alpha: float = nan
    innovation: float = nan
    sigma: float = nan
    """Log units."""
    threshold: float = nan
    position: int = 0
    """Of the spread: -1, 0 or 1."""
    regime: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class StoredBar:
    """One closed candle of an instrument or an index."""

    name: str
    resolution_s: int
    opened_ns: int
    open: float
    high: float
    low: float
    close: float
    volume: float = nan
    source: str = "venue"


def hedge_batch(rows: Sequence[StoredHedge]) -> Batch:
    """What the hedger saw and did; one row per sleeve, currency and moment."""
    at = [row.at_ns for row in rows]
    return Batch(HEDGE, {"at": at, **_same(rows, HEDGE.columns.keys() - {"at"})})


def signal_batch(rows: Sequence[StoredSignal]) -> Batch:
    """Signals; one per sleeve, pair and bar."""
    at = [row.at_ns for row in rows]
    return Batch(SIGNAL, {"at": at, **_same(rows, SIGNAL.columns.keys() - {"at"})})


def bar_batch(rows: Sequence[StoredBar]) -> Batch:
    """Closed bars; the same one twice is one."""
    at = [row.opened_ns for row in rows]
    names = [row.name for row in rows]
    same = _same(rows, BAR.columns.keys() - {"at", "instrument"})
    return Batch(BAR, {"at": at, "instrument": names, **same})


def _same(rows: Sequence[object], names: set[str]) -> dict[str, list[object]]:
    """Columns of the same name as the rows' own fields, always in the same order."""
    return {name: [getattr(row, name) for row in rows] for name in sorted(names)}
