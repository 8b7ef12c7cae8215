from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.clock import SystemClock
from core.desk.past.kept import volatility_batch
from core.domain.order import NewOrder, OrderState, Side, report_of
from core.domain.position import AccountFigures
from core.errors import StoreError
from core.store.batch import Batch, pack
from core.store.insert import Inserter
from core.store.queries.pages import Filter, Page
from core.store.queries.queries import Queries
from core.store.queries.series import Span
from core.store.rows.journal import (
    StoredAutomation,
    StoredBooking,
    StoredCommand,
    StoredFill,
    account_batch,
    automation_batch,
    booking_batch,
    command_batch,
    fill_batch,
    order_batch,
)
from core.store.rows.minute import extrapolated_bits
from core.store.rows.strategy import StoredBar, StoredHedge, bar_batch, hedge_batch
from core.store.server.postgres import Connection, Database
from core.store.tables.minute import FIT, SMILE, SURFACE_TENOR
from core.venues.charts import VolatilityPast
from tests.core.store.samples import MINUTE_NS, fill, minute, quotes

STREAM = "00000000-0000-0000-0000-000000000001"
EXPIRY_NS = minute(43_200)


@pytest.fixture
def queries(database: Database, connection: Connection) -> Iterator[Queries]:
    assert not connection.closed
    opened = Queries(database)
    yield opened
    opened.close()


def write(connection: Connection, *batches: Batch) -> None:
    Inserter(connection).insert(pack(batches), STREAM, 1)


def test_an_empty_store_answers_with_nothing(queries: Queries) -> None:
    assert queries.fills() == ()
    assert queries.trade_ids() == frozenset()
    assert queries.automations() == {}
    assert queries.surface_at("BTC", MINUTE_NS) is None
    assert queries.smiles_at("BTC", MINUTE_NS) == ()
    assert queries.minutes_around("BTC", MINUTE_NS) == (0, 0)
    assert queries.equity_history("BTC", Span(0, MINUTE_NS))["equity"].last.shape == (0,)
    assert queries.option_history("BTC-1", Span(0, MINUTE_NS)).at_ns.shape == (0,)
    assert queries.trades(Filter()) == Page((), None)
    assert queries.orders(Filter()) == Page((), None)


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
    """One tenor on the axis -0.1 0 0.1, its last cell outside the quotes."""
    columns: dict[str, Any] = {
        "minute": [minute_ns],
        "chain": [chain],
        "grid": ["classic"],
        "tenor_days": [7.0],
        "axis": [[-0.1, 0.0, 0.1]],
        "iv": [iv],
        "forward": [97_000.0],
        "quotes": [12],
        "extrapolated": [extrapolated_bits(np.array([False, False, True]))],
    }
    return Batch(SURFACE_TENOR, columns)


def test_a_past_surface_is_the_newest_at_or_before_that_time(
    queries: Queries, connection: Connection
) -> None:
    write(
        connection,
        surface(minute(0), "BTC", [0.50, 0.51, 0.52]),
        surface(minute(1), "BTC", [0.60, nan, 0.61]),
        surface(minute(1), "ETH", [0.9, 0.9, 0.9]),
    )
    found = queries.surface_at("BTC", minute(2))
    assert found is not None
    assert found.minute_ns == minute(1)
    np.testing.assert_allclose(found.iv, [[0.60, nan, 0.61]], rtol=1e-6)
    assert found.extrapolated.tolist() == [[False, False, True]]
    before = queries.surface_at("BTC", minute(1) - 1)
    assert before is not None
    assert before.log_moneyness.tolist() == [-0.1, 0.0, 0.1]
    assert before.tenors_days.tolist() == [7.0]
    assert queries.surface_at("BTC", minute(0) - 1000) is None
    assert queries.surface_at("BTC", minute(120)) is None
    assert queries.surface_at("BTC", minute(2), grid="wide") is None


def test_the_past_is_walked_from_minute_to_minute(queries: Queries, connection: Connection) -> None:
    batches = [surface(minute(number), "BTC", [0.5, 0.5, 0.5]) for number in (0, 1, 2000)]
    write(connection, *batches)
    assert queries.minutes_around("BTC", minute(1)) == (minute(0), minute(2000))
    assert queries.minutes_around("BTC", minute(2000)) == (minute(1), 0)
    assert queries.first_and_last_minute("BTC") == (minute(0), minute(2000))
    assert queries.first_and_last_minute("ETH") == (0, 0)


