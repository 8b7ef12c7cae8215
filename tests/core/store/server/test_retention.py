from __future__ import annotations

import pytest

from core.errors import StoreError
from core.store.batch import pack
from core.store.insert import Inserter
from core.store.server.postgres import Connection, Database
from core.store.server.retention import drop_old_days
from core.store.server.timescale import Timescale
from tests.core.store.samples import fills, minute, note, quotes, rows
from tests.core.store.test_batch import STREAM

PLAIN = Timescale()


def write_days(connection: Connection, *days: int) -> None:
    """A minute at each of these days after the first."""
    inserter = Inserter(connection)
    for day in days:
        minute_ns = minute(day * 1440)
        inserter.insert(pack([quotes(minute_ns), note("kept", minute_ns)]), STREAM, day + 1)


def days(connection: Connection) -> list[int]:
    """Which of them are there, counted from the first."""
    found = rows(
        connection,
        "SELECT DISTINCT (minute AT TIME ZONE 'UTC')::date - date '2027-01-15' FROM option_quote",
    )
    return sorted(day for (day,) in found)


def test_the_newest_days_are_kept_and_days_without_a_minute_do_not_count(
    connection: Connection,
) -> None:
    write_days(connection, 0, 1, 2, 10, 11)
    assert drop_old_days(connection, 2, PLAIN) == 2
    assert days(connection) == [2, 10, 11]
    assert drop_old_days(connection, 2, PLAIN) == 0


def test_one_minute_under_a_wrong_date_costs_one_day(connection: Connection) -> None:
    write_days(connection, 0, 1, 2, 40_000)
    assert drop_old_days(connection, 2, PLAIN) == 1
    assert days(connection) == [1, 2, 40_000]


def test_facts_are_never_dropped(connection: Connection) -> None:
    write_days(connection, 0, 1, 2)
    Inserter(connection).insert(pack([fills("1")]), STREAM, 100)
    drop_old_days(connection, 0, PLAIN)
    assert rows(connection, "SELECT count(*) FROM note") == [(3,)]
    assert rows(connection, "SELECT count(*) FROM fill") == [(1,)]


def test_partitions_of_somebody_elses_making_are_left_alone(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE option_quote_rest PARTITION OF option_quote DEFAULT")
        cursor.execute("INSERT INTO option_quote (minute, instrument) VALUES ('2001-01-01', 1)")
    write_days(connection, 0, 1)
    assert drop_old_days(connection, 0, PLAIN) == 1
    assert rows(connection, "SELECT count(*) FROM option_quote_rest") == [(1,)]


def test_a_day_that_a_default_partition_holds_goes_on_there(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE option_quote_rest PARTITION OF option_quote DEFAULT")
        cursor.execute("INSERT INTO option_quote (minute, instrument) VALUES ('2027-01-15', 77)")
    write_days(connection, 0)
    assert rows(connection, "SELECT count(*) FROM option_quote_rest") == [(4,)]


def test_a_day_that_is_being_read_stays_until_the_next_try(
    connection: Connection, database: Database
) -> None:
    write_days(connection, 0, 1)
    reader = database.connect(5.0)
    with reader.cursor() as cursor:
        cursor.execute("BEGIN; SELECT count(*) FROM option_quote")
        with pytest.raises(StoreError, match="lock timeout"):
            drop_old_days(connection, 0, PLAIN)
        cursor.execute("ROLLBACK")
    reader.close()
    assert drop_old_days(connection, 0, PLAIN) == 1
