"""Puts packed units into the tables: COPY into a staging table, then INSERT ... ON CONFLICT."""

from __future__ import annotations

from io import BytesIO
from typing import TypeAlias

import psycopg2.errors
import psycopg2.extensions

from core.store.batch import Part, Unit, kinds_of
from core.store.server.postgres import Connection, Refused, store_errors
from core.store.tables.catalog import TABLES
from core.store.tables.kinds import Kind, Table

Cursor: TypeAlias = psycopg2.extensions.cursor
Fields: TypeAlias = dict[str, Kind]

_STAGED_TYPES = {
    Kind.TIME: "timestamptz",
    Kind.FLOAT: "float8",
    Kind.REAL: "float4",
    Kind.REALS: "float4[]",
    Kind.AXIS: "float8[]",
    Kind.BYTES: "bytea",
    Kind.INT: "int8",
    Kind.BOOL: "bool",
    Kind.TEXT: "text",
    Kind.DECIMAL: "text",
    Kind.INSTRUMENT: "text",
}
_TAKE = """
    INSERT INTO stream_position AS p (stream, sequence) VALUES (%s, %s)
    ON CONFLICT (stream) DO UPDATE SET sequence = excluded.sequence
    WHERE p.sequence < excluded.sequence
"""
_WORD_ON_MINUTE = "SELECT 1 FROM minute_log WHERE minute = to_timestamp(%s)"
"""A minute is taken whole and once: rows of two pictures of it would be of two moments."""
_NEW_NUMBERS = """
    INSERT INTO {home} ({value})
    SELECT DISTINCT s."{column}" FROM {stage} s
    WHERE NOT EXISTS (SELECT 1 FROM {home} h WHERE h.{value} = s."{column}")
    ORDER BY 1
    ON CONFLICT DO NOTHING
"""
_NUMBERED = {Kind.INSTRUMENT: ("instrument", "name"), Kind.AXIS: ("axis", "k")}
"""Kinds of which a table holds a number, with the table and column the value itself stands in."""
_NEW_DAYS = """
    SELECT ensure_day('{table}', day)
    FROM (SELECT DISTINCT (minute AT TIME ZONE 'UTC')::date AS day FROM {stage}) days
"""


_UNLESS_THERE = " ON CONFLICT DO NOTHING"


class Inserter:
    """Writes units over one connection, which it alone uses."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._staged: dict[str, tuple[tuple[str, Kind], ...]] = {}
        """Staging table to its columns in their order: binary COPY goes by place, not by name."""

    def insert(self, unit: Unit, stream: str, sequence: int) -> bool:
        """Write a unit whole, unless it or its minute was written before (False).

        Raises:
            Refused: the rows are impossible; nothing was written.
            StoreError: the database went away; written or not, sending it again is harmless.
        """
        with store_errors(), self._connection.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                cursor.execute(_TAKE, (stream, sequence))
                is_new = cursor.rowcount == 1
                if is_new and unit.is_picture:
                    cursor.execute(_WORD_ON_MINUTE, (unit.minute_ns // 1_000_000_000,))
                    is_new = cursor.fetchone() is None
                for part in unit.parts if is_new else ():
                    self._insert(part)
                cursor.execute("COMMIT")
            except BaseException:
                self._staged.clear()
                if not self._connection.closed:
                    cursor.execute("ROLLBACK")
                raise
        return is_new

    def position(self, stream: str) -> int:
        """The last number of `stream` that was written; 0 before the first."""
        with store_errors(), self._connection.cursor() as cursor:
            cursor.execute("SELECT sequence FROM stream_position WHERE stream = %s", (stream,))
            row = cursor.fetchone()
        return int(row[0]) if row else 0

    def _insert(self, part: Part) -> None:
        table = TABLES.get(part.table)
        if table is None or set(part.columns) - set(table.columns):
            raise Refused(f"this program knows no table {part.table} with {part.columns}")
        stage = f"stage_{table.name}"
        fields = dict(zip(part.columns, kinds_of(part, table), strict=True))
        with self._connection.cursor() as cursor:
            if self._staged.get(stage) != (order := tuple(fields.items())):
                cursor.execute(f"DROP TABLE IF EXISTS {stage}")
                cursor.execute(_staging(stage, fields))
                self._staged[stage] = order
            cursor.copy_expert(f"COPY {stage} FROM STDIN BINARY", BytesIO(part.copy))
            if table.taken_by:
                cursor.execute(f"SELECT {table.taken_by}('{stage}')")
                return
            if table.is_daily:
                cursor.execute(_NEW_DAYS.format(table=table.name, stage=stage))
            for column, (home, value) in _numbered(fields).items():
                cursor.execute(
                    _NEW_NUMBERS.format(stage=stage, column=column, home=home, value=value)
                )
            self._move(cursor, table, _insertion(table, stage, fields))

    def _move(self, cursor: Cursor, table: Table, insertion: str) -> None:
        """Insert the staged rows. A row that is there already stays, or wins by its time.

        Minutes are hardly ever there already, and looking for each row first costs as much again:
        only when one turns out to be are they all looked for.
        """
        if not table.is_daily:
            cursor.execute(insertion + _UNLESS_THERE * (not table.newest_key))
            return
        cursor.execute("SAVEPOINT moving")
        try:
            cursor.execute(insertion)
        except psycopg2.errors.UniqueViolation:
            cursor.execute("ROLLBACK TO SAVEPOINT moving")
            cursor.execute(insertion + _UNLESS_THERE)


def _staging(stage: str, fields: Fields) -> str:
    columns = ", ".join(f'"{name}" {_STAGED_TYPES[kind]}' for name, kind in fields.items())
    return f"CREATE TEMP TABLE {stage} ({columns}) ON COMMIT DELETE ROWS"


def _insertion(table: Table, stage: str, fields: Fields) -> str:
    """The statement that moves staged rows into the table."""
    names = ", ".join(f'"{name}"' for name in fields)
    values = ", ".join(_value(table, name, kind) for name, kind in fields.items())
    joins = " ".join(
        f'JOIN {home} n_{column} ON n_{column}.{value} = s."{column}"'
        for column, (home, value) in _numbered(fields).items()
    )
    if not table.newest_key:
        return f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {stage} s {joins}"
    key, by = table.newest_key, table.newest_by
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in fields if name != key)
    return (
        f"INSERT INTO {table.name} AS t ({names}) "
        f"SELECT DISTINCT ON (s.{key}) {values} FROM {stage} s ORDER BY s.{key}, s.{by} DESC "
        f"ON CONFLICT ({key}) DO UPDATE SET {changes} WHERE t.{by} <= excluded.{by}"
    )


def _value(table: Table, name: str, kind: Kind) -> str:
    """How a staged value goes into the table, which may hold another kind by now."""
    if kind in _NUMBERED:
        return f"n_{name}.id"
    if kind is Kind.FLOAT and table.columns[name] is Kind.REAL:
        return f'as_real(s."{name}")'
    return f's."{name}"::numeric' if kind is Kind.DECIMAL else f's."{name}"'


def _numbered(fields: Fields) -> dict[str, tuple[str, str]]:
    """Columns that hold a number, with where the value itself stands."""
    return {name: _NUMBERED[kind] for name, kind in fields.items() if kind in _NUMBERED}
