"""Ticker objects: options in one vectorised batch, futures one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.quant.black import greeks, price_usd
from core.quant.types import FloatArray, IndexArray
from core.simulator.markets.market import Market
from core.simulator.world.makers.combos import ComboBoard
from core.simulator.world.makers.futures import FutureBoard
from core.simulator.world.makers.options import OptionBoard
from core.simulator.world.makers.spots import SpotBoard

IV_STEPS = 40
MOST_IV_PERCENT = 999.0
Row = dict[str, Any]


def ticker_rows(markets: Sequence[Market]) -> list[Row]:
    """The ticker of each market, in order."""
    rows: dict[str, Row] = {}
    by_board: dict[int, list[Market]] = {}
    for market in markets:
        by_board.setdefault(id(market.board), []).append(market)
    for group in by_board.values():
        if isinstance(group[0].board, OptionBoard):
            rows.update(_option_rows(group, group[0].board))
        else:
            printed = _printer(group[0])
            rows.update({market.name: printed(market) for market in group})
    return [rows[market.name] for market in markets]


def _printer(market: Market) -> Callable[[Market], Row]:
    if isinstance(market.board, ComboBoard):
        return _combo_row
    return _spot_row if isinstance(market.board, SpotBoard) else _future_row


def band_of(market: Market) -> tuple[int, int]:
    """(lowest, highest) order price in base ticks; of a combo what its legs allow together."""
    board = market.board
    if isinstance(board, OptionBoard):
        lowest, highest = option_bands(board, np.array([market.row]))
        return int(lowest[0]), int(highest[0])
    if not market.legs:
        return future_band(market)
    low = high = 0
    for leg, sign in market.legs:
        step = int(leg.instrument.terms.tick / market.instrument.terms.tick)
        ends = [sign * step * edge for edge in band_of(leg)]
        low, high = low + min(ends), high + max(ends)
    return low, high


def future_band(market: Market) -> tuple[int, int]:
    """(lowest, highest) order price of a future in ticks."""
    board, band = market.board, market.instrument.terms.band
    assert isinstance(board, FutureBoard)
    ticks = float(board.mark[market.row]) / float(board.tick[market.row])
    low = int(np.floor(ticks * (1.0 - band) + 1e-9))
    return max(1, low), int(np.ceil(ticks * (1.0 + band) - 1e-9))


def option_bands(board: OptionBoard, rows: IndexArray) -> tuple[IndexArray, IndexArray]:
    """(lowest, highest) order prices in base ticks, from bounds on forward and volatility.

    Source: a fit to recorded tickers of inverse options, times the forward for linear ones; the
    venue's own rule is not published.
    """
    sign = np.where(board.is_call[rows], 1.0, -1.0)
    sigma = board.iv[rows] / 100.0
    high = _coin_price(board, rows, 1.0 + 0.039 * sign, 1.15 * sigma + 0.058) + 0.0044
    low = _coin_price(board, rows, 1.0 - 0.039 * sign, np.maximum(0.935 * sigma - 0.049, 0.01))
    scale = board.delivered[rows] / board.unit(rows)
    lowest = _nearest(board, rows, (low - 0.002) * scale)
    return np.maximum(lowest, 1), _nearest(board, rows, np.maximum(high, 0.015) * scale)


def implied_percent(board: OptionBoard, rows: IndexArray, price: FloatArray) -> FloatArray:
    """Volatility in percent of each price; 0.0 when absent or below intrinsic value.

    Args:
        board: Where the options stand.
        rows: Their rows, shape (n,).
        price: As quoted: coin for inverse options, USDC for linear ones. Shape (n,).
    """
    f, k, call = board.delivered[rows], board.strike[rows], board.is_call[rows]
    worth = np.maximum(np.where(call, f - k, k - f), 0.0)
    usd = price * board.unit(rows)
    known = (price > 0.0) & (usd > worth)
    percent = np.zeros(len(rows))
    if known.any():
        vol = _implied(board, rows[known], usd[known])
        percent[known] = np.round(np.minimum(100.0 * vol, MOST_IV_PERCENT), 2)
    return percent


def _implied(board: OptionBoard, rows: IndexArray, target_usd: FloatArray) -> FloatArray:
    """Newton's method on the log of the time value, which is concave in volatility.

    Every target is above intrinsic value; steps that leave the bracket are halved into it.
    """
    f, k, tau = board.delivered[rows], board.strike[rows], board.tau[rows]
    is_out_call = k >= f
    worth = np.maximum(np.where(board.is_call[rows], f - k, k - f), 0.0)
    target = np.maximum(target_usd - worth, 1e-12 * f)
    low, high = np.full(len(rows), 1e-3), np.full(len(rows), 20.0)
    vol = np.maximum(np.minimum(board.iv[rows] / 100.0, 10.0), 0.01)
    root, log_moneyness = np.sqrt(tau), np.log(f / k)
    for _ in range(IV_STEPS):
        value = np.maximum(price_usd(f, k, tau, vol, is_out_call), 1e-300)
        is_low = value < target
        low, high = np.where(is_low, vol, low), np.where(is_low, high, vol)
        v = vol * root
        d1 = log_moneyness / v + 0.5 * v
        vega = np.maximum(f * np.exp(-0.5 * d1 * d1) * 0.3989422804014327 * root, 1e-300)
        step = np.log(value / target) * value / vega
        inside = (vol - step >= low) & (vol - step <= high)
        vol = np.where(inside, vol - step, 0.5 * (low + high))
        if np.all((inside & (np.abs(step) < 1e-6)) | (high - low < 1e-6)):
            break
    return np.asarray(vol)


def _coin_price(
    board: OptionBoard, rows: IndexArray, shift: FloatArray, vol: FloatArray
) -> FloatArray:
    forward = board.delivered[rows] * shift
    usd = price_usd(forward, board.strike[rows], board.tau[rows], vol, board.is_call[rows])
    return np.asarray(usd / forward)


def _nearest(board: OptionBoard, rows: IndexArray, price: FloatArray) -> IndexArray:
    """The nearest valid price, in base ticks."""
    ticks, step = np.round(price / board.tick[rows]).astype(np.int64), board.step[rows]
    coarse = np.round(ticks / step).astype(np.int64) * step
    return np.asarray(np.where(ticks > board.step_from[rows], coarse, ticks))


def _option_rows(group: list[Market], board: OptionBoard) -> dict[str, Row]:
    rows = np.array([market.row for market in group], np.int64)
    tops = [market.top() for market in group]
    prices = np.array([top[0] for top in tops] + [top[2] for top in tops])
    bid_iv, ask_iv = implied_percent(board, np.tile(rows, 2), prices).reshape(2, -1)
    low, high = option_bands(board, rows)
    shown = _printed_greeks(board, rows)
    columns = (bid_iv.tolist(), ask_iv.tolist(), low.tolist(), high.tolist(), shown)
    return {
        market.name: _option_row(market, top, *values)
        for market, top, values in zip(group, tops, zip(*columns, strict=True), strict=True)
    }


def _printed_greeks(board: OptionBoard, rows: IndexArray) -> list[Row]:
    tau = np.maximum(board.tau[rows], 1e-9)
    g = greeks(
        board.delivered[rows], board.strike[rows], tau, board.iv[rows] / 100.0, board.is_call[rows]
    )
    names = ("delta", "gamma", "vega", "theta", "rho")
    columns = [np.round(np.nan_to_num(getattr(g, name)), 5).tolist() for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _option_row(
    market: Market,
    top: tuple[float, float, float, float],
    bid_iv: float,
    ask_iv: float,
    low: int,
    high: int,
    shown: Row,
) -> Row:
    board, it, i = market.board, market.instrument, market.row
    assert isinstance(board, OptionBoard)
    row = _common_row(market, top)
    row |= {
        "stats": _stats(market),
        "greeks": shown,
        "min_price": it.price_of(low),
        "max_price": it.price_of(high),
        "mark_price": round(market.mark, it.terms.mark_decimals),
        "interest_rate": 0.0,
        "mark_iv": float(board.iv[i]),
        "bid_iv": bid_iv,
        "ask_iv": ask_iv,
        "underlying_price": float(board.forward[i]),
        "underlying_index": underlying_index(market),
    }
    return row


def quote_usd(market: Market) -> float:
    """USD for one of the units a tape counts its turnover in; only spot may count in others."""
    board = market.board
    if not isinstance(board, SpotBoard) or market.instrument.settlement == "USDC":
        return 1.0
    return board.quote_usd(market.row)


def underlying_index(market: Market) -> str:
    """The future an option is priced on, or its synthetic name."""
    board = market.board
    assert isinstance(board, OptionBoard)
    return board.underlying[market.row]


def _future_row(market: Market) -> Row:
    low, high = future_band(market)
    it = market.instrument
    row = _common_row(market, market.top())
    row |= {
        "stats": _stats(market),
        "min_price": it.price_of(low),
        "max_price": it.price_of(high),
        "mark_price": market.mark,
    }
    if it.is_perpetual:
        row |= {
            "interest_value": market.funding.total_interest,
            "current_funding": round(market.funding.rate_8h, 8),
            "funding_8h": round(market.funding.trailing_8h, 8),
        }
    return row


def _spot_row(market: Market) -> Row:
    """As a future's, without what belongs to positions."""
    row = _future_row(market)
    for key in ("open_interest", "settlement_price"):
        del row[key]
    return row


