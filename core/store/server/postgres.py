"""Connections: to a configured server or to the embedded one, which differ in nothing else.

Every mode of the desk (sim, test, live, ...) has a schema of its own, so that practice and money
never meet in one table.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import numpy as np
import psycopg2
import psycopg2.extensions
from psycopg2 import sql
from psycopg2.extensions import adapt, register_adapter

from core.errors import StoreError
from core.store.server.embedded import EmbeddedServer, EmbeddedUse
from core.store.server.migrate import migrate, migrations, taking_turns, version_of
from core.store.server.timescale import Timescale
from core.store.server.words import first_line, sentence

Connection: TypeAlias = psycopg2.extensions.connection

# psycopg2 writes numpy's scalars as Python shows them, which since numpy 2 is np.float64(0.5): a
# function the database does not have.
for _kind in (*np.sctypeDict.values(), np.bool_):
    if issubclass(_kind, np.number | np.bool_):
        register_adapter(_kind, lambda value: adapt(value.item()))
register_adapter(np.ndarray, lambda values: adapt(values.tolist()))

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,40}")
_CONNECT_TIMEOUT_S = 5
_STATEMENT_S = 15.0
_DEAD_SERVER_S = 5.0


class Refused(StoreError):
    """The database is there and will never take these rows: a value or a key is impossible."""


class Database:
    """Where the tables are: a connection string and a schema.

    The writer's thread opens it; other threads may `connect` once it is open.
    """

    def __init__(
        self,
        schema: str,
        dsn: str = "",
        server: EmbeddedServer | None = None,
        timescale: Timescale | None = None,
    ) -> None:
        if not _SCHEMA.fullmatch(schema):
            raise StoreError(f"{schema!r} is no name for a schema: a-z, 0-9 and _ only")
        if bool(dsn) == (server is not None):
            raise StoreError("the store needs either a connection string or a server of its own")
        self.schema = schema
        self.timescale = timescale or Timescale()
        self._configured = dsn
        self._server = server
        self._dsn = ""

    @property
    def is_embedded(self) -> bool:
        """True when the server is the program's own."""
        return self._server is not None

    def open(self) -> Connection:
        """Start the server if it is ours, bring the schema up to date, and connect. Slow."""
        dsn = self._configured or (self._server.start() if self._server else "")
        connection = _connect(dsn)
        try:
            with store_errors(), taking_turns(connection):
                _enter_schema(connection, self.schema, create=True)
                migrate(connection)
                self.timescale.adopt(connection)
        except StoreError:
            connection.close()
            raise
        self._dsn = dsn
        return connection

    def attach(self) -> Connection:
        """Start the server if it is ours, and connect to the schema as it is.

        An embedded server that was just killed is taken for a living one for a second or two.
        """
        until = time.monotonic() + (_DEAD_SERVER_S if self._server else 0.0)
        while True:
            self._dsn = self._configured or (self._server.start() if self._server else "")
            try:
                return self.connect(_STATEMENT_S)
            except StoreError:
                if time.monotonic() > until:
                    raise
            time.sleep(0.2)

    def reach(self) -> Connection:
        """As `attach`, for whoever reads the tables as this program knows them; StoreError else."""
        connection = self.attach()
        with store_errors():
            version, newest = version_of(connection), migrations()[-1].version
        if version != newest:
            connection.close()
            raise StoreError(
                f"the tables of {self.schema} are at version {version}, this program reads "
                f"{newest}: `db migrate` brings older ones up to date"
            )
        return connection

    def use(self) -> EmbeddedUse | None:
        """Who uses the embedded server; None for a configured one."""
        return self._server.use() if self._server else None

    def connect(self, timeout_s: float) -> Connection:
        """A connection of the caller's own whose statements end after `timeout_s`; StoreError."""
        if not self._dsn:
            raise StoreError("the database is not up yet")
        connection = _connect(self._dsn, timeout_s)
        with store_errors():
            _enter_schema(connection, self.schema, create=False)
        return connection

    def close(self) -> None:
        """Leave the embedded server, if there is one."""
        self._dsn = ""
        if self._server is not None:
            self._server.stop()


def database_of(schema: str, dsn: str, folder: Path) -> Database:
    """The configured database, or the embedded one in `folder` when `dsn` is empty."""
    if dsn:
        return Database(schema, dsn=dsn)
    return Database(schema, server=EmbeddedServer(folder))


@contextmanager
def store_errors() -> Iterator[None]:
    """psycopg2's errors as ours: Refused for what the rows did, StoreError for what may pass."""
    try:
        yield
    except (psycopg2.DataError, psycopg2.IntegrityError) as error:
        raise Refused(f"the database refuses a row: {first_line(error)}") from error
    except psycopg2.Error as error:
        raise StoreError(sentence(error)) from error


def _refuse_unreadable(dsn: str) -> None:
    """Speak first: libpq quotes what it cannot read, and that may be the password."""
    try:
        words = psycopg2.extensions.parse_dsn(dsn)
    except psycopg2.ProgrammingError:
        words = {"port": "unreadable"}
    ports = words.get("port", "").split(",")
    if "@" in words.get("host", "") or any(one and not one.isdecimal() for one in ports):
        raise StoreError(
            "the database's connection string cannot be read: it should be "
            "postgresql://USER:PASSWORD@HOST:PORT/NAME, with @ : / in a password written as %40 "
            "%3A %2F"
        )


def _connect(dsn: str, timeout_s: float = _STATEMENT_S) -> Connection:
    _refuse_unreadable(dsn)
    with store_errors():
        connection = psycopg2.connect(
            dsn,
            connect_timeout=_CONNECT_TIMEOUT_S,
            application_name="voldesk",
            keepalives_idle=10,
            tcp_user_timeout=15_000,
        )
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = %s", (int(timeout_s * 1000),))
            cursor.execute("SET timezone = 'UTC'")
            # Compiling a statement takes longer than any of ours runs.
            cursor.execute("SET jit = off")
        return connection


def _enter_schema(connection: Connection, schema: str, *, create: bool) -> None:
    name = sql.Identifier(schema)
    with connection.cursor() as cursor:
        if create:
            # Asked first: "if not exists" wants the right to create even with nothing to do.
            cursor.execute("SELECT to_regnamespace(%s) IS NULL", (schema,))
            if cursor.fetchone() == (True,):
                cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
        cursor.execute(sql.SQL("SET search_path = {}").format(name))
