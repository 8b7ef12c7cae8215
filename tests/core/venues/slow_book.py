"""An independent, slow replay of recorded books: plain json, sorted lists, no shortcuts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class SlowBook:
    """Both sides as lists of [price, amount], and the last change id."""

    bids: list[list[float]] = field(default_factory=list)
    asks: list[list[float]] = field(default_factory=list)
    change_id: int = 0
    is_broken: bool = False


def replay(frames: Iterable[bytes]) -> dict[str, SlowBook]:
    """The books after all frames; a book with a gap stays as it was before the gap."""
    books: dict[str, SlowBook] = {}
    for text in frames:
        message = json.loads(text)
        params = message.get("params") or {}
        channel = params.get("channel", "") if isinstance(params, dict) else ""
        if not channel.startswith("book.") or channel.count(".") != 2:
            continue
        data = params["data"]
        book = books.setdefault(data["instrument_name"], SlowBook())
        parent = data.get("prev_change_id")
        if parent is None:
            book.bids, book.asks, book.is_broken = [], [], False
        elif book.is_broken or parent != book.change_id:
            book.is_broken = True
            continue
        for side, rows in ((book.bids, data["bids"]), (book.asks, data["asks"])):
            for action, price, amount in rows:
                side[:] = [level for level in side if level[0] != price]
                if action != "delete":
                    side.append([float(price), float(amount)])
        book.bids.sort(reverse=True)
        book.asks.sort()
        book.change_id = data["change_id"]
    return books
