"""ccxt.pro keeps books, orders, trades and balances on the simulator, and REST agrees."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.core.simulator.ccxt_clients import Watcher, levels, socket_client
from tests.core.simulator.running import Simulator

PERPETUALS = ["BTC/USD:BTC", "ETH/USD:ETH", "BTC/USDC:USDC", "ETH/USDC:USDC", "SOL/USDC:USDC"]
FRAMES = 4_000
OPTIONS = 100


def option_symbols(exchange: Watcher, base: str, most: int) -> list[str]:
    """Options of the nearest expiries, strikes around the money."""
    listed = [m for m in exchange.markets.values() if m["strike"] and m["base"] == base]
    listed.sort(key=lambda m: (m["expiry"], m["strike"]))
    return [m["symbol"] for m in listed[:most]]


async def rest_book(exchange: Watcher, name: str) -> tuple[int, Any, Any]:
    """(change id, bids, asks) by request, whole depth."""
    answer = await exchange.publicGetGetOrderBook({"instrument_name": name, "depth": 10_000})
    book = answer["result"]
    return int(book["change_id"]), levels(book["bids"]), levels(book["asks"])


async def compare_book(exchange: Watcher, name: str) -> None:
    """The book by request is the one ccxt held after the frame with the same change id."""
    change_id, bids, asks = await rest_book(exchange, name)
    await exchange.until(lambda: change_id in exchange.states[name])
    assert exchange.states[name][change_id] == (bids, asks)


def test_books_of_many_instruments_equal_the_venues_at_the_same_change_id(
    quick: Simulator,
) -> None:
    async def day() -> None:
        async with socket_client(quick, "ivan") as exchange:
            symbols = PERPETUALS + option_symbols(exchange, "BTC", OPTIONS)
            exchange.keep_watching(lambda: exchange.watch_order_book_for_symbols(list(symbols)))
            names = [exchange.market(symbol)["id"] for symbol in symbols]
            await exchange.until(lambda: all(exchange.states[name] for name in names))
            compared = 0
            while exchange.book_frames < FRAMES or compared < 100:
                name = names[compared * 7 % len(names)] if compared % 3 else names[compared % 5]
                await compare_book(exchange, name)
                compared += 1
            assert exchange.broken_chains == []
            assert exchange.refusals == []
            assert len(exchange.orderbooks) == len(symbols)

    asyncio.run(day())


@pytest.mark.parametrize("interval", ["raw", "agg2"])
def test_a_book_at_another_rhythm_and_as_a_window(quick: Simulator, interval: str) -> None:
    async def day() -> None:
        async with socket_client(quick, "ivan") as exchange:
            book = await exchange.watch_order_book("ETH/USD:ETH", None, {"interval": interval})
            assert book["bids"][0][0] < book["asks"][0][0]
            assert exchange.refusals == []

    asyncio.run(day())


def test_tickers_quotes_trades_and_candles_stream(quick: Simulator) -> None:
    async def day() -> None:
        async with socket_client(quick, "ivan") as exchange:
            watched = PERPETUALS[:3]
            ticker = await exchange.watch_ticker("BTC/USD:BTC")
            tickers = await exchange.watch_tickers(watched)
            quotes = await exchange.watch_bids_asks(watched)
            exchange.keep_watching(lambda: exchange.watch_trades_for_symbols(list(PERPETUALS)))
            exchange.keep_watching(lambda: exchange.watch_ohlcv_for_symbols([
                [symbol, "1m"] for symbol in PERPETUALS
            ]))  # fmt: skip
            assert ticker["bid"] < ticker["ask"]
            assert set(tickers) <= set(watched)
            assert set(quotes) <= set(watched)
            await exchange.until(lambda: exchange.trades and exchange.ohlcvs)
            symbol = next(iter(exchange.trades))
            seen = exchange.trades[symbol][0]
            told = await exchange.fetch_trades(symbol, seen["timestamp"] - 1, 1_000)
            same = next(trade for trade in told if trade["id"] == seen["id"])
            assert same["price"] == seen["price"]
            assert same["amount"] == seen["amount"]
            symbol = next(iter(exchange.ohlcvs))
            assert exchange.ohlcvs[symbol]["1m"][0][0] % 60_000 == 0
            assert exchange.refusals == []

    asyncio.run(day())


CHANNELS = {"user.orders.any.any.raw", "user.trades.any.any.raw", "user.portfolio.BTC"}
FIELDS = ("symbol", "type", "side", "price", "amount", "filled", "average", "status")


async def trade(exchange: Watcher) -> list[str]:
    """Place, edit, fill and cancel on two perpetuals; the order ids."""
    ids = []
    for symbol, amount in (("BTC/USD:BTC", 100), ("ETH/USDC:USDC", 0.5)):
        bid = (await exchange.fetch_ticker(symbol))["bid"]
        low = float(exchange.price_to_precision(symbol, bid * 0.99))
        resting = await exchange.create_order(symbol, "limit", "buy", amount, low)
        await exchange.edit_order(resting["id"], symbol, "limit", "buy", amount * 2, low)
        taken = await exchange.create_order(symbol, "market", "buy", amount)
        stop = await exchange.create_order(
            symbol, "market", "sell", amount, None, {"stopLossPrice": low, "reduceOnly": True}
        )
        await exchange.cancel_order(resting["id"])
        await exchange.cancel_order(stop["id"])
        closed = await exchange.create_order(
            symbol, "market", "sell", amount, None, {"reduceOnly": True}
        )
        ids += [one["id"] for one in (resting, taken, stop, closed)]
    return ids


def test_orders_trades_and_balances_seen_on_the_socket_equal_those_by_request(
    quick: Simulator,
) -> None:
    async def day() -> None:
        async with socket_client(quick, "ivan") as exchange:
            for watch in (exchange.watch_orders, exchange.watch_my_trades, exchange.watch_balance):
                exchange.keep_watching(watch)
            await exchange.until(lambda: exchange.joined >= CHANNELS)
            since = await exchange.fetch_time()
            ids = await trade(exchange)
            await exchange.until(lambda: _last_states(exchange, ids).keys() == set(ids))
            for order_id, seen in _last_states(exchange, ids).items():
                told = await exchange.fetch_order(order_id)
                assert {f: seen[f] for f in FIELDS} == {f: told[f] for f in FIELDS}
            await _compare_trades(exchange, since)
            await _compare_balances(exchange)
            assert exchange.refusals == []

    asyncio.run(day())


def _last_states(exchange: Watcher, ids: list[str]) -> dict[str, Any]:
    """The orders of `ids` the socket saw end."""
    ended = [one for one in exchange.orders or [] if one["status"] != "open"]
    return {one["id"]: one for one in ended if one["id"] in ids}


async def _compare_trades(exchange: Watcher, since: int) -> None:
    told = []
    for symbol in ("BTC/USD:BTC", "ETH/USDC:USDC"):
        told += await exchange.fetch_my_trades(symbol, since, 1_000)
    await exchange.until(lambda: len(exchange.myTrades) >= len(told))
    seen = {one["id"]: one for one in exchange.myTrades}
    assert seen.keys() == {one["id"] for one in told}
    for one in told:
        fields = ("order", "symbol", "side", "price", "amount", "fee", "takerOrMaker", "timestamp")
        assert {f: seen[one["id"]][f] for f in fields} == {f: one[f] for f in fields}


async def _compare_balances(exchange: Watcher) -> None:
    """Flat again, so both ways of asking settle on the same totals."""
    told = await exchange.fetch_balance()
    for code in ("BTC", "ETH", "USDC"):

        def agrees(code: str = code) -> bool:
            seen = exchange.balance.get(code, {}).get(code)
            return seen is not None and seen["total"] == told[code]["total"]

        await exchange.until(agrees)
