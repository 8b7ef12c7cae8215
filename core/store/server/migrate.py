"""Brings a schema up to date: the numbered files of `sql/`, in order, each once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files

import psycopg2.extensions

from core.errors import StoreError

_NAME = re.compile(r"(\d{4})_\w+\.sql")
_LOCK = 0x766F6C64


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of `sql/`."""

    version: int
    name: str
    text: str


def migrations() -> tuple[Migration, ...]:
    """The files of the installed package `sql`, in order."""
    found = [
        Migration(int(match[1]), entry.name, entry.read_text(encoding="utf-8"))
        for entry in files("sql").iterdir()
        if (match := _NAME.fullmatch(entry.name))
    ]
    return tuple(sorted(found, key=lambda one: one.version))


def migrate(
    connection: psycopg2.extensions.connection, steps: tuple[Migration, ...] | None = None
) -> int:
    """Apply what the connection's schema lacks; each file whole or not at all. How many were.

    Raises:
        StoreError: the schema was written by a newer program.
    """
    steps = migrations() if steps is None else steps
    with taking_turns(connection), connection.cursor() as cursor:
        done = _version(cursor)
        newest = steps[-1].version
        if done > newest:
            raise StoreError(
                f"the database is at version {done}, this program knows {newest}: use the "
                "newer program"
            )
        todo = [step for step in steps if step.version > done]
        for step in todo:
            _apply(cursor, step)
    return len(todo)


def version_of(connection: psycopg2.extensions.connection) -> int:
    """The version of the connection's schema, 0 where there is none; changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('schema_version') IS NOT NULL")
        if cursor.fetchone() != (True,):
            return 0
        cursor.execute("SELECT coalesce(max(version), 0) FROM schema_version")
        row = cursor.fetchone()
        return int(row[0]) if row else 0


@contextmanager
def taking_turns(connection: psycopg2.extensions.connection) -> Iterator[None]:
    """Wait for other programs that are making tables in this database, and keep them out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        try:
            yield
        finally:
            if not connection.closed:
                cursor.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def _version(cursor: psycopg2.extensions.cursor) -> int:
    cursor.execute(
        "CREATE TABLE IF NOT EXISTS schema_version ("
        "version integer PRIMARY KEY, name text NOT NULL, "
        "applied timestamptz NOT NULL DEFAULT now())"
    )
    return version_of(cursor.connection)


def _apply(cursor: psycopg2.extensions.cursor, step: Migration) -> None:
    cursor.execute("BEGIN")
    try:
        # A change of a large table takes its time.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(step.text)
        cursor.execute(
            "INSERT INTO schema_version (version, name) VALUES (%s, %s)", (step.version, step.name)
        )
        cursor.execute("COMMIT")
    except psycopg2.Error:
        cursor.execute("ROLLBACK")
        raise
