"""Objects carry the fields of recorded ones, with the same types."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.core.simulator.running import Simulator, wire
from tests.shared_data import shared

UNKNOWN = {
    "starbase_order_id", "starbase_match_id", "starbase_timestamp",
    "starbase_last_update_timestamp", "ip", "index_id",
}  # fmt: skip
"""Fields of the venue's own machinery, which no client uses."""


def recorded(name: str) -> Any:
    """The result of a recorded answer."""
    found = json.loads(shared(f"fixtures/deribit/qkt/{name}.json").read_text())
    return found.get("response", found)["result"]


def shape(value: Any) -> str:
    """number, text, truth, list, object or nothing."""
    if isinstance(value, bool):
        return "truth"
    kinds = {int: "number", float: "number", str: "text", list: "list", dict: "object"}
    return kinds.get(type(value), "nothing")


def like(ours: dict[str, Any], theirs: dict[str, Any], but: set[str] | None = None) -> None:
    """Every recorded field is there, of the recorded type unless one side has no value."""
    wanted = set(theirs) - UNKNOWN - (but or set())
    assert wanted - set(ours) == set()
    for key in wanted:
        kinds = {shape(ours[key]), shape(theirs[key])} - {"nothing"}
        assert len(kinds) <= 1, key
        if kinds == {"object"} and not key.endswith("_map"):
            like(ours[key], theirs[key], but)


def test_tickers_books_and_summaries(venue: Simulator) -> None:
    name = venue.get("public/get_instruments", currency="BTC", kind="option")[100][
        "instrument_name"
    ]
    linear_only = {"volume_notional"}
    ticker = venue.get("public/ticker", instrument_name=name)
    like(ticker, recorded("public_ticker_option_linear"), linear_only)
    book = venue.get("public/get_order_book", instrument_name=name)
    like(book, recorded("public_get_order_book_option_no_bids"), linear_only)
    summary = venue.get("public/get_book_summary_by_instrument", instrument_name=name)
    like(summary[0], recorded("public_get_book_summary_option")[0], linear_only)


def test_instruments(venue: Simulator) -> None:
    name = venue.get("public/get_instruments", currency="BTC", kind="option")[0]["instrument_name"]
    theirs = recorded("public_get_instrument_option_btc_usdc")
    like(venue.get("public/get_instrument", instrument_name=name), theirs)


def test_candles_and_funding(venue: Simulator) -> None:
    now = venue.get("public/get_time")
    span = {"start_timestamp": now - 7_200_000, "end_timestamp": now}
    candles = venue.get(
        "public/get_tradingview_chart_data",
        instrument_name="BTC_USDC-PERPETUAL",
        resolution="1",
        **span,
    )
    like(candles, recorded("public_get_tradingview_chart_data_1m"))
    assert len(candles["ticks"]) in (120, 121)
    funding = venue.get(
        "public/get_funding_rate_history", instrument_name="SOL_USDC-PERPETUAL", **span
    )
    like(funding[0], recorded("public_get_funding_rate_history")[0])


def test_orders_trades_positions_and_ledger(venue: Simulator) -> None:
    with wire(venue, "frank") as line:
        done = line.call(
            "private/buy",
            instrument_name="BTC_USDC-PERPETUAL",
            amount=0.01,
            type="market",
            label="s",
        )
        theirs = recorded("private_buy_market_filled")
        like(done["order"], theirs["order"])
        like(done["trades"][0], theirs["trades"][0])
        mark = line.call("public/ticker", instrument_name="BTC_USDC-PERPETUAL")["mark_price"]
        stop = line.call(
            "private/buy", instrument_name="BTC_USDC-PERPETUAL", amount=0.01, type="stop_limit",
            trigger="last_price", trigger_price=round(mark * 1.5), price=round(mark * 1.5),
        )  # fmt: skip
        waiting = recorded("private_buy_stop_limit_untriggered")["order"]
        like(stop["order"], waiting)
        assert "filled_amount" not in stop["order"]
        position = line.call("private/get_positions", currency="USDC")[0]
        like(position, recorded("private_get_positions_linear_future")[0])
        summary = line.call("private/get_account_summary", currency="USDC")
        like(summary, recorded("private_get_account_summary"))
        now = line.call("public/get_time")
        log = line.call(
            "private/get_transaction_log", currency="USDC", start_timestamp=now - 60_000,
            end_timestamp=now,
        )  # fmt: skip
        like(log["logs"][0], recorded("private_get_transaction_log_funding")["logs"][0])


@pytest.mark.parametrize("minutes", [1500])
def test_perpetuals_have_a_past(venue: Simulator, minutes: int) -> None:
    now = venue.get("public/get_time")
    for name in ("BTC-PERPETUAL", "ETH_USDC-PERPETUAL", "DOGE_USDC-PERPETUAL"):
        candles = venue.get(
            "public/get_tradingview_chart_data", instrument_name=name, resolution="1",
            start_timestamp=now - minutes * 60_000, end_timestamp=now,
        )  # fmt: skip
        assert len(candles["ticks"]) >= minutes
        last = venue.get("public/ticker", instrument_name=name)["mark_price"]
        assert candles["close"][-1] == pytest.approx(last, rel=0.02)
