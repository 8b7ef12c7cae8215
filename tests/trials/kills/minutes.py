"""What the database says of the minutes a killed program wrote: whole, once, in order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.store.server.postgres import Connection
from tests.core.pricing.market import NOW_NS
from tests.trials.kills.recording import EXPIRIES

_NUMBER = f"((extract(epoch FROM minute) - {NOW_NS // 1_000_000_000}) / 60)::int"
_ROWS_OF_A_MINUTE = {
    "option_quote": "l.options",
    "future_top": "1",
    "smile": f"{EXPIRIES}",
    "account_minute": "1",
    "position_minute": "1",
}
_INCOMPLETE = """
    SELECT {number}, count(t.minute), {wanted}
    FROM minute_log l LEFT JOIN {table} t USING (minute) WHERE skipped = ''
    GROUP BY minute, l.options HAVING count(t.minute) <> {wanted}
"""
_OF_TWO_MOMENTS = f"""
    SELECT {_NUMBER}, count(DISTINCT level) FROM (
        SELECT minute, underlying AS level FROM option_quote
        UNION SELECT minute, index_price FROM option_quote
        UNION SELECT minute, mark FROM future_top
        UNION SELECT minute, forward FROM smile
    ) levels GROUP BY minute HAVING count(DISTINCT level) <> 1
"""


def recorded(connection: Connection) -> list[int]:
    """Numbers of the minutes that have a picture, ascending."""
    found = _rows(
        connection, f"SELECT {_NUMBER} FROM minute_log WHERE skipped = '' ORDER BY minute"
    )
    return [number for (number,) in found]


def incomplete(connection: Connection) -> list[str]:
    """Minutes of any desk that have not a row for each option they had."""
    statement = _INCOMPLETE.format(number="minute", table="option_quote", wanted="l.options")
    return [
        f"the minute {minute} has {has} options, not {of}"
        for minute, has, of in _rows(connection, statement)
    ]


def problems(connection: Connection, acknowledged: Iterable[int]) -> list[str]:
    """Everything that is not as it should be, in words."""
    there = set(recorded(connection))
    found = [f"minute {one} is lost" for one in sorted(set(acknowledged) - there)]
    for table, wanted in _ROWS_OF_A_MINUTE.items():
        statement = _INCOMPLETE.format(number=_NUMBER, table=table, wanted=wanted)
        found += [
            f"minute {number} has {has} rows in {table}, not {of}"
            for number, has, of in _rows(connection, statement)
        ]
        strangers = (
            f"SELECT DISTINCT {_NUMBER} FROM {table} EXCEPT SELECT {_NUMBER} FROM minute_log"
        )
        found += [
            f"minute {number} is in {table} only" for (number,) in _rows(connection, strangers)
        ]
    found += [
        f"minute {number} shows {levels} moments"
        for number, levels in _rows(connection, _OF_TWO_MOMENTS)
    ]
    skipped = f"SELECT {_NUMBER}, skipped FROM minute_log WHERE skipped <> ''"
    found += [f"minute {number} was skipped: {why}" for number, why in _rows(connection, skipped)]
    return found + _wrong_facts(connection, acknowledged)


def _wrong_facts(connection: Connection, acknowledged: Iterable[int]) -> list[str]:
    """One execution was handed over after each minute: each is there once, in that order."""
    numbers = [int(one) for (one,) in _rows(connection, "SELECT trade_id FROM fill ORDER BY id")]
    found = [f"fill {one} is lost" for one in sorted(set(acknowledged) - set(numbers))]
    if len(set(numbers)) != len(numbers):
        found.append("a fill is there twice")
    if numbers != sorted(numbers):
        found.append("fills are not in the order they were handed over")
    return found


def _rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()
