"""What the simulated exchange costs and carries: start, idle, everything watched, load, crowd.

    python -m bench.simulator [seconds]

Every figure is a share of one core over some seconds, or a ratio of what was asked for. The
readers count frames without decoding them, in this process, so that the exchange is what is
measured. Needs Linux: CPU times are read from /proc.
"""

from __future__ import annotations

import base64
import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
HOST = "127.0.0.1"
CHUNK = 400
"""Channels of one request; more would pass 32 kB."""
CROWD = 50
LOAD = 20_000


class Exchange:
    """A simulator in a process of its own."""

    def __init__(self, *options: str) -> None:
        started_s = time.perf_counter()
        command = [sys.executable, "-m", "core", "simulator", "--unlimited", *options]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self.start_s = time.perf_counter() - started_s
        self.start_cpu_s = self.cpu_s()
        self.port = int(line.rsplit(":", 1)[1])

    def cpu_s(self) -> float:
        """CPU seconds so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)


@contextmanager
def exchange(*options: str) -> Iterator[Exchange]:
    """A simulator for the length of a measurement."""
    running = Exchange(*options)
    try:
        yield running
    finally:
        running.close()


class Reader:
    """A WebSocket that counts the frames it gets."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port))
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET /ws/api/v2 HTTP/1.1\r\nHost: {HOST}:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        self.socket.sendall(head.encode())
        self._left = b""
        while b"\r\n\r\n" not in self._left:
            self._left += self.socket.recv(4096)
        self._left = self._left.split(b"\r\n\r\n", 1)[1]
        self.frames = 0
        self.bytes = 0

    def send(self, method: str, params: dict[str, Any]) -> None:
        """Ask something; the answer is counted like any frame."""
        data = json.dumps({"id": 1, "method": method, "params": params}).encode()
        size = bytes((0xFE,)) + len(data).to_bytes(2, "big")
        self.socket.sendall(b"\x81" + size + bytes(4) + data)  # masked with zeros

    def subscribe(self, channels: Iterable[str]) -> None:
        """Subscribe in pieces."""
        names = list(channels)
        for at in range(0, len(names), CHUNK):
            self.send("public/subscribe", {"channels": names[at : at + CHUNK]})

    def read(self) -> None:
        """Take in what is there and count it."""
        data = self._left + self.socket.recv(1 << 20)
        at, end = 0, len(data)
        while at + 2 <= end:
            size, head = data[at + 1] & 0x7F, 2
            if size == 126:
                size, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
            elif size == 127:
                size, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
            if at + head + size > end:
                break
            at += head + size
            self.frames += 1
        self.bytes += at
        self._left = data[at:]


def read_for(readers: list[Reader], seconds: float) -> None:
    """Let all of them read."""
    with selectors.DefaultSelector() as ready:
        for one in readers:
            ready.register(one.socket, selectors.EVENT_READ, one)
        until_s = time.perf_counter() + seconds
        while (left_s := until_s - time.perf_counter()) > 0.0:
            for key, _ in ready.select(left_s):
                key.data.read()


def measured(running: Exchange, readers: list[Reader], seconds: float) -> tuple[float, float]:
    """(share of a core, frames a second) over some seconds, after five of settling in."""
    read_for(readers, 5.0)
    frames, cpu_s, began_s = sum(r.frames for r in readers), running.cpu_s(), time.perf_counter()
    read_for(readers, seconds)
    passed_s = time.perf_counter() - began_s
    return (
        (running.cpu_s() - cpu_s) / passed_s,
        (sum(r.frames for r in readers) - frames) / passed_s,
    )


def names_of(port: int) -> list[str]:
    """Every listed instrument."""
    import http.client

    line = http.client.HTTPConnection(HOST, port)
    line.request("GET", "/api/v2/public/get_instruments?currency=any")
    rows = json.loads(line.getresponse().read())["result"]
    line.close()
    return [row["instrument_name"] for row in rows]


def start_and_idle(seconds: float) -> None:
    """Start time, and the market with nobody watching."""
    with exchange() as running:
        print(f"start: {running.start_s:.2f} s, of which CPU {running.start_cpu_s:.2f} s")
        share, _ = measured(running, [], seconds)
        print(f"nobody watching, 1x: {share:.1%} of a core")


def fast(seconds: float) -> None:
    """A day in 86 seconds."""
    with exchange("--speed", "1000") as running:
        share, _ = measured(running, [], seconds)
        print(f"nobody watching, 1000x: {share:.1%} of a core")


def everything(seconds: float) -> None:
    """One client with every book and every ticker."""
    with exchange() as running:
        names = names_of(running.port)
        reader = Reader(running.port)
        reader.subscribe(f"{kind}.{name}.100ms" for name in names for kind in ("book", "ticker"))
        share, per_s = measured(running, [reader], seconds)
        print(
            f"all books and tickers of {len(names)} instruments, one client: "
            f"{share:.1%} of a core, {per_s:,.0f} frames/s"
        )


def load(seconds: float) -> None:
    """The load generator at its highest."""
    with exchange("--load", str(LOAD)) as running:
        reader = Reader(running.port)
        coins = [name for name in names_of(running.port) if name.endswith("PERPETUAL")]
        reader.subscribe(f"book.{name}.100ms" for name in coins)
        share, per_s = measured(running, [reader], seconds)
        print(
            f"load {LOAD:,} asked: {per_s / LOAD:.0%} reached ({per_s:,.0f} frames/s), "
            f"{share:.1%} of a core"
        )


def crowd(seconds: float) -> None:
    """Fifty clients with channels of their own."""
    with exchange() as running:
        names = names_of(running.port)
        perpetuals = [name for name in names if name.endswith("PERPETUAL")]
        readers = [Reader(running.port) for _ in range(CROWD)]
        for n, reader in enumerate(readers):
            own = [*perpetuals, *names[n::CROWD][:20]]
            reader.subscribe(f"{kind}.{name}.100ms" for name in own for kind in ("book", "ticker"))
        share, per_s = measured(running, readers, seconds)
        print(f"{CROWD} clients: {share:.1%} of a core, {per_s:,.0f} frames/s in all")


def main() -> None:
    """Measure everything, a line each."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    for measure in (start_and_idle, fast, everything, load, crowd):
        measure(seconds)


if __name__ == "__main__":
    main()
