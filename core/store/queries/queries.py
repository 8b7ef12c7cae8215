"""What the store knows: loaded at the start, and asked by the screens of the past.

Every query has a connection of its own and a time limit; no thread that must not wait calls it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np
import psycopg2.extensions

from core.clock import NS_PER_S
from core.domain.fill import Fill
from core.domain.order import OrderReport, OrderState, OrderType, Side, TimeInForce
from core.domain.parent import ParentOrder
from core.domain.stop import LotStop
from core.quant.types import FloatArray, IndexArray
from core.store.rows.journal import StoredBooking, StoredFill
from core.store.rows.standing import PARENTS, STOPS, parent_of, stop_of
from core.store.server.postgres import Database, store_errors

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_2000_US = 946_684_800_000_000
_COPY_HEAD_BYTES, _COPY_TAIL_BYTES = 19, 2

_FILLS = """
    SELECT sleeve, instrument, trade_id, order_id, label, amount, price, fee, at, is_maker,
           index_price, profit, origin
    FROM fill ORDER BY id
"""
_BOOKINGS = """
    SELECT at, sleeve, kind, booking_id, currency, instrument, amount FROM booking ORDER BY id
"""
_UNENDED = """
    SELECT order_id, label, instrument, side, amount, filled, average_price, price, type, state,
           time_in_force, post_only, reduce_only, trigger_price, reason, created, updated
    FROM order_event AS seen
    WHERE updated > now() - interval '2 days' AND label <> '' AND NOT EXISTS (
        SELECT FROM order_event AS ended
        WHERE ended.label = seen.label AND ended.state IN ('filled', 'cancelled', 'refused')
            AND (ended.order_id = seen.order_id OR seen.order_id = ''))
    ORDER BY updated, filled
"""
_SURFACE = """
    SELECT minute, tenor_days, k, iv FROM surface
    WHERE chain = %(chain)s AND grid = 'classic' AND minute = (
        SELECT max(minute) FROM surface_tenor
        WHERE chain = %(chain)s AND grid = 'classic' AND minute <= %(at)s AND minute > %(since)s)
    ORDER BY tenor_days, k
"""
_ATM = """
    SELECT minute, coalesce(atm, 'NaN'), coalesce(rr25, 'NaN'), coalesce(bf25, 'NaN') FROM smile
    WHERE chain = %s AND expiry = %s AND minute >= %s AND minute < %s
    ORDER BY minute
"""
_EQUITY = """
    SELECT minute, equity::float8 FROM account_minute
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

    def bookings(self) -> tuple[StoredBooking, ...]:
        """Everything that moved money without a trade, in the order it was booked."""
        return tuple(StoredBooking(_ns(at), *rest) for at, *rest in self._rows(_BOOKINGS))

    def unended_orders(self) -> tuple[OrderReport, ...]:
        """Every state of orders of the last days of which no end is stored, oldest first."""
        return tuple(_stored_order(row) for row in self._rows(_UNENDED))

    def trade_ids(self) -> frozenset[tuple[str, str]]:
        """(instrument, trade id) of every execution that is stored."""
        return frozenset(self._rows("SELECT instrument, trade_id FROM fill"))

    def automations(self) -> dict[str, bool]:
        """Strategy to whether it was switched on last."""
        return dict(self._rows("SELECT name, is_on FROM automation"))

    def kept(self) -> tuple[tuple[str, str], ...]:
        """(name, text) of every small state."""
        return tuple(self._rows("SELECT name, text FROM kept ORDER BY name"))

    def parents(self) -> tuple[ParentOrder, ...]:
        """Parent orders that were not over, oldest first."""
        return tuple(parent_of(row) for row in self._rows(PARENTS))

    def stops(self) -> tuple[LotStop, ...]:
        """Stops that stood, armed or fired, oldest first."""
        return tuple(stop_of(row) for row in self._rows(STOPS))

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
        asked = (chain, _at(expiry_ns), _at(since_ns), _at(until_ns))
        minutes_ns, columns = self._series(_ATM, asked, 3)
        return SmileHistory(minutes_ns, *columns)

    def equity_history(self, currency: str, since_ns: int, until_ns: int) -> EquityHistory:
        """The equity of one account over time."""
        asked = (currency, _at(since_ns), _at(until_ns))
        minutes_ns, columns = self._series(_EQUITY, asked, 1)
        return EquityHistory(minutes_ns, *columns)

    def _rows(
        self, statement: str, values: tuple[object, ...] | dict[str, object] = ()
    ) -> list[tuple[Any, ...]]:
        with self._cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall()

    def _series(
        self, statement: str, values: tuple[object, ...], count: int
    ) -> tuple[IndexArray, list[FloatArray]]:
        """Minutes and `count` float columns, which may not be NULL.

        As binary COPY: a month of minutes takes a fifth of the time of rows of Python values.
        """
        fields: list[tuple[str, str]] = [("fields", ">i2"), ("width", ">i4"), ("minute", ">i8")]
        for number in range(count):
            fields += [(f"width_{number}", ">i4"), (f"value_{number}", ">f8")]
        data = BytesIO()
        with self._cursor() as cursor:
            asked = cursor.mogrify(statement, values).decode()
            cursor.copy_expert(f"COPY ({asked}) TO STDOUT BINARY", data)
        body = data.getbuffer()[_COPY_HEAD_BYTES:-_COPY_TAIL_BYTES]
        table = np.frombuffer(body, np.dtype(fields))
        minutes_ns = (table["minute"].astype(np.int64) + _EPOCH_2000_US) * 1000
        columns = [table[f"value_{number}"].astype(np.float64) for number in range(count)]
        return minutes_ns, columns

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


def _stored_order(row: tuple[Any, ...]) -> OrderReport:
    order_id, label, instrument, side, amount, filled, average, price, kind, state, *rest = row
    time_in_force, post_only, reduce_only, trigger_price, reason, created, updated = rest
    return OrderReport(
        order_id,
        label,
        instrument,
        Side(side),
        amount,
        filled,
        average,
        price,
        OrderType(kind),
        OrderState(state),
        TimeInForce(time_in_force),
        post_only,
        reduce_only,
        trigger_price,
        reason,
        _ns(created),
        _ns(updated),
    )


def _at(at_ns: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at_ns // 1000)


def _ns(at: datetime) -> int:
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * NS_PER_S + since.microseconds * 1000
