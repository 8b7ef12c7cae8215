from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.order import OrderReport, OrderState, OrderType, Side
from core.domain.position import AccountFigures
from core.store.batch import Batch, Part, Unit, pack
from core.store.insert import Inserter
from core.store.rows.journal import (
    StoredAutomation,
    StoredCommand,
    StoredDecision,
    StoredText,
    account_batch,
    automation_batch,
    command_batch,
    decision_batch,
    kept_batch,
    order_batch,
)
from core.store.server.postgres import Connection, Refused
from core.store.tables.catalog import TABLES
from core.store.tables.minute import VOL_INDEX
from tests.core.store.samples import MINUTE_NS, count, fills, minute, note, quotes, rows

STREAM = "00000000-0000-0000-0000-000000000001"
OTHER = "00000000-0000-0000-0000-000000000002"
DAY_MINUTES = 24 * 60
ORDER = OrderReport(
    order_id="7",
    label="manual:1",
    instrument="BTC-PERPETUAL",
    side=Side.BUY,
    amount=Decimal(10),
    filled=Decimal(0),
    average_price=None,
    price=Decimal("97000.5"),
    type=OrderType.LIMIT,
    state=OrderState.OPEN,
    created_ns=MINUTE_NS,
    updated_ns=MINUTE_NS,
)

_15 = Decimal("1.5")
ACCOUNT = AccountFigures("BTC", _15, _15, _15, _15, _15, _15, _15, _15, _15)


def insert(connection: Connection, sequence: int, *batches: Batch) -> bool:
    return Inserter(connection).insert(pack(batches), STREAM, sequence)


def test_a_unit_sent_twice_is_written_once(connection: Connection) -> None:
    assert insert(connection, 1, note("only once"))
    assert not insert(connection, 1, note("only once, said otherwise"))
    assert rows(connection, "SELECT text FROM note") == [("only once",)]
    assert Inserter(connection).position(STREAM) == 1
    assert Inserter(connection).position(OTHER) == 0


def test_two_folders_number_their_units_for_themselves(connection: Connection) -> None:
    inserter = Inserter(connection)
    assert inserter.insert(pack([note("one")]), STREAM, 1)
    assert inserter.insert(pack([note("two")]), OTHER, 1)
    assert count(connection, "note") == 2


def test_a_minute_written_twice_keeps_the_first(connection: Connection) -> None:
    insert(connection, 1, quotes(MINUTE_NS, bid=0.05))
    insert(connection, 2, quotes(MINUTE_NS, count=5, bid=0.06))
    assert rows(connection, "SELECT bid FROM option_quote ORDER BY instrument") == [
        (0.05,),
        (0.05,),
        (0.05,),
        (0.06,),
        (0.06,),
    ]


def test_an_execution_told_twice_is_one_row(connection: Connection) -> None:
    insert(connection, 1, fills("1", "2", "2"))
    insert(connection, 2, fills("2", "3"))
    assert rows(connection, "SELECT trade_id FROM fill ORDER BY id") == [("1",), ("2",), ("3",)]


def test_a_unit_is_written_whole_or_not_at_all(connection: Connection) -> None:
    broken = Part("note", ("at", "text"), 1, b"no rows")
    unit = Unit((*pack([fills("1")]).parts, broken))
    inserter = Inserter(connection)
    with pytest.raises(Refused):
        inserter.insert(unit, STREAM, 1)
    assert count(connection, "fill") == 0
    assert inserter.insert(pack([fills("1")]), STREAM, 1)


@pytest.mark.parametrize(("table", "columns"), [("nonsense", ("at",)), ("note", ("at", "colour"))])
def test_a_table_or_column_of_another_program_is_refused(
    connection: Connection, table: str, columns: tuple[str, ...]
) -> None:
    with pytest.raises(Refused, match=table):
        Inserter(connection).insert(Unit((Part(table, columns, 1, b""),)), STREAM, 1)


def test_batches_of_one_table_may_name_its_columns_in_any_order(connection: Connection) -> None:
    columns: dict[str, Sequence[object]] = {
        "minute": [MINUTE_NS],
        "chain": ["BTC"],
        "near": [MINUTE_NS],
        "next": [None],
        "value": [0.5],
        "variance_swap": [0.51],
        "venue": [0.49],
        "is_extrapolated": [False],
    }
    later = dict(reversed({**columns, "minute": [MINUTE_NS + 60_000_000_000]}.items()))
    writer = Inserter(connection)
    for sequence, told in enumerate((columns, later), start=1):
        assert writer.insert(pack((Batch(VOL_INDEX, told),)), STREAM, sequence)
    found = rows(connection, "SELECT value, variance_swap, venue FROM vol_index")
    assert found == [(0.5, 0.51, 0.49)] * 2


