"""numpy's numbers as parameters: psycopg2 alone writes np.float64(0.5) into the statement."""

from __future__ import annotations

from decimal import Decimal
from math import isnan
from typing import Any

import numpy as np
import pytest

from core.store.queries.queries import Queries
from core.store.queries.series import Span
from core.store.server.postgres import Connection, Database
from tests.core.store.samples import MINUTE_NS


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (np.float64(0.5), 0.5),
        (np.float64(1e-300), 1e-300),
        (np.float32(0.25), 0.25),
        (np.float16(0.5), 0.5),
        (np.int64(-3), -3),
        (np.int32(7), 7),
        (np.int16(7), 7),
        (np.int8(-7), -7),
        (np.uint8(7), 7),
        (np.uint64(2**63), 2**63),
        (np.bool_(True), True),
        (np.str_("it's"), "it's"),
        (np.array([0.5, 1.5]), [0.5, 1.5]),
        (np.array([1, 2], np.int32), [1, 2]),
    ],
)
def test_every_kind_arrives_as_a_number(shared: Connection, value: Any, wanted: Any) -> None:
    with shared.cursor() as cursor:
        cursor.execute("SELECT %s", (value,))
        ((found,),) = cursor.fetchall()
    # What has no type of its own in the statement is exact: numeric.
    found = [float(one) for one in found] if isinstance(found, list) else found
    assert (float(found) if isinstance(found, Decimal) else found) == wanted


def test_a_missing_number_stays_one(shared: Connection) -> None:
    with shared.cursor() as cursor:
        cursor.execute("SELECT %s, %s", (np.float64("nan"), np.float32("nan")))
        ((one, other),) = cursor.fetchall()
    assert isnan(one)
    assert isnan(other)


def test_questions_take_numpy_numbers(dsn: str, shared: Connection) -> None:
    assert not shared.closed
    database = Database("shared", dsn=dsn)
    database.attach().close()
    queries = Queries(database)
    span = Span(MINUTE_NS, MINUTE_NS + 10**12)
    assert queries.realised_history("BTC", np.float64(30.0), span).at_ns.size == 0
    queries.close()
