"""A whole recorded chain of 2026 has our fields, and perpetuals have a past."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.core.simulator.replay.shapes import differences
from tests.core.simulator.running import Simulator
from tests.shared_data import shared

CHAIN = "data/deribit/api_instruments_and_tickers_btc_2026-06-27.json.gz"
SINCE = (
    "base_currency_uuid", "index_id", "lot_size", "product_group", "quote_currency_uuid",
    "underlying_type",
)  # fmt: skip
"""Fields instruments carry since the summer of 2026."""


@pytest.fixture(scope="module")
def chain() -> dict[str, Any]:
    """330 instruments and their tickers, recorded on production in June 2026."""
    found: dict[str, Any] = json.loads(gzip.decompress(shared(CHAIN).read_bytes()))
    return found


def test_instruments_of_a_chain_have_the_recorded_fields(
    venue: Simulator, chain: dict[str, Any]
) -> None:
    ours = venue.get("public/get_instruments", currency="BTC", kind="option")
    found = {d for one in chain["instruments"][:50] for own in ours[:50]
             for d in differences(one, own)}  # fmt: skip
    assert found == {f"+{name}" for name in SINCE}


def test_tickers_of_a_chain_have_the_recorded_fields(
    venue: Simulator, chain: dict[str, Any]
) -> None:
    listed = venue.get("public/get_instruments", currency="BTC", kind="option")
    ours = [
        venue.get("public/ticker", instrument_name=row["instrument_name"]) for row in listed[::40]
    ]
    recorded = [row for row in chain["tickers"].values() if "greeks" in row]
    assert {d for one in recorded for own in ours for d in differences(one, own)} == set()


def test_perpetuals_have_a_past(venue: Simulator) -> None:
    now, minutes = venue.get("public/get_time"), 1500
    for name in ("BTC-PERPETUAL", "ETH_USDC-PERPETUAL", "DOGE_USDC-PERPETUAL"):
        candles = venue.get(
            "public/get_tradingview_chart_data", instrument_name=name, resolution="1",
            start_timestamp=now - minutes * 60_000, end_timestamp=now,
        )  # fmt: skip
        assert len(candles["ticks"]) >= minutes
        last = venue.get("public/ticker", instrument_name=name)["mark_price"]
        assert candles["close"][-1] == pytest.approx(last, rel=0.02)
