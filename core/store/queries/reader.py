"""One connection for questions, opened at the first and kept; the kinds of queries stand on it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, TypeAlias, TypeVar

import numpy as np
import psycopg2.extensions

from core.clock import NS_PER_S
from core.errors import StoreError
from core.quant.types import FloatArray, IndexArray
from core.store.server.postgres import Connection, Database, Refused, store_errors

Values: TypeAlias = Mapping[str, object]
Row: TypeAlias = tuple[Any, ...]
_T = TypeVar("_T")
_Cursor: TypeAlias = psycopg2.extensions.cursor

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_2000_US = 946_684_800_000_000
_COPY_HEAD_BYTES, _COPY_TAIL_BYTES = 19, 2


class Reader:
    """Asks the store; StoreError when the database is not there or not in time.

    Any thread that may wait can call it; two at once take turns.
    """

    def __init__(self, database: Database, timeout_s: float = 5.0) -> None:
        self._database = database
        self._timeout_s = timeout_s
        self._gate = threading.Lock()
        self._connection: Connection | None = None

    def close(self) -> None:
        """Let the connection go; the next question makes a new one. Safe to call twice."""
        with self._gate:
            self._hang_up()

    def _rows(self, statement: str, values: Values | None = None) -> list[Row]:
        def ask(cursor: _Cursor) -> list[Row]:
            cursor.execute(statement, values)
            return cursor.fetchall()

        return self._ask(ask)

    def _columns(
        self, statement: str, values: Values, names: Sequence[str]
    ) -> tuple[IndexArray, dict[str, FloatArray]]:
        """The times in the first column, and the float columns behind it by name; no NULLs.

        As binary COPY: a month of minutes takes a fifth of the time of rows of Python values.
        """
        data = BytesIO()

        def ask(cursor: _Cursor) -> None:
            asked = cursor.mogrify(statement, values).decode()
            cursor.copy_expert(f"COPY ({asked}) TO STDOUT BINARY", data)

        self._ask(ask)
        fields: list[tuple[str, str]] = [("fields", ">i2"), ("width", ">i4"), ("at", ">i8")]
        for name in names:
            fields += [(f"width of {name}", ">i4"), (name, ">f8")]
        body = data.getbuffer()[_COPY_HEAD_BYTES:-_COPY_TAIL_BYTES]
        table = np.frombuffer(body, np.dtype(fields))
        at_ns = (table["at"].astype(np.int64) + _EPOCH_2000_US) * 1000
        return at_ns, {name: table[name].astype(np.float64) for name in names}

    def _ask(self, ask: Callable[[_Cursor], _T]) -> _T:
        """The answer; once more over a new connection when an older one turns out to be dead."""
        with self._gate:
            is_kept = self._connection is not None
            try:
                return self._ask_once(ask)
            except Refused:
                raise
            except StoreError:
                is_dead = self._connection is None or bool(self._connection.closed)
                self._hang_up()
                if not (is_kept and is_dead):
                    raise
            return self._ask_once(ask)

    def _ask_once(self, ask: Callable[[_Cursor], _T]) -> _T:
        if self._connection is None:
            self._connection = self._database.connect(self._timeout_s)
        with store_errors(), self._connection.cursor() as cursor:
            return ask(cursor)

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def at(at_ns: int) -> datetime:
    """A moment as psycopg2 takes it."""
    return _EPOCH + timedelta(microseconds=at_ns // 1000)


def ns(moment: datetime | None) -> int:
    """A moment as the database gives it; 0 for none."""
    if moment is None:
        return 0
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * NS_PER_S + since.microseconds * 1000