def smiles(*atm: float) -> Batch:
    """One expiry, minute by minute."""
    columns: dict[str, Any] = {
        "minute": [minute(number) for number in range(len(atm))],
        "chain": ["BTC"] * len(atm),
        "expiry": [EXPIRY_NS] * len(atm),
        "source": ["ticker"] * len(atm),
        "forward": [97_000.0] * len(atm),
        "atm": np.array(atm),
        "rr25": np.full(len(atm), -0.02),
        "bf25": np.full(len(atm), nan),
        "quotes": [9] * len(atm),
    }
    return Batch(SMILE, columns)


def test_a_smile_without_a_value_is_nan_in_its_history(
    queries: Queries, connection: Connection
) -> None:
    write(connection, smiles(0.5, nan))
    history = queries.smile_history("BTC", EXPIRY_NS, Span(minute(0), minute(2)))
    assert history.at_ns.tolist() == [minute(0), minute(1)]
    np.testing.assert_equal(history["atm"].last, [0.5, nan])
    np.testing.assert_equal(history["bf25"].high, [nan, nan])
    assert len(queries.smile_history("BTC", EXPIRY_NS, Span(minute(0), minute(1))).at_ns) == 1


def test_a_thinned_history_keeps_what_was_high_and_low_and_last(
    queries: Queries, connection: Connection
) -> None:
    write(connection, smiles(0.5, 0.9, 0.1, 0.6, 0.7, nan, 0.8))
    history = queries.smile_history("BTC", EXPIRY_NS, Span(minute(0), minute(7), points=2))
    assert history.at_ns.tolist() == [minute(3), minute(6)]
    atm = history["atm"]
    assert (atm.low.tolist(), atm.high.tolist()) == ([0.1, 0.7], [0.9, 0.8])
    assert atm.last.tolist() == [0.6, 0.8]


def test_smiles_of_the_past_come_with_the_curve_that_was_fitted(
    queries: Queries, connection: Connection
) -> None:
    numbers = ("tau_years", "a", "b", "rho", "m", "s", "rmse", "max_error", "inside")
    columns: dict[str, Any] = {name: [index / 8] for index, name in enumerate(numbers)}
    columns |= {"minute": [minute(1)], "expiry": [EXPIRY_NS], "chain": ["BTC"], "model": ["svi"]}
    columns |= {"least_g": [0.25], "calendar_gap": [0.0], "confidence": [nan]}
    columns |= {"is_constrained": [True]}
    write(connection, smiles(0.5, nan), Batch(FIT, columns))
    (before,) = queries.smiles_at("BTC", minute(1) - 1)
    assert (before.atm, before.fit) == (0.5, None)
    (smile,) = queries.smiles_at("BTC", minute(5))
    assert (smile.minute_ns, smile.expiry_ns, smile.quotes) == (minute(1), EXPIRY_NS, 9)
    fit = smile.fit
    assert fit is not None
    found = (fit.model, fit.a, fit.s, fit.inside, fit.least_g, fit.is_constrained)
    assert found == ("svi", 0.125, 0.625, 1.0, 0.25, True)
    assert np.isnan([smile.atm, smile.butterfly_25, fit.confidence]).all()


def test_quotes_of_the_past_and_one_option_over_time(
    queries: Queries, connection: Connection
) -> None:
    batches = [quotes(minute(number), bid=0.05 + number / 100) for number in (0, 1)]
    for number, batch in enumerate(batches):
        batches[number] = replace(batch, columns={**batch.columns, "bid_iv": [0.5, nan, 0.25]})
    write(connection, *batches)
    found = queries.quotes_at("BTC", minute(1))
    assert [one.bid_iv for one in found[::2]] == [0.5, 0.25]
    assert found[0].bid == pytest.approx(0.06)
    assert np.isnan(found[1].bid_iv)
    assert queries.quotes_at("BTC_USDC", minute(1)) == ()
    history = queries.option_history(found[0].name, Span(minute(0), minute(9)))
    assert history["bid_iv"].last.tolist() == [0.5, 0.5]
    assert np.isnan(history["ask_iv"].last).all()


