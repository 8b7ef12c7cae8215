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
from core.venues.deribit.market.conversation import Listed, MarketConversation
from core.venues.deribit.market.feed import Feed
from core.venues.deribit.market.shards import MOST_CONNECTIONS, MOST_INSTRUMENTS, connections, plans

log = logging.getLogger(__name__)


class DeribitMarket:
    """Lists, subscribes and replicates; a `MarketSource`.

    The first connection lists the instruments and shares them out; each connection's thread
    writes the books of its own share. When the list needs more connections than were wished
    for, they are opened then.
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
        self._url = url
        self._settings = settings
        self._board = board
        self._clock = clock
        self._credentials = credentials
        self._tap = tap
        self._limits = Limits()
        self._gate = threading.Lock()
        self._is_running = False
        self._carried: dict[str, int] = {}
        self._has_listed = threading.Event()
        self._feeds: tuple[Feed, ...] = ()
        self._open(connections(0, settings.sockets))

    def start(self) -> None:
        """Begin to fill the board; returns at once."""
        with self._gate:
            self._is_running = True
            for feed in self._feeds:
                feed.start()

    def stop(self) -> bool:
        """End the threads; True when they are gone."""
        with self._gate:
            self._is_running = False
            feeds = self._feeds
            for feed in feeds:
                feed.ask_to_stop()
        stopped = [feed.stop() for feed in feeds]
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

    # The first feed's thread.

    def _listed(self, listed: Listed) -> None:
        active = [one for one in listed.instruments if one.is_active]
        self._open(connections(len(active), self._settings.sockets))
        self._share_out(active)
        self._has_listed.set()

    def _share_out(self, active: list[Instrument]) -> None:
        feeds = self._feeds
        shares = plans(active, len(feeds), self._carried)
        if self._tap is not None:
            names = {feed.name: plan.names for feed, plan in zip(feeds, shares, strict=True)}
            self._tap.listed(feeds[0].name, active, names, self._clock.now_ns())
        self._board.list_instruments(active)
        self._carried = {name: i for i, plan in enumerate(shares) for name in plan.names}
        for feed, plan in zip(feeds, shares, strict=True):
            self._board.assign(plan.names, feed.name)
            feed.carry(plan)
        if len(active) > MOST_CONNECTIONS * MOST_INSTRUMENTS:
            log.warning("%d instruments are more than the connections are meant for", len(active))

    def _open(self, wanted: int) -> None:
        """Open further connections up to `wanted`; none is ever closed for being idle."""
        with self._gate:
            new = [self._feed(number) for number in range(len(self._feeds), wanted)]
            self._feeds += tuple(new)
            if self._is_running:
                for feed in new:
                    feed.start()

    def _feed(self, number: int) -> Feed:
        conversation = MarketConversation(
            f"market {number + 1}",
            self._board,
            self._clock,
            self._settings,
            self._limits,
            self._credentials,
            self._tap,
            is_first=number == 0,
        )
        stale_after_s = self._settings.stale_after_s
        return Feed(self._url, conversation, stale_after_s, self._listed)
