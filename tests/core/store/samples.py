"""Batches and questions the tests of the store share."""

from __future__ import annotations

from decimal import Decimal
from math import nan
from typing import Any

import numpy as np

from core.clock import NS_PER_MINUTE, NS_PER_S
from core.domain.fill import Fill
from core.store.batch import Batch
from core.store.rows.journal import StoredFill, StoredNote, fill_batch, note_batch
from core.store.server.postgres import Connection
from core.store.tables.kinds import Kind
from core.store.tables.minute import OPTION_QUOTE

MINUTE_NS = 1_800_000_000 * NS_PER_S
"""15 January 2027, 08:00 UTC."""


def minute(number: int) -> int:
    """The `number`th minute of the tests' time."""
    return MINUTE_NS + number * NS_PER_MINUTE


def quotes(minute_ns: int, count: int = 3, bid: float = 0.05) -> Batch:
    """Quotes of `count` options at one minute; figures that do not matter are missing."""
    columns: dict[str, Any] = {
        name: np.full(count, nan)
        for name, kind in OPTION_QUOTE.columns.items()
        if kind in (Kind.FLOAT, Kind.REAL)
    }
    columns["minute"] = [minute_ns] * count
    columns["instrument"] = [f"BTC-25DEC26-{50_000 + 1000 * i}-C" for i in range(count)]
    columns["bid"] = np.full(count, bid)
    return Batch(OPTION_QUOTE, columns)


def fill(trade_id: str, amount: str = "10", at_ns: int = MINUTE_NS) -> Fill:
    """An execution of the perpetual."""
    return Fill(
        instrument="BTC-PERPETUAL",
        trade_id=trade_id,
        order_id="order-1",
        label="manual:1",
        amount=Decimal(amount),
        price=Decimal("97123.5"),
        fee=Decimal("0.00000515"),
        at_ns=at_ns,
        index_price=Decimal("97120.11"),
    )


def fills(*trade_ids: str) -> Batch:
    """Executions of the manual sleeve."""
    return fill_batch([StoredFill("manual", fill(trade_id)) for trade_id in trade_ids])


def note(text: str, at_ns: int = MINUTE_NS) -> Batch:
    """One note."""
    return note_batch([StoredNote(at_ns, "test", text)])


def rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    """The answer to `statement`."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def count(connection: Connection, table: str) -> int:
    """How many rows `table` has."""
    return int(rows(connection, f"SELECT count(*) FROM {table}")[0][0])
