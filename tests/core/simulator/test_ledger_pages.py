"""Settlements and the transaction log page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.core.simulator.indoors import Indoors, indoors

DAY_S = 86_400.0
PERPETUAL = "BTC-PERPETUAL"
SETTLEMENTS = "private/get_settlement_history_by_currency"
LOG = "private/get_transaction_log"


@pytest.fixture(scope="module")
def line() -> Iterator[Indoors]:
    with indoors() as opened:
        desk = opened.desk
        desk.send(desk.ann, desk.market(PERPETUAL), "buy", 3)
        desk.send(desk.ann, desk.option(), "buy", 2)
        desk.run(4 * DAY_S, 3_600.0)
        desk.send(desk.ann, desk.market(PERPETUAL), "sell", 2)
        yield opened


def log(line: Indoors, **params: Any) -> dict[str, Any]:
    span = {"start_timestamp": 0, "end_timestamp": line.desk.clock.now_ms()}
    answer: dict[str, Any] = line.call(LOG, currency="BTC", **span, **params)
    return answer


def test_settlements_are_continued_without_gap_or_repetition(line: Indoors) -> None:
    whole = line.call(SETTLEMENTS, currency="BTC", count=1000)
    assert whole["continuation"] == "none"
    assert len(whole["settlements"]) >= 4
    found: list[Any] = []
    token = ""
    while token != "none":
        answer = line.call(SETTLEMENTS, currency="BTC", count=2, continuation=token)
        found += answer["settlements"]
        token = answer["continuation"]
    assert found == whole["settlements"]


def test_a_settlement_token_stays_where_it_was_when_a_new_one_comes(line: Indoors) -> None:
    whole = line.call(SETTLEMENTS, currency="BTC", count=1000)["settlements"]
    token = line.call(SETTLEMENTS, currency="BTC", count=1)["continuation"]
    line.desk.run(DAY_S, 3_600.0)
    assert len(line.call(SETTLEMENTS, currency="BTC", count=1000)["settlements"]) > len(whole)
    rest = line.call(SETTLEMENTS, currency="BTC", count=1000, continuation=token)
    assert rest["settlements"] == whole[1:]


def test_a_search_of_settlements_starts_at_the_latest_time_wanted(line: Indoors) -> None:
    public = "public/get_last_settlements_by_instrument"
    for ask, named in (
        (SETTLEMENTS, {"currency": "BTC"}),
        (public, {"instrument_name": PERPETUAL}),
    ):
        whole = line.call(ask, count=1000, **named)["settlements"]
        at_ms = whole[1]["timestamp"]
        found = line.call(ask, count=1000, search_start_timestamp=at_ms, **named)["settlements"]
        assert found == [row for row in whole if row["timestamp"] <= at_ms]
        assert 0 < len(found) < len(whole)


def test_the_log_is_continued_without_gap_or_repetition(line: Indoors) -> None:
    whole = log(line, count=1000)
    assert whole["continuation"] is None
    found: list[Any] = []
    token: int | None = 2**53
    while token is not None:
        answer = log(line, count=2, continuation=token)
        found += answer["logs"]
        token = answer["continuation"]
    assert found == whole["logs"]


def test_a_query_of_the_log_goes_by_type_side_role_and_kind(line: Indoors) -> None:
    rows = log(line, count=1000)["logs"]
    wanted: dict[str, Callable[[dict[str, Any]], bool]] = {
        "trade": lambda row: row["type"] == "trade",
        "settlement": lambda row: "settlement" in row["type"].split("_"),
        "trade option": lambda row: row["type"] == "trade" and row["instrument_name"][-2:] == "-C",
        "close": lambda row: str(row.get("side")).startswith("close"),
        "taker": lambda row: row.get("user_role") == "taker",
        "future buy": lambda row: row["instrument_name"] == PERPETUAL and "buy" in row["side"],
    }
    for query, holds in wanted.items():
        expected = [row for row in rows if row.get("instrument_name") and holds(row)]
        found = log(line, count=1000, query=query)["logs"]
        assert [row for row in found if row.get("instrument_name")] == expected
        assert expected
    assert log(line, query="withdrawal")["logs"] == []
