from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import numpy as np
import pytest

from core.clock import NS_PER_MS
from core.errors import VenueError
from core.venues.charts import HOUR_NS, Charts
from tests.core.venues.simulator_child import Simulator

HOUR_MS = 3_600_000


def test_a_month_of_full_hours_comes_from_the_simulator(simulator: Simulator) -> None:
    now_ns = simulator.call("public/get_time") * NS_PER_MS
    since_ns = now_ns - 31 * 24 * HOUR_NS
    bars = Charts(simulator.at.http_url).hourly("BTC-PERPETUAL", since_ns, now_ns)
    assert 742 <= len(bars) <= 744
    assert (bars.at_ns % HOUR_NS == 0).all()
    assert now_ns - 2 * HOUR_NS < bars.at_ns[-1] <= now_ns - HOUR_NS
    assert (bars.low <= np.minimum(bars.open, bars.close)).all()
    assert (bars.high >= np.maximum(bars.open, bars.close)).all()


def test_the_venues_index_comes_at_full_hours_as_decimals(simulator: Simulator) -> None:
    now_ns = simulator.call("public/get_time") * NS_PER_MS
    past = Charts(simulator.at.http_url).volatility("ETH", now_ns - 50 * HOUR_NS, now_ns)
    assert 49 <= past.at_ns.size <= 51
    assert (np.diff(past.at_ns) == HOUR_NS).all()
    assert past.at_ns[-1] <= now_ns
    assert ((past.value > 0.2) & (past.value < 2.0)).all()


def test_an_unknown_instrument_is_an_error_in_words(simulator: Simulator) -> None:
    with pytest.raises(VenueError, match="instrument"):
        Charts(simulator.at.http_url).hourly("NOPE-PERPETUAL", 0, HOUR_NS)


def test_nobody_at_the_address_is_an_error_in_words() -> None:
    with pytest.raises(VenueError, match="the venue did not answer"):
        Charts("http://127.0.0.1:9/api/v2").hourly("BTC-PERPETUAL", 0, HOUR_NS)


@contextmanager
def answering(result: Any) -> Iterator[Charts]:
    """A venue that answers everything with `result`."""

    class Venue(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps({"jsonrpc": "2.0", "result": result}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Venue) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield Charts(f"http://127.0.0.1:{server.server_port}/api/v2")
        server.shutdown()
        thread.join()


def test_an_hour_in_which_nothing_traded_is_no_bar() -> None:
    """The venue repeats the last close through it."""
    chart = {
        "status": "ok",
        "ticks": [0, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS],
        "open": [1.0, 2.0, 2.0, 2.0],
        "high": [2.0, 2.0, 3.0, 2.0],
        "low": [1.0, 2.0, 2.0, 2.0],
        "close": [2.0, 2.0, 3.0, None],
        "volume": [5.0, 0.0, 7.0, 1.0],
        "cost": [5.0, 0.0, 7.0, 1.0],
    }
    with answering(chart) as venue:
        assert venue.hourly("X", 0, 9 * HOUR_NS).at_ns.tolist() == [0, 2 * HOUR_NS]
        assert venue.hourly("X", 0, 3 * HOUR_NS - 1).at_ns.tolist() == [0]


@pytest.mark.parametrize(
    "result", [[], {"ticks": [2, 1]}, {"ticks": [2, 1], "open": [1.0]}, {"ticks": ["x"]}]
)
def test_a_chart_that_cannot_be_one_is_refused(result: Any) -> None:
    with answering(result) as venue, pytest.raises(VenueError, match="unreadable"):
        venue.hourly("X", 0, HOUR_NS)


def test_a_venue_without_a_past_gives_no_bars() -> None:
    with answering({"status": "no_data", "ticks": []}) as venue:
        assert len(venue.hourly("X", 0, HOUR_NS)) == 0
    with answering({"data": [], "continuation": None}) as venue:
        assert venue.volatility("BTC", 0, HOUR_NS).at_ns.size == 0
