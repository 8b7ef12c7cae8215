"""Made-up traffic of the venue's shape: option books, their changes, and tickers."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

BOOKS = 2_400
CHANGES = 20_000
INTERVAL = "100ms"


@dataclass(frozen=True)
class Traffic:
    """Every message in order, and the instrument each one is about."""

    messages: list[bytes]
    names: list[str]


def book_traffic(seed: int = 7, changes: int = CHANGES) -> Traffic:
    """Snapshots of 5 to 20 levels a side, then changes that follow one another."""
    dice = random.Random(seed)
    names = [f"BTC-25DEC26-{1_000 + 25 * n}-{'CP'[n % 2]}" for n in range(BOOKS)]
    ids = dict.fromkeys(names, 0)
    found = Traffic([], [])
    for number in range(BOOKS + changes):
        name = names[number] if number < BOOKS else dice.choice(names)
        parent, ids[name] = ids[name], 100_000_000_000 + number
        found.messages.append(_book(dice, name, parent, ids[name]))
        found.names.append(name)
    return found


def _book(dice: random.Random, name: str, parent: int, change_id: int) -> bytes:
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
    return _frame(f"book.{name}.{INTERVAL}", data)


def _row(dice: random.Random, tick: int, is_change: bool) -> list[Any]:
    if is_change and dice.random() < 0.3:
        return ["delete", tick / 2_000, 0.0]
    return ["change" if is_change else "new", tick / 2_000, dice.randint(1, 500) / 10]


def tickers(count: int, seed: int = 7) -> list[bytes]:
    """Option tickers with every field of the venue's."""
    dice = random.Random(seed)
    return [_ticker(dice, f"BTC-25DEC26-{1_000 + 25 * n}-{'CP'[n % 2]}") for n in range(count)]


def _ticker(dice: random.Random, name: str) -> bytes:
    mark = dice.randint(1, 4_000) / 10_000
    data = {
        "timestamp": 1_790_000_000_000 + dice.randrange(100_000),
        "state": "open",
        "stats": {"high": mark, "low": mark, "price_change": 1.25, "volume": 12.5,
                  "volume_usd": 10_532.11},
        "greeks": {"delta": 0.51234, "gamma": 0.00002, "vega": 61.80349, "theta": -41.90317,
                   "rho": 19.58392},
        "index_price": 84_215.37, "instrument_name": name, "last_price": mark,
        "settlement_price": mark, "min_price": 0.0001, "max_price": 0.9,
        "open_interest": 1_204.5, "mark_price": mark, "best_ask_price": mark + 0.0005,
        "best_bid_price": mark, "mark_iv": 55.21, "interest_rate": 0.0,
        "estimated_delivery_price": 84_215.37, "ask_iv": 56.02, "bid_iv": 54.4,
        "underlying_index": "BTC-25DEC26", "underlying_price": 84_930.1,
        "best_ask_amount": 12.5, "best_bid_amount": 30.1,
    }  # fmt: skip
    return _frame(f"ticker.{name}.{INTERVAL}", data)


def _frame(channel: str, data: dict[str, Any]) -> bytes:
    params = {"channel": channel, "data": data}
    body = {"jsonrpc": "2.0", "method": "subscription", "params": params}
    return json.dumps(body, separators=(",", ":")).encode()
