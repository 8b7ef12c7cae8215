"""Socket to top of book, CPU per message: ours, picows, stock websocket-client, ccxt.pro. Ratios.

A child process plays the venue on loopback: snapshots of every book, then changes as fast as
the reader takes them; over TLS each message is a record of its own. Every reader looks at the
best bid and ask after each message. Run by hand: python -m bench.feed
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from typing import Any

import picows
import uvloop
import websocket

from bench.wire.reckoning import OURS, Goals, Meter, Reader, compare
from bench.wire.traffic import BOOKS, INTERVAL, Traffic, book_traffic
from bench.wire.venue import PLAIN, SINGLE, Address, Sending, has_tls, serving
from core.clock import SystemClock
from core.market.board import Board
from core.market.book import Book
from core.venues.deribit.market.replica import Replica
from core.venues.deribit.names import instrument_named
from core.venues.link.batch_socket import open_socket

ROUNDS = 5
PICOWS = "picows on uvloop, the same replica"
HANDLER = "ccxt.pro handler, nobody waiting"
TASKS = "ccxt.pro, a task per book"
GOALS = {
    PLAIN: Goals({PICOWS: 0.8, TASKS: 14.0}),
    SINGLE: Goals({PICOWS: 0.8, TASKS: 10.0}),
}
"""Ours may cost a quarter more than the same on picows: a ratio of 0.8.

What ccxt.pro's handler costs by itself is measured without a socket by `bench.decode`.
"""


class Pipeline:
    """Our own way from bytes to the top of a book, looked at after each message."""

    def __init__(self, sent: Traffic) -> None:
        board = Board(SystemClock())
        board.list_instruments(one for one in map(instrument_named, set(sent.names)) if one)
        found = [board.book(name) for name in sent.names]
        self._books = [book for book in found if book is not None]
        assert len(self._books) == len(sent.names)
        self._replica = Replica(board)
        self.meter = Meter(BOOKS)
        self.count = 0

    def take(self, payload: bytes) -> None:
        """One message."""
        self._replica.take((payload,), 1)
        self._books[self.count].top()
        self.count += 1
        self.meter.after(self.count)

    def check(self) -> None:
        """Nothing was lost on the way."""
        assert (self._replica.gaps, self._replica.unreadable) == (0, 0)


def ours(sent: Traffic) -> Reader:
    """Batch reader, typed decoding, board."""

    def read(at: Address) -> float:
        pipeline, total = Pipeline(sent), len(sent.messages)
        client = open_socket(at.url, 5.0, 5.0, at.context)
        client.send("go")
        while pipeline.count < total:
            for payload in client.recv_batch():
                pipeline.take(payload)
        spent_s = pipeline.meter.spent_s()
        client.end()
        pipeline.check()
        return spent_s

    return read


def picows_reader(sent: Traffic) -> Reader:
    """The same pipeline behind picows."""

    def read(at: Address) -> float:
        pipeline, total, spent_s = Pipeline(sent), len(sent.messages), 0.0

        class Listener(picows.WSListener):  # type: ignore[misc]
            def on_ws_connected(self, transport: Any) -> None:
                transport.send(picows.WSMsgType.TEXT, b"go")

            def on_ws_frame(self, transport: Any, frame: Any) -> None:
                nonlocal spent_s
                pipeline.take(frame.get_payload_as_bytes())
                if pipeline.count == total:
                    spent_s = pipeline.meter.spent_s()
                    transport.disconnect()

        async def take_all() -> None:
            transport, _ = await picows.ws_connect(Listener, at.url, ssl_context=at.context)
            await transport.wait_disconnected()

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(take_all())
        pipeline.check()
        return spent_s

    return read


def stock(sent: Traffic, **options: Any) -> Reader:
    """websocket-client's recv, json, the same books."""

    def read(at: Address) -> float:
        books: dict[str, Book] = {}
        meter = Meter(BOOKS)
        client = websocket.create_connection(
            at.url, timeout=5, sslopt={"context": at.context} if at.context else None, **options
        )
        client.send("go")
        for count in range(1, len(sent.messages) + 1):
            data = json.loads(client.recv())["params"]["data"]
            book = books.setdefault(data["instrument_name"], Book())
            if "prev_change_id" in data:
                book.change(data["prev_change_id"], data["change_id"], data["bids"], data["asks"])
            else:
                book.snapshot(data["change_id"], data["bids"], data["asks"])
            book.top()
            meter.after(count)
        spent_s = meter.spent_s()
        client.close(timeout=0)
        return spent_s

    return read


