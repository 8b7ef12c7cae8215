"""Every URL ccxt's Deribit class can form finds its method, and only documented refusals return."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import ccxt
import pytest

from core.clock import SystemClock
from core.simulator.methods.table import METHODS
from tests.core.simulator.running import Simulator, WireError

BTC, SOL = "BTC/USD:BTC", "SOL/USDC:USDC"
NOW_MS = SystemClock().now_ns() // 1_000_000
HOUR_MS = 3_600_000
SPAN = {"start_timestamp": NOW_MS - HOUR_MS, "end_timestamp": NOW_MS}
ENDPOINTS = [
    f"{access}/{name}"
    for access, verbs in ccxt.deribit().describe()["api"].items()
    for names in verbs.values()
    for name in names
]
PERPETUAL = {"instrument_name": "BTC-PERPETUAL"}
IN_BTC = {"currency": "BTC"}
LABELLED = {**IN_BTC, "label": "nobody's"}
ORDER = {**PERPETUAL, "amount": 10, "type": "limit", "price": 30_000}
PARAMS: dict[str, Mapping[str, object]] = {
    "public/auth": {
        "grant_type": "client_credentials", "client_id": "judy", "client_secret": "secret",
    },
    "public/exchange_token": {"refresh_token": "x", "subject_id": 1},
    "public/fork_token": {"refresh_token": "x", "session_name": "two"},
    "public/set_heartbeat": {"interval": 30},
    "public/hello": {"client_name": "desk", "client_version": "1"},
    "public/get_delivery_prices": {"index_name": "btc_usd"},
    "public/get_expirations": {**IN_BTC, "kind": "any"},
    "public/get_funding_chart_data": {**PERPETUAL, "length": "8h"},
    "public/get_funding_rate_history": {**PERPETUAL, **SPAN},
    "public/get_funding_rate_value": {**PERPETUAL, **SPAN},
    "public/get_index_chart_data": {"index_name": "btc_usd", "range": "1h"},
    "public/get_index_price": {"index_name": "btc_usd"},
    "public/get_mark_price_history": {**PERPETUAL, **SPAN},
    "public/get_tradingview_chart_data": {**PERPETUAL, **SPAN, "resolution": "1"},
    "public/get_volatility_index_data": {**IN_BTC, **SPAN, "resolution": "60"},
    "private/get_transaction_log": {**IN_BTC, **SPAN},
    "private/get_block_trade": {"id": "1"},
    "private/buy": {**ORDER, "post_only": True},
    "private/sell": {**ORDER, "price": 10_000_000},
    "private/edit": {"order_id": "1", "amount": 10, "price": 30_000},
    "private/edit_by_label": {**LABELLED, **ORDER},
    "private/cancel": {"order_id": "1"},
    "private/cancel_quotes": {"cancel_type": "all"},
    "private/cancel_by_label": LABELLED,
    "private/close_position": {**PERPETUAL, "type": "market"},
    "private/reset_mmp": {"index_name": "eth_usd"},
    "private/set_mmp_config": {
        "index_name": "btc_usd", "interval": 5, "frozen_time": 0, "quantity_limit": 1,
    },
    "private/set_self_trading_config": {"mode": "cancel_maker"},
    "private/get_margins": {**PERPETUAL, "amount": 10, "price": 80_000},
    "private/get_open_orders_by_label": LABELLED,
    "private/get_order_margin_by_ids": {"ids": "1"},
    "private/get_order_state": {"order_id": "1"},
    "private/get_order_state_by_label": LABELLED,
    "private/get_user_trades_by_order": {"order_id": "1"},
}  # fmt: skip
SOCKET_ONLY = (
    "set_heartbeat", "disable_heartbeat", "hello", "subscribe", "unsubscribe", "unsubscribe_all",
    "logout", "get_cancel_on_disconnect", "enable_cancel_on_disconnect",
    "disable_cancel_on_disconnect",
)  # fmt: skip
REFUSALS = {
    "public/exchange_token": 13004, "public/fork_token": 13004, "private/edit": 11044,
    "private/edit_by_label": 10004, "private/cancel": 11044, "private/close_position": 11030,
    "private/get_order_margin_by_ids": 10004, "private/get_order_state": 10004,
    "private/get_block_trade": 13020, "private/mass_quote": 13042,
    "private/cancel_quotes": 13042, "private/reset_mmp": 13040,
}  # fmt: skip
"""What the venue says when the thing named is not there, or cannot be done over HTTP or here."""
SWITCHED_OFF = 13025
ADMINISTRATION = re.compile(
    r"api_key|_subaccount$|address|email|affiliate|transfer_|withdraw$|_withdrawal|block_trade"
    r"|announcement_as|trading_products|clearance|move_positions|portfolio_margins"
    r"|notifications|tfa|_login|subaccount_name|originator|password"
)


def error_code(error: ccxt.BaseError) -> int:
    """The venue's code inside one of ccxt's errors."""
    found = re.search(r"\{.*\}", str(error))
    assert found, error
    return int(json.loads(found[0])["error"]["code"])


@pytest.fixture(scope="module")
def client(venue: Simulator) -> Any:
    """ccxt pointed at the simulator, keeping the URLs it asks for in `asked`."""
    exchange: Any = ccxt.deribit({"apiKey": "judy", "secret": "secret", "enableRateLimit": False})
    exchange.urls["api"] = {"rest": f"http://127.0.0.1:{venue.port}"}
    exchange.asked = []
    fetch = exchange.fetch

    def keep(url: str, *rest: Any) -> Any:
        exchange.asked.append(url)
        return fetch(url, *rest)

    exchange.fetch = keep
    exchange.load_markets()
    return exchange


@pytest.fixture
def resting(client: Any) -> Iterator[str]:
    """The id of an order far below the market."""
    placed = client.create_order(BTC, "limit", "buy", 20, low_price(client))
    yield placed["id"]
    client.cancel_all_orders()


def low_price(client: Any) -> int:
    """A bid inside the band that will not be reached."""
    return round(client_bid(client) * 0.99)


def client_bid(client: Any) -> float:
    """The best bid of the perpetual."""
    return float(client.fetch_ticker(BTC)["bid"])


def test_every_endpoint_ccxt_knows_is_there() -> None:
    assert [name for name in ENDPOINTS if name not in METHODS] == []
    assert len(ENDPOINTS) > 140


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_endpoint_answers_or_refuses_with_the_documented_code(
    client: Any, endpoint: str
) -> None:
    access, name = endpoint.split("/")
    call = getattr(client, f"{access}_get_{name}")
    expected = REFUSALS.get(endpoint)
    if name in SOCKET_ONLY:
        expected = 10030
    params = PARAMS.get(endpoint, {**IN_BTC, **PERPETUAL, "index_name": "btc_usd"})
    try:
        answer = call(params)
    except ccxt.BaseError as error:
        code = error_code(error)
        off = code == SWITCHED_OFF and bool(ADMINISTRATION.search(name))
        assert off or code == expected, error  # noqa: PT017  # either may come
    else:
        assert expected is None
        assert "result" in answer


UNIFIED: list[tuple[str, tuple[object, ...], str, dict[str, str]]] = [
    ("fetch_trades", (SOL,), "public/get_last_trades_by_instrument", {"include_old": "true"}),
    (
        "fetch_trades", (SOL, NOW_MS - HOUR_MS), "public/get_last_trades_by_instrument_and_time",
        {"start_timestamp": str(NOW_MS - HOUR_MS), "instrument_name": "SOL_USDC-PERPETUAL"},
    ),
    (
        "fetch_trades", (BTC, NOW_MS - HOUR_MS, 50, {"until": NOW_MS}),
        "public/get_last_trades_by_instrument_and_time",
        {"count": "50", "end_timestamp": str(NOW_MS)},
    ),
    ("fetch_order_book", (BTC, 10), "public/get_order_book", {"depth": "10"}),
    ("fetch_ticker", (SOL,), "public/ticker", {}),
    ("fetch_tickers", (None, {"code": "USDC"}), "public/get_book_summary_by_currency", {}),
    ("fetch_tickers", ([BTC],), "public/get_book_summary_by_currency", {"currency": "BTC"}),
    ("fetch_tickers", ([SOL],), "public/get_book_summary_by_currency", {"currency": "SOL"}),
    ("fetch_ohlcv", (BTC, "5m", None, 20), "public/get_tradingview_chart_data",
     {"resolution": "5"}),
    ("fetch_ohlcv", (SOL, "1h", NOW_MS - 9 * HOUR_MS), "public/get_tradingview_chart_data",
     {"resolution": "60"}),
    ("fetch_funding_rate_history", (BTC, NOW_MS - 9 * HOUR_MS, 5),
     "public/get_funding_rate_history", {}),
    ("fetch_option_chain", ("ETH",), "public/get_book_summary_by_currency", {"kind": "option"}),
    ("fetch_open_interest", (BTC,), "public/get_book_summary_by_instrument", {}),
    ("fetch_liquidations", (BTC,), "public/get_last_settlements_by_instrument",
     {"type": "bankruptcy"}),
    ("fetch_volatility_history", ("ETH",), "public/get_historical_volatility", {}),
    ("fetch_deposit_withdraw_fees", (["BTC"],), "public/get_currencies", {}),
    ("fetch_balance", (), "private/get_account_summaries", {}),
    ("fetch_balance", ({"code": "USDC"},), "private/get_account_summary", {"currency": "USDC"}),
    ("fetch_trading_fees", (), "private/get_account_summary", {"extended": "true"}),
    ("fetch_accounts", (), "private/get_subaccounts", {}),
    ("fetch_positions", (), "private/get_positions", {}),
    ("fetch_position", (SOL,), "private/get_position", {}),
    ("fetch_open_orders", (), "private/get_open_orders_by_currency", {"currency": "BTC"}),
    ("fetch_open_orders", (SOL,), "private/get_open_orders_by_instrument", {}),
    ("fetch_closed_orders", (), "private/get_order_history_by_currency", {"currency": "BTC"}),
    ("fetch_closed_orders", (SOL,), "private/get_order_history_by_instrument", {}),
    ("fetch_my_trades", (), "private/get_user_trades_by_currency", {"include_old": "true"}),
    ("fetch_my_trades", (SOL,), "private/get_user_trades_by_instrument", {}),
    ("fetch_my_trades", (None, NOW_MS - HOUR_MS), "private/get_user_trades_by_currency_and_time",
     {"start_timestamp": str(NOW_MS - HOUR_MS)}),
    ("fetch_my_trades", (SOL, NOW_MS - HOUR_MS),
     "private/get_user_trades_by_instrument_and_time", {}),
    ("fetch_my_liquidations", (BTC,), "private/get_settlement_history_by_instrument", {}),
    ("fetch_deposits", ("BTC",), "private/get_deposits", {}),
    ("fetch_withdrawals", ("BTC",), "private/get_withdrawals", {}),
    ("fetch_transfers", ("BTC",), "private/get_transfers", {}),
    ("cancel_all_orders", (), "private/cancel_all", {}),
    ("cancel_all_orders", (SOL,), "private/cancel_all_by_instrument", {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "arguments", "endpoint", "query"), UNIFIED,
    ids=[f"{method}-{n}" for n, (method, *_) in enumerate(UNIFIED)],
)  # fmt: skip
def test_a_unified_call_asks_the_url_we_expect_and_is_answered(
    client: Any, method: str, arguments: tuple[object, ...], endpoint: str, query: dict[str, str]
) -> None:
    getattr(client, method)(*arguments)
    asked = urlsplit(client.asked[-1])
    assert asked.path == f"/api/v2/{endpoint}"
    sent = {key: values[0] for key, values in parse_qs(asked.query).items()}
    assert query.items() <= sent.items()


def test_markets_asked_for_by_currency_are_the_same_markets(client: Any) -> None:
    by_currency = client.fetch_markets({"fetchAllMarkets": False})
    assert {one["id"] for one in by_currency} == set(client.markets_by_id)
    assert {"SOL", "USDC", "BTC"} <= set(client.currencies)


def test_orders_of_every_kind_have_a_url_the_venue_takes(client: Any) -> None:
    bid = client_bid(client)
    low, high = round(bid * 0.99), round(bid * 1.01)
    kinds: list[tuple[object, ...]] = [
        ("limit", "buy", 10, low), ("limit", "sell", 10, high), ("limit", "buy", 10, low, {
            "timeInForce": "IOC"}), ("limit", "buy", 10, low, {"timeInForce": "FOK"}),
        ("limit", "buy", 10, low, {"postOnly": True}),
        ("limit", "sell", 10, low, {"stopLossPrice": low}),
        ("market", "sell", 10, None, {"stopLossPrice": low, "trigger": "mark_price"}),
        ("market", "sell", 10, None, {"takeProfitPrice": high, "trigger": "index_price"}),
        ("stop_limit", "sell", 10, low, {"stopLossPrice": low}),
        ("market", "sell", 10, None, {"trailingAmount": 500}),
        ("limit", "buy", 10, low, {"label": "desk-1", "timeInForce": "GTC"}),
    ]  # fmt: skip
    for kind in kinds:
        placed = client.create_order(BTC, *kind)
        assert "/api/v2/private/" in client.asked[-1]
        assert placed["id"], kind
        if "trailing_stop" in client.asked[-1]:
            wider = {"trailingAmount": 700}
            changed = client.edit_order(placed["id"], BTC, "market", "sell", 10, None, wider)
            assert "trigger_offset=700" in client.asked[-1]
            assert changed["info"]["trigger_offset"] == 700
    client.cancel_all_orders()
    assert client.fetch_open_orders(BTC) == []


def test_an_order_is_edited_read_and_cancelled_by_url(client: Any, resting: str) -> None:
    changed = client.edit_order(resting, BTC, "limit", "buy", 10, client_bid(client) * 0.985)
    assert changed["amount"] == 10
    assert client.fetch_order(resting)["id"] == resting
    assert client.fetch_order_trades(resting) == []
    assert client.cancel_order(resting)["status"] == "canceled"


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("transfer", ("USDC", 1, None, "other")),
        ("create_deposit_address", ("BTC",)),
        ("withdraw", ("BTC", 1, "bc1qexampleexampleexampleexample")),
    ],
)
def test_the_wallet_refuses_in_the_venues_words(
    client: Any, method: str, arguments: tuple[object, ...]
) -> None:
    with pytest.raises(ccxt.BaseError) as refused:
        getattr(client, method)(*arguments)
    assert error_code(refused.value) == SWITCHED_OFF


def test_no_deposit_address_is_invented(client: Any) -> None:
    with pytest.raises(ccxt.InvalidAddress):
        client.fetch_deposit_address("BTC")


def test_an_index_chart_ends_in_the_present_index(venue: Simulator) -> None:
    rows = venue.get("public/get_index_chart_data", index_name="eth_usd", range="1d")
    index = venue.get("public/get_index_price", index_name="eth_usd")["index_price"]
    times = [at for at, _ in rows]
    assert len(rows) > 500
    assert times == sorted(times)
    assert rows[-1][1] == pytest.approx(index, rel=0.01)


def test_venue_volumes_are_per_pair_and_count_what_trades(venue: Simulator) -> None:
    rows = {row["currency_pair"]: row for row in venue.get("public/get_trade_volumes")}
    assert rows["btc_usd"]["futures_volume"] > 0
    assert rows["btc_usd"]["currency"] == "BTC"
    extended = venue.get("public/get_trade_volumes", extended="true")[0]
    assert extended["futures_volume_30d"] is None


def test_a_coin_nothing_is_settled_in_is_a_currency_all_the_same(venue: Simulator) -> None:
    assert venue.get("public/get_instruments", currency="SOL") == []
    with pytest.raises(WireError, match="invalid currency"):
        venue.get("public/get_instruments", currency="XYZ")


def test_block_requests_and_scenario_margins_are_refused_or_empty(venue: Simulator) -> None:
    basic = f"Basic {b64encode(b'judy:secret').decode()}"
    assert venue.get("private/get_block_rfqs", basic)["block_rfqs"] == []
    assert venue.get("private/get_broker_trades", basic) == []
    for method in ("private/create_block_rfq", "private/pme/simulate", "private/get_leg_prices"):
        with pytest.raises(WireError) as refused:
            venue.get(method, basic)
        assert refused.value.code == SWITCHED_OFF
