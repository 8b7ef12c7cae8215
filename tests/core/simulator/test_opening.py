"""A first opening has trades behind its candles, and everything told of them agrees."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import mean
from typing import Any

import pytest

from core.simulator.markets.bars import MINUTE_MS, LiveBar
from core.simulator.markets.tape import turnover
from core.simulator.opening import TRADED_MS
from core.simulator.world.listing.calendar import last_settlement_ms
from tests.core.simulator.indoors import Indoors, indoors
from tests.core.simulator.still import Desk

HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def line() -> Iterator[Indoors]:
    with indoors() as opened:
        yield opened


def trades_of(line: Indoors, name: str) -> list[dict[str, Any]]:
    answer = line.call(
        "public/get_last_trades_by_instrument", instrument_name=name, count=1000, sorting="asc"
    )
    rows: list[dict[str, Any]] = answer["trades"]
    return rows


def test_the_last_candles_are_made_of_their_trades(line: Indoors) -> None:
    now_ms = line.desk.clock.now_ms()
    floor = line.desk.exchange.floor
    drawn = [m for m in floor.markets if m.instrument.kind == "future"]
    assert len(drawn) > 20
    for market in drawn:
        minutes: dict[int, LiveBar] = {}
        for trade in market.tape.trades:
            tick_ms = trade.at_ms - trade.at_ms % MINUTE_MS
            price = market.instrument.price_of(trade.tick)
            bar = minutes.setdefault(tick_ms, LiveBar(tick_ms, price, price, price, price))
            coins, cost, _ = turnover(market.instrument, trade)
            bar.add(price, coins, cost)
        candles = market.tape.bars.between(now_ms - TRADED_MS, now_ms - 1, MINUTE_MS)
        assert len(candles) == TRADED_MS // MINUTE_MS
        assert candles == [bar.row() for bar in minutes.values()]


def test_tape_ticker_summary_and_candles_agree_from_the_first_second(line: Indoors) -> None:
    now_ms = line.desk.clock.now_ms()
    for name in ("BTC-PERPETUAL", "XRP_USDC-PERPETUAL", "ETH-25DEC26"):
        newest = trades_of(line, name)[-1]
        ticker = line.call("public/ticker", instrument_name=name)
        candles = line.call(
            "public/get_tradingview_chart_data", instrument_name=name, resolution="1",
            start_timestamp=now_ms - 24 * HOUR_MS, end_timestamp=now_ms,
        )  # fmt: skip
        assert ticker["last_price"] == newest["price"] == candles["close"][-1]
        assert ticker["stats"]["high"] == max(candles["high"])
        assert ticker["stats"]["low"] == min(candles["low"])
        assert ticker["stats"]["volume"] == pytest.approx(sum(candles["volume"]), abs=1e-6)
        assert newest["mark_price"] == pytest.approx(ticker["mark_price"], rel=2e-3)


def test_drawn_and_live_trades_are_numbered_without_holes(line: Indoors) -> None:
    market = line.desk.market("ETH-PERPETUAL")
    before = len(market.tape.trades)
    line.desk.send(line.desk.ben, market, "buy", 3)
    rows = trades_of(line, market.name)
    assert [row["trade_seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) > before
    ids = [int(row["trade_id"].removeprefix("ETH-")) for row in rows]
    times = [row["timestamp"] for row in rows]
    assert ids == sorted(set(ids))
    assert times == sorted(times)
    assert rows[before - 1]["timestamp"] < line.desk.clock.now_ms() <= rows[before]["timestamp"]


def test_the_liquid_options_traded_and_the_others_say_nothing(line: Indoors) -> None:
    now_ms, floor = line.desk.clock.now_ms(), line.desk.exchange.floor
    options = [m for m in floor.markets if m.instrument.is_option]
    traded = [m for m in options if m.tape.trades]
    assert 0.2 < len(traded) / len(options) < 0.9
    distance = {m.name: abs(math.log(m.instrument.strike / m.index)) for m in options}
    untraded = [m for m in options if not m.tape.trades]
    assert mean(distance[m.name] for m in traded) < 0.7 * mean(distance[m.name] for m in untraded)
    for market in traded:
        assert market.open_interest > 0.0
        for trade in market.tape.trades:
            assert now_ms - 24 * HOUR_MS <= trade.at_ms < now_ms
            assert trade.iv is not None
    for market in untraded:
        stats = line.call("public/ticker", instrument_name=market.name)["stats"]
        assert (stats["high"], stats["low"], stats["price_change"]) == (None, None, None)
        assert stats["volume"] == 0.0


def test_nothing_traded_before_it_was_listed_and_what_lived_has_a_settlement(
    line: Indoors,
) -> None:
    now_ms = line.desk.clock.now_ms()
    settled_ms = last_settlement_ms(now_ms)
    ages = set()
    for market in line.desk.exchange.floor.markets:
        created_ms = market.instrument.creation_ms
        assert created_ms <= now_ms
        assert all(trade.at_ms >= created_ms for trade in market.tape.trades)
        assert all(bar[0] >= created_ms - MINUTE_MS for bar in market.tape.bars.since(0))
        assert (market.settlement_mark is not None) == (created_ms < settled_ms)
        ages.add((now_ms - created_ms) // (24 * HOUR_MS))
    assert {0, 900} < ages


def test_drawn_option_trades_lie_near_their_mark(line: Indoors) -> None:
    trades = [
        trade for m in line.desk.exchange.floor.markets if m.instrument.is_option
        for trade in m.tape.trades
    ]  # fmt: skip
    for trade in trades:
        price = trade.instrument.price_of(trade.tick)
        step = float(trade.instrument.tick_at(trade.instrument.decimal_price(trade.tick)))
        assert abs(price - trade.mark) <= 4.0 * step
        assert (
            trade.instrument.decimal_price(trade.tick)
            % trade.instrument.tick_at(trade.instrument.decimal_price(trade.tick))
            == 0
        )
    bought = [t for t in trades if t.direction == "buy"]
    assert all(t.instrument.price_of(t.tick) >= t.mark - 1e-9 for t in bought)


def test_the_same_seed_draws_the_same_trades_and_another_seed_others() -> None:
    first, second, other = (
        [trade.row() for m in Desk(seed).exchange.floor.markets for trade in m.tape.trades]
        for seed in (1, 1, 2)
    )
    assert first == second
    assert first != other
