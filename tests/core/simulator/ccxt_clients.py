"""ccxt's asynchronous clients pointed at the simulator: REST alone, and REST with WebSocket."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import ccxt.async_support
import ccxt.pro
from ccxt.async_support.base.ws.cache import ArrayCacheBySymbolById

from tests.core.simulator.running import WITHIN_S, Simulator

KEPT_STATES = 40
Levels = list[list[float]]


@asynccontextmanager
async def rest_client(venue: Simulator, client_id: str) -> AsyncIterator[Any]:
    """ccxt.async_support for the length of a test, its markets loaded."""
    exchange: Any = ccxt.async_support.deribit(_credentials(client_id))
    exchange.urls["api"] = {"rest": f"http://127.0.0.1:{venue.port}"}
    try:
        await exchange.load_markets()
        yield exchange
    finally:
        await exchange.close()


@asynccontextmanager
async def socket_client(venue: Simulator, client_id: str) -> AsyncIterator[Watcher]:
    """ccxt.pro for the length of a test, its markets loaded and its watching ended after it."""
    exchange = Watcher(_credentials(client_id))
    exchange.urls["api"] = {
        "rest": f"http://127.0.0.1:{venue.port}", "ws": f"ws://127.0.0.1:{venue.port}/ws/api/v2",
    }  # fmt: skip
    try:
        await exchange.load_markets()
        yield exchange
    finally:
        await exchange.end()


class Watcher(ccxt.pro.deribit):  # type: ignore[misc]  # ccxt has no types
    """ccxt.pro that also remembers what came, so that a test can compare it with REST."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self.joined: set[str] = set()
        """Channels the venue said yes to."""
        self.refusals: list[Any] = []
        self.book_frames = 0
        self.broken_chains: list[str] = []
        self.states: defaultdict[str, dict[int, tuple[Levels, Levels]]] = defaultdict(dict)
        """{instrument: {change id: (bids, asks)}}, as ccxt held the book after that frame."""
        # ccxt 4.5 starts a new cache with every frame of trades unless there is one already.
        self.myTrades = ArrayCacheBySymbolById(1_000)
        self._tasks: list[asyncio.Task[None]] = []

    def handle_message(self, client: Any, message: Any) -> None:
        """Note the answers to subscriptions, then let ccxt handle it."""
        result = message.get("result")
        if isinstance(result, list):
            self.joined.update(result)
        if "error" in message:
            self.refusals.append(message["error"])
        super().handle_message(client, message)

    def handle_order_book(self, client: Any, message: Any) -> None:
        """Let ccxt apply the frame, then copy its book under the frame's change id."""
        super().handle_order_book(client, message)
        data = message["params"]["data"]
        name, states = data["instrument_name"], self.states[data["instrument_name"]]
        if "prev_change_id" in data and data["prev_change_id"] != next(reversed(states), None):
            self.broken_chains.append(name)
        book = self.orderbooks[self.safe_symbol(name)]
        states[data["change_id"]] = (levels(book["bids"]), levels(book["asks"]))
        if len(states) > KEPT_STATES:
            del states[next(iter(states))]
        self.book_frames += 1

    def keep_watching(self, watch: Callable[[], Any]) -> None:
        """Call a watch method again and again, as a trader's loop does."""

        async def loop() -> None:
            while True:
                await watch()

        self._tasks.append(asyncio.create_task(loop()))

    async def until(self, reached: Callable[[], object], within_s: float = WITHIN_S) -> None:
        """Wait for a condition while frames come in; fails with what a watch loop ended on."""
        end_s = time.monotonic() + within_s
        while not reached():
            for task in self._tasks:
                if task.done():
                    task.result()
            assert time.monotonic() < end_s, "the condition waited for did not come"
            await asyncio.sleep(0.01)

    async def end(self) -> None:
        """Stop watching and close every connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.close()


def levels(side: Any) -> Levels:
    """[price, amount] of each level ccxt holds."""
    return [[float(level[0]), float(level[1])] for level in side]


def _credentials(client_id: str) -> dict[str, Any]:
    return {"apiKey": client_id, "secret": "secret", "enableRateLimit": False}
