"""The thread that prices the market once a second and publishes the result."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from core.clock import Clock
from core.market.board import Board
from core.market.catalog import Catalog
from core.market.still import StillBoard
from core.pricing.chain_pricing import ExpiryKey, price_market
from core.pricing.index import Realised
from core.pricing.options.engine import Engine
from core.pricing.rows import OptionRows, option_rows
from core.pricing.view import MarketPricing
from core.quant.surface.fitted_slice import FittedSlice
from core.service import Service, ServiceState
from core.settings import PricingSettings

log = logging.getLogger(__name__)
_CHALLENGE_EVERY = 15
"""Turns."""


class Pricer:
    """Publishes `view`, a frozen value replaced whole; any thread reads it."""

    def __init__(
        self,
        board: Board,
        clock: Clock,
        settings: PricingSettings,
        realised: Callable[[], Realised] = dict,
    ) -> None:
        """`realised` tells how much each chain's index moved; it returns at once."""
        self._board = board
        self._clock = clock
        self._realised = realised
        self._every_s = settings.every_s
        self._engine = Engine(settings.engine)
        self._catalog: Catalog | None = None
        self._rows: OptionRows | None = None
        self._fits: Mapping[ExpiryKey, FittedSlice] = {}
        self._turns = 0
        self._fault = ""
        self._gate = threading.Condition()
        self._asked: StillBoard | None = None
        self._answered: StillBoard | None = None
        self._service = Service("pricing", self._run)
        self.view = MarketPricing()

    def start(self) -> None:
        """Price in the background until stopped."""
        self._engine.start()
        self._service.start()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """End the thread; False if it is still running."""
        self._service.ask_to_stop()
        with self._gate:
            self._gate.notify_all()
        is_ready = self._engine.stop()
        return self._service.stop(timeout_s) and is_ready

    def state(self) -> ServiceState:
        """For the screen."""
        return self._service.state()

    def states(self) -> tuple[ServiceState, ...]:
        """For the screen: with whoever makes the wanted engine ready."""
        return (self.state(), *self._engine.states())

    def price(self, board: StillBoard, timeout_s: float) -> MarketPricing | None:
        """Have this moment priced and published at once; None if it fails or takes longer.

        One thread asks at a time, never the service's own.
        """
        if not self._service.is_running:
            return None
        with self._gate:
            self._asked = board
            self._gate.notify_all()
            self._gate.wait_for(lambda: self._answered is board, timeout_s)
        view = self.view
        return view if view.board is board else None

    def turn(self, board: StillBoard | None = None) -> MarketPricing:
        """Price everything as it is now, or as it was on `board`, and publish it.

        Only the service's thread, or a test without one.
        """
        started = time.monotonic()
        at_ns, board = self._clock.now_ns(), board or self._board.still()
        rows = self._listed(board.catalog)
        priced = price_market(
            board,
            rows,
            board.venue_ns,
            self._fits,
            self._engine.invert,
            self._realised(),
            self._challenged(),
        )
        self._fits = priced.fits
        took_ms = (time.monotonic() - started) * 1000
        self.view = replace(
            priced.view, at_ns=at_ns, took_ms=took_ms, board=board, engine=self._engine.words
        )
        return self.view

    def _challenged(self) -> str:
        """The chain to search anew this turn, each in its turn, mostly none.

        A search that only follows its last answer would stay in a bad one for good.
        """
        self._turns += 1
        chains = sorted({chain for chain, _ in self._fits})
        turn, rest = divmod(self._turns, _CHALLENGE_EVERY)
        return "" if rest or not chains else chains[turn % len(chains)]

    def _listed(self, catalog: Catalog) -> OptionRows:
        """The columns of what is listed, made anew when the catalog was replaced."""
        if self._rows is None or catalog is not self._catalog:
            self._rows, self._catalog = option_rows(catalog), catalog
        return self._rows

    def _run(self, stopping: threading.Event) -> None:
        due = time.monotonic()
        while not stopping.is_set():
            with self._gate:
                self._gate.wait_for(
                    lambda: self._asked is not None or stopping.is_set(),
                    max(0.0, due - time.monotonic()),
                )
                asked, self._asked = self._asked, None
            if not stopping.is_set():
                self._guarded_turn(asked)
            with self._gate:
                self._answered = asked
                self._gate.notify_all()
            # A late turn does not make the next ones hurry.
            due = max(due + self._every_s, time.monotonic() + self._every_s / 10)

    def _guarded_turn(self, board: StillBoard | None) -> None:
        """A turn that fails leaves the last view, which ages; the next turn may do better."""
        try:
            self.turn(board)
            self._fault = ""
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"
            if fault != self._fault:
                log.exception("the option market could not be priced")
            self._fault = fault