def test_names_are_numbered_once(connection: Connection) -> None:
    for number in range(3):
        insert(connection, number + 1, quotes(minute(number), count=4))
    assert rows(connection, "SELECT min(id), max(id), count(*) FROM instrument") == [(1, 4, 4)]


def test_every_day_gets_a_table_of_its_own(connection: Connection) -> None:
    for day in range(3):
        insert(connection, day + 1, quotes(minute(day * DAY_MINUTES)))
    parts = [f"option_quote_202701{day}" for day in (15, 16, 17)]
    assert [count(connection, part) for part in parts] == [3, 3, 3]


def test_minutes_on_both_sides_of_midnight_go_to_their_own_days(connection: Connection) -> None:
    midnight = minute(16 * 60)
    both = {name: [*values] * 2 for name, values in quotes(midnight).columns.items()}
    both["minute"] = [midnight] * 3 + [midnight - 1_000_000_000] * 3
    insert(connection, 1, Batch(TABLES["option_quote"], both))
    assert count(connection, "option_quote_20270115") == 3
    assert count(connection, "option_quote_20270116") == 3


def test_the_newest_word_on_a_strategy_wins_in_whatever_order(connection: Connection) -> None:
    def switch(name: str, is_on: bool, after_ms: int) -> StoredAutomation:
        return StoredAutomation(name, is_on, MINUTE_NS + after_ms * 1_000_000)

    insert(
        connection,
        1,
        automation_batch(
            [switch("hedger", True, 1), switch("hedger", False, 3), switch("hedger", True, 2)]
        ),
    )
    insert(connection, 2, automation_batch([switch("hedger", True, 0), switch("pair", True, 0)]))
    insert(connection, 3, automation_batch([switch("pair", False, 5)]))
    found = rows(connection, "SELECT name, is_on FROM automation ORDER BY name")
    assert found == [("hedger", False), ("pair", False)]


def test_the_newest_text_under_a_name_wins(connection: Connection) -> None:
    insert(connection, 1, kept_batch([StoredText("risk", "new", MINUTE_NS + 2_000_000)]))
    insert(connection, 2, kept_batch([StoredText("risk", "old", MINUTE_NS)]))
    assert rows(connection, "SELECT name, text FROM kept") == [("risk", "new")]


def test_an_order_report_told_twice_is_one_row(connection: Connection) -> None:
    filled = replace(ORDER, filled=Decimal(4), average_price=Decimal("97000.5"))
    insert(connection, 1, order_batch([ORDER, ORDER, filled]))
    insert(connection, 2, order_batch([filled]))
    found = rows(connection, "SELECT state, filled, average_price, post_only FROM order_event")
    assert found == [
        ("open", Decimal(0), None, False),
        ("open", Decimal(4), Decimal("97000.5"), False),
    ]


def test_commands_decisions_and_accounts_are_kept(connection: Connection) -> None:
    insert(
        connection,
        1,
        command_batch([StoredCommand(MINUTE_NS, 1, "a10", "PlaceOrders(...)", True, "sent")]),
        decision_batch(
            [StoredDecision(MINUTE_NS, "hedger", "BTC-PERPETUAL", Decimal(-20), Decimal(0), "x")]
        ),
        account_batch(MINUTE_NS, [ACCOUNT]),
    )
    assert rows(connection, "SELECT number, text, is_ok, reply FROM command") == [
        (1, "a10", True, "sent")
    ]
    assert rows(connection, "SELECT sleeve, target FROM decision") == [("hedger", Decimal(-20))]
    assert rows(connection, "SELECT currency, equity, options_vega FROM account_minute") == [
        ("BTC", Decimal("1.5"), Decimal(0))
    ]


def test_a_long_text_is_kept_once(connection: Connection) -> None:
    text = "long " * 5_000
    insert(connection, 1, note(text))
    insert(connection, 2, note(text))
    assert count(connection, "note") == 1


def test_the_writer_knows_the_columns_the_database_has(connection: Connection) -> None:
    found = rows(
        connection,
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND is_identity = 'NO'",
    )
    for table in (one for one in TABLES.values() if not one.taken_by):
        assert {column for name, column in found if name == table.name} == set(table.columns)
