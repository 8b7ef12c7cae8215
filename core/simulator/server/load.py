"""Extra book traffic for load tests: makers change one size, one frame at a time."""

from __future__ import annotations

import asyncio
import logging
import random
import time

from core.simulator.feeds.books import BookChannel
from core.simulator.feeds.hub import Hub
from core.simulator.markets.book import ASK, BID

log = logging.getLogger(__name__)
TURN_S = 0.01


class LoadGenerator:
    """Sends about `per_s` book frames a second over whatever books are subscribed."""

    def __init__(self, hub: Hub, per_s: float, seed: int) -> None:
        self._hub = hub
        self._per_s = per_s
        self._random = random.Random(seed)
        self._owed = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        started_s, sent = time.monotonic(), 0
        while True:
            await asyncio.sleep(TURN_S)
            due = int((time.monotonic() - started_s) * self._per_s) - sent
            sent += due
            try:
                self.emit(min(due, int(self._per_s)))
            except Exception:
                log.exception("extra book traffic failed")

    def emit_for(self, seconds: float) -> None:
        """Send what is due in some exchange time; what is left over is sent later."""
        self._owed += self._per_s * seconds
        frames = int(self._owed)
        self._owed -= frames
        if frames:
            self.emit(frames)

    def emit(self, frames: int) -> None:
        """Send `frames` changes now, spread over the subscribed books."""
        channels = self._hub.book_channels()
        if not channels:
            return
        for channel in self._random.choices(channels, k=frames):
            self._flicker(channel)

    def _flicker(self, channel: BookChannel) -> None:
        side = self._random.choice((BID, ASK))
        house = channel.market.book.house[side]
        if not house:
            return
        tick = self._random.choice(list(house))
        if tick in channel.market.book.queues[side]:
            return
        house[tick] = house[tick] + 1 if house[tick] % 2 else max(1, house[tick] - 1)
        channel.touch(side, tick, house[tick])
