"""ssc2ce, a public Deribit client older than this project, runs on the simulator.

It applies `new`, `change` and `delete` literally and checks every prev_change_id, so a frame that
names a level wrongly, or is missing, breaks its books.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import pytest

from tests.core.simulator.running import WITHIN_S, Simulator

if importlib.util.find_spec("pkg_resources") is None:
    # ssc2ce asks setuptools for its own version, in a way setuptools has dropped since.
    old_setuptools: Any = ModuleType("pkg_resources")
    old_setuptools.get_distribution = importlib.metadata.distribution
    old_setuptools.DistributionNotFound = importlib.metadata.PackageNotFoundError
    sys.modules["pkg_resources"] = old_setuptools
ssc2ce: Any = pytest.importorskip(
    "ssc2ce", reason="the public client ssc2ce is not installed; make clients runs this"
)
CLIENT = "kim"
FRAMES = 3_000
KEPT_STATES = 40
Levels = list[list[float]]


class Trader:
    """ssc2ce's connector and its book parser, joined as its own examples join them."""

    def __init__(self, venue: Simulator) -> None:
        self.connector = ssc2ce.Deribit(CLIENT, "secret", auth_type=ssc2ce.AuthType.CREDENTIALS)
        self.connector.ws_api = f"ws://127.0.0.1:{venue.port}/ws/api/v2/"
        self.parser = ssc2ce.DeribitParser()
        self.parser.set_on_book_setup(self._keep)
        self.parser.set_on_book_update(self._keep)
        self.connector.on_message = self.parser.parse
        self.connector.method_routes.append(("subscription", self._notified))
        self.connector.on_authenticated = self._authenticated
        self.connector.on_response_error = self._refused
        self.logged_in = asyncio.Event()
        self.frames = 0
        self.states: defaultdict[str, dict[int, tuple[Levels, Levels]]] = defaultdict(dict)
        """{instrument: {change id: (bids, asks)}}, as ssc2ce held the book after that frame."""
        self.seen: defaultdict[str, list[Any]] = defaultdict(list)
        """Data of other channels, by the first two parts of their names."""
        self.refusals: list[Any] = []

    async def ask(self, method: str, **params: object) -> Any:
        """Send a request the client's own way and wait for its result."""
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        is_public = method.startswith("public/")
        send = self.connector.send_public if is_public else self.connector.send_private
        await send({"method": method, "params": params}, callback=answered.set_result)
        return (await asyncio.wait_for(answered, WITHIN_S))["result"]

    async def until(self, reached: Callable[[], object]) -> None:
        """Wait for a condition while frames come in."""
        end_s = time.monotonic() + WITHIN_S
        while not reached():
            assert time.monotonic() < end_s, "the condition waited for did not come"
            await asyncio.sleep(0.01)

    def _keep(self, book: Any) -> None:
        states = self.states[book.instrument()]
        states[book.change_id] = (
            [list(level) for level in book.bids.data], [list(level) for level in book.asks.data],
        )  # fmt: skip
        if len(states) > KEPT_STATES:
            del states[next(iter(states))]
        self.frames += 1

    def _notified(self, frame: Any) -> None:
        channel = ".".join(frame["params"]["channel"].split(".")[:2])
        self.seen[channel].append(frame["params"]["data"])

    def _authenticated(self) -> None:
        self.logged_in.set()

    def _refused(self, message: Any) -> None:
        self.refusals.append(message["error"])


@asynccontextmanager
async def trading(venue: Simulator) -> AsyncIterator[Trader]:
    """A logged-in ssc2ce for the length of a test."""
    trader = Trader(venue)
    receiving = asyncio.create_task(trader.connector.run_receiver())
    try:
        await asyncio.wait_for(trader.logged_in.wait(), WITHIN_S)
        yield trader
        if receiving.done():
            receiving.result()
    finally:
        await trader.connector.stop()
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)


async def compare_book(trader: Trader, name: str) -> None:
    """The book by request is the one the client held after the frame with that change id."""
    book = await trader.ask("public/get_order_book", instrument_name=name, depth=10_000)
    await trader.until(lambda: book["change_id"] in trader.states[name])
    assert trader.states[name][book["change_id"]] == (book["bids"], book["asks"])


@pytest.mark.parametrize("interval", ["raw", "100ms"])
def test_books_follow_thousands_of_frames(quick: Simulator, interval: str) -> None:
    async def run() -> None:
        async with trading(quick) as trader:
            futures = await trader.ask("public/get_instruments", currency="USDC", kind="future")
            options = await trader.ask("public/get_instruments", currency="ETH", kind="option")
            names = [row["instrument_name"] for row in [*futures[:12], *options[:80]]]
            channels = [f"book.{name}.{interval}" for name in names]
            joined = await trader.ask("private/subscribe", channels=channels)
            assert sorted(joined) == sorted(channels)
            compared = 0
            while trader.frames < FRAMES or compared < 50:
                await compare_book(trader, names[compared * 7 % len(names)])
                compared += 1
            assert trader.refusals == []

    asyncio.run(run())


def test_a_day_of_orders_is_answered_and_announced(quick: Simulator) -> None:
    async def run() -> None:
        async with trading(quick) as trader:
            joined = await trader.ask("private/subscribe", channels=[
                "user.orders.BTC-PERPETUAL.raw", "user.trades.BTC-PERPETUAL.raw",
                "ticker.BTC-PERPETUAL.100ms", "trades.BTC-PERPETUAL.100ms",
            ])  # fmt: skip
            assert len(joined) == 4
            await trader.until(lambda: trader.seen["ticker.BTC-PERPETUAL"])
            ids = await _orders(trader, trader.seen["ticker.BTC-PERPETUAL"][-1])
            await trader.until(lambda: ids <= {o["order_id"] for o in _ended(trader)})
            amounts = [t["amount"] for fills in trader.seen["user.trades"] for t in fills]
            assert sum(amounts) == pytest.approx(200)
            assert trader.refusals == []

    asyncio.run(run())


async def _orders(trader: Trader, ticker: Any) -> set[str]:
    """A bid placed, edited and cancelled, a market buy, and the position closed."""
    low = round(ticker["best_bid_price"] * 0.99)
    common = {"instrument_name": "BTC-PERPETUAL", "amount": 100}
    bid = (await trader.ask("private/buy", **common, type="limit", price=low))["order"]
    edit = {"order_id": bid["order_id"], "amount": 50, "price": low - 10}
    assert (await trader.ask("private/edit", **edit))["order"]["replaced"]
    assert (await trader.ask("private/cancel", order_id=bid["order_id"]))["amount"] == 50
    bought = (await trader.ask("private/buy", **common, type="market"))["order"]
    close = {"instrument_name": "BTC-PERPETUAL", "type": "market"}
    closed = (await trader.ask("private/close_position", **close))["order"]
    assert await trader.ask("private/cancel_all") == 0
    return {bid["order_id"], bought["order_id"], closed["order_id"]}


def _ended(trader: Trader) -> list[Any]:
    return [one for one in trader.seen["user.orders"] if one["order_state"] != "open"]
