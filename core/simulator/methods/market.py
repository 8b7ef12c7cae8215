"""Market data by request: instruments, tickers, books, summaries, indices, trades."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.simulator.markets.book import ASK, BID
from core.simulator.markets.market import Market
from core.simulator.markets.summaries import summary_rows
from core.simulator.markets.tape import Trade
from core.simulator.markets.tickers import ticker_rows
from core.simulator.methods.call import KNOWN_CURRENCIES, LISTED_CURRENCIES, Call
from core.simulator.methods.executions import number_of, page, read_window
from core.simulator.rpc import invalid
from core.simulator.world.listing.calendar import FOREVER_MS, code_of
from core.simulator.world.listing.instruments import instrument_row

DEPTHS = (1, 5, 10, 20, 50, 100, 1000, 10000)
LONG_NAMES = {
    "BTC": "Bitcoin", "ETH": "Ethereum", "USDC": "USD Coin", "USDT": "Tether USD", "EURR": "EURR",
    "SOL": "Solana", "XRP": "XRP", "DOGE": "Dogecoin", "ADA": "Cardano", "AVAX": "Avalanche",
    "LINK": "Chainlink", "DOT": "Polkadot",
}  # fmt: skip
ON_ETHEREUM = ("ETH", "USDC", "USDT", "EURR")


def get_instruments(call: Call) -> object:
    """public/get_instruments, also without a currency."""
    currency = call.currency("any", wildcard=True)
    kind, wants_expired = call.kind(), call.params.truth("expired")
    markets = call.exchange.floor.markets
    chosen = markets.expired() if wants_expired else iter(markets)
    return [instrument_row(m.instrument, m.state) for m in chosen if _matches(m, currency, kind)]


def get_instrument(call: Call) -> object:
    """public/get_instrument, also for expired ones."""
    name = call.params.text("instrument_name")
    market = call.exchange.floor.markets.find_any(name)
    if market is None:
        raise invalid("instrument_name", "instrument not found")
    return instrument_row(market.instrument, market.state)


def ticker(call: Call) -> object:
    """public/ticker."""
    return ticker_rows([call.market()])[0]


def get_order_book(call: Call) -> object:
    """public/get_order_book."""
    return _book(call, call.market())


def get_order_book_by_instrument_id(call: Call) -> object:
    """public/get_order_book_by_instrument_id."""
    number = call.params.whole("instrument_id")
    for market in call.exchange.floor.markets:
        if market.instrument.instrument_id == number:
            return _book(call, market)
    raise invalid("instrument_id", "instrument not found")


def _book(call: Call, market: Market) -> dict[str, Any]:
    depth = call.params.whole("depth", 5)
    if depth not in DEPTHS:
        raise invalid("depth", "invalid format")
    it, row = market.instrument, ticker_rows([market])[0]
    row["change_id"] = call.exchange.hub.change_id(market)
    for key, side in (("bids", BID), ("asks", ASK)):
        levels = list(market.book.levels(side).items())[:depth]
        row[key] = [[it.price_of(tick), it.amount_of(units)] for tick, units in levels]
    return row


def get_book_summary_by_currency(call: Call) -> object:
    """public/get_book_summary_by_currency."""
    currency, kind = call.currency(), call.kind()
    chosen = [m for m in call.exchange.floor.markets if _matches(m, currency, kind)]
    return summary_rows(chosen, call.exchange.clock.now_ms())


def get_book_summary_by_instrument(call: Call) -> object:
    """public/get_book_summary_by_instrument."""
    return summary_rows([call.market()], call.exchange.clock.now_ms())


def get_index_price(call: Call) -> object:
    """public/get_index_price."""
    name = call.params.text("index_name")
    price = call.exchange.world.indices.get(name)
    if price is None:
        raise invalid("index_name", "invalid format")
    delivery = call.exchange.floor.estimated_delivery(name)
    return {"index_price": price, "estimated_delivery_price": delivery}


def get_index_price_names(call: Call) -> object:
    """public/get_index_price_names; `extended` says where combos may be made."""
    names = sorted(call.exchange.world.indices)
    if not call.params.truth("extended"):
        return names
    its = [market.instrument for market in call.exchange.floor.markets]
    dated = {it.index_name for it in its if it.kind == "future" and not it.is_perpetual}
    optioned = {it.index_name for it in its if it.is_option}
    return [
        {"name": name, "future_combo_creation_enabled": name in dated,
         "option_combo_creation_enabled": name in optioned}
        for name in names
    ]  # fmt: skip


def get_supported_index_names(call: Call) -> object:
    """public/get_supported_index_names; `derivative` are those something is listed on."""
    wanted = call.params.choice("type", ("all", "spot", "derivative"), "all")
    listed = {market.instrument.index_name for market in call.exchange.floor.markets}
    names = sorted(call.exchange.world.indices)
    if wanted == "all":
        return names
    return [name for name in names if (name in listed) == (wanted == "derivative")]


def get_currencies(call: Call) -> object:
    """public/get_currencies."""
    del call
    return [_currency_row(name) for name in KNOWN_CURRENCIES]


def get_expirations(call: Call) -> object:
    """public/get_expirations: shapes differ for one currency, `any` and `grouped`."""
    wanted = call.params.text("currency", "any")
    kinds = ("future", "option") if (kind := call.kind()) is None else (kind,)
    markets = list(call.exchange.floor.markets)
    if wanted == "any":
        return {kind: _codes(markets, kind) for kind in kinds}
    names = LISTED_CURRENCIES if wanted == "grouped" else (str(call.currency()),)
    return {
        name.lower(): {
            kind: _codes([m for m in markets if m.instrument.settlement == name], kind)
            for kind in kinds
        }
        for name in names
    }


def get_contract_size(call: Call) -> object:
    """public/get_contract_size."""
    return {"contract_size": float(call.market().instrument.terms.contract_size)}


def get_last_trades_by_instrument(call: Call) -> object:
    """public/get_last_trades_by_instrument and …_and_time."""
    return _trades(call, _traded(call))


def get_last_trades_by_currency(call: Call) -> object:
    """public/get_last_trades_by_currency and …_and_time."""
    return _trades(call, _traded_in_currency(call))


def _traded(call: Call) -> Iterable[Trade]:
    """The trades of one instrument, also of one that expired."""
    market = call.exchange.floor.markets.find_any(call.params.text("instrument_name"))
    if market is None:
        raise invalid("instrument_name", "instrument not found")
    return market.tape.trades


def _traded_in_currency(call: Call) -> list[Trade]:
    currency, kind = call.currency(wildcard=True), call.kind()
    chosen = [m for m in call.exchange.floor.markets if _matches(m, currency, kind)]
    trades = [trade for market in chosen for trade in market.tape.trades]
    return sorted(trades, key=lambda trade: (trade.at_ms, number_of(trade.trade_id)))


def _trades(call: Call, trades: Iterable[Trade]) -> dict[str, Any]:
    """Newest first unless a start was asked."""
    window = read_window(call.params)
    return page(trades, window, lambda t: (t.at_ms, t.seq, t.trade_id), lambda t: t.row())


def _matches(market: Market, currency: str | None, kind: str | None) -> bool:
    it = market.instrument
    return (currency is None or currency in it.currencies) and (kind is None or it.kind == kind)


def _codes(markets: list[Market], kind: str) -> list[str]:
    """Expiry codes in order of time, PERPETUAL last."""
    expiries = {m.instrument.expiry_ms for m in markets if m.instrument.kind == kind}
    endless = any(m.instrument.is_perpetual and m.instrument.kind == kind for m in markets)
    codes = [code_of(at) for at in sorted(expiries) if at != FOREVER_MS]
    return codes + ["PERPETUAL"] * endless


def _currency_row(name: str) -> dict[str, Any]:
    network = "ETH" if name in ON_ETHEREUM else name
    return {
        "currency": name,
        "currency_long": LONG_NAMES.get(name, name),
        "coin_type": {"BTC": "BITCOIN", "ETH": "ETHER"}.get(network, network),
        "decimals": 8 if name == "BTC" else 6,
        "fee_precision": 8,
        "min_confirmations": 1,
        "min_withdrawal_fee": 0.0,
        "withdrawal_fee": 0.0,
        "withdrawal_priorities": [],
        "in_cross_collateral_pool": True,
        "network_currency": network,
        "network_fee": 0.0,
    }
