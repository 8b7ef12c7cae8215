from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from core.errors import StoreError
from core.store.server.embedded import EmbeddedServer
from core.store.server.postgres import Database, database_of
from tests.eventually import eventually
from tests.shared_data import ROOT


def test_a_folder_that_cannot_hold_it_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    tmp_path.chmod(0o755)
    server = EmbeddedServer(tmp_path / "file" / "postgres")
    with pytest.raises(StoreError, match="the embedded PostgreSQL does not start"):
        server.start()
    server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server opens its parents")
def test_root_keeps_it_out_of_private_folders(server_folder: Path) -> None:
    private = server_folder / "private"
    private.mkdir(mode=0o700)
    with pytest.raises(StoreError, match="closed to other users"):
        EmbeddedServer(private / "postgres").start()
    assert private.stat().st_mode & 0o777 == 0o700


def test_a_killed_program_is_struck_from_the_users_of_the_server(server_folder: Path) -> None:
    folder = server_folder / "spare"
    users = folder / ".handle_pids.json"
    EmbeddedServer(folder, is_watched=False).start()
    users.write_text(json.dumps([4_194_305]))
    server = EmbeddedServer(folder)
    dsn = server.start()
    assert json.loads(users.read_text()) == [os.getpid()]
    server.stop()
    server.stop()
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(dsn)


def test_start_joins_a_running_server(dsn: str, server_folder: Path) -> None:
    assert EmbeddedServer(server_folder / "postgres", is_watched=False).start() == dsn


SHARING = """
import sys
from pathlib import Path
from core.store.server.postgres import database_of
database = database_of("other", "", Path(sys.argv[1]))
for number, line in enumerate(sys.stdin):
    with database.open() as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO note VALUES (now(), 'test', %s)", (line,))
    print(number, flush=True)
database.close()
"""


def test_two_programs_share_a_server_and_the_last_ends_it(server_folder: Path) -> None:
    folder = server_folder / "spare"
    database = database_of("one", "", folder)
    command = [sys.executable, "-c", SHARING, str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        database.open().close()
        for number in range(2):
            other.stdin.write("still here\n")
            other.stdin.flush()
            assert other.stdout.readline() == f"{number}\n"
            database.close()  # the second time the other has it alone
        use = EmbeddedServer(folder).use()
        assert (use.is_running, use.programs) == (True, (other.pid,))
        other.stdin.close()
        assert other.wait(30) == 0
    assert not EmbeddedServer(folder).use().is_running


KILLED = """
import sys, os, signal
from pathlib import Path
from core.store.server.embedded import EmbeddedServer
EmbeddedServer(Path(sys.argv[1]), grace_s=float(sys.argv[2])).start()
os.kill(os.getpid(), signal.SIGKILL)
"""


def run_and_kill(folder: Path, grace_s: float) -> None:
    """A program that starts the server and is killed."""
    command = [sys.executable, "-c", KILLED, str(folder), str(grace_s)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL


def test_a_server_whose_program_was_killed_is_told_joined_or_ends_by_itself(
    server_folder: Path,
) -> None:
    folder = server_folder / "spare"
    run_and_kill(folder, 30.0)
    server = EmbeddedServer(folder)
    assert server.use().text == "left running by a program that was killed"
    server.start()
    other = EmbeddedServer(folder)
    assert other.use().is_running
    server.stop()
    assert other.use().text == "not running before this question"
    run_and_kill(folder, 0.2)
    eventually(lambda: not other.use().is_running, within_s=60)


def test_the_environment_is_as_it_was(dsn: str) -> None:
    assert dsn
    assert "voldesk" not in os.environ.get("XDG_RUNTIME_DIR", "")


def test_a_connection_string_replaces_the_server(tmp_path: Path) -> None:
    assert not database_of("sim", "host=example", tmp_path).is_embedded
    assert database_of("sim", "", tmp_path).is_embedded
    with pytest.raises(StoreError, match="either a connection string or a server"):
        Database("sim")


@pytest.mark.parametrize(
    "dsn",
    [
        "postgres//desk:hush-77@db/voldesk",
        "postgresql://desk:hush-77@w@db:5432/voldesk",
        "postgresql://desk:hush-77/w@db/voldesk",
        "postgresql://desk:hush-77%zw@db/voldesk",
        "host=db password=hush-77 word",
    ],
)
def test_a_connection_string_that_cannot_be_read_is_not_quoted(dsn: str) -> None:
    with pytest.raises(StoreError, match="postgresql://USER:PASSWORD@HOST") as refused:
        Database("test", dsn=dsn).open()
    assert not any(piece in repr(refused.value) for piece in ("hush", "@w", "zw", "word'"))
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None
