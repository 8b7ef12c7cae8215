from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.store.batch import Batch
from core.store.rows.minute import StoredMinute, minute_log_batch
from core.store.server.postgres import Connection, Database
from core.store.spool import Spool
from core.store.tables.facts import NOTE
from core.store.tables.minute import SMILE
from core.store.writer import Writer
from tests.core.store.samples import count, fills, minute, note, quotes, rows
from tests.eventually import eventually


@pytest.fixture
def writer(database: Database, tmp_path: Path) -> Iterator[Writer]:
    made = Writer(database, Spool(tmp_path / "spool"), retry_s=0.05)
    yield made
    made.stop()


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A name for the server's socket folder that leads nowhere until it is linked."""
    return tmp_path / "gate"


def behind(gate: Path, dsn: str, schema: str = "behind_a_gate") -> Database:
    return Database(schema, dsn=dsn.replace(dsn.partition("host=")[2], str(gate)))


def open_gate(gate: Path, dsn: str) -> None:
    gate.symlink_to(dsn.partition("host=")[2])


def test_what_is_put_is_written(writer: Writer, connection: Connection) -> None:
    writer.start()
    assert writer.put(quotes(minute(0)), note("first"))
    assert writer.wait_until_written(20)
    state = writer.state
    assert (state.is_up, state.status, state.spooled) == (True, "writing", 0)
    assert state.last_minute_ns == minute(0)
    assert count(connection, "option_quote") == 3
    assert count(connection, "note") == 1


def test_batches_put_before_the_start_are_written(writer: Writer, connection: Connection) -> None:
    writer.put(note("early"))
    writer.start()
    assert writer.wait_until_written(20)
    assert count(connection, "note") == 1


def test_it_starts_twice_stops_twice_and_starts_again(
    writer: Writer, connection: Connection
) -> None:
    writer.start()
    writer.start()
    writer.put(note("one"))
    assert writer.stop()
    assert writer.stop()
    writer.start()
    writer.put(note("two"))
    assert writer.wait_until_written(20)
    assert count(connection, "note") == 2
    assert [state.name for state in writer.services()] == ["writer", "database"]


def test_while_the_database_is_down_batches_wait_on_disk_in_order(
    dsn: str, gate: Path, tmp_path: Path
) -> None:
    writer = Writer(behind(gate, dsn), Spool(tmp_path / "spool"), retry_s=0.05)
    writer.start()
    for number in range(20):
        assert writer.put(quotes(minute(number)), note(f"minute {number}", minute(number)))
    eventually(lambda: writer.state.spooled == 20)
    assert writer.accepted == 20
    eventually(lambda: writer.state.status.startswith("spooling: the database does not answer"))
    assert not writer.state.is_up

    open_gate(gate, dsn)
    assert writer.wait_until_written(20)
    with writer_connection(dsn) as connection:
        assert count(connection, "option_quote") == 60
        found = rows(connection, "SELECT text FROM note ORDER BY at")
    assert found == [(f"minute {number}",) for number in range(20)]
    assert writer.state.last_minute_ns == minute(19)
    assert writer.stop()


def writer_connection(dsn: str) -> Connection:
    database = Database("behind_a_gate", dsn=dsn)
    return database.open()


def test_what_a_stopped_program_left_is_written_by_the_next(
    database: Database, connection: Connection, tmp_path: Path
) -> None:
    nowhere = Database(database.schema, dsn=f"host={tmp_path}")
    first = Writer(nowhere, Spool(tmp_path / "spool"), retry_s=0.05)
    first.start()
    first.put(fills("1", "2"))
    first.put(quotes(minute(0)))
    assert first.stop()
    assert first.accepted == 2

    second = Writer(database, Spool(tmp_path / "spool"), retry_s=0.05)
    second.start()
    assert second.wait_until_written(20)
    assert count(connection, "fill") == 2
    assert second.state.last_minute_ns == minute(0)
    assert second.stop()


