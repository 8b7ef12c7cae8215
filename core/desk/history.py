"""What the pair's past says, fitted in a process of its own: its libraries take seconds to load."""

from __future__ import annotations

import logging
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, wait

from core.errors import VenueError
from core.market.board import Board
from core.service import Service
from core.settings import PairSettings
from core.strategies.pair.history import PairFit

log = logging.getLogger(__name__)
MINUTES = 600


def fitted(http_url: str, leg_z: str, leg_h: str, minutes: int) -> PairFit:
    """Read both legs' minute closes and fit them; VenueError when they do not come. Slow."""
    from core.strategies.pair.fits import fit_pair
    from core.venues.candles import candles

    closes = candles(http_url, (leg_z, leg_h), minutes)
    return fit_pair(closes.rename(columns={leg_z: "z", leg_h: "h"}))


class PairHistory:
    """Waits until both legs are listed, lets the worker fit, and hands the result on once."""

    def __init__(
        self, http_url: str, settings: PairSettings, board: Board, take: Callable[[PairFit], None]
    ) -> None:
        self._http_url = http_url
        self._legs = (settings.leg_z, settings.leg_h)
        self._board = board
        self._take = take
        self.service = Service("history", self._body)

    def start(self) -> None:
        """Begin to wait; returns at once."""
        self.service.start()

    def stop(self) -> bool:
        """End the waiting and the worker."""
        return self.service.stop()

    def _body(self, stopping: threading.Event) -> None:
        while any(self._board.instrument(leg) is None for leg in self._legs):
            if stopping.wait(0.2):
                return
        # Spawned, not forked: the desk has threads, and their locks must not be copied.
        context = multiprocessing.get_context("spawn")
        worker = ProcessPoolExecutor(max_workers=1, mp_context=context)
        try:
            self._hand_on(worker.submit(fitted, self._http_url, *self._legs, MINUTES), stopping)
        finally:
            worker.shutdown(wait=False, cancel_futures=True)

    def _hand_on(self, future: Future[PairFit], stopping: threading.Event) -> None:
        while not wait([future], timeout=0.2).done:
            if stopping.is_set():
                return
        try:
            self._take(future.result())
        except VenueError as error:
            log.warning("the pair starts without history: %s", error)
