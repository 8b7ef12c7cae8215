"""A table or a part of it as CSV: names instead of numbers, times in UTC."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from core.errors import StartError
from core.store.server.postgres import Connection, Database, store_errors
from core.store.tables.catalog import TABLES
from core.store.tables.kinds import Kind, Table

_VIEWS = {
    "surface": "minute chain grid tenor_days k iv is_extrapolated forward quotes",
    "funding": "at sleeve instrument currency amount",
}
"""Views that can be exported, with their columns; the time comes first."""


@dataclass(frozen=True, slots=True)
class Export:
    """What is wanted."""

    table: str
    since: datetime | None = None
    until: datetime | None = None
    """Not included."""
    chain: str = ""


@dataclass(frozen=True, slots=True)
class _Source:
    """A table or view as it can be asked."""

    columns: tuple[str, ...]
    """As SQL, each with the name it has in the file."""
    tables: str
    time: str
    chain: str
    """A condition on %(chain)s; empty where rows belong to no chain."""


def _source(table: Table) -> _Source:
    times = [name for name, kind in table.columns.items() if kind is Kind.TIME]
    columns = []
    for name, kind in table.columns.items():
        if kind is Kind.INSTRUMENT:
            columns.append(f"i.name AS {name}")
        elif name in ("expiry", "near", "next"):
            columns.append(f"upper(to_char(t.{name}, 'FMDDMONYY')) AS {name}")
        else:
            columns.append(f't."{name}"')
    has_number = Kind.INSTRUMENT in table.columns.values()
    join = "JOIN instrument i ON i.id = t.instrument" if has_number else ""
    chain = "t.chain = %(chain)s" if "chain" in table.columns else ""
    if "instrument" in table.columns:
        chain = f"starts_with({'i.name' if has_number else 't.instrument'}, %(chain)s || '-')"
    time = next((one for one in ("minute", "at", "updated") if one in times), "changed")
    return _Source(tuple(columns), f"{table.name} t {join}", f"t.{time}", chain)


def _view(name: str) -> _Source:
    columns = _VIEWS[name].split()
    chain = "t.chain = %(chain)s"
    if "chain" not in columns:
        chain = "starts_with(t.instrument, %(chain)s || '-')"
    return _Source(tuple(f"t.{one}" for one in columns), f"{name} t", f"t.{columns[0]}", chain)


EXPORTED = {
    name: _source(table)
    for name, table in TABLES.items()
    if not table.taken_by and name != "surface_tenor"
} | {name: _view(name) for name in _VIEWS}
"""What can be exported, by name: every table, and the surface cell by cell."""


def export(database: Database, asked: Export, out: str) -> int:
    """Write what is asked to the file `out`, or to stdout for "-"; how many rows.

    Raises:
        StartError: the table has no chains, or the file cannot be written.
        StoreError: the database is not reached.
    """
    source = EXPORTED[asked.table]
    if asked.chain and not source.chain:
        raise StartError(f"db: {asked.table} belongs to no chain, so --chain cannot be used")
    with closing(database.reach()) as connection, _opened(out) as file:
        return _copy(connection, source, asked, file)


def _copy(connection: Connection, source: _Source, asked: Export, file: IO[bytes]) -> int:
    conditions = [
        f"{source.time} >= %(since)s" * (asked.since is not None),
        f"{source.time} < %(until)s" * (asked.until is not None),
        source.chain * bool(asked.chain),
    ]
    where = " AND ".join(one for one in conditions if one)
    statement = (
        f"SELECT {', '.join(source.columns)} FROM {source.tables} "
        f"{'WHERE ' * bool(where)}{where} ORDER BY {source.time}"
    )
    values = {"since": asked.since, "until": asked.until, "chain": asked.chain}
    with store_errors(), connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        query = cursor.mogrify(statement, values).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)", file)
        return cursor.rowcount


@contextmanager
def _opened(out: str) -> Iterator[IO[bytes]]:
    if out == "-":
        yield sys.stdout.buffer
        return
    try:
        with gzip.open(out, "wb") if out.endswith(".gz") else open(out, "wb") as file:
            yield file  # type: ignore[misc]  # gzip's file has all that is used
    except OSError as error:
        raise StartError(f"db: {out} cannot be written: {error.strerror}") from error
