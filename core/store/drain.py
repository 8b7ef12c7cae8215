"""Carries units from the spool into the database, in order, for as long as there is one."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace

from core.clock import NS_PER_S
from core.errors import StoreError
from core.store.batch import from_bytes
from core.store.insert import Inserter
from core.store.server.postgres import Connection, Database, Refused, store_errors
from core.store.server.retention import drop_old_days
from core.store.spool import Record, Spool

log = logging.getLogger(__name__)

_DAY_NS = 86_400 * NS_PER_S
STARTING = "starting"


@dataclass(frozen=True, slots=True)
class DrainState:
    """What is known of the database at one moment."""

    is_up: bool = False
    why: str = STARTING
    """Why it is down; empty when it is up."""
    last_minute_ns: int = 0
    """The newest minute the database has; 0 before the first."""
    refused: int = 0
    """Units set aside because the database will never take them."""
    since_s: float = field(default_factory=time.monotonic)
    """When it went up or down last, of the clock that only counts."""
    minutes: int = 0
    """Minutes this run has written."""


class Drain:
    """One connection and the spool it empties. All calls from one thread; `state` from any."""

    def __init__(self, database: Database, spool: Spool, keep_days: int, ping_s: float) -> None:
        self._database = database
        self._spool = spool
        self._keep_days = keep_days
        self._ping_s = ping_s
        self._connection: Connection | None = None
        self._inserter: Inserter | None = None
        self._spoke_at = 0.0
        self._day = 0
        self.state = DrainState()

    def turn(self) -> bool:
        """Connect if need be and write the oldest unit; False when there is nothing to do.

        Raises:
            StoreError: the database is down; call again a little later.
        """
        try:
            inserter = self._inserter or self._connect()
            record = self._spool.oldest()
            if record is None:
                self._ping()
                return False
            self._write(inserter, record)
        except StoreError as error:
            self._hang_up()
            self._say(is_up=False, why=str(error))
            raise
        return True

    def close(self) -> None:
        """Let the connection and the embedded server go."""
        self._hang_up()
        self._say(is_up=False, why="stopped")
        self._database.close()

    def _connect(self) -> Inserter:
        connection = self._connection = self._database.open()
        self._inserter = Inserter(connection)
        self._spool.advance(self._inserter.position(self._spool.stream))
        with store_errors(), connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM max(minute))::bigint FROM option_quote")
            row = cursor.fetchone()
        newest_ns = int(row[0]) * NS_PER_S if row and row[0] is not None else 0
        self._spoke_at = time.monotonic()
        self._say(is_up=True, why="", last_minute_ns=newest_ns)
        log.info("the database is up, %d batches wait", self._spool.pending)
        return self._inserter

    def _write(self, inserter: Inserter, record: Record) -> None:
        last_minute_ns, refused = self.state.last_minute_ns, self.state.refused
        minutes = self.state.minutes
        try:
            unit = from_bytes(record.data)
            inserter.insert(unit, self._spool.stream, record.sequence)
            if unit.is_picture:
                last_minute_ns = max(last_minute_ns, unit.minute_ns)
                minutes += 1
        except Refused as error:
            path = self._spool.set_aside(record)
            refused += 1
            log.error("a batch cannot be written and was set aside in %s: %s", path, error)
        self._spoke_at = time.monotonic()
        self._drop_old_days(last_minute_ns)
        # Last, so that whoever sees an empty spool sees everything else done.
        news = {"last_minute_ns": last_minute_ns, "refused": refused, "minutes": minutes}
        self._say(is_up=True, why="", **news)
        self._spool.advance(record.sequence)

    def _drop_old_days(self, minute_ns: int) -> None:
        """Once a day of data time, and after a start, let the days go that are too many."""
        day = minute_ns // _DAY_NS
        if not self._keep_days or day == self._day or self._connection is None:
            return
        try:
            drop_old_days(self._connection, self._keep_days, self._database.timescale)
        except StoreError as error:
            if self._connection.closed:
                raise
            log.warning("old minutes stay for now: %s", error)
            return
        self._day = day

    def _ping(self) -> None:
        if self._connection is None or time.monotonic() - self._spoke_at < self._ping_s:
            return
        with store_errors(), self._connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        self._spoke_at = time.monotonic()

    def _hang_up(self) -> None:
        connection, self._connection, self._inserter = self._connection, None, None
        if connection is not None:
            connection.close()

    def _say(self, *, is_up: bool, why: str, **more: int) -> None:
        old = self.state
        if is_up != old.is_up:
            old = replace(old, since_s=time.monotonic())
        self.state = replace(old, is_up=is_up, why=why, **more)
