"""Pictures of a full minute that are few values each: how it went, and what was held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from core.domain.position import Position
from core.quant.types import BoolArray
from core.store.batch import Batch
from core.store.tables.minute import MINUTE_LOG, POSITION_MINUTE


@dataclass(frozen=True, slots=True)
class StoredMinute:
    """How one full minute went."""

    minute_ns: int
    recorded_ns: int
    """When the picture was taken, or the minute given up; venue time."""
    lateness_ms: float
    options: int = 0
    """Live options; `quoted` of them had a bid or an ask, `stale` could not be trusted."""
    quoted: int = 0
    stale: int = 0
    skipped: str = ""
    """Why there is no picture of it; empty when there is one."""


@dataclass(frozen=True, slots=True)
class StoredPosition:
    """What one sleeve held at a minute."""

    sleeve: str
    position: Position
    mark: float = nan
    delta: float = nan
    """Coin, of the whole amount."""


def minute_log_batch(rows: Sequence[StoredMinute]) -> Batch:
    """How minutes went; the first word on a minute stays."""
    columns: dict[str, list[object]] = {
        name: [getattr(row, name) for row in rows]
        for name in ("lateness_ms", "options", "quoted", "stale", "skipped")
    }
    columns["minute"] = [row.minute_ns for row in rows]
    columns["recorded"] = [row.recorded_ns for row in rows]
    return Batch(MINUTE_LOG, columns)


def without_pictures(batches: Sequence[Batch], why: str) -> tuple[Batch, ...]:
    """What is left when a minute cannot be kept: facts, and a word that it was skipped."""
    if not any(batch.table.is_minute for batch in batches):
        return tuple(batches)
    return tuple(
        Batch(MINUTE_LOG, {**batch.columns, "skipped": [why] * batch.size})
        if batch.table is MINUTE_LOG
        else batch
        for batch in batches
        if not batch.table.is_minute
    )


def position_batch(minute_ns: int, rows: Sequence[StoredPosition]) -> Batch:
    """What every sleeve held at a minute."""
    columns: dict[str, list[object]] = {
        name: [getattr(row.position, name) for row in rows]
        for name in ("instrument", "amount", "average_price", "realised", "fees", "funding")
    }
    columns |= {name: [getattr(row, name) for row in rows] for name in ("sleeve", "mark", "delta")}
    columns["minute"] = [minute_ns] * len(rows)
    return Batch(POSITION_MINUTE, columns)


def extrapolated_bits(is_outside: BoolArray | None) -> bytes | None:
    """`surface_tenor.extrapolated` of one row of cells; None where none is outside the quotes."""
    if is_outside is None or not is_outside.any():
        return None
    return np.packbits(is_outside, bitorder="little").tobytes()
