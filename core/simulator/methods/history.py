"""The past by request: candles, funding, volatility index, deliveries."""

from __future__ import annotations

import numpy as np

from core.quant.types import FloatArray
from core.simulator.feeds.catalogue import RESOLUTIONS_MIN
from core.simulator.markets.market import Market
from core.simulator.markets.past import dvol_of, index_of
from core.simulator.methods.call import Call
from core.simulator.rpc import RpcError, invalid
from core.simulator.world.listing.calendar import DAY_MS, HOUR_MS
from core.simulator.world.makers.quotes import noise
from core.simulator.world.prices.carry import PREMIUM_MEAN, PREMIUM_SD, funding_cap, funding_rate

MOST_FUNDING_ROWS = 740
DVOL_RESOLUTIONS_S = {"1": 1, "60": 60, "3600": 3600, "43200": 43_200, "1D": 86_400}
MOST_DVOL_ROWS = 1_000
TEN_MINUTES_MS = 600_000
VOLATILITY_KEPT_MS = 15 * DAY_MS
COLUMNS = ("ticks", "open", "high", "low", "close", "volume", "cost")


def get_tradingview_chart_data(call: Call) -> object:
    """public/get_tradingview_chart_data: columns, ascending."""
    market, params = call.market(), call.params
    resolution = params.text("resolution")
    if resolution not in RESOLUTIONS_MIN:
        raise invalid("resolution", "invalid format")
    start_ms, end_ms = params.time_ms("start_timestamp"), params.time_ms("end_timestamp")
    end_ms = min(end_ms, call.exchange.clock.now_ms())
    bars = market.tape.bars.between(start_ms, end_ms, RESOLUTIONS_MIN[resolution] * 60_000)
    columns = list(zip(*bars, strict=True)) if bars else [()] * len(COLUMNS)
    return {"status": "ok" if bars else "no_data"} | dict(zip(COLUMNS, columns, strict=True))


