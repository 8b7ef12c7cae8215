"""A trading day of ccxt's asynchronous client, and every feature its Deribit class offers."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import ccxt
import ccxt.pro
import pytest

from tests.core.simulator.ccxt_clients import rest_client
from tests.core.simulator.running import WITHIN_S, Simulator

BTC, ETH_USDC = "BTC/USD:BTC", "ETH/USDC:USDC"
CLIENT = "judy"
HOUR_MS = 3_600_000
Part: TypeAlias = Callable[[Any], Awaitable[Any]]


def run(venue: Simulator, part: Part) -> Any:
    """One part of the day on a client of its own."""

    async def day() -> Any:
        async with rest_client(venue, CLIENT) as exchange:
            return await part(exchange)

    return asyncio.run(day())


def an_option(exchange: Any) -> str:
    """A call near the money that expires in a few weeks."""
    listed = [m for m in exchange.markets.values() if m["option"] and m["settle"] == "BTC"]
    expiry = sorted({m["expiry"] for m in listed})[5]
    calls = [m for m in listed if m["expiry"] == expiry and m["optionType"] == "call"]
    calls.sort(key=lambda m: m["strike"])
    return str(calls[len(calls) // 2]["symbol"])


async def _orders(exchange: Any) -> Any:
    return await exchange.create_order(BTC, "limit", "buy", 10, await low(exchange, BTC))


async def low(exchange: Any, symbol: str, share: float = 0.99) -> float:
    """A price a little away from the best bid, on the tick."""
    bid = (await exchange.fetch_ticker(symbol))["bid"]
    return float(exchange.price_to_precision(symbol, bid * share))


async def _trades(exchange: Any) -> Any:
    """Right after the venue's start somebody has to trade first."""
    end_s = time.monotonic() + WITHIN_S
    while not (found := await exchange.fetch_trades(BTC, limit=100)):
        assert time.monotonic() < end_s
    return found


RUNS: dict[str, Part] = {
    "cancelAllOrders": lambda e: e.cancel_all_orders(),
    "createLimitOrder": _orders,
    "createMarketOrder": lambda e: e.create_market_order(ETH_USDC, "buy", 0.1),
    "fetchAccounts": lambda e: e.fetch_accounts(),
    "fetchBalance": lambda e: e.fetch_balance(),
    "fetchClosedOrders": lambda e: e.fetch_closed_orders(ETH_USDC),
    "fetchCurrencies": lambda e: e.fetch_currencies(),
    "fetchDepositWithdrawFees": lambda e: e.fetch_deposit_withdraw_fees(),
    "fetchFundingRate": lambda e: e.fetch_funding_rate(BTC),
    "fetchFundingRateHistory": lambda e: e.fetch_funding_rate_history(BTC, limit=10),
    "fetchGreeks": lambda e: e.fetch_greeks(an_option(e)),
    "fetchMarkets": lambda e: e.fetch_markets(),
    "fetchMyTrades": lambda e: e.fetch_my_trades(ETH_USDC),
    "fetchOHLCV": lambda e: e.fetch_ohlcv(BTC, "1m", limit=20),
    "fetchOpenInterest": lambda e: e.fetch_open_interest(BTC),
    "fetchOpenOrders": lambda e: e.fetch_open_orders(BTC),
    "fetchOption": lambda e: e.fetch_option(an_option(e)),
    "fetchOptionChain": lambda e: e.fetch_option_chain("BTC"),
    "fetchOrderBook": lambda e: e.fetch_order_book(BTC),
    "fetchL2OrderBook": lambda e: e.fetch_l2_order_book(BTC),
    "fetchPosition": lambda e: e.fetch_position(BTC),
    "fetchPositions": lambda e: e.fetch_positions(),
    "fetchStatus": lambda e: e.fetch_status(),
    "fetchTicker": lambda e: e.fetch_ticker(an_option(e)),
    "fetchTickers": lambda e: e.fetch_tickers(None, {"code": "ETH"}),
    "fetchTime": lambda e: e.fetch_time(),
    "fetchTrades": _trades,
    "fetchTradingFees": lambda e: e.fetch_trading_fees(),
    "fetchVolatilityHistory": lambda e: e.fetch_volatility_history("BTC"),
}  # fmt: skip
MAY_BE_EMPTY: dict[str, Part] = {
    "fetchDeposits": lambda e: e.fetch_deposits("BTC"),
    "fetchLiquidations": lambda e: e.fetch_liquidations(BTC),
    "fetchMyLiquidations": lambda e: e.fetch_my_liquidations(BTC),
    "fetchTransfers": lambda e: e.fetch_transfers("BTC"),
    "fetchWithdrawals": lambda e: e.fetch_withdrawals("BTC"),
}
IN_THE_DAY = {
    "cancelOrder", "createOrder", "createReduceOnlyOrder", "createStopLimitOrder",
    "createStopMarketOrder", "createStopOrder", "createTrailingAmountOrder", "editOrder",
    "fetchOrder", "fetchOrderTrades",
}  # fmt: skip
"""Features the scripted days below use."""
REFUSED = {"createDepositAddress", "fetchDepositAddress", "transfer", "withdraw"}
"""There is no wallet behind the simulator; test_ccxt_urls has the refusals."""
STREAMS = {name for name, value in ccxt.pro.deribit().has.items() if name.startswith("watch")}
KINDS = {
    "publicAPI", "privateAPI", "CORS", "sandbox", "spot", "swap", "future", "option", "ws",
    "fetchCurrenciesWs",
}  # fmt: skip
"""Statements about the exchange, not calls of this class."""