def test_a_database_that_hangs_up_is_called_again(writer: Writer, connection: Connection) -> None:
    writer.start()
    assert writer.wait_until_written(20)
    rows(
        connection,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'voldesk' AND pid <> pg_backend_pid()",
    )
    writer.put(note("after"))
    assert writer.wait_until_written(20)
    assert count(connection, "note") == 1


def test_an_idle_writer_notices_that_the_database_is_gone(
    dsn: str, gate: Path, tmp_path: Path
) -> None:
    open_gate(gate, dsn)
    writer = Writer(behind(gate, dsn, "idle"), Spool(tmp_path / "spool"), retry_s=0.05)
    writer.start()
    assert writer.wait_until_written(20)
    gate.unlink()
    connection = writer_connection(dsn)
    rows(
        connection,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'voldesk' AND pid <> pg_backend_pid()",
    )
    connection.close()
    eventually(lambda: not writer.state.is_up)
    assert writer.stop()


def test_rows_the_database_never_takes_are_set_aside_and_said(
    writer: Writer, connection: Connection, tmp_path: Path
) -> None:
    writer.start()
    writer.put(note("before"))
    no_chain: dict[str, Any] = {
        "minute": [minute(0)],
        "expiry": [minute(1)],
        "source": ["ticker"],
        "quotes": [3],
    }
    writer.put(Batch(SMILE, {**no_chain, "chain": [None]}))
    writer.put(note("after"))
    assert writer.wait_until_written(20)
    assert count(connection, "note") == 2
    assert writer.state.status == "writing; 1 refused"
    assert len(list((tmp_path / "spool" / "refused").iterdir())) == 1


def test_a_batch_that_cannot_be_packed_is_lost_alone_and_said(
    writer: Writer, connection: Connection
) -> None:
    writer.start()
    writer.put(Batch(NOTE, {"at": ["noon"], "text": ["x"]}))
    writer.put(note("good"))
    assert writer.wait_until_written(20)
    assert count(connection, "note") == 1
    assert writer.state.lost == 1


def test_too_many_batches_are_refused_not_waited_for(database: Database, tmp_path: Path) -> None:
    writer = Writer(database, Spool(tmp_path / "spool"), queue_units=2)
    assert [writer.put(note(str(number))) for number in range(3)] == [True, True, False]
    assert writer.state.lost == 1


def test_a_full_spool_refuses_minutes_but_never_executions(
    database: Database, connection: Connection, tmp_path: Path
) -> None:
    nowhere = Database(database.schema, dsn=f"host={tmp_path}")
    writer = Writer(nowhere, Spool(tmp_path / "spool"), limit_bytes=1, retry_s=0.05)
    writer.start()
    writer.put(fills("1"))
    eventually(lambda: writer.accepted == 1)
    log = minute_log_batch([StoredMinute(minute(0), minute(0), 0.0)])
    writer.put(quotes(minute(0)), log)
    writer.put(fills("2"))
    eventually(lambda: writer.accepted == 3)  # of the minute the word that it was skipped
    assert writer.state.lost == 1
    assert writer.state.status.endswith("1 lost")
    assert writer.stop()
    assert count(connection, "fill") == 0


def test_a_spool_in_use_is_said_and_taken_over_when_free(
    database: Database, writer: Writer, tmp_path: Path
) -> None:
    other = Spool(tmp_path / "spool")
    other.open()
    writer.start()
    writer.put(note("waits"))
    eventually(lambda: "in use by another desk" in writer.state.status)
    other.close()
    assert writer.wait_until_written(20)
    assert writer.state.status == "writing"
    assert database.connect(1).closed == 0


def test_old_days_go_by_the_days_that_are_kept(
    database: Database, connection: Connection, tmp_path: Path
) -> None:
    writer = Writer(database, Spool(tmp_path / "spool"), keep_days=1)
    writer.start()
    for day in range(4):
        writer.put(quotes(minute(day * 24 * 60)))
    assert writer.wait_until_written(20)
    days = rows(connection, "SELECT DISTINCT extract(day FROM minute)::int FROM option_quote")
    assert sorted(days) == [(17,), (18,)]
    assert writer.stop()
