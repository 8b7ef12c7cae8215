"""The past by request: candles, funding, volatility index, deliveries."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.clock import NS_PER_MS, utc
from core.simulator.feeds.catalogue import RESOLUTIONS_MIN
from core.simulator.markets.bars import MINUTE_MS
from core.simulator.markets.history.settlements import Settled
from core.simulator.markets.market import Market
from core.simulator.markets.past import index_of
from core.simulator.methods.call import Call
from core.simulator.methods.params import MAX_TIME_MS
from core.simulator.rpc import RpcError, invalid
from core.simulator.world.listing.calendar import DAY_MS, HOUR_MS, last_settlement_ms
from core.simulator.world.prices.delivery import WINDOW_MS

MOST_FUNDING_ROWS = 740
VOL_COINS = ("BTC", "ETH")
"""Coins with a volatility index."""
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
    market, now_ms = _perpetual(call), call.exchange.clock.now_ms()
    start_ms = call.params.time_ms("start_timestamp")
    end_ms = min(call.params.time_ms("end_timestamp"), now_ms)
    last = end_ms // HOUR_MS
    hours = range(max(-(-start_ms // HOUR_MS), last - MOST_FUNDING_ROWS + 1), last + 1)
    if not hours:
        return []
    funding = call.exchange.fundings.of(market)
    total = {h: funding.accrued(h * HOUR_MS, now_ms) for h in range(hours.start - 8, hours.stop)}
    price = funding.hourly_index(range(hours.start - 1, hours.stop))
    return [
        {
            "timestamp": hour * HOUR_MS,
            "index_price": price[hour],
            "prev_index_price": price[hour - 1],
            "interest_1h": total[hour] - total[hour - 1],
            "interest_8h": total[hour] - total[hour - 8],
        }
        for hour in hours
    ]


def get_funding_rate_value(call: Call) -> object:
    """public/get_funding_rate_value: what one unit paid between two times."""
    market, now_ms = _perpetual(call), call.exchange.clock.now_ms()
    start_ms = call.params.time_ms("start_timestamp")
    end_ms = min(call.params.time_ms("end_timestamp"), now_ms)
    if end_ms <= start_ms:
        return 0.0
    funding = call.exchange.fundings.of(market)
    return funding.accrued(end_ms, now_ms) - funding.accrued(start_ms, now_ms)


def get_funding_chart_data(call: Call) -> object:
    """public/get_funding_chart_data."""
    market, now_ms = _perpetual(call), call.exchange.clock.now_ms()
    count = {"8h": 8, "24h": 24, "1m": 720}[call.params.choice("length", ("8h", "24h", "1m"), "8h")]
    last = now_ms // HOUR_MS
    hours = range(last - count + 1, last + 1)
    funding = call.exchange.fundings.of(market)
    total = {h: funding.accrued(h * HOUR_MS, now_ms) for h in range(hours.start - 8, hours.stop)}
    price = funding.hourly_index(hours)
    data = [
        {"timestamp": hour * HOUR_MS, "index_price": price[hour],
         "interest_8h": total[hour] - total[hour - 8]}
        for hour in hours
    ]  # fmt: skip
    return {
        "current_interest": market.funding.rate_8h, "interest_8h": market.funding.trailing_8h,
        "max": max(row["interest_8h"] for row in data), "data": data,
    }  # fmt: skip


def get_volatility_index_data(call: Call) -> object:
    """public/get_volatility_index_data: rows of [ts, open, high, low, close] in percent."""
    currency, resolution = call.currency(), call.params.text("resolution")
    if currency not in VOL_COINS:
        raise invalid("currency", "invalid currency")
    if resolution not in DVOL_RESOLUTIONS_S:
        raise invalid("resolution", "invalid format")
    step_ms = DVOL_RESOLUTIONS_S[resolution] * 1000
    start_ms = call.params.time_ms("start_timestamp")
    end_ms = min(call.params.time_ms("end_timestamp"), call.exchange.clock.now_ms())
    wanted = -(-start_ms // step_ms)
    first = max(wanted, end_ms // step_ms - MOST_DVOL_ROWS + 1)
    rows = call.exchange.floor.past.vol_candles(currency, first * step_ms, end_ms, step_ms)
    cut = first > wanted and bool(rows) and rows[0][0] == first * step_ms
    return {"data": rows, "continuation": first * step_ms - 1 if cut else None}


def get_historical_volatility(call: Call) -> object:
    """public/get_historical_volatility: hourly, of the last half day's moves of the index."""
    currency = call.currency()
    if currency not in VOL_COINS:
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
    """public/get_delivery_prices, newest first: those settled here, then those of the past."""
    name = call.params.text("index_name")
    if name not in call.exchange.world.indices:
        raise invalid("index_name", "invalid format")
    rows = call.exchange.rollover.delivery_rows(name)
    rows += _past_deliveries(call, name, len(rows))
    offset, count = call.params.whole("offset", 0), call.params.count(10)
    return {"data": rows[max(0, offset) : max(0, offset) + count], "records_total": len(rows)}


