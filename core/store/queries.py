"""What the store knows: loaded at the start, and asked by the screens of the past.

Every query has a connection of its own and a time limit; no thread that must not wait calls it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg2.extensions

from core.clock import NS_PER_S
from core.domain.fill import Fill
from core.quant.types import FloatArray, IndexArray
from core.store.postgres import Database, store_errors
from core.store.rows import StoredFill

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_FILLS = """
    SELECT sleeve, instrument, trade_id, order_id, label, amount, price, fee, at, is_maker,
           index_price, profit, origin
    FROM fill ORDER BY id
"""
_SURFACE = """
    SELECT minute, tenor_days, k, iv FROM surface
    WHERE chain = %(chain)s AND minute = (
        SELECT max(minute) FROM surface
        WHERE chain = %(chain)s AND minute <= %(at)s AND minute > %(since)s)
    ORDER BY tenor_days, k
"""
_ATM = """
    SELECT minute, atm, rr25, bf25 FROM smile
    WHERE chain = %s AND expiry = %s AND minute >= %s AND minute < %s
    ORDER BY minute
"""
_EQUITY = """
    SELECT minute, equity FROM account_minute
    WHERE currency = %s AND minute >= %s AND minute < %s
    ORDER BY minute
"""


@dataclass(frozen=True, slots=True, eq=False)
class StoredSurface:
    """A surface of the past: one entry per cell that had a value."""

    chain: str
    minute_ns: int
    tenor_days: FloatArray
    log_moneyness: FloatArray
    iv: FloatArray
    """Decimals. All three of shape (cells,)."""


@dataclass(frozen=True, slots=True, eq=False)
class SmileHistory:
    """One expiry, minute by minute, oldest first; NaN where a minute had no value."""

    minutes_ns: IndexArray
    atm: FloatArray
    risk_reversal_25: FloatArray
    butterfly_25: FloatArray
    """Decimals. All of shape (minutes,)."""


@dataclass(frozen=True, slots=True, eq=False)
class EquityHistory:
    """One account's equity, minute by minute, oldest first, in its currency."""

    minutes_ns: IndexArray
    equity: FloatArray


class Queries:
    """Reads the store. Every method raises StoreError when the database is not there in time."""

    def __init__(self, database: Database, timeout_s: float = 5.0) -> None:
        self._database = database
        self._timeout_s = timeout_s

    def fills(self) -> tuple[StoredFill, ...]:
        """Every execution with its sleeve, in the order they were booked."""
        return tuple(_stored_fill(row) for row in self._rows(_FILLS))

    def trade_ids(self) -> frozenset[tuple[str, str]]:
        """(instrument, trade id) of every execution that is stored."""
        return frozenset(self._rows("SELECT instrument, trade_id FROM fill"))

    def automations(self) -> dict[str, bool]:
        """Strategy to whether it was switched on last."""
        return dict(self._rows("SELECT name, is_on FROM automation"))

    def surface_at(self, chain: str, at_ns: int, within_s: int = 3600) -> StoredSurface | None:
        """The newest surface of `chain` at or before `at_ns`; None if none within `within_s`."""
        at = _at(at_ns)
        since = at - timedelta(seconds=within_s)
        rows = self._rows(_SURFACE, {"chain": chain, "at": at, "since": since})
        if not rows:
            return None
        cells = np.array([row[1:] for row in rows], dtype=np.float64)
        return StoredSurface(chain, _ns(rows[0][0]), cells[:, 0], cells[:, 1], cells[:, 2])

    def smile_history(
        self, chain: str, expiry_ns: int, since_ns: int, until_ns: int
    ) -> SmileHistory:
        """At-the-money volatility, risk reversal and butterfly of one expiry over time."""
        rows = self._rows(_ATM, (chain, _at(expiry_ns), _at(since_ns), _at(until_ns)))
        values = _floats(rows, 3)
        return SmileHistory(_minutes(rows), values[:, 0], values[:, 1], values[:, 2])

    def equity_history(self, currency: str, since_ns: int, until_ns: int) -> EquityHistory:
        """The equity of one account over time."""
        rows = self._rows(_EQUITY, (currency, _at(since_ns), _at(until_ns)))
        return EquityHistory(_minutes(rows), _floats(rows, 1)[:, 0])

    def _rows(
        self, statement: str, values: tuple[object, ...] | dict[str, object] = ()
    ) -> list[tuple[Any, ...]]:
        with self._cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall()

    @contextmanager
    def _cursor(self) -> Iterator[psycopg2.extensions.cursor]:
        connection = self._database.connect(self._timeout_s)
        try:
            with store_errors(), connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()


def _stored_fill(row: tuple[Any, ...]) -> StoredFill:
    sleeve, instrument, trade_id, order_id, label, amount, price, fee, at, *rest = row
    is_maker, index_price, profit, origin = rest
    fill = Fill(
        instrument=instrument,
        trade_id=trade_id,
        order_id=order_id,
        label=label,
        amount=amount,
        price=price,
        fee=fee,
        at_ns=_ns(at),
        is_maker=is_maker,
        index_price=index_price,
        profit=profit,
    )
    return StoredFill(sleeve, fill, origin)


def _minutes(rows: list[tuple[Any, ...]]) -> IndexArray:
    return np.array([_ns(row[0]) for row in rows], dtype=np.int64)


def _floats(rows: list[tuple[Any, ...]], columns: int) -> FloatArray:
    """The values behind the minute, NULL as NaN."""
    return np.array([row[1:] for row in rows], dtype=np.float64).reshape(-1, columns)


def _at(at_ns: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at_ns // 1000)


def _ns(at: datetime) -> int:
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * NS_PER_S + since.microseconds * 1000
