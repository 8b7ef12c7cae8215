"""Bytes to messages, nothing else: ours, websocket-client with wsaccel, picows. One run, ratios.

Each reader counts what it gets. `websocket-client` is its WebSocketApp as its manual shows it,
with wsaccel installed; without wsaccel it is several times dearer still. Run by hand:
python -m bench.transport
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from typing import Any

import picows
import uvloop
import websocket

from bench.wire.reckoning import OURS, Goals, Meter, Reader, compare
from bench.wire.traffic import BOOKS, book_traffic
from bench.wire.venue import FULL, PLAIN, SINGLE, Address, Sending, has_tls, serving
from core.venues.link.batch_socket import open_socket

ROUNDS = 5
REPEATS = 3
APP = "WebSocketApp with wsaccel"
GOALS = {PLAIN: 15.0, FULL: 8.0, SINGLE: 5.0}


def ours(total: int) -> Reader:
    """The batch reader."""

    def read(at: Address) -> float:
        meter, count = Meter(BOOKS), 0
        client = open_socket(at.url, 5.0, 5.0, at.context)
        client.send("go")
        while count < total:
            count += len(client.recv_batch())
            meter.after(count)
        spent_s = meter.spent_s()
        client.end()
        return spent_s

    return read


def app(total: int, **options: Any) -> Reader:
    """websocket-client's WebSocketApp."""

    def read(at: Address) -> float:
        meter, count, spent_s = Meter(BOOKS), 0, 0.0

        def on_message(client: Any, _text: str) -> None:
            nonlocal count, spent_s
            count += 1
            meter.after(count)
            if count == total:
                spent_s = meter.spent_s()
                client.close(timeout=0)

        client = websocket.WebSocketApp(
            at.url, on_open=lambda opened: opened.send("go"), on_message=on_message
        )
        client.run_forever(sslopt={"context": at.context} if at.context else None, **options)
        assert count == total, count
        return spent_s

    return read


def picows_reader(total: int) -> Reader:
    """picows on uvloop, its fastest way."""

    def read(at: Address) -> float:
        meter, spent_s = Meter(BOOKS), 0.0

        class Counting(picows.WSListener):  # type: ignore[misc]
            def __init__(self) -> None:
                self.count = 0

            def on_ws_connected(self, transport: Any) -> None:
                transport.send(picows.WSMsgType.TEXT, b"go")

            def on_ws_frame(self, transport: Any, frame: Any) -> None:
                nonlocal spent_s
                frame.get_payload_as_bytes()
                self.count += 1
                meter.after(self.count)
                if self.count == total:
                    spent_s = meter.spent_s()
                    transport.disconnect()

        async def main() -> None:
            transport, _ = await picows.ws_connect(Counting, at.url, ssl_context=at.context)
            await transport.wait_disconnected()

        run(main)
        return spent_s

    return read


def run(main: Callable[[], Any]) -> None:
    """`main` on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


def main() -> int:
    """Plain, full TLS records, a TLS record per message; 1 when a goal is missed."""
    logging.getLogger("websocket").setLevel(logging.CRITICAL)
    messages = book_traffic().messages * REPEATS
    total = len(messages)
    readers = {
        OURS: ours(total),
        APP: app(total),
        "WebSocketApp, no UTF-8 check": app(total, skip_utf8_validation=True),
        "picows on uvloop": picows_reader(total),
    }
    is_reached = True
    for kind in (PLAIN, FULL, SINGLE) if has_tls() else (PLAIN,):
        with serving(messages, Sending(kind)) as at:
            goals = Goals({APP: GOALS[kind]})
            is_reached &= compare(kind, readers, at, total - BOOKS, ROUNDS, goals)
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
