"""A market a thousand times as fast leaves nothing out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from core.simulator.cli import run
from tests.core.simulator.running import Simulator, simulator
from tests.core.simulator.still import Desk

START_MS = 1_772_345_400_000
"""2026-03-01T06:10:00Z"""
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
HOURS = 3


@pytest.fixture(scope="module")
def fast() -> Iterator[Simulator]:
    """Three hours over 08:00, in steps of a hundred seconds."""
    options = ("--stepped", "--speed", "1000", "--start", "2026-03-01T06:10:00Z", "--unlimited")
    with simulator(*options) as running:
        answer = running.post("simulator/advance", seconds=HOURS * 3_600)
        assert answer == {"timestamp": START_MS + HOURS * HOUR_MS, "steps": 108}
        yield running


def span(**more: object) -> dict[str, Any]:
    """From the start to the end of the three hours."""
    return {
        "start_timestamp": START_MS, "end_timestamp": START_MS + HOURS * HOUR_MS, **more,
    }  # fmt: skip


def test_every_minute_has_its_candle(fast: Simulator) -> None:
    chart = fast.get("public/get_tradingview_chart_data", instrument_name="BTC-PERPETUAL",
                     resolution="1", **span())  # fmt: skip
    ticks = chart["ticks"]
    assert {b - a for a, b in pairwise(ticks)} == {MINUTE_MS}
    assert len(ticks) >= HOURS * 60 - 2
    rows = zip(chart["low"], chart["open"], chart["close"], chart["high"], strict=True)
    assert all(low <= min(o, c) <= max(o, c) <= high for low, o, c, high in rows)


def test_every_hour_has_its_volatility_index(fast: Simulator) -> None:
    rows = fast.get("public/get_volatility_index_data", currency="BTC", resolution="3600",
                    **span())["data"]  # fmt: skip
    assert {b[0] - a[0] for a, b in pairwise(sorted(rows))} == {HOUR_MS}
    assert len(rows) >= HOURS


def test_every_hour_has_its_funding(fast: Simulator) -> None:
    rows = fast.get("public/get_funding_rate_history", instrument_name="BTC-PERPETUAL", **span())
    stamps = sorted(row["timestamp"] for row in rows)
    assert {b - a for a, b in pairwise(stamps)} <= {HOUR_MS}
    assert len(stamps) >= HOURS - 1


def test_what_expired_is_gone_and_its_price_is_known(fast: Simulator) -> None:
    listed = fast.get("public/get_instruments", currency="BTC", kind="option")
    first = min(it["expiration_timestamp"] for it in listed)
    assert first > START_MS + HOURS * HOUR_MS
    delivered = fast.get("public/get_delivery_prices", index_name="btc_usd")["data"]
    assert delivered[0]["date"] == "2026-03-01"


def test_days_settle_in_order_without_a_gap() -> None:
    desk = Desk()
    desk.clock.speed = 1000.0
    settled = []
    for _ in range(27):
        desk.run(3_600.0, 1_800.0)
        settled.append(desk.exchange.rollover.settled_ms)
    days = sorted(set(settled))
    assert settled == sorted(settled)
    assert {b - a for a, b in pairwise(days)} == {24 * HOUR_MS}


def test_ten_times_the_speed_is_ten_times_the_step(capsys: pytest.CaptureFixture[str]) -> None:
    with simulator("--stepped", "--speed", "10") as running:
        before = running.get("public/get_time")
        assert running.post("simulator/advance", seconds=5)["steps"] == 5
        assert running.get("public/get_time") - before == 5_000
    assert run(["--speed", "1001"]) == 2
    assert "1001 is not between 1 and 1000" in capsys.readouterr().err
