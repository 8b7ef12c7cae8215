"""How the exchange's steps are made: ten a second of the wall, or when a client says so."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from core.simulator.clock import SteppedClock
from core.simulator.exchange import STEP_S, Exchange
from core.simulator.methods.params import Params
from core.simulator.rpc import invalid
from core.simulator.server.timing import SteppedTiming

log = logging.getLogger(__name__)
MOST_STEPS = 1_000_000
"""Of one advance."""


class FreePace:
    """Steps with the wall clock."""

    def __init__(self, exchange: Exchange, after: Callable[[], None]) -> None:
        self._exchange = exchange
        self._after = after

    async def run(self) -> None:
        """Step every 100 ms; a slow step is not made up for, the next one spans more time."""
        due_s = time.monotonic()
        while True:
            due_s = max(due_s + STEP_S, time.monotonic())
            await asyncio.sleep(due_s - time.monotonic())
            try:
                self._exchange.step()
                self._after()
            except Exception:
                log.exception("a step of the exchange failed")


class SteppedPace:
    """Steps by `simulator/advance` only; whoever else asks meanwhile waits for its end."""

    def __init__(
        self, exchange: Exchange, clock: SteppedClock, timing: SteppedTiming,
        after: Callable[[], None], drained: Callable[[], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._exchange = exchange
        self._clock = clock
        self._timing = timing
        self._after = after
        self._drained = drained
        self._gate = asyncio.Lock()

    async def turn(self) -> None:
        """Return when no advance is under way."""
        if self._gate.locked():
            async with self._gate:
                return

    async def advance(self, steps: int) -> None:
        """Make steps; frames leave after each, and slow readers are waited for."""
        async with self._gate:
            self._timing.begin()
            for _ in range(steps):
                self._clock.tick()
                self._exchange.step()
                self._timing.run_due()
                self._after()
                await self._drained()

    def steps_of(self, params: Params) -> int:
        """How many whole steps `seconds` ask for, at least one; RpcError when it is no time."""
        seconds = params.decimal("seconds")
        if seconds is None:
            raise invalid("seconds", "value required")
        quantum_s = STEP_S * self._clock.speed
        steps = round(float(seconds) / quantum_s)
        if not 1 <= steps <= MOST_STEPS:
            raise invalid(
                "seconds", f"must lie between {quantum_s:g} and {quantum_s * MOST_STEPS:g}"
            )
        return steps
