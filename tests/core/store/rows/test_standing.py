"""Parent orders and stops come back as they were left, and only those that stand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from core.domain.order import Side
from core.domain.parent import ParentOrder, ParentState
from core.domain.stop import LotStop, StopKind, StopRule, StopState
from core.store.batch import Batch, pack
from core.store.insert import Inserter
from core.store.queries.queries import Queries
from core.store.rows.standing import parent_batch, stop_batch
from core.store.server.postgres import Connection, Database
from tests.core.store.samples import MINUTE_NS

STREAM = "00000000-0000-0000-0000-000000000001"
PARENT = ParentOrder(
    f"w1@{MINUTE_NS}",
    "w1",
    "BTC-PERPETUAL",
    Side.SELL,
    Decimal(100),
    Decimal(30),
    Decimal(0),
    Decimal(0),
    60.5,
    12,
    ParentState.WORKING,
    "slice 4 of 12",
    MINUTE_NS,
    MINUTE_NS + 1_000,
)
TRAIL = LotStop(
    "s-1",
    "s1",
    "manual",
    "BTC-PERPETUAL",
    -1,
    StopRule(StopKind.TRAIL_PERCENT, Decimal("1.5")),
    MINUTE_NS,
    MINUTE_NS,
    trigger=Decimal("61000.25"),
    best=Decimal("60098.77"),
    amount=Decimal(-100),
)
TIME = LotStop(
    "s-2",
    "s2",
    "manual",
    "BTC-PERPETUAL",
    1,
    StopRule(StopKind.TIME, Decimal(1800)),
    MINUTE_NS + 1_000,
    MINUTE_NS + 1_000,
    StopState.FIRED,
    deadline_ns=MINUTE_NS + 1_800_000_000_000,
    reason="time is up",
)


def write(connection: Connection, number: int, *batches: Batch) -> None:
    Inserter(connection).insert(pack(batches), STREAM, number)


def test_what_stands_comes_back_equal(database: Database, connection: Connection) -> None:
    write(connection, 1, parent_batch([PARENT]), stop_batch([TIME, TRAIL]))
    queries = Queries(database)
    assert queries.parents() == (PARENT,)
    assert queries.stops() == (TRAIL, TIME)


def test_the_newest_word_counts_and_what_is_over_is_left_out(
    database: Database, connection: Connection
) -> None:
    later = replace(PARENT, filled=Decimal(50), changed_ns=PARENT.changed_ns + 1_000)
    better = replace(TRAIL, best=Decimal(60_000), changed_ns=TRAIL.changed_ns + 1_000)
    write(connection, 1, parent_batch([later]), stop_batch([better, TIME]))
    write(connection, 2, parent_batch([PARENT]), stop_batch([TRAIL]))
    queries = Queries(database)
    assert queries.parents() == (later,)
    assert queries.stops()[0] == better

    done = replace(later, state=ParentState.INTERRUPTED, changed_ns=later.changed_ns + 1_000)
    gone = replace(TIME, state=StopState.DONE, changed_ns=TIME.changed_ns + 1_000)
    write(connection, 3, parent_batch([done]), stop_batch([gone]))
    assert queries.parents() == ()
    assert queries.stops() == (better,)
