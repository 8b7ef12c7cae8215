"""Socket to top of book, CPU per message: ours, stock websocket-client, ccxt.pro. One run, ratios.

A child process plays the venue on loopback: snapshots of every book, then changes as fast as
the reader takes them; over TLS each message is a record of its own. Every reader looks at the
best bid and ask after each message. Run by hand: python -m bench.feed
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import multiprocessing
import random
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import websocket

from core.clock import SystemClock
from core.market.board import Board
from core.market.book import Book
from core.venues.deribit.market.replica import Replica
from core.venues.deribit.names import instrument_named
from core.venues.link.batch_socket import open_socket

BOOKS = 2_400
CHANGES = 20_000
ROUNDS = 3
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
INTERVAL = "100ms"


@dataclass(frozen=True)
class Traffic:
    """Every message in order, and the instrument each one is about."""

    messages: list[bytes]
    names: list[str]


def traffic(seed: int = 7) -> Traffic:
    """Option books of 5 to 20 levels a side, then changes that follow one another."""
    dice = random.Random(seed)
    names = [f"BTC-25DEC26-{1_000 + 25 * n}-{'CP'[n % 2]}" for n in range(BOOKS)]
    ids = dict.fromkeys(names, 0)
    found = Traffic([], [])
    for number in range(BOOKS + CHANGES):
        name = names[number] if number < BOOKS else dice.choice(names)
        parent, ids[name] = ids[name], 100_000_000_000 + number
        found.messages.append(_message(dice, name, parent, ids[name]))
        found.names.append(name)
    return found


def _message(dice: random.Random, name: str, parent: int, change_id: int) -> bytes:
    count = dice.randint(5, 20) if not parent else dice.choice([1, 1, 1, 2])
    data: dict[str, Any] = {
        "timestamp": 1_790_000_000_000 + change_id % 100_000_000,
        "type": "change" if parent else "snapshot",
        "change_id": change_id,
    }
    if parent:
        data["prev_change_id"] = parent
    data["instrument_name"] = name
    for side, start in (("bids", 10), ("asks", 31)):
        ticks = dice.sample(range(start, start + 20), count)
        data[side] = [_row(dice, tick, bool(parent)) for tick in ticks]
    params = {"channel": f"book.{name}.{INTERVAL}", "data": data}
    body = {"jsonrpc": "2.0", "method": "subscription", "params": params}
    return json.dumps(body, separators=(",", ":")).encode()


def _row(dice: random.Random, tick: int, is_change: bool) -> list[Any]:
    if is_change and dice.random() < 0.3:
        return ["delete", tick / 2_000, 0.0]
    return ["change" if is_change else "new", tick / 2_000, dice.randint(1, 500) / 10]


# The venue, in a process of its own.


def serve(messages: list[bytes], certificate: str, ports: Any) -> None:
    """Answer each connection's upgrade, wait for its first word, then send everything."""
    frames = [_frame(message) for message in messages]
    listener = socket.create_server(("127.0.0.1", 0))
    ports.send(listener.getsockname()[1])
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    while True:
        client, _ = listener.accept()
        with contextlib.suppress(OSError):
            if context is not None:
                client = context.wrap_socket(client, server_side=True)
            _upgrade(client)
            client.recv(65_536)
            _send_all(client, frames, one_by_one=context is not None)
            while client.recv(65_536):
                continue
        client.close()


def _send_all(client: socket.socket, frames: list[bytes], one_by_one: bool) -> None:
    step = 1 if one_by_one else 200
    for start in range(0, len(frames), step):
        client.sendall(b"".join(frames[start : start + step]))


