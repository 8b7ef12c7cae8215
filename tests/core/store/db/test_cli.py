"""`python -m core db`, each word of it, against the tests' server and against one of its own."""

from __future__ import annotations

import csv
import gzip
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from core.store.batch import Batch, pack
from core.store.db import cli
from core.store.insert import Inserter
from core.store.rows.minute import StoredMinute, minute_log_batch
from core.store.server.migrate import migrations
from core.store.server.postgres import Connection, Database
from core.store.spool import Spool
from core.store.tables.catalog import TABLES
from core.store.tables.minute import SMILE
from tests.core.store.samples import fills, minute, note, quotes
from tests.core.store.test_batch import STREAM
from tests.shared_data import ROOT

NEWEST = migrations()[-1].version


class Db:
    """One data folder and the server, as a user meets them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def __call__(self, *argv: str, code: int = 0) -> str:
        """What is said to `argv`, on whichever stream; the exit code is compared."""
        found = cli.run(argv, lambda _: self.folder)
        said = self._capsys.readouterr()
        assert found == code, said.err
        return said.out if code == 0 else said.err


@pytest.fixture
def db(
    tmp_path: Path, dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Db:
    monkeypatch.setenv("VOLDESK_DATABASE", dsn)
    monkeypatch.chdir(tmp_path)
    return Db(tmp_path, capsys)


@pytest.fixture
def paper(dsn: str) -> Iterator[Connection]:
    """The schema that `--mode paper` names, without a row."""
    with closing(psycopg2.connect(dsn)) as bare, bare, bare.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS paper CASCADE")
    connection = Database("paper", dsn=dsn).open()
    yield connection
    connection.close()


def test_migrate_makes_the_schema_and_says_what_it_did(db: Db) -> None:
    said = db("migrate", "--mode", "paper_test")
    assert said.startswith(f"paper_test went from version 0 to {NEWEST}\n  0001_instruments.sql")
    assert db("migrate", "--mode", "paper_test") == f"paper_test is at version {NEWEST} already\n"


def test_status_of_a_schema_nobody_made_makes_none(db: Db) -> None:
    for _ in range(2):
        assert "live: nothing was stored yet" in db("status", "--mode", "live")


def test_status_tells_versions_sizes_missing_minutes_and_what_waits(
    db: Db, paper: Connection
) -> None:
    batches = [quotes(minute(number)) for number in (0, 1, 4, 8)]
    skipped = StoredMinute(minute(6), minute(6), 12_000.0, skipped="seen too late")
    Inserter(paper).insert(pack([*batches, minute_log_batch([skipped])]), STREAM, 1)
    spool = Spool(db.folder / "spool-paper")
    spool.open()
    spool.append([b"one", b"two", b"three"])
    spool.advance(1)
    said = db("status", "--mode", "paper")  # the spool is in use, as a running desk has it
    spool.close()
    assert f"schema    paper, version {NEWEST}\n" in said
    assert "server    PostgreSQL " in said
    assert "spool     2 batches wait" in said
    assert "newest    2027-01-15 08:08 UTC" in said
    gaps = "5 minutes missing: 08:02 to 08:03, 08:05, 08:06 (seen too late), 08:07"
    assert gaps in said
    assert "option_quote" in said


def test_a_newer_schema_is_told_by_status_and_refused_by_the_rest(
    db: Db, paper: Connection
) -> None:
    with paper.cursor() as cursor:
        cursor.execute("INSERT INTO schema_version VALUES (%s, 'later.sql')", (NEWEST + 1,))
    assert f"version {NEWEST + 1}; this program knows {NEWEST}" in db("status", "--mode", "paper")
    for argv in (("migrate",), ("vacuum",), ("export", "note")):
        said = db(*argv, "--mode", "paper", code=1)
        assert f"version {NEWEST + 1}" in said
        assert said.count("\n") == 1


def test_vacuum_drops_the_days_that_are_too_many(db: Db, paper: Connection) -> None:
    for day in range(3):
        Inserter(paper).insert(pack([quotes(minute(day * 1440))]), STREAM, day + 1)
    (db.folder / "settings.toml").write_text("[store]\nkeep_days = 1\n")
    said = db("vacuum", "--mode", "paper")
    assert said.startswith("1 days are kept, 1 went\nevery table is tidied; ")


def test_export_writes_names_and_a_range_of_time(db: Db, paper: Connection) -> None:
    batches = [quotes(minute(number)) for number in range(4)]
    Inserter(paper).insert(pack([*batches, note("a, b"), fills("1")]), STREAM, 1)
    out = db.folder / "quotes.csv.gz"
    span = ("--from", "2027-01-15T08:01", "--to", "2027-01-15T09:03+01:00")
    chain = ("--chain", "BTC")
    asked = ("export", "option_quote", "--mode", "paper", "--out", str(out))
    assert db(*asked, *span, *chain) == f"6 rows of option_quote in {out}\n"
    with gzip.open(out, "rt") as file:
        found = list(csv.DictReader(file))
    assert [row["minute"][11:16] for row in found] == ["08:01"] * 3 + ["08:02"] * 3
    assert {row["instrument"] for row in found} == {
        f"BTC-25DEC26-{strike}-C" for strike in (50_000, 51_000, 52_000)
    }
    assert {row["bid"] for row in found} == {"0.05"}
    assert db(*asked, "--chain", "ETH") == f"0 rows of option_quote in {out}\n"
    said = db("export", "note", "--mode", "paper", "--out", "no/such", code=2)
    assert "no/such cannot be written" in said


def test_an_expiry_is_exported_by_its_name(db: Db, paper: Connection) -> None:
    columns: dict[str, Any] = {
        "minute": [minute(0)],
        "expiry": [minute(344 * 1440)],
        "chain": ["BTC"],
    }
    smile = Batch(SMILE, {**columns, "source": ["ticker"], "quotes": [9], "atm": [0.5]})
    Inserter(paper).insert(pack([smile]), STREAM, 1)
    out = db.folder / "smile.csv"
    assert db("export", "smile", "--mode", "paper", "--out", str(out), "--chain", "BTC")
    with out.open() as file:
        (row,) = csv.DictReader(file)
    assert (row["expiry"], row["atm"], row["forward"]) == ("25DEC27", "0.5", "")


def test_every_table_can_be_exported(db: Db, paper: Connection) -> None:
    assert not paper.closed
    out = str(db.folder / "out.csv")
    for table in (*(one for one in TABLES if one != "surface_tenor"), "funding"):
        span = ("--from", "2027-01-15", "--to", "2027-01-16")
        asked = ("export", table, "--mode", "paper", "--out", out, *span)
        assert db(*asked) == f"0 rows of {table} in {out}\n"
        assert Path(out).read_text().count(",") > 1


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ((), "the following arguments are required"),
        (("burn",), "invalid choice: 'burn'"),
        (("status", "--mode", "moon"), "invalid choice: 'moon'"),
        (("export", "nothing"), "invalid choice: 'nothing'"),
        (("export", "note", "--from", "noon"), "noon is no time such as 2026-11-20T12:30"),
        (("export", "note", "--from", "2027-01-02", "--to", "2027-01-01"), "is not after --from"),
        (("export", "note", "--mode", "paper", "--chain", "BTC"), "note belongs to no chain"),
        (
            ("export", "note", "--mode", "paper", "--out", "no/such/x"),
            "no/such/x cannot be written",
        ),
        (("status", "--settings", "nowhere.toml"), "nowhere.toml"),
    ],
)
def test_bad_input_is_one_sentence(db: Db, argv: tuple[str, ...], words: str) -> None:
    said = db(*argv, code=2)
    assert words in said
    assert said.count("\n") == 1


def test_a_database_that_is_not_reached_is_one_sentence(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOLDESK_DATABASE", f"host={db.folder} dbname=none")
    for argv in (("status",), ("migrate",), ("vacuum",), ("export", "note")):
        said = db(*argv, code=1)
        assert said.startswith("the database does not answer: ")
        assert said.count("\n") == 1


def as_a_program(folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """`python -m core db ...` in a process of its own, without a configured server."""
    command = [sys.executable, "-m", "core", "db", *argv, "--data", str(folder)]
    environment = {name: text for name, text in os.environ.items() if name != "VOLDESK_DATABASE"}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=60
    )


def test_the_embedded_server_is_started_and_ended_by_each_word(
    server_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("VOLDESK_DATABASE", raising=False)
    db = Db(server_folder / "desk", capsys)
    db.folder.mkdir()
    assert db("status", code=1).startswith("there is no database in")
    assert not (db.folder / "postgres").exists()
    db("migrate")
    assert not (db.folder / "postgres" / "postmaster.pid").exists()
    said = as_a_program(db.folder, "status")
    assert (said.returncode, said.stderr) == (0, "")
    assert f"in {db.folder}/postgres, not running before this question" in said.stdout


def test_while_a_desk_runs_its_server_is_joined_and_left_running(
    server_folder: Path, dsn: str
) -> None:
    assert dsn  # the tests' own process runs it, as a desk would
    Database("sim", dsn=dsn).open().close()
    done = as_a_program(server_folder, "export", "note")
    assert list(csv.reader(io.StringIO(done.stdout))) == [["at", "source", "text"]]
    Database("sim", dsn=dsn).open().close()
