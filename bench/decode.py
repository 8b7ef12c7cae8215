"""Bytes in memory to values, and to the top of a book: ours, json, orjson, ccxt.pro's handler.

No socket is involved. The first two tables decode only; the third applies every message to its
book and looks at the best bid and ask after it. Run by hand: python -m bench.decode
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from bench.feed import Pipeline
from bench.wire.reckoning import OURS, Goals, report
from bench.wire.traffic import BOOKS, INTERVAL, Traffic, book_traffic, tickers
from core.venues.deribit.decode import decode

ROUNDS = 7
JSON = "json.loads"
HANDLER = "ccxt.pro handler, nobody waiting"


def decoding(title: str, messages: Sequence[bytes]) -> bool:
    """Compare decoders on `messages`; True when ours is four times as fast as json."""
    decoders: dict[str, Callable[[bytes], Any]] = {
        OURS: decode,
        "orjson.loads": orjson.loads,
        JSON: json.loads,
    }
    spent: dict[str, list[float]] = {name: [] for name in decoders}
    for _ in range(ROUNDS):
        for name, one in decoders.items():
            began_s = time.process_time()
            for message in messages:
                one(message)
            spent[name].append((time.process_time() - began_s) / len(messages) * 1e6)
    print(f"\n{title}: CPU us per message, {len(messages)} messages, {ROUNDS} rounds")
    return report(spent, Goals({JSON: 4.0}))


def handling(sent: Traffic) -> bool:
    """Compare the whole handlers; True when ours is four times as fast as ccxt.pro's."""
    changes = len(sent.messages) - BOOKS
    spent: dict[str, list[float]] = {OURS: [], HANDLER: []}
    for _ in range(ROUNDS):
        spent[OURS].append(_ours_s(sent) / changes * 1e6)
        spent[HANDLER].append(asyncio.run(_ccxt_s(sent)) / changes * 1e6)
    print(f"\nmemory to top of book: CPU us per message, {changes} messages, {ROUNDS} rounds")
    return report(spent, Goals({HANDLER: 4.0}))


def _ours_s(sent: Traffic) -> float:
    pipeline = Pipeline(sent)
    for message in sent.messages:
        pipeline.take(message)
    spent_s = pipeline.meter.spent_s()
    pipeline.check()
    return spent_s


async def _ccxt_s(sent: Traffic) -> float:
    import ccxt.pro

    exchange = ccxt.pro.deribit({"enableRateLimit": False})
    try:
        client = exchange.client("ws://localhost:1/")
        kinds = {"type": "option", "option": True, "spot": False, "swap": False, "future": False}
        names = sorted(set(sent.names))
        exchange.markets = {name: {"id": name, "symbol": name, **kinds} for name in names}
        exchange.markets_by_id = {name: [one] for name, one in exchange.markets.items()}
        exchange.symbols = names
        for name in names:
            client.subscriptions[f"book.{name}.{INTERVAL}"] = {"limit": None}
        began_s = 0.0
        for count, message in enumerate(sent.messages):
            if count == BOOKS:
                began_s = time.process_time()
            exchange.handle_message(client, json.loads(message))
            book = exchange.orderbooks[sent.names[count]]
            _ = book["bids"][:1], book["asks"][:1]
        return time.process_time() - began_s
    finally:
        await exchange.close()


def main() -> int:
    """Books, tickers, handlers; 1 when a goal is missed."""
    sent = book_traffic()
    is_reached = [
        decoding("book changes", sent.messages[BOOKS:]),
        decoding("tickers", tickers(10_000)),
        handling(sent),
    ]
    return 0 if all(is_reached) else 1


if __name__ == "__main__":
    sys.exit(main())
