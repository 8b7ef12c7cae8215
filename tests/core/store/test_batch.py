from __future__ import annotations

from decimal import Decimal
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from core.errors import StoreError
from core.store.batch import Batch, from_bytes, pack, to_bytes
from core.store.insert import Inserter
from core.store.server.postgres import Connection
from core.store.tables.facts import NOTE
from core.store.tables.kinds import Table
from core.store.tables.minute import ACCOUNT_MINUTE, SMILE, SURFACE
from tests.core.store.samples import MINUTE_NS, fill, quotes, rows

STREAM = "00000000-0000-0000-0000-000000000001"


def write(connection: Connection, *batches: Batch) -> None:
    Inserter(connection).insert(pack(batches), STREAM, 1)


def test_a_unit_survives_the_way_through_the_spool() -> None:
    unit = pack([quotes(MINUTE_NS)])
    assert from_bytes(to_bytes(unit)) == unit
    assert unit.minute_ns == MINUTE_NS


def test_numpy_scalars_and_arrays_are_written_as_numbers(connection: Connection) -> None:
    smile = Batch(
        SMILE,
        {
            "minute": np.array([MINUTE_NS]),
            "expiry": [np.int64(MINUTE_NS)],
            "chain": [np.str_("BTC")],
            "source": ["ticker"],
            "forward": np.array([97_123.5]),
            "atm": [np.float64(0.5)],
            "rr25": [np.float32(0.25)],
            "quotes": [np.int64(12)],
        },
    )
    write(connection, smile)
    found = rows(connection, "SELECT minute = expiry, forward, atm, rr25, quotes FROM smile")
    assert found == [(True, 97_123.5, 0.5, 0.25, 12)]


def test_nan_infinity_and_none_become_null(connection: Connection) -> None:
    batch = quotes(MINUTE_NS, count=3)
    values = {**batch.columns, "ask": [nan, inf, None], "bid": np.array([1.0, nan, 2.0])}
    write(connection, Batch(batch.table, values))
    assert rows(connection, "SELECT bid, ask FROM option_quote ORDER BY instrument") == [
        (1.0, None),
        (None, None),
        (2.0, None),
    ]


def test_money_is_exact_to_the_last_digit(connection: Connection) -> None:
    columns: dict[str, list[Any]] = {
        name: [Decimal("0.123456789012345678901234567")] for name in ACCOUNT_MINUTE.columns
    }
    columns |= {"minute": [MINUTE_NS], "currency": ["BTC"]}
    batch = Batch(ACCOUNT_MINUTE, columns)
    write(connection, batch)
    assert rows(connection, "SELECT equity FROM account_minute") == [
        (Decimal("0.123456789012345678901234567"),)
    ]


def test_text_keeps_quotes_tabs_and_newlines_and_drops_nul(connection: Connection) -> None:
    text = "it's \\N a\ttab\nand ½ \0end"
    write(connection, Batch(NOTE, {"at": [MINUTE_NS], "source": ["test"], "text": [text]}))
    assert rows(connection, "SELECT text FROM note") == [(text.replace("\0", ""),)]


@pytest.mark.parametrize(
    ("table", "columns", "words"),
    [
        (NOTE, {"at": [1], "colour": ["red"]}, "note has no column colour"),
        (NOTE, {"at": [1, 2], "text": ["one"]}, "note.text has 1 values for 2 rows"),
        (SURFACE, {"k": ["far"]}, "surface.k does not hold float"),
        (SURFACE, {"quotes": ["many"]}, "surface.quotes does not hold int"),
        (NOTE, {"at": ["noon"]}, "note.at does not hold time"),
        (ACCOUNT_MINUTE, {"equity": ["rich"]}, "account_minute.equity does not hold decimal"),
    ],
)
def test_a_batch_that_cannot_be_written_is_named(
    table: Table, columns: dict[str, list[Any]], words: str
) -> None:
    with pytest.raises(StoreError, match=words):
        pack([Batch(table, columns)])


def test_an_empty_batch_takes_no_part() -> None:
    assert pack([Batch(NOTE, {"at": [], "source": [], "text": []})]).parts == ()


def test_bytes_that_are_no_unit_are_refused() -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        from_bytes(b"\x93nonsense")


def test_a_fill_without_an_amount_never_reaches_the_store() -> None:
    with pytest.raises(ValueError, match="has no amount"):
        fill("1", amount="0")
