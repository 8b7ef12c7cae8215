"""The practice ground of the desk: trouble asked of the simulated exchange, off every other thread.

Nobody waits for it: what came of an ask is a reply in `view`, as with the loop's commands.
"""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass, replace

from core.clock import Clock
from core.errors import VenueError
from core.service import Service
from core.trading.commands import Reply
from core.venues.practice import Fault, PracticeGround, Rehearsal

log = logging.getLogger(__name__)
_AGAIN_S = 0.3
_REMEMBERED = 50


@dataclass(frozen=True, slots=True)
class PracticeView:
    """What can be rehearsed, and what came of it."""

    why_not: str = ""
    """Why nothing can be rehearsed here; empty on the simulator."""
    faults: tuple[Fault, ...] = ()
    """As the exchange serves them; empty until it has."""
    replies: tuple[Reply, ...] = ()
    """Newest last."""


def no_practice(mode: str) -> PracticeView:
    """The view of a desk that is on a venue nobody may play with."""
    return PracticeView(f"practice works on the simulator only: this desk is on {mode}")


class Practice:
    """Learns what the exchange can do wrong, then lets it happen, one ask after the other."""

    def __init__(self, ground: PracticeGround, clock: Clock) -> None:
        self._ground = ground
        self._clock = clock
        self._asked: queue.SimpleQueue[tuple[int, Rehearsal] | None] = queue.SimpleQueue()
        self.view = PracticeView()
        self.service = Service("practice", self._body)

    def start(self) -> None:
        """Ask what there is; returns at once."""
        self.service.start()

    def stop(self) -> bool:
        """End the thread; an ask under way is waited for."""
        self.service.ask_to_stop()
        self._asked.put(None)
        return self.service.stop()

    def post(self, number: int, rehearsal: Rehearsal) -> None:
        """Let it happen soon; the reply in the view carries `number`. Any thread may call."""
        self._asked.put((number, rehearsal))

    def _body(self, stopping: threading.Event) -> None:
        self._learn(stopping)
        while not stopping.is_set():
            if (asked := self._asked.get()) is not None:
                self._rehearse(*asked)

    def _learn(self, stopping: threading.Event) -> None:
        """Ask until the exchange is up."""
        while not stopping.is_set():
            try:
                self.view = replace(self.view, faults=self._ground.faults())
            except VenueError as error:
                log.debug("what can be rehearsed is not known yet: %s", error)
                stopping.wait(_AGAIN_S)
            else:
                return

    def _rehearse(self, number: int, rehearsal: Rehearsal) -> None:
        """The log names it as a warning: who reads the trouble later must find its cause."""
        try:
            self._ground.arm(rehearsal)
        except VenueError as error:
            self._reply(number, False, f"{rehearsal.words} is not rehearsed: {error}")
            return
        log.warning("rehearsing %s on purpose", rehearsal.words)
        self._reply(number, True, f"rehearsing {rehearsal.words}")

    def _reply(self, number: int, is_ok: bool, text: str) -> None:
        reply = Reply(number, is_ok, text, self._clock.now_ns())
        self.view = replace(self.view, replies=(*self.view.replies[-_REMEMBERED:], reply))
