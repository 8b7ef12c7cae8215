"""How much of 10,000 messages a second is taken in while the screen's thread is busy.

The main thread works in Python for 90 % of each 50 ms, as an overloaded screen would; a link
thread takes the feed in: ours, then stock websocket-client. At the end of each tick the books'
lag behind the venue is looked at. Run by hand: python -m bench.busy [seconds]
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import websocket

from bench.feed import Pipeline
from bench.wire.traffic import BOOKS, Traffic, book_traffic
from bench.wire.venue import PLAIN, SINGLE, Address, Sending, has_tls, serving
from core.market.book import Book
from core.venues.link.batch_socket import open_socket

RATE = 10_000
TICK_S = 0.05
BUSY = 0.9
LEAST_SHARE = 0.95
MOST_GROWTH_MS = 100.0
"""The median lag of the last third may lie so far above that of the second."""
OURS = "ours"


@dataclass
class Intake:
    """What a link thread has taken in, as the main thread sees it."""

    taken: int = 0
    first_s: float = 0.0
    is_over: threading.Event = field(default_factory=threading.Event)

    def took(self, count: int) -> None:
        """The link thread has taken `count` messages so far."""
        if not self.taken:
            self.first_s = time.monotonic()
        self.taken = count


Link = Callable[[Address, Traffic, Intake], None]


def ours(at: Address, sent: Traffic, intake: Intake) -> None:
    """The batch reader and the replica."""
    pipeline = Pipeline(sent)
    client = open_socket(at.url, 5.0, 1.0, at.context)
    client.send("go")
    while pipeline.count < len(sent.messages) and not intake.is_over.is_set():
        for payload in client.recv_batch():
            pipeline.take(payload)
        intake.took(pipeline.count)
    client.end()
    pipeline.check()


def stock(at: Address, sent: Traffic, intake: Intake) -> None:
    """WebSocketApp with wsaccel, json and the same books."""
    books: dict[str, Book] = {}
    taken = 0

    def on_message(client: Any, text: str) -> None:
        nonlocal taken
        data = json.loads(text)["params"]["data"]
        book = books.setdefault(data["instrument_name"], Book())
        if "prev_change_id" in data:
            book.change(data["prev_change_id"], data["change_id"], data["bids"], data["asks"])
        else:
            book.snapshot(data["change_id"], data["bids"], data["asks"])
        taken += 1
        intake.took(taken)
        if taken == len(sent.messages) or intake.is_over.is_set():
            client.close(timeout=0)

    client = websocket.WebSocketApp(
        at.url, on_open=lambda one: one.send("go"), on_message=on_message
    )
    client.run_forever(sslopt={"context": at.context} if at.context else None)


def measure(name: str, link: Link, at: Address, sent: Traffic) -> tuple[float, float]:
    """Be busy while `link` takes everything in; (share taken in in time, growth of lag in ms)."""
    intake = Intake()
    thread = threading.Thread(target=link, args=(at, sent, intake), daemon=True)
    thread.start()
    while not intake.taken:
        time.sleep(0.001)
    total, lags_ms = len(sent.messages), []
    end_s = intake.first_s + total / RATE
    while (now_s := time.monotonic()) < end_s:
        _work_until(now_s + BUSY * TICK_S)
        now_s = time.monotonic()
        due = min(total, (now_s - intake.first_s) * RATE)
        lags_ms.append(max(0.0, due - intake.taken) / RATE * 1e3)
        time.sleep(max(0.0, (1 - BUSY) * TICK_S))
    share = intake.taken / total
    intake.is_over.set()
    thread.join(10)
    third = len(lags_ms) // 3
    growth_ms = median(lags_ms[-third:]) - median(lags_ms[third : 2 * third])
    worst_ms = sorted(lags_ms)[int(len(lags_ms) * 0.99)]
    print(
        f"  {name:<34}{share:7.1%} taken in   lag p50 {median(lags_ms):6.1f} ms"
        f"  p99 {worst_ms:6.1f} ms  growth {growth_ms:+7.1f} ms"
    )
    return share, growth_ms


def _work_until(end_s: float) -> None:
    """Hold the interpreter with plain Python, as widgets do."""
    total = 0
    while time.monotonic() < end_s:
        for number in range(200):
            total += number * number


def main() -> int:
    """Plain and TLS; 1 when ours falls behind."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    sent = book_traffic(changes=int(RATE * seconds) - BOOKS)
    is_reached = True
    for kind in (PLAIN, SINGLE) if has_tls() else (PLAIN,):
        with serving(sent.messages, Sending(kind, RATE)) as at:
            print(f"\n{kind}: {RATE} messages a second, main thread {BUSY:.0%} busy")
            share, growth_ms = measure(OURS, ours, at, sent)
            is_good = share >= LEAST_SHARE and growth_ms <= MOST_GROWTH_MS
            print(f"    goal {LEAST_SHARE:.0%}: {'reached' if is_good else 'MISSED'}")
            measure("WebSocketApp with wsaccel, json", stock, at, sent)
            is_reached &= is_good
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
