"""ccxt's own Deribit client trades on the simulator as on the venue."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest

from tests.core.simulator.running import Simulator


@pytest.fixture(scope="module")
def client(venue: Simulator) -> Any:
    """ccxt pointed at the simulator."""
    exchange = ccxt.deribit({"apiKey": "alice", "secret": "secret", "enableRateLimit": False})
    exchange.urls["api"] = {"rest": f"http://127.0.0.1:{venue.port}"}
    exchange.load_markets()
    return exchange


def test_markets_load_with_their_terms(client: Any) -> None:
    market = client.market("BTC/USD:BTC")
    assert market["inverse"]
    assert market["contractSize"] == 10
    assert client.market("ETH/USDC:USDC")["linear"]
    assert sum(one["option"] for one in client.markets.values()) > 400


def test_order_book_and_ticker_agree(client: Any) -> None:
    book = client.fetch_order_book("BTC/USD:BTC", 20)
    ticker = client.fetch_ticker("BTC/USD:BTC")
    assert len(book["bids"]) == len(book["asks"]) == 20
    assert book["bids"][0][0] < book["asks"][0][0]
    assert ticker["bid"] == pytest.approx(book["bids"][0][0], rel=0.01)


def test_candles_are_whole_minutes_in_order(client: Any) -> None:
    candles = client.fetch_ohlcv("BTC/USDC:USDC", "1m", limit=100)
    times = [candle[0] for candle in candles]
    assert len(candles) >= 99
    assert times == list(range(times[0], times[-1] + 1, 60_000))
    assert all(low <= min(o, c) <= max(o, c) <= high for _, o, high, low, c, _ in candles)


def test_an_order_is_placed_read_back_and_cancelled(client: Any) -> None:
    bid = client.fetch_ticker("BTC/USD:BTC")["bid"]
    placed = client.create_order("BTC/USD:BTC", "limit", "buy", 100, round(bid * 0.99))
    found = client.fetch_order(placed["id"])
    listed = client.fetch_open_orders("BTC/USD:BTC")
    assert found["status"] == "open"
    assert [order["id"] for order in listed] == [placed["id"]]
    client.cancel_order(placed["id"])
    assert client.fetch_order(placed["id"])["status"] == "canceled"


def test_a_market_order_changes_balance_and_position(client: Any) -> None:
    client.create_order("ETH/USDC:USDC", "market", "buy", 0.5)
    positions = client.fetch_positions(["ETH/USDC:USDC"])
    trades = client.fetch_my_trades("ETH/USDC:USDC")
    balance = client.fetch_balance()
    assert [p["side"] for p in positions] == ["long"]
    assert sum(t["amount"] for t in trades) == pytest.approx(0.5)
    assert balance["USDC"]["total"] < 1_000_000
    assert client.fetch_positions()


def test_currencies_are_exchanged_on_spot(client: Any) -> None:
    ticker = client.fetch_ticker("BTC/USDC")
    assert ticker["bid"] < ticker["ask"]
    assert client.market("ETH/BTC")["spot"]
    before = client.fetch_balance()
    client.create_order("BTC/USDC", "market", "buy", 0.01)
    done = client.fetch_my_trades("BTC/USDC")
    after = client.fetch_balance()
    assert sum(t["amount"] for t in done) == pytest.approx(0.01)
    assert sum(t["cost"] for t in done) == pytest.approx(0.01 * ticker["ask"], rel=0.01)
    assert after["USDC"]["total"] < before["USDC"]["total"] - 100
    assert not [p for p in client.fetch_positions() if p["info"]["instrument_name"] == "BTC_USDC"]
    placed = client.create_order("BTC/USDC", "limit", "buy", 0.01, round(ticker["bid"] * 0.99))
    assert [o["id"] for o in client.fetch_open_orders("BTC/USDC")] == [placed["id"]]
    client.cancel_order(placed["id"])


def test_funding_trades_and_other_public_reads_parse(client: Any) -> None:
    assert client.fetch_time() > 0
    assert client.fetch_status()["status"] == "ok"
    assert client.fetch_trades("BTC/USD:BTC") is not None
    assert client.fetch_funding_rate("BTC/USD:BTC")["symbol"] == "BTC/USD:BTC"
    assert client.fetch_funding_rate_history("BTC/USD:BTC", limit=10)
    assert client.fetch_volatility_history("BTC")
    assert client.fetch_currencies()
    assert client.fetch_tickers(None, {"currency": "BTC"})
    assert client.fetch_greeks(next(m for m in client.symbols if client.market(m)["option"]))