def _upgrade(client: socket.socket) -> None:
    request = b""
    while b"\r\n\r\n" not in request:
        request += client.recv(4096)
    lines = request.split(b"\r\n")
    key = next(line[18:].strip() for line in lines if line.lower().startswith(b"sec-websocket-key"))
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    client.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def _frame(payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes([0x81, size]) + payload
    if size < 65_536:
        return b"\x81\x7e" + struct.pack("!H", size) + payload
    return b"\x81\x7f" + struct.pack("!Q", size) + payload


# The readers: each returns CPU seconds spent on the changes.


class Meter:
    """CPU time from the last snapshot to the last change."""

    def __init__(self) -> None:
        self.began = 0.0

    def after(self, count: int) -> None:
        """Called with the number of messages taken so far."""
        if count >= BOOKS and not self.began:
            self.began = time.process_time()

    def spent(self) -> float:
        """CPU seconds since the snapshots were in."""
        return time.process_time() - self.began


Reader = Callable[[str, Traffic, ssl.SSLContext | None], float]


def ours(url: str, sent: Traffic, context: ssl.SSLContext | None) -> float:
    """Batch reader, typed decoding, board."""
    board = Board(SystemClock())
    board.list_instruments(one for one in map(instrument_named, set(sent.names)) if one)
    books = [board.book(name) for name in sent.names]
    replica, meter, count = Replica(board), Meter(), 0
    client = open_socket(url, 5.0, 5.0, context)
    client.send("go")
    while count < len(sent.messages):
        for payload in client.recv_batch():
            replica.take((payload,), 1)
            book = books[count]
            assert book is not None
            book.top()
            count += 1
            meter.after(count)
    spent = meter.spent()
    client.end()
    assert (replica.gaps, replica.unreadable) == (0, 0)
    return spent


def stock(url: str, sent: Traffic, context: ssl.SSLContext | None, **options: Any) -> float:
    """websocket-client's recv, json, the same books."""
    books: dict[str, Book] = {}
    meter = Meter()
    client = websocket.create_connection(
        url, timeout=5, sslopt={"context": context} if context else None, **options
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
    spent = meter.spent()
    client.close(timeout=0)
    return spent


def stock_without_validation(url: str, sent: Traffic, context: ssl.SSLContext | None) -> float:
    """As `stock`, with its slow check of UTF-8 off."""
    return stock(url, sent, context, skip_utf8_validation=True)


def ccxt_handler(url: str, sent: Traffic, context: ssl.SSLContext | None) -> float:
    """ccxt.pro's own client and handler with nobody waiting for a book."""
    return asyncio.run(_ccxt(url, sent, context, tasks=False))


def ccxt_tasks(url: str, sent: Traffic, context: ssl.SSLContext | None) -> float:
    """ccxt.pro as its manual shows it: a task that watches each book."""
    return asyncio.run(_ccxt(url, sent, context, tasks=True))


async def _ccxt(url: str, sent: Traffic, context: ssl.SSLContext | None, tasks: bool) -> float:
    import ccxt.pro

    done, meter, total = asyncio.Event(), Meter(), len(sent.messages)
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
    if context is not None:
        exchange.ssl_context = context
        exchange.verify = context
    names = sorted(set(sent.names))
    kinds = {"type": "option", "option": True, "spot": False, "swap": False, "future": False}
    exchange.markets = {name: {"id": name, "symbol": name, **kinds} for name in names}
    exchange.markets_by_id = {name: [market] for name, market in exchange.markets.items()}
    exchange.symbols = names
    exchange.urls["api"] = {"ws": url, "rest": url}

    async def watch(name: str) -> None:
        while True:
            book = await exchange.watch_order_book(name, params={"interval": INTERVAL})
            _ = book["bids"][:1], book["asks"][:1]

    watchers = [asyncio.create_task(watch(name)) for name in (names if tasks else names[:1])]
    ended = asyncio.create_task(done.wait())
    await asyncio.wait([ended, *watchers], return_when=asyncio.FIRST_COMPLETED, timeout=120)
    assert ended.done(), [one.exception() for one in watchers if one.done()]
    spent = meter.spent()
    for watcher in watchers:
        watcher.cancel()
    await asyncio.gather(*watchers, return_exceptions=True)
    await exchange.close()
    return spent


# The run.


@contextlib.contextmanager
def venue(messages: list[bytes], certificate: str) -> Iterator[int]:
    """A served port."""
    context = multiprocessing.get_context("spawn")
    ours_end, theirs = context.Pipe()
    child = context.Process(target=serve, args=(messages, certificate, theirs), daemon=True)
    child.start()
    try:
        yield ours_end.recv()
    finally:
        child.terminate()
        child.join()


def certificate_in(folder: Path) -> str:
    """A certificate for localhost with its key in one file; empty without openssl."""
    if shutil.which("openssl") is None:
        return ""
    key, cert, both = folder / "key.pem", folder / "cert.pem", folder / "both.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    extra = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command.split(), *extra], check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + cert.read_bytes())
    return str(both)


READERS: dict[str, Reader] = {
    "ours": ours,
    "websocket-client, json, skip_utf8": stock_without_validation,
    "websocket-client as installed, json": stock,
    "ccxt.pro handler, nobody waiting": ccxt_handler,
    "ccxt.pro, a task per book": ccxt_tasks,
}


def run(title: str, url: str, sent: Traffic, context: ssl.SSLContext | None) -> None:
    """Take every reader in turn, several rounds, and print medians and ratios."""
    spent: dict[str, list[float]] = {name: [] for name in READERS}
    for _ in range(ROUNDS):
        for name, reader in READERS.items():
            spent[name].append(reader(url, sent, context) / CHANGES * 1e6)
    best = median(spent["ours"])
    print(f"\n{title}: CPU us per message, {CHANGES} changes of {BOOKS} books, {ROUNDS} rounds")
    for name, times in spent.items():
        middle = median(times)
        spread = f"[{min(times):.2f}..{max(times):.2f}]"
        print(f"  {name:<38}{middle:8.2f}  x{middle / best:5.1f}  {spread}")


def main() -> None:
    """Plain, then TLS where a certificate can be made."""
    sent = traffic()
    with venue(sent.messages, "") as port:
        run("plain", f"ws://127.0.0.1:{port}/", sent, None)
    with tempfile.TemporaryDirectory() as folder:
        certificate = certificate_in(Path(folder))
        if not certificate:
            print("TLS: skipped, there is no openssl command to make a certificate with")
            return
        context = ssl.create_default_context(cafile=str(Path(folder) / "cert.pem"))
        with venue(sent.messages, certificate) as port:
            run("TLS, a record per message", f"wss://localhost:{port}/", sent, context)


if __name__ == "__main__":
    main()
