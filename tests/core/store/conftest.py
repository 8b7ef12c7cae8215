"""One real PostgreSQL for all tests of the store; every test gets a schema of its own."""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from core.store.server.embedded import EmbeddedServer
from core.store.server.postgres import Connection, Database

_COUNT = itertools.count(1)


@pytest.fixture(scope="session")
def server_folder() -> Path:
    """A folder a server of another user may work in: root's own tmp_path is closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="voldesk-test-"))
    folder.chmod(0o755)
    # The server's package takes a lock file in it once more when the program ends, before this.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@pytest.fixture(scope="session")
def dsn(server_folder: Path) -> Iterator[str]:
    """The connection string of the running server."""
    server = EmbeddedServer(server_folder / "postgres")
    dsn = server.start()
    # Hundreds of schemas are thousands of files, all of them pressed to the disk at the end.
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("ALTER SYSTEM SET fsync = off")
        cursor.execute("SELECT pg_reload_conf()")
    yield dsn
    server.stop()


@pytest.fixture
def database(dsn: str) -> Database:
    """A schema nothing was written to yet."""
    return Database(f"test_{next(_COUNT)}", dsn=dsn)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """A connection to the schema, migrated."""
    opened = database.open()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def shared_database(dsn: str) -> Database:
    """A migrated schema for tests that only ask: making one for each takes longer than they do."""
    database = Database("shared", dsn=dsn)
    database.open().close()
    return database


@pytest.fixture
def shared(shared_database: Database) -> Iterator[Connection]:
    """A connection to it; other tests end connections that are not theirs."""
    opened = shared_database.connect(15.0)
    yield opened
    opened.close()
