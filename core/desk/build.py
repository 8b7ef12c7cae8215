"""Builds a desk from options: what must be checked first at once, the heavy rooms at the start."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.clock import Clock, ManualClock, SystemClock
from core.desk.archive.service import Archive
from core.desk.desk import Desk, Sources, StoreView
from core.desk.options import Options
from core.desk.places import CopyLock, data_folder
from core.desk.practice import Practice
from core.desk.reach import check_reach
from core.desk.simulator_child import SimulatorChild
from core.desk.trading_room import TradingRoom
from core.errors import StartError, StoreError
from core.logs import LogMemory, configure
from core.market.board import Board
from core.pricing.view import MarketPricing
from core.service import ServiceState
from core.settings import Settings
from core.strategies.views import HedgeView, PairView
from core.venues.deribit.endpoints import (
    Credentials,
    Endpoints,
    credentials,
    endpoints,
    forget_keys,
    public_endpoints,
)
from core.venues.practice import PracticeGround

if TYPE_CHECKING:
    from core.desk.parts import Parts
    from core.store.queries.queries import Queries

_NO_STORE = StoreView(False, "not started")


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
        desk = _desk(options, folder, logs)
        try:
            yield desk
        finally:
            desk.stop()
    finally:
        lock.release()


def _desk(options: Options, folder: Path, logs: LogMemory) -> Desk:
    settings = options.settings
    mode = settings.venue.mode
    clock: Clock = ManualClock() if mode == "tape" else SystemClock()
    board = Board(clock, settings.venue.stale_after_s)
    child = SimulatorChild(settings.simulator, folder) if mode == "sim" else None
    at = _addresses(options, child)
    key = _key(mode) if at is not None else None
    forget_keys()
    if at is not None and child is None:
        check_reach(at)
    rooms = LateRooms(options, folder, clock, board, at, key)
    practice = Practice(PracticeGround(at.http_url), clock) if child and at else None
    archive = Archive(clock, rooms.queries)
    light = [one.service for one in (child, practice, archive) if one is not None]
    sources = Sources(
        trading=lambda: rooms.room.view,
        pricing=rooms.pricing,
        hedges=rooms.hedges,
        pair=rooms.pair,
        links=lambda: () if rooms.parts is None else rooms.parts.links(),
        services=lambda: (*rooms.services(), *(one.state() for one in light)),
        store=lambda: _NO_STORE if rooms.parts is None else rooms.parts.store(),
        post=rooms.room.post,
        practice=None if practice is None else lambda: practice.view,
        rehearse=None if practice is None else practice.post,
        archive=archive,
    )
    # What asks the child over HTTP ends after it: its going frees an ask that hangs.
    parts = tuple(part for part in (practice, child, rooms, archive) if part is not None)
    return Desk(settings, clock, board, logs, sources, parts)


class LateRooms:
    """The rooms whose libraries take half a second to load: made by `start`, off the screen's
    thread, so that the first picture does not wait for them."""

    def __init__(
        self,
        options: Options,
        folder: Path,
        clock: Clock,
        board: Board,
        at: Endpoints | None,
        key: Credentials | None,
    ) -> None:
        self._settings: Settings = options.settings
        self._options, self._folder = options, folder
        self._clock, self._board, self._at, self._key = clock, board, at, key
        self._gate = threading.Lock()
        self._is_over = False
        self.parts: Parts | None = None
        """None until they are made."""
        self.room = TradingRoom(
            lambda stopping: self._made().load(stopping), lambda found: self._made().loop(found)
        )

    def start(self) -> None:
        """Load, build and start them; takes half a second."""
        from core.desk.parts import Ground, Parts

        with self._gate:
            if self._is_over or self.parts is not None:
                return
            ground = Ground(
                self._options,
                self._folder,
                self._clock,
                self._board,
                self._at,
                self._key,
                self.room,
            )
            self.parts = Parts(ground)
            self.parts.start()

    def stop(self) -> bool:
        """Stop them; a start that is under way is waited for."""
        with self._gate:
            self._is_over = True
            return self.parts is None or self.parts.stop()

    def pricing(self) -> MarketPricing:
        """The priced market; empty before there is a pricer."""
        return MarketPricing() if self.parts is None else self.parts.pricing()

    def hedges(self) -> tuple[HedgeView, ...]:
        """One per hedged currency; none before there is a hedger."""
        return () if self.parts is None else self.parts.hedges()

    def pair(self) -> PairView:
        """The pair strategy; off before there is one."""
        if self.parts is None:
            return PairView(self._settings.pair.leg_z, self._settings.pair.leg_h)
        return self.parts.pair()

    def services(self) -> tuple[ServiceState, ...]:
        """Every thread but the simulator's."""
        return () if self.parts is None else self.parts.services()

    def queries(self) -> Queries:
        """The store's own answers; StoreError before there is a store, or where it is off."""
        if self.parts is None:
            raise StoreError("the store is not started yet")
        return self.parts.queries()

    def _made(self) -> Parts:
        assert self.parts is not None, "the room starts after the parts are made"
        return self.parts


def _addresses(options: Options, child: SimulatorChild | None) -> Endpoints | None:
    """Where the venue is; None for a tape. StartError for live without both of its locks."""
    venue = options.settings.venue
    if venue.mode == "tape":
        return None
    if child is not None:
        return endpoints(venue.mode, child.port)
    if venue.mode == "paper":
        return public_endpoints(venue.paper_data, options.at)
    if venue.mode == "live" and not (options.is_live_allowed and options.is_live_confirmed):
        raise StartError("the live venue wants --live and the typed word before anything starts")
    return endpoints(venue.mode)


def _key(mode: str) -> Credentials | None:
    """The key the desk logs in with; none on paper. StartError when a venue wants one."""
    key = credentials(mode)
    if key is None and mode != "paper":
        raise StartError(
            f"the venue {mode} wants a key: set VOLDESK_CLIENT_ID and VOLDESK_CLIENT_SECRET; "
            "--venue paper shows real prices without one"
        )
    return key
