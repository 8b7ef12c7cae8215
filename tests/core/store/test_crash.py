"""Programs and databases that are killed with SIGKILL."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from core.store.server.embedded import EmbeddedServer
from core.store.server.postgres import Connection, Database
from core.store.spool import Spool
from core.store.writer import Writer
from tests.core.store.samples import count, minute, note, quotes, rows
from tests.eventually import eventually
from tests.shared_data import ROOT


def run_and_kill(database: Database, dsn: str, folder: Path, first: int, lines: int) -> int:
    """Let the program write from minute `first` on and kill it; how many it knew as accepted."""
    code = "import sys; from tests.core.store.samples import write_until_killed as write; "
    program = [sys.executable, "-c", code + "write(*sys.argv[1:])"]
    arguments = [database.schema, dsn, str(folder), str(first)]
    with subprocess.Popen(
        program + arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        for _ in range(lines):
            assert child.stdout.readline()
        os.kill(child.pid, signal.SIGKILL)
        last = [int(line) for line in child.stdout.read().splitlines() if line]
    return last[-1] if last else first + lines


def test_a_killed_program_loses_no_minute_and_doubles_none(
    database: Database, dsn: str, connection: Connection, tmp_path: Path
) -> None:
    accepted = 0
    for lines in (1, 40, random.Random(7).randint(50, 100)):
        accepted = run_and_kill(database, dsn, tmp_path, accepted, lines)

    writer = Writer(database, Spool(tmp_path))
    writer.start()
    assert writer.wait_until_written(20)
    assert writer.stop()
    found = rows(connection, "SELECT text, count(*) FROM note GROUP BY text, at ORDER BY at")
    assert len(found) >= accepted > 90
    assert found == [(f"minute {number}", 1) for number in range(len(found))]
    per_minute = rows(connection, "SELECT count(*) FROM option_quote GROUP BY minute")
    assert per_minute == [(20,)] * len(found)


def test_a_killed_program_leaves_its_minutes_while_the_database_is_down(
    database: Database, connection: Connection, tmp_path: Path
) -> None:
    accepted = run_and_kill(database, f"host={tmp_path}", tmp_path / "spool", 0, 50)
    assert accepted >= 50
    writer = Writer(database, Spool(tmp_path / "spool"))
    writer.start()
    assert writer.wait_until_written(20)
    assert writer.stop()
    assert count(connection, "note") >= accepted


def test_a_killed_server_is_started_again_and_has_every_minute(server_folder: Path) -> None:
    home = server_folder / "killed"
    database = Database("sim", server=EmbeddedServer(home / "postgres"))
    home.mkdir()
    writer = Writer(database, Spool(home / "spool"), retry_s=0.2)
    writer.start()
    for number in range(5):
        writer.put(quotes(minute(number)), note(f"minute {number}", minute(number)))
    assert writer.wait_until_written(20)

    postmaster = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    for number in range(5, 10):
        writer.put(quotes(minute(number)), note(f"minute {number}", minute(number)))
    eventually(lambda: writer.accepted == 10)
    assert writer.wait_until_written(20)

    connection = database.connect(5)
    found = rows(connection, "SELECT text FROM note ORDER BY at")
    assert found == [(f"minute {number}",) for number in range(10)]
    assert count(connection, "option_quote") == 30
    connection.close()
    assert writer.stop()
    assert not (home / "postgres" / "postmaster.pid").exists()
