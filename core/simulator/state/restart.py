"""Bringing an exchange back: the last picture, its history, and what changed after the picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from core.simulator.accounts.order import Order
from core.simulator.exchange import Exchange
from core.simulator.markets.bars import Bars
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Trade
from core.simulator.rpc import Json
from core.simulator.state import tapes
from core.simulator.state.accounts import Register
from core.simulator.state.history import BARS, CHANGES, ROWS, TRADES, Record
from core.simulator.state.pages import book_of
from core.simulator.state.rows import give_rows
from core.simulator.state.snapshot import restore_floor, restore_rest


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an order stands in a queue."""

    side: int
    tick: int
    left: int
    shown: int


def restart(exchange: Exchange, saved: Json, records: list[Record]) -> None:
    """Make a fresh exchange the saved one; what expired meanwhile is settled.

    Args:
        exchange: Just made, nothing listed.
        saved: The picture.
        records: Of its history file, oldest first; empty when it is lost.

    Raises:
        KeyError, TypeError, ValueError, ArithmeticError: when the data is no picture.
    """
    end, now_ms = int(saved["history"]["bytes"]), exchange.clock.now_ms()
    before = [record for record in records if record.end <= end]
    register = Register(exchange)
    restore_floor(exchange, saved, register)
    _give_minutes(exchange, before)
    _give_trades(exchange, before)
    changes = [_decoded(record) for record in before if record.kind == CHANGES]
    for change in changes:
        register.announce(_closed_ids(change))
    restore_rest(exchange, saved, register)
    give_rows(exchange, (r.payload for r in before if r.kind == ROWS), register.reviver)
    for change in changes:
        _extend(register, change)
    for record in records[len(before) :]:
        _replay(exchange, register, record)
    exchange.rollover.step(now_ms)
    if exchange.clock.now_ns() != saved["at_ns"]:
        exchange.floor.list_missing(now_ms)


def newest_change_ns(records: list[Record]) -> int:
    """When an account changed last, exchange time; 0 when none did."""
    for record in reversed(records):
        if record.kind == CHANGES and (at_ns := _decoded(record).get("at_ns")) is not None:
            return int(at_ns)
    return 0


def _decoded(record: Record) -> Json:
    change: Json = msgspec.msgpack.decode(record.payload)
    return change


def _give_minutes(exchange: Exchange, records: list[Record]) -> None:
    floor = exchange.floor
    minutes = tapes.read_bars(record.payload for record in records if record.kind == BARS)
    if not minutes:
        floor.draw_past(exchange.clock.now_ms())
    for name, rows in minutes.items():
        if name in floor.past.series:
            floor.past.series[name] = Bars(rows)
        elif (market := floor.markets.find(name)) is not None:
            market.tape.bars = Bars(rows)


def _give_trades(exchange: Exchange, records: list[Record]) -> None:
    """The newest of each instrument; older records are read only as far as they may matter."""
    found: defaultdict[str, list[Trade]] = defaultdict(list)
    for record in reversed(records):
        if record.kind == TRADES:
            for trade in reversed(tapes.read_trades(record.payload, exchange.floor)):
                trades = found[trade.instrument.name]
                if len(trades) < tapes.TRADES_KEPT:
                    trades.append(trade)
    for name, trades in found.items():
        market = exchange.floor.markets.find_any(name)
        if market is not None:
            market.tape.trades.extend(reversed(trades))


def _replay(exchange: Exchange, register: Register, record: Record) -> None:
    """Let happen again what happened after the picture."""
    if record.kind == TRADES:
        for trade in tapes.read_trades(record.payload, exchange.floor):
            market = exchange.floor.markets.find_any(trade.instrument.name)
            if market is not None and trade.seq > market.tape.seq:
                market.tape.append(trade)
    elif record.kind == CHANGES:
        _change(exchange, register, _decoded(record))


def _change(exchange: Exchange, register: Register, change: Json) -> None:
    register.announce(_closed_ids(change))
    accounts: Json = change["accounts"]
    for saved in accounts.values():
        register.announce(key for key, fields in saved["orders"].items() if fields is not None)
    for client_id, saved in accounts.items():
        known = register.account(client_id).orders
        places = {key: _place(known[key]) for key in saved["orders"] if key in known}
        for order_id, fields in saved["orders"].items():
            if fields is None and (place := places.get(order_id)) is not None:
                _remove(known[order_id].market, place, known[order_id])
        for order in register.apply(client_id, saved):
            _queue(order, places.get(order.order_id))
    _extend(register, change)
    for name, fields in change["markets"].items():
        market = exchange.floor.markets.find_any(name)
        if market is not None:
            register.reviver.fill(market, fields)
            # Its makers' quotes are in no change: without them whoever takes first would meet
            # whatever rests at any price.
            market.stale = True
    register.reviver.fill(exchange, change["exchange"])


def _place(order: Order) -> _Place | None:
    """None when it is in no queue."""
    queue = book_of(order.market).queues[order.side].get(order.tick, [])
    return _Place(order.side, order.tick, order.left, order.shown) if order in queue else None


def _queue(order: Order, place: _Place | None) -> None:
    """Put an order behind the others at its price; it keeps its place when it only shrank."""
    rests = order.is_live and not order.is_waiting
    if place is not None:
        stays = rests and (order.side, order.tick) == (place.side, place.tick)
        if stays and order.left <= place.left and order.shown <= place.shown:
            return
        _remove(order.market, place, order)
    if rests:
        book_of(order.market).queues[order.side].setdefault(order.tick, []).append(order)


def _remove(market: Market, place: _Place, order: Order) -> None:
    queues = book_of(market).queues[place.side]
    queues[place.tick].remove(order)
    if not queues[place.tick]:
        del queues[place.tick]


def _extend(register: Register, change: Json) -> None:
    for client_id, series in change["rows"].items():
        register.extend(client_id, series)


def _closed_ids(change: Json) -> Iterator[str]:
    """The ids of orders that are written out as records."""
    rows: Iterable[object] = (
        row for series in change["rows"].values() for rows in series.values() for row in rows
    )
    for row in rows:
        if isinstance(row, dict) and "$closed" in row:
            yield row["$closed"]["order_id"]