def test_trades_come_by_pages_newest_first(queries: Queries, connection: Connection) -> None:
    stored = [
        StoredFill("manual" if number % 2 else "pair", fill(str(number), at_ns=minute(number // 2)))
        for number in range(7)
    ]
    write(connection, fill_batch(stored))
    seen: list[StoredFill] = []
    page = queries.trades(Filter(), limit=3)
    while page.next:
        seen += page.rows
        page = queries.trades(Filter(), limit=3, after=page.next)
    assert [*seen, *page.rows] == stored[::-1]
    assert [row.fill.trade_id for row in queries.trades(Filter(sleeve="pair")).rows] == list("6420")
    between = Filter(instrument="BTC-", since_ns=minute(1), until_ns=minute(2))
    assert [row.fill.trade_id for row in queries.trades(between).rows] == ["3", "2"]
    assert queries.trades(Filter(instrument="ETH")).rows == ()
    assert queries.trades(Filter(origin="adopted")).rows == ()


def test_each_order_is_listed_once_as_it_stood_last(
    queries: Queries, connection: Connection
) -> None:
    order = NewOrder("BTC-PERPETUAL", Side.BUY, Decimal(100), "manual:1", price=Decimal(59_000))
    sent = report_of(order, "", OrderState.SENT, minute(0))
    rests = replace(sent, order_id="1", state=OrderState.OPEN, updated_ns=minute(1))
    over = replace(rests, state=OrderState.FILLED, filled=Decimal(100), updated_ns=minute(2))
    refused = replace(sent, label="pair:2", state=OrderState.REFUSED, updated_ns=minute(1))
    write(connection, order_batch([sent, rests, over, refused]))
    first = queries.orders(Filter(), limit=1)
    assert first.rows == (over,)
    assert queries.orders(Filter(), limit=5, after=first.next) == Page((refused,), None)
    assert queries.orders(Filter(sleeve="pair")).rows == (refused,)


def test_commands_and_hedges_are_listed(queries: Queries, connection: Connection) -> None:
    asked = StoredCommand(minute(0), 1, "buy 10", "PlaceOrders(...)")
    reply = replace(asked, at_ns=minute(1), is_ok=True, reply="sent")
    seen = StoredHedge(
        *(minute(0), "hedger", "BTC", "BTC-PERPETUAL", 0.5, -0.25, 0.25, 0.125),
        *(Decimal(-40), Decimal(-20), "outside the band"),
    )
    write(connection, command_batch([asked, reply]), hedge_batch([seen]))
    assert queries.commands(Filter()).rows == (reply, asked)
    assert queries.commands(Filter(instrument="sent")).rows == (reply,)
    assert queries.hedges(Filter(sleeve="hedger")).rows == (seen,)


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
    history = queries.equity_history("BTC", Span(minute(0), minute(5)))
    assert history["equity"].last.tolist() == [1.5, 1.6]


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


def test_a_question_survives_a_database_that_was_away(
    queries: Queries, connection: Connection
) -> None:
    write(connection, fill_batch([StoredFill("manual", fill("1"))]))
    assert len(queries.fills()) == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND query LIKE %s",
            ("%FROM fill ORDER BY id%",),
        )
    assert len(queries.fills()) == 1
    queries.close()
    queries.close()
    assert len(queries.fills()) == 1


def test_a_database_that_is_not_up_is_an_error(tmp_path: Path) -> None:
    database = Database("sim", dsn=f"host={tmp_path}")
    with pytest.raises(StoreError, match="not up yet"):
        Queries(database).fills()


def test_bars_are_read_back_as_they_were_written_oldest_first(
    queries: Queries, connection: Connection
) -> None:
    rows = [
        StoredBar(name, 3_600, minute(60 * hour), 1.0 + hour, 3.0 + hour, 0.5, 2.0, volume=9.0)
        for name in ("BTC-PERPETUAL", "ETH-PERPETUAL")
        for hour in (3, 1, 2, 7)
    ]
    write(connection, bar_batch(rows))
    found = queries.bars("BTC-PERPETUAL", 3_600, minute(60), minute(60 * 7))
    assert found.at_ns.tolist() == [minute(60), minute(120), minute(180)]
    assert found.open.tolist() == [2.0, 3.0, 4.0]
    assert found.high.tolist() == [4.0, 5.0, 6.0]
    assert (found.low.tolist(), found.close.tolist()) == ([0.5] * 3, [2.0] * 3)
    assert len(queries.bars("SOL-PERPETUAL", 3_600, 0, minute(600))) == 0
    assert len(queries.bars("BTC-PERPETUAL", 60, 0, minute(600))) == 0


def test_an_hour_the_venue_alone_knows_does_not_replace_a_recorded_minute(
    queries: Queries, connection: Connection
) -> None:
    recorded = VolatilityPast(np.array([minute(0)]), np.array([0.61]))
    past = VolatilityPast(np.array([minute(0), minute(60)]), np.array([0.5, 0.52]))
    write(connection, volatility_batch("BTC", recorded))
    Inserter(connection).insert(pack([volatility_batch("BTC", past)]), STREAM, 2)
    found = queries.index_history("BTC", Span(minute(0), minute(120)))
    assert found["venue"].last.tolist() == [0.61, 0.52]
    assert np.isnan(found["value"].last).all()
