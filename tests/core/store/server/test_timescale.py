"""TimescaleDB as it is spoken to: functions of the same names and arguments stand in for it."""

from __future__ import annotations

from datetime import date

import pytest

from core.store.batch import pack
from core.store.insert import Inserter
from core.store.server.postgres import Connection, Database
from core.store.server.retention import drop_old_days
from core.store.server.timescale import DAILY, Timescale
from tests.core.store.samples import count, minute, quotes, rows
from tests.core.store.test_batch import STREAM, write

SHIM = """
    CREATE SCHEMA timescaledb_information;
    CREATE TABLE timescaledb_information.hypertable (schema name, name name);
    CREATE FUNCTION timescaledb_information.ranges() RETURNS SETOF timestamptz
    LANGUAGE plpgsql AS $$
    DECLARE one record;
    BEGIN
        FOR one IN SELECT * FROM timescaledb_information.hypertable LOOP
            IF to_regclass(format('%I.%I', one.schema, one.name)) IS NOT NULL THEN
                RETURN QUERY EXECUTE
                    format('SELECT date_trunc(''day'', minute) FROM %I.%I', one.schema, one.name);
            END IF;
        END LOOP;
    END $$;
    CREATE VIEW timescaledb_information.chunks AS
        SELECT current_schema() AS hypertable_schema, range_start
        FROM timescaledb_information.ranges() AS range_start;
    CREATE SCHEMA timescale;
    CREATE FUNCTION timescale.create_hypertable(
        relation regclass, time_column_name name, chunk_time_interval interval,
        create_default_indexes boolean) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = relation) THEN
            RAISE 'table "%" is already partitioned', relation;
        END IF;
        INSERT INTO timescaledb_information.hypertable
            SELECT relnamespace::regnamespace::name, relname FROM pg_class WHERE oid = relation;
    END $$;
    CREATE FUNCTION timescale.drop_chunks(relation regclass, older_than timestamptz)
    RETURNS SETOF text LANGUAGE plpgsql AS $$
    BEGIN
        EXECUTE format('DELETE FROM %s WHERE minute < %L', relation, older_than);
    END $$;
"""
NEVER = "SELECT 1 WHERE false"


@pytest.fixture(scope="module")
def timescale(dsn: str) -> Timescale:
    connection = Database("shim", dsn=dsn).open()
    with connection.cursor() as cursor:
        cursor.execute(SHIM)
    connection.close()
    return Timescale("SELECT nspname FROM pg_namespace WHERE nspname = 'timescale'", NEVER)


def test_a_server_without_it_keeps_partitions(connection: Connection) -> None:
    assert Timescale().schema(connection) == ""
    assert Timescale().adopt(connection) == 0
    assert Timescale().days(connection) == set()


def test_daily_tables_become_hypertables_with_their_rows_and_views(
    database: Database, dsn: str, timescale: Timescale
) -> None:
    database.open().close()
    plain = database.connect(5.0)
    write(plain, quotes(minute(0)))
    plain.close()
    database = Database(database.schema, dsn=dsn, timescale=timescale)
    connection = database.open()
    assert timescale.adopt(connection) == 0  # done when it was opened
    assert rows(connection, "SELECT count(*) FROM day_partition") == [(0,)]
    assert count(connection, "option_quote") == 3
    assert count(connection, "surface") == 0
    for number in (0, 1, 3000):
        Inserter(connection).insert(pack([quotes(minute(number))]), STREAM, number + 2)
    assert count(connection, "option_quote") == 9
    database.open().close()
    connection.close()


def test_old_chunks_are_dropped(database: Database, dsn: str, timescale: Timescale) -> None:
    database = Database(database.schema, dsn=dsn, timescale=timescale)
    connection = database.open()
    for number in range(4):
        Inserter(connection).insert(pack([quotes(minute(number * 1440))]), STREAM, number + 1)
    assert max(timescale.days(connection)) == date(2027, 1, 18)
    assert drop_old_days(connection, 1, timescale) == 2
    found = rows(connection, "SELECT DISTINCT (minute AT TIME ZONE 'UTC')::date FROM option_quote")
    assert sorted(found) == [(date(2027, 1, 17),), (date(2027, 1, 18),)]
    connection.close()


def test_every_daily_table_is_known() -> None:
    assert "option_quote" in DAILY
    assert "fill" not in DAILY
