"""TimescaleDB, where the server has it: the daily tables become hypertables.

Everything that differs from plain partitions stands here. It was tried against functions of the
same names and arguments, not against TimescaleDB itself.
"""

from __future__ import annotations

import logging
from datetime import date, timedelta

import psycopg2
import psycopg2.extensions
from psycopg2 import sql

from core.store.tables.catalog import TABLES

log = logging.getLogger(__name__)

_FIND = """
    SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'timescaledb'
"""
_CAN_BE_MADE = """
    SELECT 1 FROM pg_available_extensions
    WHERE name = 'timescaledb' AND current_setting('shared_preload_libraries') ~ 'timescaledb'
"""
_IS_PARTITIONED = "SELECT EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = %s::regclass)"
_VIEWS = """
    SELECT DISTINCT v.relname, pg_get_viewdef(v.oid)
    FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class
    WHERE d.refobjid = %s::regclass AND v.relkind = 'v'
"""
_DAYS = """
    SELECT DISTINCT (range_start AT TIME ZONE 'UTC')::date FROM timescaledb_information.chunks
    WHERE hypertable_schema = current_schema()
"""
DAILY = tuple(table.name for table in TABLES.values() if table.is_daily)


class Timescale:
    """What is asked of the extension; `find` answers with the schema of its functions."""

    def __init__(self, find: str = _FIND, can_be_made: str = _CAN_BE_MADE) -> None:
        self._find = find
        self._can_be_made = can_be_made

    def schema(self, connection: psycopg2.extensions.connection) -> str:
        """Where its functions are; empty where the database has no TimescaleDB."""
        with connection.cursor() as cursor:
            cursor.execute(self._find)
            row = cursor.fetchone()
            return str(row[0]) if row else ""

    def adopt(self, connection: psycopg2.extensions.connection) -> int:
        """Make hypertables of the daily tables that are none yet, rows included. How many."""
        self._make(connection)
        schema = self.schema(connection)
        adopted = [name for name in DAILY if schema and _is_partitioned(connection, name)]
        for name in adopted:
            _convert(connection, name, schema)
            log.info("%s is a hypertable of TimescaleDB now", name)
        return len(adopted)

    def days(self, connection: psycopg2.extensions.connection) -> set[date]:
        """The days of which hypertables hold something; none without TimescaleDB."""
        if not self.schema(connection):
            return set()
        with connection.cursor() as cursor:
            cursor.execute(_DAYS)
            return {day for (day,) in cursor.fetchall()}

    def drop(self, connection: psycopg2.extensions.connection, first_kept: date) -> None:
        """Drop the chunks of days before `first_kept`."""
        schema = self.schema(connection)
        drop_chunks = sql.SQL("SELECT {}.drop_chunks(%s::regclass, older_than => %s::timestamptz)")
        with connection.cursor() as cursor:
            for name in DAILY if schema else ():
                if not _is_partitioned(connection, name):
                    asked = drop_chunks.format(sql.Identifier(schema))
                    cursor.execute(asked, (name, f"{first_kept} 00:00+00"))

    def _make(self, connection: psycopg2.extensions.connection) -> None:
        """Create the extension where the server offers it and we may."""
        with connection.cursor() as cursor:
            cursor.execute(self._can_be_made)
            if cursor.fetchone() is None or self.schema(connection):
                return
            try:
                cursor.execute("CREATE EXTENSION timescaledb SCHEMA public")
            except psycopg2.Error as error:
                log.warning("TimescaleDB is there and not used: %s", str(error).strip())


def _is_partitioned(connection: psycopg2.extensions.connection, name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_IS_PARTITIONED, (name,))
        return cursor.fetchone() == (True,)


def _convert(connection: psycopg2.extensions.connection, name: str, schema: str) -> None:
    """A hypertable cannot be made of a partitioned table: a copy takes its place and its views."""
    table, old = sql.Identifier(name), sql.Identifier(f"{name}_parts")
    make = sql.SQL(
        "SELECT {}.create_hypertable(%s::regclass, 'minute', chunk_time_interval => %s, "
        "create_default_indexes => false)"
    ).format(sql.Identifier(schema))
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        try:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(_VIEWS, (name,))
            views = cursor.fetchall()
            cursor.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(table, old))
            cursor.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(table, old))
            cursor.execute(make, (name, timedelta(days=1)))
            cursor.execute(sql.SQL("INSERT INTO {} SELECT * FROM {}").format(table, old))
            for view, definition in views:
                asked = sql.SQL("CREATE OR REPLACE VIEW {} AS ").format(sql.Identifier(view))
                cursor.execute(asked + sql.SQL(definition))
            cursor.execute(sql.SQL("DROP TABLE {}").format(old))
            cursor.execute("COMMIT")
        except psycopg2.Error:
            cursor.execute("ROLLBACK")
            raise
