"""The heavy rooms of one desk, built from the ground up; importing this takes half a second."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.clock import Clock, ManualClock
from core.desk.desk import Part, StoreView
from core.desk.history import PairHistory
from core.desk.journal import StoreJournal, restore
from core.desk.no_venue import NoVenue
from core.desk.options import Options
from core.desk.past.index import IndexPast
from core.desk.past.kept import past_store
from core.desk.trading_room import TradingRoom
from core.errors import StoreError
from core.market.board import Board
from core.pricing.service import Pricer
from core.pricing.view import MarketPricing
from core.recorder.minute import Market, Recorder
from core.service import ServiceState
from core.store.queries.queries import Queries
from core.store.server.postgres import Database, database_of
from core.store.spool import Spool
from core.store.writer import Writer
from core.strategies.hedger import DeltaHedger
from core.strategies.pair.trader import KalmanPair
from core.strategies.views import HedgeView, PairView
from core.trading.journal import Journal, NullJournal, Restored
from core.trading.loop import TradingLoop
from core.venues.base import Emit, LinkState, MarketSource, TradingVenue
from core.venues.charts import Charts
from core.venues.deribit.endpoints import Credentials, Endpoints
from core.venues.deribit.market_link import DeribitMarket
from core.venues.deribit.trading_link import DeribitTrading
from core.venues.tape.recorder import Recorder as TapeRecorder

_RESTORE_S = 15.0
"""So long is waited for a database that cannot be reached."""
_SLOW_RESTORE_S = 120.0
"""And so long for one that starts, or that still takes what the last run left on disk."""
_LOOK_S = 0.5
NO_KEY = "no key: set VOLDESK_CLIENT_ID and VOLDESK_CLIENT_SECRET or VOLDESK_PRIVATE_KEY"


@dataclass(frozen=True, slots=True)
class Ground:
    """What a desk stands on: light, checked, there before the first picture."""

    options: Options
    folder: Path
    clock: Clock
    board: Board
    at: Endpoints | None
    """None while a tape plays."""
    key: Credentials | None
    room: TradingRoom
    """The door of the loop; it opens once the parts are there."""

    @property
    def mode(self) -> str:
        """sim, tape, paper, test or live."""
        return self.options.settings.venue.mode

    @property
    def ledger_name(self) -> str:
        """Whose facts are kept together: the mode, and on paper whose prices they came from."""
        if self.mode != "paper":
            return self.mode
        if self.options.at:
            return "paper_local"
        data = self.options.settings.venue.paper_data
        return "paper" if data == "live" else f"paper_{data}"


class Parts:
    """Every part with a life, in the order they start; each method makes one of them."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._settings = ground.options.settings
        self._board, self._clock = ground.board, ground.clock
        self._parts: list[Part] = []
        self._services: list[Callable[[], tuple[ServiceState, ...]]] = []
        self._hedger = DeltaHedger(self._settings.hedger)
        self._pair = KalmanPair(self._settings.pair)
        self._writer, self._database = self._store()
        self._asked = None if self._database is None else Queries(self._database)
        self._market = self._prices()
        past = self._index_past()
        self._pricer = Pricer(self._board, self._clock, self._settings.pricing, past.realised)
        self._add(self._pricer, self._pricer.states)
        self._add(ground.room, ground.room.services)
        self._record()
        self._warm_up()

    # Life.

    def start(self) -> None:
        """Start every part, in order; returns at once."""
        for part in self._parts:
            part.start()

    def stop(self) -> bool:
        """Stop every part in reverse order; False when one would not end."""
        if self._asked is not None:
            self._asked.close()
        stopped = [part.stop() for part in reversed(self._parts)]
        return all(stopped)

    # What the screen sees.

    def pricing(self) -> MarketPricing:
        """The priced option market."""
        return self._pricer.view

    def hedges(self) -> tuple[HedgeView, ...]:
        """One per hedged currency."""
        return self._hedger.view

    def pair(self) -> PairView:
        """The pair strategy."""
        return self._pair.view

    def links(self) -> tuple[LinkState, ...]:
        """Market links first, the trading link last."""
        return self._market.states() + self._ground.room.links()

    def services(self) -> tuple[ServiceState, ...]:
        """Every thread."""
        return tuple(one for states in self._services for one in states())

    def store(self) -> StoreView:
        """The database."""
        if self._writer is None:
            return StoreView(False, "off")
        state = self._writer.state
        return StoreView(
            state.is_up,
            state.status,
            state.last_minute_ns,
            state.spooled,
            state.why,
            state.since_s,
            state.waiting_minutes,
        )

    def queries(self) -> Queries:
        """What the store can be asked; StoreError where it is off."""
        if self._asked is None:
            raise StoreError("the store is off")
        return self._asked

    # What the loop is made of.

    def load(self, stopping: threading.Event) -> Restored:
        """What the last run wrote down; StoreError when the database does not come up.

        A database that starts or still writes is waited for longer than one that refuses.
        """
        if self._writer is None or self._database is None:
            return Restored()
        began_s = time.monotonic()
        while not self._writer.wait_until_written(_LOOK_S) and not stopping.is_set():
            waited_s = time.monotonic() - began_s
            limit_s = _RESTORE_S if self._writer.is_refused else _SLOW_RESTORE_S
            if waited_s > limit_s:
                raise StoreError(f"not up after {waited_s:.0f} s ({self._writer.state.status})")
        return restore(Queries(self._database), self._board)

    def loop(self, restored: Restored) -> TradingLoop:
        """The loop with its venue, not started."""
        journal: Journal = (
            NullJournal() if self._writer is None else StoreJournal(self._writer, restored.is_known)
        )
        strategies = (self._hedger, self._pair)
        risk, work = self._settings.risk, self._settings.work

        def venue(emit: Emit) -> TradingVenue:
            return self._venue(emit, restored.since_ns)

        return TradingLoop(
            self._clock, self._board, venue, risk, strategies, journal, restored, work
        )

    def _venue(self, emit: Emit, since_ns: int) -> TradingVenue:
        at, key = self._ground.at, self._ground.key
        if at is None:
            return NoVenue(emit, "a tape takes no orders")
        if self._ground.mode == "paper":
            return self._paper(at, emit)
        if key is None:
            return NoVenue(emit, NO_KEY)
        venue = self._settings.venue
        return DeribitTrading(at.socket_url, venue, key, self._clock, emit, since_ns)

    def _paper(self, at: Endpoints, emit: Emit) -> TradingVenue:
        from core.venues.paper.venue import PaperVenue

        settings, file = self._settings, self._ground.folder / f"{self._ground.ledger_name}.journal"
        return PaperVenue(
            at.socket_url, settings.venue, settings.paper, self._board, self._clock, file, emit
        )

    # Making.

    def _add(self, part: Part, states: Callable[[], tuple[ServiceState, ...]]) -> None:
        self._parts.append(part)
        self._services.append(states)

    def _store(self) -> tuple[Writer | None, Database | None]:
        name, folder = self._ground.ledger_name, self._ground.folder
        if name == "tape" or not self._settings.store.is_on:
            return None, None
        database = database_of(name, os.environ.get("VOLDESK_DATABASE", ""), folder / "postgres")
        store = self._settings.store
        writer = Writer(
            database,
            Spool(folder / f"spool-{name}"),
            store.spool_limit_mb * 1_000_000,
            keep_days=store.keep_days,
        )
        self._add(writer, writer.services)
        return writer, database

    def _prices(self) -> MarketSource:
        at = self._ground.at
        if at is None:
            return self._tape()
        venue, tap, key = self._settings.venue, self._recording(), self._ground.key
        link = DeribitMarket(at.socket_url, venue, self._board, self._clock, key, tap)
        self._add(link, link.services)
        return link

    def _index_past(self) -> IndexPast:
        at, store = self._ground.at, None
        if self._writer is not None and self._asked is not None:
            store = past_store(self._writer, self._asked)
        past = IndexPast(None if at is None else Charts(at.http_url), self._board, store)
        self._add(past, lambda: (past.service.state(),) if at is not None else ())
        return past

    def _recording(self) -> TapeRecorder | None:
        record = self._ground.options.record
        if record is None:
            return None
        writer = TapeRecorder(record, self._settings.tape, self._board, self._clock)
        self._add(writer, lambda: (writer.service_state(),))
        return writer

    def _tape(self) -> MarketSource:
        from core.venues.tape.source import TapeSource

        options = self._ground.options
        assert options.tape is not None, "options are checked before"
        assert isinstance(self._clock, ManualClock), "a tape brings its own time"
        tape = TapeSource(
            options.tape, self._board, self._clock, options.tape_speed, options.tape_from
        )
        self._add(tape, tape.services)
        return tape

    def _record(self) -> None:
        if self._writer is None:
            return
        room = self._ground.room
        recorder = Recorder(
            Market(self._board, self._pricer.price, lambda: room.view), self._writer
        )
        self._add(recorder, lambda: (recorder.state(),))

    def _warm_up(self) -> None:
        at = self._ground.at
        if at is None:
            return
        history = PairHistory(at.http_url, self._settings.pair, self._board, self._pair.warm_up)
        self._add(history, lambda: (history.service.state(),))
