from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from core.errors import VenueError
from core.venues.candles import candles
from tests.core.venues.simulator_child import Simulator

PAIR = ("ETH_USDC-PERPETUAL", "BTC_USDC-PERPETUAL")


def test_closes_are_aligned_finished_minutes_in_utc(simulator: Simulator) -> None:
    table = candles(simulator.at.http_url, PAIR, 90)
    assert tuple(table.columns) == PAIR
    assert len(table) == 90
    assert str(table.index.dtype).endswith(", UTC]")
    assert set(table.index.to_series().diff().dropna().dt.total_seconds()) == {60.0}
    now_ms = simulator.call("public/get_time")
    last_ms = table.index[-1].timestamp() * 1000
    assert 60_000 <= now_ms - last_ms < 121_000
    assert table.notna().all().all()


def test_closes_equal_the_venues_own(simulator: Simulator) -> None:
    table = candles(simulator.at.http_url, PAIR[:1], 5)
    times = [int(one.timestamp() * 1000) for one in table.index]
    theirs = simulator.call(
        "public/get_tradingview_chart_data",
        instrument_name=PAIR[0],
        start_timestamp=times[0],
        end_timestamp=times[-1],
        resolution="1",
    )
    assert theirs["ticks"] == times
    assert list(table[PAIR[0]]) == theirs["close"]


def test_an_unknown_instrument_is_named(simulator: Simulator) -> None:
    with pytest.raises(VenueError, match="the candles did not come"):
        candles(simulator.at.http_url, ["NOPE-PERPETUAL"], 5)


def test_nobody_at_the_address_is_an_error_in_words() -> None:
    with pytest.raises(VenueError, match="the candles did not come"):
        candles("http://127.0.0.1:9/api/v2", PAIR, 5)


NOW_MS = 1_790_000_030_000
LAST_MS = 1_789_999_980_000 - 60_000


class Gappy(BaseHTTPRequestHandler):
    """A venue that has every second bar, and one unfinished."""

    def do_GET(self) -> None:
        result: Any = NOW_MS
        if "chart" in self.path:
            ticks = [LAST_MS - 120_000, LAST_MS, LAST_MS + 60_000]
            result = {"status": "ok", "ticks": ticks, "close": [1.0, 3.0, 4.0]}
        body = json.dumps({"jsonrpc": "2.0", "result": result}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def gappy() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Gappy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api/v2"
        server.shutdown()
        thread.join()


def test_a_missing_bar_is_missing_and_an_unfinished_one_is_left_out(gappy: str) -> None:
    table = candles(gappy, ["BTC-PERPETUAL"], 4)
    closes = table["BTC-PERPETUAL"]
    assert table.index[-1].timestamp() * 1000 == NOW_MS - NOW_MS % 60_000 - 60_000
    assert closes.dropna().tolist() == [1.0, 3.0]
    assert closes.isna().tolist() == [True, False, True, False]
