from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.clock import SystemClock
from core.domain.order import NewOrder, OrderState, Side, report_of
from core.domain.position import AccountFigures
from core.errors import StoreError
from core.store.batch import Batch, pack
from core.store.insert import Inserter
from core.store.queries.queries import Queries
from core.store.rows.journal import (
    StoredAutomation,
    StoredBooking,
    StoredFill,
    account_batch,
    automation_batch,
    booking_batch,
    fill_batch,
    order_batch,
)
from core.store.server.postgres import Connection, Database
from core.store.tables.minute import SMILE, SURFACE
from tests.core.store.samples import MINUTE_NS, fill, minute

STREAM = "00000000-0000-0000-0000-000000000001"
EXPIRY_NS = minute(43_200)


@pytest.fixture
def queries(database: Database, connection: Connection) -> Queries:
    assert not connection.closed
    return Queries(database)


def write(connection: Connection, *batches: Batch) -> None:
    Inserter(connection).insert(pack(batches), STREAM, 1)


def test_an_empty_store_answers_with_nothing(queries: Queries) -> None:
    assert queries.fills() == ()
    assert queries.trade_ids() == frozenset()
    assert queries.automations() == {}
    assert queries.surface_at("BTC", MINUTE_NS) is None
    assert queries.smile_history("BTC", EXPIRY_NS, 0, MINUTE_NS).atm.shape == (0,)
    assert queries.equity_history("BTC", 0, MINUTE_NS).equity.shape == (0,)


def test_executions_come_back_equal_and_in_the_order_they_were_booked(
    queries: Queries, connection: Connection
) -> None:
    stored = [
        StoredFill("manual", fill("10", at_ns=minute(1) + 123_000)),
        StoredFill("hedger", fill("9", amount="-20", at_ns=minute(1) + 123_000)),
        StoredFill("pair", fill("late", amount="0.1", at_ns=minute(0)), "transfer"),
    ]
    write(connection, fill_batch(stored))
    assert queries.fills() == tuple(stored)
    assert queries.trade_ids() == {("BTC-PERPETUAL", one) for one in ("9", "10", "late")}


def test_bookings_come_back_once_and_in_the_order_they_were_booked(
    queries: Queries, connection: Connection
) -> None:
    perpetual = ("BTC", "BTC-PERPETUAL", Decimal("-0.00001234"))
    stored = [
        StoredBooking(minute(2), "pair", "funding", "funding-1", *perpetual),
        StoredBooking(minute(1), "", "settled", "147733926", *perpetual),
        StoredBooking(minute(1), "", "cash", "147733937", "USDC", "", Decimal(5)),
    ]
    write(connection, booking_batch([*stored, stored[1]]))
    assert queries.bookings() == tuple(stored)


def test_orders_whose_end_is_not_stored_come_back_in_their_last_state(
    queries: Queries, connection: Connection
) -> None:
    now_ns = SystemClock().now_ns() // 1_000_000 * 1_000_000
    order = NewOrder("BTC-PERPETUAL", Side.BUY, Decimal(100), "a:1", price=Decimal(59_000))
    sent = report_of(order, "", OrderState.SENT, now_ns)
    rests = replace(sent, order_id="1", state=OrderState.OPEN, updated_ns=now_ns + 1_000_000)
    over = replace(rests, label="a:2", order_id="2", state=OrderState.CANCELLED)
    old = replace(rests, label="a:4", order_id="4", updated_ns=now_ns - 3 * 86_400 * 10**9)
    written = [sent, rests, replace(sent, label="a:2"), over, replace(sent, label="a:3"), old]
    write(connection, order_batch(written))
    assert queries.unended_orders() == (sent, replace(sent, label="a:3"), rests)


def test_automations_come_back_as_they_were_left(queries: Queries, connection: Connection) -> None:
    rows = [StoredAutomation("hedger", True, minute(0)), StoredAutomation("pair", False, minute(0))]
    write(connection, automation_batch(rows))
    assert queries.automations() == {"hedger": True, "pair": False}


def surface(minute_ns: int, chain: str, iv: list[float]) -> Batch:
    size = len(iv)
    columns: dict[str, Any] = {
        "minute": [minute_ns] * size,
        "chain": [chain] * size,
        "tenor_days": np.full(size, 7.0),
        "k": np.linspace(-0.1, 0.1, size),
        "iv": np.array(iv),
        "flag": ["i"] * size,
        "forward": np.full(size, 97_000.0),
        "quotes": [12] * size,
    }
    return Batch(SURFACE, columns)


def test_a_past_surface_is_the_newest_at_or_before_that_time(
    queries: Queries, connection: Connection
) -> None:
    write(
        connection,
        surface(minute(0), "BTC", [0.50, 0.51, 0.52]),
        surface(minute(1), "BTC", [0.60, 0.61]),
        surface(minute(1), "ETH", [0.9]),
    )
    found = queries.surface_at("BTC", minute(2))
    assert found is not None
    assert found.minute_ns == minute(1)
    assert found.iv.tolist() == [0.60, 0.61]
    before = queries.surface_at("BTC", minute(1) - 1)
    assert before is not None
    assert before.log_moneyness.tolist() == pytest.approx([-0.1, 0.0, 0.1])
    assert queries.surface_at("BTC", minute(0) - 1000) is None
    assert queries.surface_at("BTC", minute(120)) is None


def test_a_smile_without_a_value_is_nan_in_its_history(
    queries: Queries, connection: Connection
) -> None:
    columns: dict[str, Any] = {
        "minute": [minute(0), minute(1)],
        "chain": ["BTC", "BTC"],
        "expiry": [EXPIRY_NS, EXPIRY_NS],
        "source": ["ticker", "ticker"],
        "atm": np.array([0.5, nan]),
        "rr25": np.array([-0.02, nan]),
        "bf25": np.array([0.01, nan]),
        "quotes": [9, 0],
    }
    write(connection, Batch(SMILE, columns))
    history = queries.smile_history("BTC", EXPIRY_NS, minute(0), minute(2))
    assert history.minutes_ns.tolist() == [minute(0), minute(1)]
    np.testing.assert_equal(history.atm, [0.5, nan])
    np.testing.assert_equal(history.risk_reversal_25, [-0.02, nan])
    assert queries.smile_history("BTC", EXPIRY_NS, minute(0), minute(1)).atm.shape == (1,)


def test_equity_comes_back_minute_by_minute(queries: Queries, connection: Connection) -> None:
    zero = Decimal(0)

    def figures(equity: str) -> list[AccountFigures]:
        return [
            AccountFigures("BTC", Decimal(equity), zero, zero, zero, zero, zero, zero, zero, zero)
        ]

    write(
        connection,
        account_batch(minute(0), figures("1.5")),
        account_batch(minute(1), figures("1.6")),
    )
    assert queries.equity_history("BTC", minute(0), minute(5)).equity.tolist() == [1.5, 1.6]


def test_a_question_that_takes_too_long_is_an_error(
    queries: Queries, database: Database, connection: Connection
) -> None:
    write(connection, fill_batch([StoredFill("manual", fill("1"))]))
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE fill")
        with pytest.raises(StoreError, match="timeout"):
            Queries(database, timeout_s=0.1).fills()
        cursor.execute("ROLLBACK")
    assert len(queries.fills()) == 1


def test_a_database_that_is_not_up_is_an_error(tmp_path: Path) -> None:
    database = Database("sim", dsn=f"host={tmp_path}")
    with pytest.raises(StoreError, match="not up yet"):
        Queries(database).fills()
