from __future__ import annotations

import threading

import psycopg2
import pytest

from core.errors import StoreError
from core.store.insert import Inserter
from core.store.server.migrate import Migration, migrate, migrations
from core.store.server.postgres import Connection, Database
from tests.core.store.samples import MINUTE_NS, count, quotes, rows
from tests.core.store.test_batch import write

NEWEST = migrations()[-1].version


def version(connection: Connection) -> int:
    return int(rows(connection, "SELECT max(version) FROM schema_version")[0][0])


@pytest.fixture
def empty(database: Database, dsn: str) -> Connection:
    """A schema without a single table, as psycopg2 gives it."""
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {database.schema}")
        cursor.execute(f"SET search_path = {database.schema}")
    return connection


def test_files_are_numbered_without_gaps() -> None:
    assert [step.version for step in migrations()] == list(range(1, NEWEST + 1))


def test_an_empty_database_is_enough(connection: Connection) -> None:
    assert version(connection) == NEWEST
    assert migrate(connection) == 0


def test_an_older_schema_upgrades_and_keeps_its_rows(empty: Connection) -> None:
    old = migrations()[:2]
    assert migrate(empty, old) == 2
    with empty.cursor() as cursor:
        cursor.execute("INSERT INTO instrument (name) VALUES ('BTC-25DEC26-50000-C')")
    assert migrate(empty) == NEWEST - 2
    write(empty, quotes(MINUTE_NS))
    assert rows(empty, "SELECT id FROM instrument WHERE name = 'BTC-25DEC26-50000-C'") == [(1,)]
    assert count(empty, "option_quote") == 3
    empty.close()


def test_a_schema_of_a_newer_program_is_refused(connection: Connection, database: Database) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO schema_version VALUES (9000, '9000_later.sql')")
    with pytest.raises(StoreError, match="version 9000, this program knows"):
        database.open()


def test_a_migration_that_fails_leaves_nothing_behind(connection: Connection) -> None:
    broken = Migration(NEWEST + 1, "broken.sql", "CREATE TABLE half (id int); SELECT nonsense")
    with pytest.raises(psycopg2.Error):
        migrate(connection, (*migrations(), broken))
    assert version(connection) == NEWEST
    assert rows(connection, "SELECT to_regclass('half')") == [(None,)]


def test_two_programs_that_start_together_migrate_once(database: Database) -> None:
    opened: list[Connection] = []
    threads = [threading.Thread(target=lambda: opened.append(database.open())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 3
    assert count(opened[0], "schema_version") == NEWEST
    assert Inserter(opened[1]).position("00000000-0000-0000-0000-000000000001") == 0
    for connection in opened:
        connection.close()


@pytest.mark.parametrize("schema", ["", "Sim", "sim; DROP TABLE fill", "1sim"])
def test_a_schema_needs_a_plain_name(schema: str) -> None:
    with pytest.raises(StoreError, match="is no name for a schema"):
        Database(schema, dsn="host=nowhere")