def test_every_feature_ccxt_offers_is_accounted_for() -> None:
    offered = {name for name, value in ccxt.deribit().has.items() if value}
    assert offered - KINDS == {*RUNS, *MAY_BE_EMPTY, *IN_THE_DAY, *REFUSED} - STREAMS


def test_every_read_answers_with_something(venue: Simulator) -> None:
    async def part(exchange: Any) -> None:
        for name, call in RUNS.items():
            assert await call(exchange), name
        for name, call in MAY_BE_EMPTY.items():
            assert await call(exchange) == [], name
        await exchange.cancel_all_orders()

    run(venue, part)


def test_what_is_read_has_the_values_a_trader_needs(venue: Simulator) -> None:
    async def part(exchange: Any) -> None:
        option = an_option(exchange)
        greeks, chain = (
            await exchange.fetch_greeks(option),
            await exchange.fetch_option_chain("BTC"),
        )
        fees, ticker = await exchange.fetch_trading_fees(), await exchange.fetch_ticker(BTC)
        assert 0 < greeks["delta"] < 1
        assert greeks["markImpliedVolatility"] > 5
        assert chain[option]["underlyingPrice"] > 1_000
        assert fees[BTC]["taker"] > fees[BTC]["maker"] >= 0
        for key in ("bid", "ask", "last", "high", "low", "baseVolume", "quoteVolume", "info"):
            assert ticker[key], key
        history = await exchange.fetch_funding_rate_history(ETH_USDC, limit=24)
        assert len({row["timestamp"] for row in history}) == len(history) == 24
        candles = await exchange.fetch_ohlcv(ETH_USDC, "15m", await _ago(exchange, 6), 20)
        assert len(candles) == 20

    run(venue, part)


async def _ago(exchange: Any, hours: int) -> int:
    return int(await exchange.fetch_time()) - hours * HOUR_MS


def code_of(error: BaseException) -> int:
    """The venue's code in one of ccxt's errors."""
    found = re.search(r'"code":(-?\d+)', str(error))
    assert found, error
    return int(found[1])


async def refusal(call: Awaitable[Any]) -> int:
    """The code a call is refused with."""
    with pytest.raises(ccxt.BaseError) as refused:
        await call
    return code_of(refused.value)


async def rest_and_edit(exchange: Any, symbol: str, amount: float) -> None:
    """A bid rests, is edited, found, and cancelled; a second cancel is refused."""
    price, lower = await low(exchange, symbol), await low(exchange, symbol, 0.985)
    placed = await exchange.create_order(symbol, "limit", "buy", amount, price)
    assert (placed["status"], placed["filled"]) == ("open", 0)
    changed = await exchange.edit_order(placed["id"], symbol, "limit", "buy", 2 * amount, lower)
    assert (changed["id"], changed["price"]) == (placed["id"], lower)
    assert changed["amount"] == pytest.approx(2 * amount)
    listed = await exchange.fetch_open_orders(symbol)
    assert [one["id"] for one in listed] == [placed["id"]]
    assert (await exchange.cancel_order(placed["id"], symbol))["status"] == "canceled"
    assert await refusal(exchange.cancel_order(placed["id"], symbol)) == 11044


async def rest_with_conditions(exchange: Any, symbol: str, amount: float) -> None:
    """IOC, FOK and post-only away from the market, post-only and reduce-only that cannot be."""
    price, above = await low(exchange, symbol), await low(exchange, symbol, 1.005)
    for force in ("IOC", "FOK"):
        one = await exchange.create_order(
            symbol, "limit", "buy", amount, price, {"timeInForce": force}
        )
        assert (one["status"], one["timeInForce"]) == ("canceled", force)
    resting = await exchange.create_order(symbol, "limit", "buy", amount, price, {"postOnly": True})
    assert resting["postOnly"]
    crossing = {"postOnly": True}
    assert (
        await refusal(exchange.create_order(symbol, "limit", "buy", amount, above, crossing))
        == 11054
    )
    assert (
        await refusal(
            exchange.create_order(symbol, "market", "sell", amount, None, {"reduceOnly": True})
        )
        == 11030
    )
    await exchange.cancel_all_orders(symbol)
    assert await exchange.fetch_open_orders(symbol) == []


