"""Book summaries: one cheap row per instrument, empty sides null, marks with 8 decimals."""

from __future__ import annotations

from typing import Any

from core.simulator.markets.book import ASK, BID
from core.simulator.markets.market import Market
from core.simulator.markets.tickers import quote_usd, underlying_index
from core.simulator.world.makers.options import OptionBoard


def summary_rows(markets: list[Market], now_ms: int) -> list[dict[str, Any]]:
    """The summary of each market, in order."""
    return [_row(market, now_ms) for market in markets]


def _row(market: Market, now_ms: int) -> dict[str, Any]:
    it, tape = market.instrument, market.tape
    bid, _, ask, _ = market.top()
    has_bid, has_ask = (market.book.best(side) is not None for side in (BID, ASK))
    day = tape.day
    row: dict[str, Any] = {
        "instrument_name": it.name,
        "base_currency": it.base,
        "quote_currency": it.quote,
        "creation_timestamp": now_ms,
        "bid_price": bid if has_bid else None,
        "ask_price": ask if has_ask else None,
        "mid_price": round((bid + ask) / 2.0, 8) if has_bid and has_ask else None,
        "mark_price": market.mark,
        "last": tape.last_price,
        "high": day.high,
        "low": day.low,
        "price_change": tape.price_change(),
        "volume": round(day.volume, 8),
        "volume_usd": round(day.volume_usd * quote_usd(market), 2),
        "open_interest": market.open_interest,
        "estimated_delivery_price": market.estimated_delivery(),
    }
    if not it.is_held:
        del row["open_interest"]
    return row | _extras(market)


def _extras(market: Market) -> dict[str, Any]:
    board, i = market.board, market.row
    if isinstance(board, OptionBoard):
        option = {
            "mark_iv": float(board.iv[i]),
            "interest_rate": 0.0,
            "underlying_price": float(board.forward[i]),
            "underlying_index": underlying_index(market),
        }
        return option | _notional(market) if market.instrument.is_linear else option
    row = _notional(market)
    if market.instrument.is_perpetual:
        row["current_funding"] = round(market.funding.rate_8h, 8)
        row["funding_8h"] = round(market.funding.trailing_8h, 8)
    return row


def _notional(market: Market) -> dict[str, Any]:
    """Futures and linear options show it, inverse options do not."""
    return {"volume_notional": round(market.tape.day.volume_usd, 2)}