def _combo_row(market: Market) -> Row:
    (low, high), it = band_of(market), market.instrument
    row = _common_row(market, market.top())
    for key in ("open_interest", "settlement_price"):
        del row[key]
    return row | {
        "combo_state": "active",
        "stats": _stats(market),
        "min_price": it.price_of(low),
        "max_price": it.price_of(high),
        "mark_price": market.mark,
    }


def _common_row(market: Market, top: tuple[float, float, float, float]) -> Row:
    bid, bid_amount, ask, ask_amount = top
    return {
        "timestamp": market.at_ms,
        "state": market.state,
        "index_price": market.index,
        "instrument_name": market.name,
        "last_price": market.tape.last_price,
        "settlement_price": market.settlement_mark,
        "open_interest": market.open_interest,
        "estimated_delivery_price": market.estimated_delivery(),
        "best_ask_price": ask,
        "best_bid_price": bid,
        "best_ask_amount": ask_amount,
        "best_bid_amount": bid_amount,
    }


def _stats(market: Market) -> Row:
    day = market.tape.day
    row: Row = {
        "high": day.high,
        "low": day.low,
        "price_change": market.tape.price_change(),
        "volume": round(day.volume, 8),
        "volume_usd": round(day.volume_usd * quote_usd(market), 2),
    }
    if market.instrument.is_linear or not market.instrument.is_option:
        row["volume_notional"] = round(day.volume_usd, 2)
    return row
