"""Builds a desk from options: the only place that knows every part."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.clock import Clock, ManualClock, SystemClock
from core.desk.desk import Desk, Part, Sources, StoreView
from core.desk.history import PairHistory
from core.desk.journal import StoreJournal, restore
from core.desk.no_venue import NoVenue
from core.desk.options import Options
from core.desk.places import CopyLock, data_folder
from core.desk.simulator_child import SimulatorChild
from core.desk.trading_room import TradingRoom
from core.domain.position import AccountFigures
from core.errors import StartError, StoreError
from core.logs import LogMemory, configure
from core.market.board import Board
from core.pricing.service import Pricer
from core.recorder.minute import Market, Recorder
from core.service import ServiceState
from core.settings import Settings
from core.store.postgres import Database, database_of
from core.store.queries import Queries
from core.store.spool import Spool
from core.store.writer import Writer
from core.strategies.hedger import DeltaHedger
from core.strategies.pair.trader import KalmanPair
from core.trading.journal import Journal, NullJournal, Restored
from core.trading.loop import TradingLoop
from core.venues.base import Emit, MarketSource, TradingVenue
from core.venues.deribit.endpoints import Credentials, Endpoints, credentials, endpoints
from core.venues.deribit.market_link import DeribitMarket
from core.venues.deribit.trading_link import DeribitTrading
from core.venues.tape_writer import TapeWriter

log = logging.getLogger(__name__)
_RESTORE_S = 15.0


@contextmanager
def build_desk(options: Options) -> Iterator[Desk]:
    """A desk that is not started yet; leaving the block ends it and frees its data folder.

    Raises:
        StartError: a second copy, a busy port, an unreachable venue, a folder that cannot be made.
    """
    folder = data_folder(options.data)
    lock = CopyLock(folder)
    lock.take()
    logs = LogMemory()
    configure(folder / "log", logs)
    # Compiled kernels of the second volatility engine need a folder that can be written.
    os.environ.setdefault("NUMBA_CACHE_DIR", str(folder / "numba"))
    try:
        desk = _Builder(options, folder, logs).desk()
        try:
            yield desk
        finally:
            desk.stop()
    finally:
        lock.release()


class _Builder:
    """One desk in the making: each method makes one part from those made before."""

    def __init__(self, options: Options, folder: Path, logs: LogMemory) -> None:
        self._options = options
        self._settings: Settings = options.settings
        self._mode = options.settings.venue.mode
        self._folder = folder
        self._logs = logs
        self._tape_clock = ManualClock()
        self._clock: Clock = self._tape_clock if self._mode == "tape" else SystemClock()
        self._board = Board(self._clock, self._settings.venue.stale_after_s)
        self._hedger = DeltaHedger(self._settings.hedger)
        self._pair = KalmanPair(self._settings.pair)
        self._parts: list[Part] = []
        self._services: list[Callable[[], tuple[ServiceState, ...]]] = []

    def desk(self) -> Desk:
        """The parts, joined, in the order they start."""
        at = self._venue_addresses()
        key = credentials(self._mode) if at is not None else None
        writer, database = self._store()
        market = self._market(at, key)
        pricer = Pricer(self._board, self._clock, self._settings.pricing)
        self._add(pricer, lambda: (pricer.state(),))
        room = self._trading(at, key, writer, database)
        self._record(pricer, room, writer)
        if at is not None:
            self._warm_up(at)
        sources = Sources(
            trading=lambda: room.view,
            pricing=lambda: pricer.view,
            hedges=lambda: self._hedger.view,
            pair=lambda: self._pair.view,
            links=lambda: market.states() + room.links(),
            services=lambda: tuple(one for states in self._services for one in states()),
            store=lambda: _store_view(writer),
            post=room.post,
        )
        parts = tuple(self._parts)
        return Desk(self._settings, self._clock, self._board, self._logs, sources, parts)

    def _add(self, part: Part, states: Callable[[], tuple[ServiceState, ...]]) -> None:
        self._parts.append(part)
        self._services.append(states)

    def _venue_addresses(self) -> Endpoints | None:
        """Where the venue is; starts the simulated one. None for a tape."""
        if self._mode == "tape":
            return None
        if self._mode != "sim":
            at = endpoints(self._mode)
            _check_reachable(at)
            return at
        child = SimulatorChild(self._settings.simulator, self._folder)
        self._add(child, lambda: (child.service.state(),))
        return endpoints(self._mode, child.port)

    def _store(self) -> tuple[Writer | None, Database | None]:
        if self._mode == "tape" or not self._settings.store.is_on:
            return None, None
        dsn = os.environ.get("VOLDESK_DATABASE", "")
        database = database_of(self._mode, dsn, self._folder / "postgres")
        limit_bytes = self._settings.store.spool_limit_mb * 1_000_000
        writer = Writer(database, Spool(self._folder / f"spool-{self._mode}"), limit_bytes)
        self._add(writer, writer.services)
        return writer, database

    def _market(self, at: Endpoints | None, key: Credentials | None) -> MarketSource:
        if at is None:
            return self._tape()
        venue, tap = self._settings.venue, self._recording()
        link = DeribitMarket(at.socket_url, venue, self._board, self._clock, key, tap)
        self._add(link, link.services)
        return link

    def _recording(self) -> TapeWriter | None:
        if self._options.record is None:
            return None
        writer = TapeWriter(self._options.record)
        self._add(writer, lambda: (writer.service_state(),))
        return writer

    def _tape(self) -> MarketSource:
        from core.venues.tape import TapeSource

        options = self._options
        assert options.tape is not None, "options are checked before"
        tape = TapeSource(options.tape, self._board, self._tape_clock, options.tape_speed)
        self._add(tape, tape.services)
        return tape

    def _trading(
        self,
        at: Endpoints | None,
        key: Credentials | None,
        writer: Writer | None,
        database: Database | None,
    ) -> TradingRoom:
        journal: Journal = NullJournal() if writer is None else StoreJournal(writer)

        def venue(emit: Emit) -> TradingVenue:
            if at is None:
                return NoVenue(emit, "a tape takes no orders")
            if key is None:
                return NoVenue(emit, "no key: set VOLDESK_CLIENT_ID and VOLDESK_CLIENT_SECRET")
            return DeribitTrading(at.socket_url, self._settings.venue, key, self._clock, emit)

        def load() -> Restored:
            if writer is None or database is None:
                return Restored()
            if not writer.wait_until_written(_RESTORE_S):
                raise StoreError(f"not up after {_RESTORE_S:.0f} s ({writer.state.status})")
            return restore(Queries(database), self._board)

        def loop(restored: Restored) -> TradingLoop:
            strategies = (self._hedger, self._pair)
            risk = self._settings.risk
            return TradingLoop(self._clock, self._board, venue, risk, strategies, journal, restored)

        room = TradingRoom(load, loop)
        self._add(room, room.services)
        return room

    def _record(self, pricer: Pricer, room: TradingRoom, writer: Writer | None) -> None:
        if writer is None:
            return

        def accounts() -> tuple[AccountFigures, ...]:
            view = room.view
            return view.accounts if view.is_link_up else ()

        market = Market(self._board, lambda: pricer.view, accounts)
        recorder = Recorder(market, self._clock, writer)
        self._add(recorder, lambda: (recorder.state(),))

    def _warm_up(self, at: Endpoints) -> None:
        history = PairHistory(at.http_url, self._settings.pair, self._board, self._pair.warm_up)
        self._add(history, lambda: (history.service.state(),))


def _store_view(writer: Writer | None) -> StoreView:
    if writer is None:
        return StoreView(False, "off")
    state = writer.state
    return StoreView(state.is_up, state.status, state.last_minute_ns, state.spooled)


def _check_reachable(at: Endpoints) -> None:
    host = at.http_url.removeprefix("https://").partition("/")[0]
    try:
        socket.create_connection((host, 443), timeout=5.0).close()
    except OSError as error:
        raise StartError(f"{host} cannot be reached: {error}") from error
