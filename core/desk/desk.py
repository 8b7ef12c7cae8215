"""The desk without a screen: the parts, joined."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from core.clock import Clock
from core.desk.archive.service import Asker, NoArchive
from core.desk.practice import PracticeView, no_practice
from core.errors import CommandError
from core.logs import LogMemory
from core.market.board import Board
from core.pricing.view import MarketPricing
from core.service import ServiceState
from core.settings import Settings
from core.strategies.views import HedgeView, PairView
from core.trading.commands import Command, Request
from core.trading.view import TradingView
from core.venues.base import LinkState
from core.venues.practice import Rehearsal

MANY_BATCHES = 20
"""A second of trading brings fewer; more of them wait for a database that was down."""


@dataclass(frozen=True, slots=True)
class StoreView:
    """The database as the screen shows it."""

    is_up: bool
    status: str
    """In one line: writing, spooling and why, off."""
    last_minute_ns: int = 0
    """The newest minute written; 0 before the first."""
    spooled: int = 0
    """Batches that wait on disk."""
    why: str = ""
    """Why it is down, or what the disk lacks, in words; empty when all is well."""
    since_s: float = 0.0
    """For how long it has been up or down."""
    waiting_minutes: int = 0
    """Minutes of this run among what waits."""

    @property
    def is_catching_up(self) -> bool:
        """True when it is up and what a minute brings does not explain what waits."""
        return self.is_up and self.spooled > MANY_BATCHES


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the desk's views come from: functions that return the newest frozen value."""

    trading: Callable[[], TradingView]
    pricing: Callable[[], MarketPricing]
    hedges: Callable[[], tuple[HedgeView, ...]]
    pair: Callable[[], PairView]
    links: Callable[[], tuple[LinkState, ...]]
    services: Callable[[], tuple[ServiceState, ...]]
    store: Callable[[], StoreView]
    post: Callable[[Command], None]
    """Puts a command into the loop's inbox."""
    practice: Callable[[], PracticeView] | None = None
    """None away from the simulator."""
    rehearse: Callable[[int, Rehearsal], None] | None = None
    """Hands a fault to the simulated exchange."""
    archive: Asker = field(default_factory=NoArchive)
    """Asks the store for the past."""


class Part(Protocol):
    """Anything with a life: started in order, stopped in reverse."""

    def start(self) -> None: ...

    def stop(self) -> bool: ...


class Desk:
    """Everything the screen may read, and the one way to ask for something."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        board: Board,
        logs: LogMemory,
        sources: Sources,
        parts: tuple[Part, ...] = (),
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.board = board
        self.logs = logs
        self._sources = sources
        self._parts = parts
        self._numbers = itertools.count(1)

    @property
    def mode(self) -> str:
        """sim, tape, paper, test or live."""
        return self.settings.venue.mode

    @property
    def trading(self) -> TradingView:
        """Orders, positions, money, automation."""
        return self._sources.trading()

    @property
    def pricing(self) -> MarketPricing:
        """The priced option market."""
        return self._sources.pricing()

    @property
    def hedges(self) -> tuple[HedgeView, ...]:
        """One per hedged currency."""
        return self._sources.hedges()

    @property
    def pair(self) -> PairView:
        """The pair strategy."""
        return self._sources.pair()

    @property
    def links(self) -> tuple[LinkState, ...]:
        """Market links first, the trading link last."""
        return self._sources.links()

    @property
    def services(self) -> tuple[ServiceState, ...]:
        """Every thread."""
        return self._sources.services()

    @property
    def store(self) -> StoreView:
        """The database."""
        return self._sources.store()

    @property
    def archive(self) -> Asker:
        """The past, asked for without waiting."""
        return self._sources.archive

    @property
    def practice(self) -> PracticeView:
        """What can be rehearsed; away from the simulator the reason why nothing can."""
        found = self._sources.practice
        return no_practice(self.mode) if found is None else found()

    def rehearse(self, rehearsal: Rehearsal) -> int:
        """Ask the exchange for trouble; the reply in `practice.replies` carries the number.

        CommandError when this desk is on another venue than the simulator.
        """
        number = next(self._numbers)
        if self._sources.rehearse is None:
            raise CommandError(self.practice.why_not)
        self._sources.rehearse(number, rehearsal)
        return number

    def submit(self, request: Request, text: str = "") -> int:
        """Post a request; its replies in `trading.replies` carry the number returned."""
        number = next(self._numbers)
        self._sources.post(Command(number, request, text))
        return number

    def start(self) -> None:
        """Start every part, in order; returns at once."""
        for part in self._parts:
            part.start()

    def stop(self) -> bool:
        """Stop every part in reverse order; False when one would not end."""
        stopped = [part.stop() for part in reversed(self._parts)]
        return all(stopped)