async def protect(exchange: Any, symbol: str, amount: float) -> None:
    """Stops and targets beside a long position, then all of them cancelled."""
    below, above = await low(exchange, symbol, 0.97), await low(exchange, symbol, 1.03)
    orders: list[tuple[str, float | None, dict[str, object]]] = [
        ("market", None, {"stopLossPrice": below, "trigger": "mark_price", "reduceOnly": True}),
        ("limit", below, {"stopLossPrice": below, "trigger": "last_price"}),
        ("market", None, {"takeProfitPrice": above, "trigger": "index_price"}),
        ("market", None, {"trailingAmount": round(below * 0.02)}),
        ("limit", above, {"takeProfitPrice": above}),
        ("stop_market", None, {"stopLossPrice": below}),
    ]
    for kind, price, params in orders:
        one = await exchange.create_order(symbol, kind, "sell", amount, price, params)
        assert one["info"]["order_state"] == "untriggered"
    assert len(await exchange.fetch_open_orders(symbol)) == len(orders)
    await exchange.cancel_all_orders(symbol)
    assert await exchange.fetch_open_orders(symbol) == []


async def take_and_close(exchange: Any, symbol: str, amount: float) -> None:
    """A market buy opens a position; a reduce-only sell closes it; the ledger has both."""
    start = await exchange.fetch_time()
    bought = await exchange.create_order(symbol, "market", "buy", amount)
    assert bought["filled"] == pytest.approx(amount)
    trades = await exchange.fetch_order_trades(bought["id"], symbol)
    assert sum(one["amount"] for one in trades) == pytest.approx(amount)
    position = await exchange.fetch_position(symbol)
    assert position["side"] == "long"
    await protect(exchange, symbol, amount)
    sold = await exchange.create_order(symbol, "market", "sell", amount, None, {"reduceOnly": True})
    assert (await exchange.fetch_position(symbol))["contracts"] == 0
    mine = await exchange.fetch_my_trades(symbol, start, 100)
    assert {one["order"] for one in mine} == {bought["id"], sold["id"]}
    closed = await exchange.fetch_closed_orders(symbol)
    assert {bought["id"], sold["id"]} <= {one["id"] for one in closed}
    await _ledger_has(exchange, symbol, mine)


async def _ledger_has(exchange: Any, symbol: str, trades: list[Any]) -> None:
    """Every trade is in the transaction log, with its fee."""
    settle = exchange.market(symbol)["settleId"]
    now = await exchange.fetch_time()
    log = await exchange.privateGetGetTransactionLog({
        "currency": settle, "start_timestamp": now - HOUR_MS, "end_timestamp": now, "count": 100,
    })  # fmt: skip
    rows = {row["trade_id"]: row for row in log["result"]["logs"] if row.get("trade_id")}
    for trade in trades:
        paid = float(rows[trade["id"]]["commission"])
        assert paid == pytest.approx(trade["fee"]["cost"], abs=1e-8)


@pytest.mark.parametrize(("symbol", "amount"), [(BTC, 200.0), (ETH_USDC, 0.5)])
def test_a_day_on_a_perpetual(venue: Simulator, symbol: str, amount: float) -> None:
    async def part(exchange: Any) -> None:
        held = await exchange.fetch_positions([symbol])
        if held:
            await exchange.private_get_close_position({
                "instrument_name": exchange.market(symbol)["id"], "type": "market",
            })  # fmt: skip
        await rest_and_edit(exchange, symbol, amount)
        await rest_with_conditions(exchange, symbol, amount)
        await take_and_close(exchange, symbol, amount)

    run(venue, part)


def test_a_day_on_an_option(venue: Simulator) -> None:
    async def part(exchange: Any) -> None:
        symbol = an_option(exchange)
        book = await exchange.fetch_order_book(symbol)
        (lower, _), (low_bid, _) = book["bids"][-2:]
        resting = await exchange.create_order(symbol, "limit", "buy", 0.1, lower)
        await exchange.edit_order(resting["id"], symbol, "limit", "buy", 0.2, low_bid)
        await exchange.cancel_order(resting["id"])
        bought = await exchange.create_order(symbol, "limit", "buy", 0.5, book["asks"][2][0])
        assert bought["filled"] == pytest.approx(0.5)
        (position,) = await exchange.fetch_positions([symbol])
        assert position["contracts"] == pytest.approx(0.5)
        balance = await exchange.fetch_balance({"code": "BTC"})
        assert balance["BTC"]["total"] < 11
        sold = await exchange.create_order(
            symbol, "market", "sell", 0.5, None, {"reduceOnly": True}
        )
        assert sold["filled"] == pytest.approx(0.5)
        mine = await exchange.fetch_my_trades(symbol)
        assert {one["order"] for one in mine} == {bought["id"], sold["id"]}
        assert all(one["fee"]["cost"] > 0 for one in mine)

    run(venue, part)