def ccxt_reader(sent: Traffic, has_tasks: bool) -> Reader:
    """ccxt.pro: its handler alone, or as its manual shows it, a task that watches each book."""
    return lambda at: asyncio.run(_ccxt(at, sent, has_tasks))


async def _ccxt(at: Address, sent: Traffic, has_tasks: bool) -> float:
    import ccxt.pro

    done, meter, total = asyncio.Event(), Meter(BOOKS), len(sent.messages)
    taken = 0

    class Counting(ccxt.pro.deribit):  # type: ignore[misc]
        def handle_message(self, client: Any, message: Any) -> None:
            nonlocal taken
            super().handle_message(client, message)
            book = self.orderbooks[sent.names[taken]]
            bids, asks = book["bids"], book["asks"]
            del bids[:0], asks[:0]
            taken += 1
            meter.after(taken)
            if taken == total:
                done.set()

    exchange = Counting({"enableRateLimit": False})
    if at.context is not None:
        exchange.ssl_context = at.context
        exchange.verify = at.context
    names = sorted(set(sent.names))
    _list(exchange, names, at.url)

    async def watch(name: str) -> None:
        while True:
            book = await exchange.watch_order_book(name, params={"interval": INTERVAL})
            _ = book["bids"][:1], book["asks"][:1]

    watched = names if has_tasks else names[:1]
    watchers = [asyncio.create_task(watch(name)) for name in watched]
    ended = asyncio.create_task(done.wait())
    await asyncio.wait([ended, *watchers], return_when=asyncio.FIRST_COMPLETED, timeout=120)
    assert ended.done(), [one.exception() for one in watchers if one.done()]
    spent_s = meter.spent_s()
    for watcher in watchers:
        watcher.cancel()
    await asyncio.gather(*watchers, return_exceptions=True)
    await exchange.close()
    return spent_s


def _list(exchange: Any, names: list[str], url: str) -> None:
    """Tell ccxt of markets it would otherwise ask for."""
    kinds = {"type": "option", "option": True, "spot": False, "swap": False, "future": False}
    exchange.markets = {name: {"id": name, "symbol": name, **kinds} for name in names}
    exchange.markets_by_id = {name: [market] for name, market in exchange.markets.items()}
    exchange.symbols = names
    exchange.urls["api"] = {"ws": url, "rest": url}


def main() -> int:
    """Plain, then TLS where a certificate can be made; 1 when a goal is missed."""
    logging.getLogger("websocket").setLevel(logging.CRITICAL)
    sent = book_traffic()
    readers = {
        OURS: ours(sent),
        PICOWS: picows_reader(sent),
        "websocket-client, json, skip_utf8": stock(sent, skip_utf8_validation=True),
        "websocket-client with wsaccel, json": stock(sent),
        HANDLER: ccxt_reader(sent, has_tasks=False),
        TASKS: ccxt_reader(sent, has_tasks=True),
    }
    is_reached = True
    for kind in (PLAIN, SINGLE) if has_tls() else (PLAIN,):
        with serving(sent.messages, Sending(kind)) as at:
            changes = len(sent.messages) - BOOKS
            title = f"{kind}, {BOOKS} books"
            is_reached &= compare(title, readers, at, changes, ROUNDS, GOALS[kind])
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