def get_funding_rate_history(call: Call) -> object:
    """public/get_funding_rate_history: hourly, the newest 740."""
    market = _perpetual(call)
    start_ms = call.params.time_ms("start_timestamp")
    end_ms = min(call.params.time_ms("end_timestamp"), call.exchange.clock.now_ms())
    first = -(-start_ms // HOUR_MS)
    hours = range(max(first, end_ms // HOUR_MS - MOST_FUNDING_ROWS + 1), end_ms // HOUR_MS + 1)
    if not hours:
        return []
    hourly = past_rates(call, market, hours.start - 8, hours.stop)
    index = market.index
    return [
        {
            "timestamp": hour * HOUR_MS,
            "index_price": index,
            "prev_index_price": index,
            "interest_1h": float(hourly[n + 8]),
            "interest_8h": float(hourly[n + 1 : n + 9].sum()),
        }
        for n, hour in enumerate(hours)
    ]


def get_funding_rate_value(call: Call) -> object:
    """public/get_funding_rate_value: what one unit paid between two times."""
    market = _perpetual(call)
    start_ms = call.params.time_ms("start_timestamp")
    end_ms = min(call.params.time_ms("end_timestamp"), call.exchange.clock.now_ms())
    if end_ms <= start_ms:
        return 0.0
    first, last = start_ms // HOUR_MS + 1, end_ms // HOUR_MS + 1
    return float(past_rates(call, market, max(first, last - 10_000), last).sum())


def get_funding_chart_data(call: Call) -> object:
    """public/get_funding_chart_data."""
    market = _perpetual(call)
    hours = {"8h": 8, "24h": 24, "1m": 720}[call.params.choice("length", ("8h", "24h", "1m"), "8h")]
    last = call.exchange.clock.now_ms() // HOUR_MS
    rates = past_rates(call, market, last - hours - 7, last + 1)
    data = [
        {
            "timestamp": (last - hours + 1 + n) * HOUR_MS,
            "index_price": market.index,
            "interest_8h": float(rates[n : n + 8].sum()),
        }
        for n in range(hours)
    ]
    return {
        "current_interest": market.funding.rate_8h, "interest_8h": data[-1]["interest_8h"],
        "max": max(float(row["interest_8h"]) for row in data), "data": data,
    }  # fmt: skip


def past_rates(call: Call, market: Market, first_hour: int, end_hour: int) -> FloatArray:
    """Funding of each hour, drawn from the hour itself so that every answer agrees."""
    cap = funding_cap(market.instrument.settlement)
    hours = np.arange(first_hour, end_hour)
    seed, name = np.array([call.exchange.seed]), np.array([market.instrument.instrument_id])
    # Box and Muller's normal out of two repeatable uniforms.
    one = (noise(name, hours, seed) + 0.5) / 65536.0
    two = (noise(name + 1, hours, seed) + 0.5) / 65536.0
    normal = np.sqrt(-2.0 * np.log(one)) * np.cos(2.0 * np.pi * two)
    premium = PREMIUM_MEAN + 1.5 * PREMIUM_SD * normal
    return np.array([funding_rate(value, cap) / 8.0 for value in premium.tolist()])


def get_volatility_index_data(call: Call) -> object:
    """public/get_volatility_index_data: rows of [ts, open, high, low, close] in percent."""
    currency, resolution = call.currency(), call.params.text("resolution")
    if currency not in call.exchange.world.surfaces:
        raise invalid("currency", "invalid currency")
    if resolution not in DVOL_RESOLUTIONS_S:
        raise invalid("resolution", "invalid format")
    step_ms = DVOL_RESOLUTIONS_S[resolution] * 1000
    start_ms = call.params.time_ms("start_timestamp")
    end_ms = min(call.params.time_ms("end_timestamp"), call.exchange.clock.now_ms())
    first = max(-(-start_ms // step_ms), end_ms // step_ms - MOST_DVOL_ROWS + 1)
    cut = first * step_ms > start_ms + step_ms
    past = call.exchange.floor.past
    bars = past.between(dvol_of(str(currency)), first * step_ms, end_ms, step_ms)
    rows = [list(bar[:5]) for bar in bars]
    return {"data": rows, "continuation": first * step_ms - 1 if cut else None}


def get_historical_volatility(call: Call) -> object:
    """public/get_historical_volatility: hourly, of the last half day's moves of the index."""
    currency = call.currency()
    if currency not in call.exchange.world.surfaces:
        raise invalid("currency", "invalid currency")
    last = call.exchange.clock.now_ms() // HOUR_MS * HOUR_MS
    bars = call.exchange.floor.past.between(
        index_of(str(currency)), last - VOLATILITY_KEPT_MS, last - 1, TEN_MINUTES_MS
    )
    returns = np.diff(np.log([bar[4] for bar in bars]))
    annual = float(np.sqrt(6 * 24 * 365.0))
    return [
        [bars[n][0] + TEN_MINUTES_MS,
         round(100.0 * annual * float(returns[max(0, n - 72) : n].std()), 4)]
        for n in range(12, len(bars)) if (bars[n][0] + TEN_MINUTES_MS) % HOUR_MS == 0
    ]  # fmt: skip


def get_delivery_prices(call: Call) -> object:
    """public/get_delivery_prices: those settled since the start."""
    name = call.params.text("index_name")
    if name not in call.exchange.world.indices:
        raise invalid("index_name", "invalid format")
    rows = call.exchange.rollover.delivery_rows(name)
    offset, count = call.params.whole("offset", 0), call.params.count(10)
    return {"data": rows[max(0, offset) : max(0, offset) + count], "records_total": len(rows)}


def get_last_settlements_by_instrument(call: Call) -> object:
    """public/get_last_settlements_by_instrument: none are kept for the public."""
    call.market()
    return {"settlements": [], "continuation": "none"}


def get_last_settlements_by_currency(call: Call) -> object:
    """public/get_last_settlements_by_currency: none are kept for the public."""
    call.currency()
    return {"settlements": [], "continuation": "none"}


def get_mark_price_history(call: Call) -> object:
    """public/get_mark_price_history: empty for instruments without one, as on the venue."""
    call.market()
    return []


def _perpetual(call: Call) -> Market:
    market = call.market()
    if not market.instrument.is_perpetual:
        raise RpcError(10020, "invalid_or_unsupported_instrument")
    return market
