"""Deribit's market data: several connections, one board."""

from __future__ import annotations

import logging
import threading

from core.clock import Clock
from core.domain.instrument import Instrument
from core.market.board import Board
from core.service import ServiceState
from core.settings import VenueSettings
from core.venues.base import LinkState, Tap
from core.venues.deribit.endpoints import Credentials
from core.venues.deribit.limits import Limits
from core.venues.deribit.market.feed import Feed
from core.venues.deribit.market.shards import plans

log = logging.getLogger(__name__)


class DeribitMarket:
    """Lists, subscribes and replicates; a `MarketSource`.

    The first connection lists the instruments and shares them out; each connection's thread
    writes the books of its own share.
    """

    def __init__(
        self,
        url: str,
        settings: VenueSettings,
        board: Board,
        clock: Clock,
        credentials: Credentials | None = None,
        tap: Tap | None = None,
    ) -> None:
        self._settings = settings
        self._board = board
        self._clock = clock
        self._tap = tap
        limits = Limits()
        self._feeds = tuple(
            Feed(f"market {number + 1}", url, board, clock, settings, limits, credentials, tap)
            for number in range(settings.sockets)
        )
        self._carried: dict[str, int] = {}
        self._feeds[0].lists_for(self._listed)
        self._has_listed = threading.Event()

    def start(self) -> None:
        """Begin to fill the board; returns at once."""
        for feed in self._feeds:
            feed.start()

    def stop(self) -> bool:
        """End the threads; True when they are gone."""
        for feed in self._feeds:
            feed.ask_to_stop()
        stopped = [feed.stop() for feed in self._feeds]
        return all(stopped)

    def states(self) -> tuple[LinkState, ...]:
        """One per connection."""
        return tuple(feed.state() for feed in self._feeds)

    def services(self) -> tuple[ServiceState, ...]:
        """One per thread."""
        return tuple(feed.service_state() for feed in self._feeds)

    def wait_listed(self, timeout_s: float) -> bool:
        """Wait until the first list of instruments is on the board; False when it did not come."""
        return self._has_listed.wait(timeout_s)

    def _listed(self, instruments: list[Instrument]) -> None:
        """A new list came; called in the first feed's thread."""
        active = [one for one in instruments if one.is_active]
        shares = plans(active, len(self._feeds), self._settings.book_interval, self._carried)
        if self._tap is not None:
            names = {feed.name: plan.names for feed, plan in zip(self._feeds, shares, strict=True)}
            self._tap.listed(self._feeds[0].name, active, names, self._clock.now_ns())
        self._board.list_instruments(active)
        self._carried = {name: i for i, plan in enumerate(shares) for name in plan.names}
        for feed, plan in zip(self._feeds, shares, strict=True):
            self._board.assign(plan.names, feed.name)
            feed.carry(plan)
        self._has_listed.set()
