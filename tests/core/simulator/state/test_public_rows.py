"""Funding, volatility by the second, settlements, deliveries and marks after a restart."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from core.simulator.state import history
from core.simulator.state.rows import all_rows
from tests.core.simulator.indoors import Indoors, indoors
from tests.core.simulator.state.kept import kept, reborn
from tests.core.simulator.still import Desk

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
PERPETUAL = "ETH-PERPETUAL"


def told(desk: Desk, now_ms: int) -> dict[str, Any]:
    """What public methods say of the time up to `now_ms`."""
    with indoors(desk) as line:
        return _told(line, now_ms)


def _told(line: Indoors, now_ms: int) -> dict[str, Any]:
    span = {"start_timestamp": now_ms - 60 * HOUR_MS, "end_timestamp": now_ms}
    last_hour = {"start_timestamp": now_ms - HOUR_MS // 6, "end_timestamp": now_ms}
    return {
        "funding": line.call("public/get_funding_rate_history", instrument_name=PERPETUAL, **span),
        "minutes": [
            line.call(
                "public/get_funding_rate_value", instrument_name=PERPETUAL,
                start_timestamp=now_ms - 600_000, end_timestamp=now_ms - ms,
            ) for ms in (60_000, 300_000)
        ],
        "seconds": line.call(
            "public/get_volatility_index_data", currency="BTC", resolution="1", **last_hour
        ),
        "settlements": line.call(
            "public/get_last_settlements_by_currency", currency="BTC", count=1000
        ),
        "deliveries": line.call("public/get_delivery_prices", index_name="btc_usd", count=2),
        "marks": line.call(
            "public/get_mark_price_history", instrument_name=PERPETUAL, **last_hour
        ),
    }  # fmt: skip


def lived(path: Path) -> Desk:
    """A desk over one 08:00 and some hours, saved in steps."""
    desk = Desk(6)
    keeper = kept(desk, path)
    for _ in range(4):
        desk.run(21_600.0, 1_800.0)
        keeper.save()
    desk.run(150.0, 1.0)
    keeper.save()
    return desk


def test_rows_of_the_public_past_survive_restarts(tmp_path: Path) -> None:
    desk = lived(tmp_path / "state")
    end_ms = desk.clock.now_ms()
    before = told(desk, end_ms)
    assert len(before["settlements"]["settlements"]) > 20
    assert len(before["marks"]) > 140
    again = reborn(desk, tmp_path / "state", later_s=120.0)
    assert told(again, end_ms) == before
    again.run(60.0, 5.0)
    third = reborn(reborn(again, tmp_path / "state"), tmp_path / "state")
    assert told(third, end_ms) == before


def test_each_row_is_written_once_and_not_in_the_picture(tmp_path: Path) -> None:
    desk = lived(tmp_path / "state")
    keeper = desk.exchange.recorder
    assert keeper is not None
    desk.run(5.0, 1.0)
    size = os.path.getsize(tmp_path / "state")
    desk.run(150.0, 1.0)
    keeper.save()
    assert os.path.getsize(tmp_path / "state") < 1.1 * size
    again = reborn(desk, tmp_path / "state")
    mine, theirs = all_rows(desk.exchange), all_rows(again.exchange)
    assert mine == theirs
    assert [rows.maxlen for rows in mine.values()] == [rows.maxlen for rows in theirs.values()]


def test_rows_written_before_a_picture_that_never_came_are_not_told_twice(tmp_path: Path) -> None:
    desk = lived(tmp_path / "state")
    picture = (tmp_path / "state").read_bytes()
    desk.run(60.0, 1.0)
    assert desk.exchange.recorder is not None
    desk.exchange.recorder.save()
    (tmp_path / "state").write_bytes(picture)
    desk.clock.advance(-60.0)
    again = reborn(desk, tmp_path / "state")
    again.run(30.0, 1.0)
    assert again.exchange.recorder is not None
    again.exchange.recorder.save()
    third = reborn(again, tmp_path / "state")
    for rows in (third.exchange.marks.of(PERPETUAL), third.exchange.floor.past.seconds["btc_dvol"]):
        times = [row[0] for row in rows]
        assert times == sorted(set(times))


def test_a_lost_history_begins_funding_anew(tmp_path: Path) -> None:
    desk = lived(tmp_path / "state")
    for path in tmp_path.glob("state.*.history"):
        path.write_bytes(history.MAGIC)
    again = reborn(desk, tmp_path / "state", later_s=10.0)
    again.run(60.0, 10.0)
    with indoors(again) as line:
        now = again.clock.now_ms()
        value = line.call(
            "public/get_funding_rate_value", instrument_name=PERPETUAL,
            start_timestamp=now - DAY_MS, end_timestamp=now,
        )  # fmt: skip
    assert value == pytest.approx(0.0, abs=0.05)
