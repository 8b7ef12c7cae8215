"""A minute of 3,000 options: packed, on disk and committed, beside psycopg2's execute_values."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from psycopg2.extras import execute_values

from core.clock import NS_PER_MINUTE
from core.store.batch import Batch, from_bytes, pack, to_bytes
from core.store.insert import Inserter
from core.store.server.postgres import Connection, Database
from core.store.spool import Spool
from core.store.tables.kinds import Kind
from core.store.tables.minute import OPTION_QUOTE

ROWS = 3_000
ROUNDS = 31
GOAL_MS = 40.0
GOAL_RATIO = 2.0
FLOATS = [name for name, kind in OPTION_QUOTE.columns.items() if kind in (Kind.FLOAT, Kind.REAL)]


def write(ours: Database, theirs: Database, folder: Path, first_ns: int) -> bool:
    """Let both write the same minutes in turn; True when both goals are reached."""
    names = [f"BTC-25DEC26-{100 * (500 + number)}-C" for number in range(ROWS)]
    chance = np.random.default_rng(7)
    spool = Spool(folder / "spool")
    spool.open()
    connection, other = ours.open(), theirs.open()
    inserter, ids = Inserter(connection), _ids(other, names, first_ns)
    parts_ms, theirs_ms = [], []
    for number in range(ROUNDS):
        minute_ns = first_ns + number * NS_PER_MINUTE
        columns: dict[str, Any] = {name: chance.random(ROWS) for name in FLOATS}
        parts_ms.append(_ours(inserter, spool, minute_ns, names, columns))
        theirs_ms.append(_theirs(other, minute_ns, ids, columns))
    spool.close()
    connection.close()
    other.close()
    return _report(parts_ms[1:], theirs_ms[1:])


def _ours(
    inserter: Inserter, spool: Spool, minute_ns: int, names: list[str], columns: dict[str, Any]
) -> list[float]:
    """How long packing, the disk and the database took, ms."""
    marks = [time.perf_counter()]
    batch = Batch(OPTION_QUOTE, {"minute": [minute_ns] * ROWS, "instrument": names, **columns})
    data = to_bytes(pack([batch]))
    marks.append(time.perf_counter())
    spool.append([data])
    marks.append(time.perf_counter())
    record = spool.oldest()
    assert record is not None
    inserter.insert(from_bytes(record.data), spool.stream, record.sequence)
    spool.advance(record.sequence)
    marks.append(time.perf_counter())
    return [(after - before) * 1e3 for before, after in pairwise(marks)]


def _theirs(
    connection: Connection, minute_ns: int, ids: list[int], columns: dict[str, Any]
) -> float:
    """The same rows in one call, made into tuples beforehand, instruments as numbers."""
    values = [array.tolist() for array in columns.values()]
    rows = list(zip(ids, *values, strict=True))
    minute = f"to_timestamp({minute_ns // 10**9})"
    insert = f"INSERT INTO option_quote (minute, instrument, {', '.join(columns)}) VALUES %s"
    template = f"({minute}, {', '.join(['%s'] * (len(columns) + 1))})"
    began_s = time.perf_counter()
    with connection.cursor() as cursor:
        execute_values(
            cursor, f"{insert} ON CONFLICT DO NOTHING", rows, template=template, page_size=ROWS
        )
    return (time.perf_counter() - began_s) * 1e3


def _ids(connection: Connection, names: list[str], first_ns: int) -> list[int]:
    with connection.cursor() as cursor:
        execute_values(cursor, "INSERT INTO instrument (name) VALUES %s", [(n,) for n in names])
        cursor.execute(
            "SELECT ensure_day('option_quote', to_timestamp(%s)::date)", (first_ns // 10**9,)
        )
        cursor.execute("SELECT id FROM instrument ORDER BY id")
        return [number for (number,) in cursor.fetchall()]


def _report(parts_ms: list[list[float]], theirs_ms: list[float]) -> bool:
    packing, disk, database = (median(column) for column in zip(*parts_ms, strict=True))
    own, other = median(sum(parts) for parts in parts_ms), median(theirs_ms)
    print(f"\na minute of {ROWS:,} options, median of {len(parts_ms)} ms, goal {GOAL_MS:.0f}")
    print(f"  packed {packing:.1f}, on disk {disk:.1f}, committed {database:.1f}: {own:.1f}")
    ratio = f"{other / own:.1f}x, goal {GOAL_RATIO:.0f}x"
    print(f"  execute_values, nothing on disk before: {other:.1f}; {ratio}")
    return own < GOAL_MS and other / own >= GOAL_RATIO
