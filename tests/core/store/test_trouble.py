"""Disks that are full, passwords that are wrong, schemas of tomorrow: said, survived, made good."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2.extensions
import pytest

from core.store.server.postgres import Connection, Database
from core.store.spool import Spool
from core.store.writer import Writer
from tests.core.store.samples import count, fills, minute, note, quotes, rows
from tests.eventually import eventually

NOTES = 40


@pytest.fixture
def writer(database: Database, tmp_path: Path) -> Iterator[Writer]:
    made = Writer(database, Spool(tmp_path / "spool"), retry_s=0.05)
    yield made
    made.stop()


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes: the kernel says EFBIG."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk, and not everywhere")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def texts(connection: Connection) -> list[str]:
    """Every note, in the order of its time."""
    return [text for (text,) in rows(connection, "SELECT text FROM note ORDER BY at")]


def put_notes(writer: Writer, first: int = 0) -> list[str]:
    """Notes of 2 kB each."""
    told = [f"{number} {'.' * 2000}" for number in range(first, first + NOTES)]
    for number, text in enumerate(told, first):
        assert writer.put(note(text, minute(number)))
    return told


def test_a_file_that_may_not_grow_is_said_and_nothing_is_lost(
    writer: Writer, connection: Connection
) -> None:
    writer.start()
    assert writer.wait_until_written(20)
    with files_end_at(20_000):
        told = put_notes(writer)
        eventually(lambda: "cannot be written: File too large" in writer.trouble)
        assert writer.is_refused
        assert "File too large" in writer.state.status
    assert writer.wait_until_written(20)
    assert texts(connection) == told
    assert (writer.trouble, writer.state.lost, writer.state.status) == ("", 0, "writing")


def test_a_full_disk_is_said_and_nothing_is_lost(
    database: Database, connection: Connection, small_disk: Path
) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(40_000))
    writer = Writer(database, Spool(small_disk / "spool"), retry_s=0.05)
    writer.start()
    told = put_notes(writer)
    eventually(lambda: "No space left on device" in writer.trouble)
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    assert writer.wait_until_written(20)
    assert texts(connection) == told
    assert writer.state.lost == 0
    assert writer.stop()


def test_a_disk_that_was_full_before_the_start_is_waited_for(
    database: Database, connection: Connection, small_disk: Path
) -> None:
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(bytes(100_000))
    writer = Writer(database, Spool(small_disk / "spool"), retry_s=0.05)
    writer.start()
    writer.put(fills("1"))
    eventually(lambda: "cannot be used" in writer.trouble)
    ballast.unlink()
    assert writer.wait_until_written(20)
    assert count(connection, "fill") == 1
    assert writer.stop()


def test_what_a_full_disk_did_not_take_before_the_end_is_counted(
    writer: Writer, connection: Connection
) -> None:
    writer.start()
    assert writer.wait_until_written(20)
    with files_end_at(0):
        put_notes(writer)
        eventually(lambda: writer.trouble)
        assert writer.stop()
    assert writer.state.lost == NOTES
    assert count(connection, "note") == 0


def test_a_database_without_space_is_said_and_caught_up_with(
    writer: Writer, connection: Connection
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; "
            "END $$; CREATE TRIGGER no_space BEFORE INSERT ON note EXECUTE FUNCTION no_space()"
        )
        writer.start()
        told = put_notes(writer)
        said = "spooling: the disk of the database is full: No space left on device"
        eventually(lambda: writer.state.status == said)
        eventually(lambda: writer.state.spooled)
        cursor.execute("DROP TRIGGER no_space ON note")
    assert writer.wait_until_written(20)
    assert texts(connection) == told
    assert not writer.state.lost


def test_a_wrong_password_is_said_without_it_and_made_good(
    dsn: str, server_folder: Path, connection: Connection, tmp_path: Path
) -> None:
    access = server_folder / "postgres" / "pg_hba.conf"
    old = access.read_text()
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE locked SUPERUSER LOGIN PASSWORD 'right-77'")
        access.write_text(f"local all locked scram-sha-256\n{old}")
        cursor.execute("SELECT pg_reload_conf()")
        host = psycopg2.extensions.parse_dsn(dsn)["host"]
        locked = f"host={host} dbname=postgres user=locked password=hush-77"
        writer = Writer(Database("locked", dsn=locked), Spool(tmp_path / "spool"), retry_s=0.05)
        writer.start()
        writer.put(fills("1"))
        eventually(lambda: "refuses the password of" in writer.state.status)
        assert "hush" not in writer.state.status
        assert writer.state.spooled == 1
        cursor.execute("ALTER ROLE locked PASSWORD 'hush-77'")
    assert writer.wait_until_written(20)
    assert writer.stop()
    access.write_text(old)
    rows(connection, "SELECT pg_reload_conf()")


def test_a_newer_schema_is_refused_with_a_sentence_while_the_spool_fills(
    writer: Writer, connection: Connection
) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute("INSERT INTO schema_version VALUES (9000, '9000_later.sql')")
        writer.start()
        writer.put(quotes(minute(0)), fills("1"))
        said = "spooling: the database is at version 9000, this program knows "
        eventually(lambda: writer.state.status.startswith(said))
        eventually(lambda: writer.state.spooled == 1)
        assert writer.is_refused
        cursor.execute("DELETE FROM schema_version WHERE version = 9000")
    assert writer.wait_until_written(20)
    assert count(connection, "fill") == 1
