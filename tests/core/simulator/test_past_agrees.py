"""History agrees with what was streamed, with itself, and from one question to the next."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.core.simulator.indoors import Indoors, indoors

HOUR_MS = 3_600_000
PERPETUAL = "BTC-PERPETUAL"


@pytest.fixture
def line() -> Iterator[Indoors]:
    with indoors() as opened:
        yield opened


def test_the_candle_of_the_running_hour_holds_every_streamed_volatility(line: Indoors) -> None:
    channel = "deribit_volatility_index.btc_usd"
    line.subscribe(channel)
    line.run(30.0)
    streamed = [row["volatility"] for row in line.data(channel)]
    now = line.desk.clock.now_ms()
    span = {"currency": "BTC", "start_timestamp": now - 24 * HOUR_MS, "end_timestamp": now}
    for resolution in ("60", "3600", "1D"):
        rows = line.call("public/get_volatility_index_data", resolution=resolution, **span)["data"]
        last = rows[-1]
        assert last[3] <= min(streamed)
        assert last[2] >= max(streamed)
    seconds = line.call("public/get_volatility_index_data", resolution="1", **span)
    closes = {row[0]: row[4] for row in seconds["data"]}
    assert all(
        closes[row["timestamp"] // 1000 * 1000] == row["volatility"] for row in line.data(channel)
    )


def test_a_volatility_history_longer_than_an_answer_is_continued(line: Indoors) -> None:
    now = line.desk.clock.now_ms()
    start, end = now - 30 * HOUR_MS, now
    found: list[list[float]] = []
    while end is not None:
        answer = line.call(
            "public/get_volatility_index_data", currency="ETH", resolution="60",
            start_timestamp=start, end_timestamp=end,
        )  # fmt: skip
        found = answer["data"] + found
        end = answer["continuation"]
    ticks = [row[0] for row in found]
    assert ticks == list(range(ticks[0], ticks[0] + 60_000 * len(ticks), 60_000))
    assert len(found) == 1801


def test_longer_candles_hold_shorter_ones(line: Indoors) -> None:
    line.run(70.0, 1.0)
    now = line.desk.clock.now_ms()
    span = {"currency": "BTC", "start_timestamp": now - 10 * HOUR_MS, "end_timestamp": now}
    ask = "public/get_volatility_index_data"
    minutes = line.call(ask, resolution="60", **span)["data"]
    for hour in line.call(ask, resolution="3600", **span)["data"]:
        inside = [row for row in minutes if 0 <= row[0] - hour[0] < HOUR_MS]
        assert hour[1] == inside[0][1]
        assert hour[2] == max(row[2] for row in inside)
        assert hour[3] == min(row[3] for row in inside)
        assert hour[4] == inside[-1][4]


def test_funding_history_is_what_was_accrued(line: Indoors) -> None:
    market = line.desk.market(PERPETUAL)
    line.run(60.0, 5.0)
    began = line.desk.clock.now_ms()
    before = market.funding.total_interest
    to_the_hour = (HOUR_MS - line.desk.clock.now_ms() % HOUR_MS) / 1000.0
    line.run(to_the_hour, 30.0)
    at_hour = market.funding.total_interest
    line.run(3_600.0, 30.0)
    now = line.desk.clock.now_ms()
    rows = line.call(
        "public/get_funding_rate_history", instrument_name=PERPETUAL,
        start_timestamp=now - 5 * HOUR_MS, end_timestamp=now,
    )  # fmt: skip
    accrued = market.funding.total_interest - at_hour
    assert rows[-1]["timestamp"] == now - now % HOUR_MS
    assert rows[-1]["interest_1h"] == pytest.approx(accrued, abs=1e-12)
    value = line.call(
        "public/get_funding_rate_value", instrument_name=PERPETUAL,
        start_timestamp=began, end_timestamp=now,
    )  # fmt: skip
    assert value == pytest.approx(market.funding.total_interest - before, abs=1e-12)


def test_funding_rows_carry_the_index_of_their_own_hour(line: Indoors) -> None:
    line.run(3 * 3_600.0, 120.0)
    now = line.desk.clock.now_ms()
    rows = line.call(
        "public/get_funding_rate_history", instrument_name=PERPETUAL,
        start_timestamp=now - 800 * HOUR_MS, end_timestamp=now,
    )  # fmt: skip
    past = line.desk.exchange.floor.past
    for row in rows[-30:]:
        candle = past.between("btc_usd", row["timestamp"], row["timestamp"], HOUR_MS)[0]
        assert row["index_price"] == candle[1]
    prices = [row["index_price"] for row in rows]
    assert len(set(prices)) > 730
    moves = [abs(b / a - 1.0) for a, b in itertools.pairwise(prices)]
    assert max(moves) < 0.05


def test_the_marks_of_perpetuals_are_told_by_the_second_and_of_others_not(line: Indoors) -> None:
    channel = f"ticker.{PERPETUAL}.100ms"
    line.subscribe(channel)
    began = line.desk.clock.now_ms()
    line.run(20.0)
    now = line.desk.clock.now_ms()
    ask = "public/get_mark_price_history"
    rows = line.call(ask, instrument_name=PERPETUAL, start_timestamp=began, end_timestamp=now)
    assert [b[0] - a[0] for a, b in itertools.pairwise(rows)] == [1_000] * (len(rows) - 1)
    assert len(rows) >= 19
    streamed = {row["timestamp"]: row["mark_price"] for row in line.data(channel)}
    told = {at_ms: mark for at_ms, mark in rows if at_ms in streamed}
    assert told
    assert told == {at_ms: streamed[at_ms] for at_ms in told}
    part = line.call(
        ask, instrument_name=PERPETUAL, start_timestamp=rows[3][0], end_timestamp=rows[6][0]
    )
    assert part == rows[3:7]
    other = line.desk.option().name
    assert line.call(ask, instrument_name=other, start_timestamp=began, end_timestamp=now) == []


def test_funding_rows_add_up_and_stay_as_they_are(line: Indoors) -> None:
    now = line.desk.clock.now_ms()
    span = {"instrument_name": "ETH-PERPETUAL", "start_timestamp": now - 800 * HOUR_MS}
    first = line.call("public/get_funding_rate_history", end_timestamp=now, **span)
    assert len(first) == 740
    for n in range(8, len(first)):
        eight = sum(row["interest_1h"] for row in first[n - 7 : n + 1])
        assert first[n]["interest_8h"] == pytest.approx(eight, abs=1e-12)
        assert first[n]["prev_index_price"] == first[n - 1]["index_price"]
    line.run(7_200.0, 60.0)
    later = line.call("public/get_funding_rate_history", end_timestamp=now, **span)
    assert later == first
    chart = line.call("public/get_funding_chart_data", instrument_name="ETH-PERPETUAL", length="8h")
    ticker = line.call("public/ticker", instrument_name="ETH-PERPETUAL")
    assert chart["interest_8h"] == pytest.approx(ticker["funding_8h"], abs=1e-8)
    by_time = {row["timestamp"]: row["interest_8h"] for row in chart["data"]}
    assert by_time[first[-1]["timestamp"]] == pytest.approx(first[-1]["interest_8h"], abs=1e-15)


def test_the_day_of_an_index_holds_every_streamed_price(line: Indoors) -> None:
    price, day = "deribit_price_index.eth_usdc", "deribit_price_statistics.eth_usdc"
    line.subscribe(price, day)
    line.run(20.0)
    last = line.data(day)[-1]
    prices = [row["price"] for row in line.data(price)]
    assert last["low24h"] <= min(prices)
    assert last["high24h"] >= max(prices)
    assert last["high_volatility"] is False


def test_the_sources_of_an_index_have_it_as_their_mean(line: Indoors) -> None:
    channel = "deribit_price_ranking.btc_usd"
    line.subscribe(channel)
    rows = line.data(channel)[0]
    live = [row for row in rows if row["enabled"]]
    mean = sum(row["price"] for row in live) / len(live)
    index = line.call("public/get_index_price", index_name="btc_usd")["index_price"]
    assert mean == pytest.approx(index, rel=1e-6)
    assert sum(row["weight"] for row in live) == pytest.approx(100.0, abs=0.01)
    assert [row["price"] for row in rows if not row["enabled"]] == [None]


def test_a_day_of_trades_is_the_day_of_the_candles(line: Indoors) -> None:
    for name in (PERPETUAL, "ETH_USDC-PERPETUAL", "BTC-25DEC26", line.desk.option().name):
        for _ in range(5):
            line.desk.send(line.desk.ben, line.desk.market(name), "buy", 3)
        line.run(61.0, 1.0)
        now = line.desk.clock.now_ms()
        stats = line.call("public/ticker", instrument_name=name)["stats"]
        candles = line.call(
            "public/get_tradingview_chart_data", instrument_name=name, resolution="1",
            start_timestamp=now - 24 * HOUR_MS, end_timestamp=now,
        )  # fmt: skip
        assert stats["volume"] == pytest.approx(sum(candles["volume"]), rel=5e-3)
        assert stats["high"] == max(candles["high"])
        assert stats["low"] == min(candles["low"])
        trades = line.call(
            "public/get_last_trades_by_instrument", instrument_name=name, count=1000, sorting="asc"
        )["trades"]
        seqs = [row["trade_seq"] for row in trades]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
        assert trades[-1]["price"] == candles["close"][-1]
