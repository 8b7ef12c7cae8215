"""Finished minutes and public trades as records of the history file, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields
from itertools import islice
from typing import Any, Final

import msgspec
import numpy as np

from core.quant.types import FloatArray
from core.simulator.markets.bars import COLUMNS, KEPT, Bars
from core.simulator.markets.floor import Floor
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Trade
from core.simulator.rpc import Json
from core.simulator.state.plain import Packer

TRADES_KEPT: Final = 300
"""Per instrument; a restart brings back so many."""
_NAMES: Final = [f.name for f in fields(Trade) if f.name != "instrument"]


def all_bars(floor: Floor) -> dict[str, Bars]:
    """Every series of minutes: those of the instruments and those of the indices."""
    return {market.name: market.tape.bars for market in floor.markets} | floor.past.series


def packed_bars(series: dict[str, FloatArray]) -> bytes:
    """Minutes by series name, one array after the other."""
    head = [(name, len(rows)) for name, rows in series.items()]
    return msgspec.msgpack.encode([head, b"".join(rows.tobytes() for rows in series.values())])


def read_bars(payloads: Iterable[bytes]) -> dict[str, FloatArray]:
    """All minutes of many records, joined by series name, the newest kept."""
    parts: defaultdict[str, list[bytes]] = defaultdict(list)
    for payload in payloads:
        head, data = msgspec.msgpack.decode(payload)
        at = 0
        for name, count in head:
            size = count * COLUMNS * 8
            parts[name].append(data[at : at + size])
            at += size
    return {
        name: _in_order(np.frombuffer(b"".join(rows), np.float64).reshape(-1, COLUMNS))[-KEPT:]
        for name, rows in parts.items()
    }


def _in_order(rows: FloatArray) -> FloatArray:
    """Each minute once, as it was written last: a kill may fall between it and the picture."""
    if bool((np.diff(rows[:, 0]) > 0).all()):
        return rows
    _, newest = np.unique(rows[::-1, 0], return_index=True)
    return rows[::-1][newest]


def newest_trades(market: Market, after_seq: int) -> list[Trade]:
    """The trades of one market after a sequence number, oldest first."""
    count = min(TRADES_KEPT, market.tape.seq - after_seq)
    newest = list(islice(reversed(market.tape.trades), count))
    return [trade for trade in reversed(newest) if trade.seq > after_seq]


def packed_trades(by_market: dict[str, list[Trade]], packer: Packer) -> bytes:
    """Trades by instrument, each the values of its fields."""
    rows = {
        name: [[packer.value(getattr(trade, field)) for field in _NAMES] for trade in trades]
        for name, trades in by_market.items()
    }
    return msgspec.msgpack.encode([_NAMES, rows])


def read_trades(payload: bytes, floor: Floor) -> list[Trade]:
    """The trades of one record in instruments that are still known."""
    names, by_market = msgspec.msgpack.decode(payload)
    found = []
    for name, rows in by_market.items():
        market = floor.markets.find_any(name)
        if market is not None:
            found += [_trade(market, dict(zip(names, row, strict=True))) for row in rows]
    return found


def _trade(market: Market, row: Json) -> Trade:
    known: dict[str, Any] = {name: value for name, value in row.items() if name in _NAMES}
    return Trade(market.instrument, **known)
