"""Puts packed units into the tables: COPY into a staging table, then INSERT ... ON CONFLICT."""

from __future__ import annotations

from io import BytesIO

from core.store.batch import Part, Unit
from core.store.postgres import Connection, Refused, store_errors
from core.store.tables import TABLES, Kind, Table

_STAGED_TYPES = {
    Kind.TIME: "timestamptz",
    Kind.FLOAT: "float8",
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
_NEW_NAMES = """
    INSERT INTO instrument (name)
    SELECT DISTINCT s.instrument FROM {stage} s
    WHERE NOT EXISTS (SELECT 1 FROM instrument i WHERE i.name = s.instrument)
    ORDER BY 1
    ON CONFLICT DO NOTHING
"""
_NEW_DAYS = """
    SELECT ensure_day('{table}', day)
    FROM (SELECT DISTINCT (minute AT TIME ZONE 'UTC')::date AS day FROM {stage}) days
"""


class Inserter:
    """Writes units over one connection, which it alone uses."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._staged: dict[str, tuple[str, ...]] = {}

    def insert(self, unit: Unit, stream: str, sequence: int) -> bool:
        """Write a unit whole, unless this number of the stream was written before (False).

        Raises:
            Refused: the rows are impossible; nothing was written.
            StoreError: the database went away; written or not, sending it again is harmless.
        """
        with store_errors(), self._connection.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                cursor.execute(_TAKE, (stream, sequence))
                is_new = cursor.rowcount == 1
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
        with self._connection.cursor() as cursor:
            if self._staged.get(stage) != part.columns:
                cursor.execute(f"DROP TABLE IF EXISTS {stage}")
                cursor.execute(_staging(table, stage, part.columns))
                self._staged[stage] = part.columns
            cursor.copy_expert(f"COPY {stage} FROM STDIN BINARY", BytesIO(part.copy))
            if table.is_daily:
                cursor.execute(_NEW_DAYS.format(table=table.name, stage=stage))
            if _has_instrument(table):
                cursor.execute(_NEW_NAMES.format(stage=stage))
            cursor.execute(_insertion(table, stage, part.columns))


def _staging(table: Table, stage: str, columns: tuple[str, ...]) -> str:
    fields = ", ".join(f'"{name}" {_STAGED_TYPES[table.columns[name]]}' for name in columns)
    return f"CREATE TEMP TABLE {stage} ({fields}) ON COMMIT DELETE ROWS"


def _insertion(table: Table, stage: str, columns: tuple[str, ...]) -> str:
    """The statement that moves staged rows into the table."""
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(_value(table, name) for name in columns)
    join = "JOIN instrument i ON i.name = s.instrument" if _has_instrument(table) else ""
    if not table.newest_key:
        return (
            f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {stage} s {join} "
            "ON CONFLICT DO NOTHING"
        )
    key, by = table.newest_key, table.newest_by
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name != key)
    return (
        f"INSERT INTO {table.name} AS t ({names}) "
        f"SELECT DISTINCT ON (s.{key}) {values} FROM {stage} s ORDER BY s.{key}, s.{by} DESC "
        f"ON CONFLICT ({key}) DO UPDATE SET {changes} WHERE t.{by} <= excluded.{by}"
    )


def _value(table: Table, name: str) -> str:
    kind = table.columns[name]
    if kind is Kind.INSTRUMENT:
        return "i.id"
    return f's."{name}"::numeric' if kind is Kind.DECIMAL else f's."{name}"'


def _has_instrument(table: Table) -> bool:
    return Kind.INSTRUMENT in table.columns.values()
