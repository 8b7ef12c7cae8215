"""The one way into the database: batches from any thread, onto disk, then into the tables."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import StoreError
from core.service import Service, ServiceState
from core.store.batch import Batch, Unit, pack, to_bytes
from core.store.drain import STARTING, Drain
from core.store.rows.minute import without_pictures
from core.store.server.postgres import Database
from core.store.spool import Spool

log = logging.getLogger(__name__)

_MAX_AT_ONCE = 200
_POLL_S = 0.2
_LAST_DRAIN_S = 3.0
"""How long a stop goes on writing what waits; the rest stays in the spool."""


@dataclass(frozen=True, slots=True)
class WriterState:
    """The store at one moment, for the screen."""

    is_up: bool
    """True while the database answers."""
    status: str
    """In words: writing, or what waits or is lost and why."""
    last_minute_ns: int = 0
    """The newest minute the database has; 0 before the first."""
    spooled: int = 0
    """Units on disk that the database does not have yet."""
    lost: int = 0
    """Units that could not be kept: too many at once, or the spool full."""
    why: str = ""
    """Why the database is down, or what the disk lacks, in words; empty when all is well."""
    since_s: float = 0.0
    """For how long it has been up or down."""
    waiting_minutes: int = 0
    """Minutes of this run among what waits."""


class Writer:
    """Takes batches, never blocks, never loses what it has put on disk.

    Two threads: "writer" moves units from memory to the spool and onto the disk, "database" moves
    them into the tables, starting the embedded server where that is the database.
    """

    def __init__(
        self,
        database: Database,
        spool: Spool,
        limit_bytes: int = 500_000_000,
        queue_units: int = 5_000,
        keep_days: int = 0,
        retry_s: float = 1.0,
    ) -> None:
        """
        Args:
            limit_bytes: A spool as large as this takes no more minutes; fills and orders always.
            keep_days: Whole days of minutes that are kept; 0 keeps all.
        """
        self._drain = Drain(database, spool, keep_days, ping_s=2 * retry_s)
        self._spool = spool
        self._limit_bytes = limit_bytes
        self._retry_s = retry_s
        self._queue: queue.Queue[tuple[Batch, ...]] = queue.Queue(queue_units)
        self._news = threading.Event()
        self._writer = Service("writer", self._keep_all)
        self._database = Service("database", self._drain_all)
        self._trouble = ""
        self._lost = 0
        self._minutes = 0
        self.accepted = 0
        """Units put onto the disk since the start."""

    def start(self) -> None:
        """Start both threads; returns at once. Batches may be put before."""
        self._writer.start()
        self._database.start()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Put everything onto the disk, as much as possible into the tables, and end."""
        until = time.monotonic() + timeout_s
        stopped = self._writer.stop(timeout_s)
        stopped &= self._database.stop(max(0.1, until - time.monotonic()))
        if stopped:
            self._spool.close()
        return stopped

    def services(self) -> tuple[ServiceState, ...]:
        """Both threads, for the screen."""
        return self._writer.state(), self._database.state()

    def put(self, *batches: Batch) -> bool:
        """Hand over rows that are written together; False when too many wait and they are lost."""
        try:
            self._queue.put_nowait(batches)
        except queue.Full:
            self._lose("more batches come than the disk takes")
            return False
        return True

    @property
    def trouble(self) -> str:
        """Why the disk takes nothing now, in words; empty when it does."""
        return self._trouble

    @property
    def state(self) -> WriterState:
        """Whether the database is up, and what waits."""
        drain, spooled = self._drain.state, self._spool.pending
        status = "writing" if drain.is_up else f"spooling: {drain.why}"
        for trouble in (self._trouble, f"{self._lost} lost" * bool(self._lost)):
            status += f"; {trouble}" if trouble else ""
        if drain.refused:
            status += f"; {drain.refused} refused"
        return WriterState(
            drain.is_up,
            status,
            drain.last_minute_ns,
            spooled,
            self._lost,
            why=self._trouble or drain.why,
            since_s=time.monotonic() - drain.since_s,
            waiting_minutes=min(spooled, max(0, self._minutes - drain.minutes)),
        )

    @property
    def is_refused(self) -> bool:
        """True when the database was tried and is not there, or the disk takes nothing."""
        drain = self._drain.state
        return bool(self._trouble) or not (drain.is_up or drain.why == STARTING)

    def wait_until_written(self, timeout_s: float) -> bool:
        """Wait until the database is up and has everything put so far; False if it takes longer.

        Never on a thread that must not wait.
        """
        until = time.monotonic() + timeout_s
        while not (is_written := self._is_all_written()) and time.monotonic() < until:
            time.sleep(0.01)
        return is_written

    def _is_all_written(self) -> bool:
        waits = self._queue.unfinished_tasks or self._spool.pending
        return self._drain.state.is_up and not waits

    # The writer's thread.

    def _keep_all(self, stopping: threading.Event) -> None:
        while not self._is_spool_open():
            if stopping.wait(self._retry_s):
                return
        while (units := self._next_units()) or not stopping.is_set():
            while units and not self._keep(units):
                if stopping.wait(self._retry_s):
                    self._lose("the disk took nothing until the end", self._queue.unfinished_tasks)
                    return
            for _ in units:
                self._queue.task_done()

    def _is_spool_open(self) -> bool:
        try:
            self._spool.open()
        except StoreError as error:
            self._warn(str(error))
            return False
        self._trouble = ""
        return True

    def _next_units(self) -> list[tuple[Batch, ...]]:
        """Everything that waits, at most `_MAX_AT_ONCE`, so that one fsync serves them all."""
        units: list[tuple[Batch, ...]] = []
        try:
            units.append(self._queue.get(timeout=_POLL_S))
            while len(units) < _MAX_AT_ONCE:
                units.append(self._queue.get_nowait())
        except queue.Empty:
            return units
        return units

    def _keep(self, units: Sequence[tuple[Batch, ...]]) -> bool:
        """Pack and append; False when the disk does not take it now."""
        packed = [one for unit in units if (one := self._pack(unit)).parts]
        try:
            self._spool.append([to_bytes(unit) for unit in packed])
        except StoreError as error:
            self._warn(str(error))
            return False
        self._trouble = ""
        self._minutes += sum(unit.is_picture for unit in packed)
        self.accepted += len(packed)
        self._news.set()
        return True

    def _pack(self, batches: tuple[Batch, ...]) -> Unit:
        """The unit; without parts when it has no rows or cannot be kept."""
        is_full = self._spool.size_bytes >= self._limit_bytes
        if is_full and any(batch.table.is_minute for batch in batches):
            self._lose("the spool is full")
            batches = without_pictures(batches, "the spool is full")
        try:
            return pack(batches)
        except StoreError as error:
            self._lose(str(error))
            return Unit(())

    def _warn(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.error("the store keeps nothing: %s", trouble)
        self._trouble = trouble

    def _lose(self, why: str, units: int = 1) -> None:
        self._lost += units
        log.error("%d batches were not stored: %s", units, why)

    # The database's thread.

    def _drain_all(self, stopping: threading.Event) -> None:
        try:
            while not stopping.is_set():
                if self._spool.is_open and self._turn():
                    continue
                if self._drain.state.is_up or not self._spool.is_open:
                    self._news.wait(_POLL_S)
                    self._news.clear()
                else:
                    stopping.wait(self._retry_s)
            until = time.monotonic() + _LAST_DRAIN_S
            while self._drain.state.is_up and time.monotonic() < until and self._turn():
                continue
        finally:
            self._drain.close()

    def _turn(self) -> bool:
        before = self._drain.state.why
        try:
            return self._drain.turn()
        except StoreError as error:
            if str(error) != before:
                log.warning("%s", error)
            return False
