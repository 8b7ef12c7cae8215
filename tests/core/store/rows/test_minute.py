from __future__ import annotations

from decimal import Decimal
from math import nan

import numpy as np

from core.domain.position import Position
from core.store.batch import Batch, pack
from core.store.insert import Inserter
from core.store.rows.minute import (
    StoredMinute,
    StoredPosition,
    extrapolated_bits,
    minute_log_batch,
    position_batch,
    without_pictures,
)
from core.store.rows.strategy import (
    StoredBar,
    StoredHedge,
    StoredSignal,
    bar_batch,
    hedge_batch,
    signal_batch,
)
from core.store.server.postgres import Connection
from core.store.tables.minute import SURFACE_TENOR, VOL_INDEX
from tests.core.store.samples import MINUTE_NS, minute, note, quotes, rows

STREAM = "00000000-0000-0000-0000-000000000001"


def write(connection: Connection, *batches: Batch) -> None:
    """All of it twice, as after a crash: the second time changes nothing."""
    for sequence in (1, 2):
        Inserter(connection).insert(pack(batches), STREAM, sequence)


def test_a_surface_has_an_array_per_tenor_and_a_row_per_cell_in_its_view(
    connection: Connection,
) -> None:
    axis = np.array([-0.1, 0.0, 0.1])
    outside = np.array([[True, False, False], [False, False, False]])
    batch = Batch(
        SURFACE_TENOR,
        {
            "minute": [MINUTE_NS] * 2,
            "chain": ["BTC"] * 2,
            "grid": ["wide"] * 2,
            "tenor_days": [7.0, 30.0],
            "forward": [97_000.0, nan],
            "axis": [axis, axis],
            "quotes": [12, 9],
            "iv": np.array([[0.5, 0.25, nan], [0.75, nan, 0.5]]),
            "extrapolated": [extrapolated_bits(row) for row in outside],
        },
    )
    write(connection, batch)
    found = rows(
        connection,
        "SELECT tenor_days, k, iv, is_extrapolated, forward FROM surface ORDER BY tenor_days, k",
    )
    assert found == [
        (7.0, -0.1, 0.5, True, 97_000.0),
        (7.0, 0.0, 0.25, False, 97_000.0),
        (30.0, -0.1, 0.75, False, None),
        (30.0, 0.1, 0.5, False, None),
    ]
    assert rows(connection, "SELECT k FROM axis") == [([-0.1, 0.0, 0.1],)]


def test_how_a_minute_went_is_kept_once(connection: Connection) -> None:
    recorded = StoredMinute(minute(0), minute(0) + 12_500_000, 12.5, 900, 700, 3)
    skipped = StoredMinute(minute(1), minute(1), 11_000.0, skipped="seen too late")
    write(connection, minute_log_batch([recorded, skipped]))
    assert rows(
        connection,
        "SELECT lateness_ms, options, quoted, stale, skipped FROM minute_log ORDER BY minute",
    ) == [(12.5, 900, 700, 3, ""), (11_000.0, 0, 0, 0, "seen too late")]


def test_a_second_picture_of_a_minute_adds_nothing_to_the_first(connection: Connection) -> None:
    inserter = Inserter(connection)
    for sequence, options in enumerate((3, 5), 1):
        log = minute_log_batch([StoredMinute(minute(0), minute(0), 0.0, options)])
        unit = pack([quotes(minute(0), options), log])
        assert inserter.insert(unit, STREAM, sequence) is (options == 3)
    assert inserter.position(STREAM) == 2
    assert rows(connection, "SELECT count(*) FROM option_quote") == [(3,)]
    assert rows(connection, "SELECT options FROM minute_log") == [(3,)]


def test_the_past_of_an_index_is_taken_though_its_minutes_have_pictures(
    connection: Connection,
) -> None:
    log = minute_log_batch([StoredMinute(minute(0), minute(0), 0.0, 3)])
    past = Batch(
        VOL_INDEX,
        {
            "minute": [minute(-1), minute(0)],
            "chain": ["BTC"] * 2,
            "venue": [0.5, 0.51],
            "is_extrapolated": [False] * 2,
        },
    )
    inserter = Inserter(connection)
    assert inserter.insert(pack([quotes(minute(0)), log]), STREAM, 1)
    assert inserter.insert(pack([past]), STREAM, 2)
    assert rows(connection, "SELECT count(*) FROM vol_index") == [(2,)]
    assert [pack([one]).is_picture for one in (past, log, quotes(minute(0)))] == [
        False,
        False,
        True,
    ]


def test_a_word_on_a_minute_is_no_picture_of_it() -> None:
    word = minute_log_batch([StoredMinute(minute(7), minute(7), 0.0, skipped="late")])
    assert pack([word]).minute_ns == 0
    assert pack([quotes(minute(6)), word]).minute_ns == minute(6)


def test_without_its_pictures_a_minute_leaves_the_reason() -> None:
    log = minute_log_batch([StoredMinute(minute(0), minute(0), 5.0, 3)])
    left = without_pictures((quotes(minute(0)), log, note("fact")), "the spool is full")
    assert [batch.table.name for batch in left] == ["minute_log", "note"]
    assert left[0].columns["skipped"] == ["the spool is full"]
    assert without_pictures((note("fact"),), "the spool is full")[0].size == 1


def test_positions_hedges_signals_and_bars_are_kept_once(connection: Connection) -> None:
    held = Position("BTC-PERPETUAL", Decimal(-20), Decimal("97123.5"), fees=Decimal("0.00000012"))
    seen = StoredHedge(
        minute(0), "hedger", "BTC", "BTC-PERPETUAL", 0.5, -0.25, 0.25, 0.0025, Decimal(-40),
        Decimal(-20), "outside the band",
    )  # fmt: skip
    write(
        connection,
        position_batch(minute(0), [StoredPosition("hedger", held, mark=97_000.0)]),
        hedge_batch([seen]),
        signal_batch([StoredSignal(minute(0), "pair", "Z/H", 1.5, beta=0.8, position=-1)]),
        bar_batch([StoredBar("btc_usd", 60, minute(0), 1.0, 3.0, 0.5, 2.0)]),
    )
    assert rows(connection, "SELECT sleeve, amount, fees, mark, delta FROM position_minute") == [
        ("hedger", Decimal(-20), Decimal("0.00000012"), 97_000.0, None)
    ]
    assert rows(connection, "SELECT net_delta, band, target, amount, why FROM hedge") == [
        (0.25, 0.0025, Decimal(-40), Decimal(-20), "outside the band")
    ]
    assert rows(connection, "SELECT pair, z, beta, alpha, position FROM signal") == [
        ("Z/H", 1.5, 0.8, None, -1)
    ]
    assert rows(
        connection,
        "SELECT name, resolution_s, open, high, low, close, volume, source "
        "FROM bar JOIN instrument ON id = instrument",
    ) == [("btc_usd", 60, 1.0, 3.0, 0.5, 2.0, None, "venue")]