def _past_deliveries(call: Call, name: str, settled: int) -> list[dict[str, object]]:
    """Means of the half hours before each 08:00 that the history of the index still holds."""
    past, rows = call.exchange.floor.past, []
    first = past.series[name].since(0)[0]
    at_ms = last_settlement_ms(call.exchange.clock.now_ms()) - settled * DAY_MS
    while at_ms - WINDOW_MS >= first[0]:
        bars = past.between(name, at_ms - WINDOW_MS, at_ms - 1, MINUTE_MS)
        price = round(sum(bar[4] for bar in bars) / len(bars), 4)
        date = utc(at_ms * NS_PER_MS).date().isoformat()
        rows.append({"date": date, "delivery_price": price})
        at_ms -= DAY_MS
    return rows


def get_last_settlements_by_instrument(call: Call) -> object:
    """public/get_last_settlements_by_instrument."""
    name = call.params.text("instrument_name")
    if call.exchange.floor.markets.find_any(name) is None:
        raise invalid("instrument_name", "instrument not found")
    return _settlements(call, lambda settled: settled.instrument == name)


def get_last_settlements_by_currency(call: Call) -> object:
    """public/get_last_settlements_by_currency."""
    currency = call.currency()
    return _settlements(call, lambda settled: settled.currency == currency)


def _settlements(call: Call, wanted: Callable[[Settled], bool]) -> dict[str, object]:
    """Newest first; `continuation` is the number of the last row shown."""
    kind = call.params.optional_text("type")
    if kind is not None and kind not in ("settlement", "delivery", "bankruptcy"):
        raise RpcError(11043, "bad_argument", "type")
    token = call.params.optional_text("continuation") or "none"
    if token != "none" and not token.isdecimal():
        raise invalid("continuation", "invalid format")
    before = 2**62 if token == "none" else int(token)
    latest_ms = call.params.time_ms("search_start_timestamp", MAX_TIME_MS)
    found = [
        settled
        for settled in reversed(call.exchange.settlements.rows)
        if wanted(settled) and kind in (None, settled.kind) and settled.number < before
        and settled.at_ms <= latest_ms
    ]  # fmt: skip
    shown = found[: call.params.count()]
    more = len(shown) < len(found)
    return {
        "settlements": [settled.row for settled in shown],
        "continuation": str(shown[-1].number) if more else "none",
    }


def get_mark_price_history(call: Call) -> object:
    """public/get_mark_price_history: a value a second of the last hour, perpetuals only."""
    name, params = call.market().name, call.params
    start_ms, end_ms = params.time_ms("start_timestamp"), params.time_ms("end_timestamp")
    return call.exchange.marks.between(name, start_ms, end_ms)


def _perpetual(call: Call) -> Market:
    market = call.market()
    if not market.instrument.is_perpetual:
        raise RpcError(10020, "invalid_or_unsupported_instrument")
    return market
