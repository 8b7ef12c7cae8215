"""Candles out of minutes: silent times repeat the close before, coarser ones are sums."""

from __future__ import annotations

import numpy as np

from core.quant.index.realised import Bars as OhlcBars
from core.quant.index.realised import realised_vols
from core.simulator.markets.bars import KEPT, MINUTE_MS, Bars, hour_ticks
from core.simulator.markets.past import dvol_of, index_of
from tests.core.simulator.still import Desk

HOUR = 60 * MINUTE_MS


def traded(*trades: tuple[float, float]) -> Bars:
    """Candles after trades of one coin at (minute, price)."""
    bars = Bars()
    for minute, price in trades:
        bars.trade(int(minute * MINUTE_MS), price, 1.0, price)
    return bars


def test_a_silent_minute_repeats_the_close_before() -> None:
    bars = traded((0, 10.0), (0.5, 12.0), (3, 9.0))
    rows = bars.between(0, 4 * MINUTE_MS, MINUTE_MS)
    assert [row[1:5] for row in rows] == [
        (10.0, 12.0, 10.0, 12.0), (12.0,) * 4, (12.0,) * 4, (9.0,) * 4, (9.0,) * 4,
    ]  # fmt: skip
    assert [row[5] for row in rows] == [2.0, 0.0, 0.0, 1.0, 0.0]


def test_nothing_stands_before_the_first_trade() -> None:
    bars = traded((5, 10.0))
    assert bars.between(0, 4 * MINUTE_MS, MINUTE_MS) == []
    assert bars.between(0, 6 * MINUTE_MS, MINUTE_MS)[0][0] == 5 * MINUTE_MS


def test_longer_candles_join_minutes_aligned_to_the_epoch() -> None:
    bars = traded((58, 10.0), (59, 14.0), (60, 8.0), (130, 9.0))
    rows = bars.between(0, 3 * HOUR, HOUR)
    assert rows == [
        (0, 10.0, 14.0, 10.0, 14.0, 2.0, 24.0), (HOUR, 8.0, 8.0, 8.0, 8.0, 1.0, 8.0),
        (2 * HOUR, 9.0, 9.0, 9.0, 9.0, 1.0, 9.0), (3 * HOUR, 9.0, 9.0, 9.0, 9.0, 0.0, 0.0),
    ]  # fmt: skip


def test_the_window_begins_with_the_close_before_it() -> None:
    bars = traded((0, 10.0), (10, 11.0))
    assert bars.between(5 * MINUTE_MS, 6 * MINUTE_MS, MINUTE_MS)[0][4] == 10.0


def test_only_the_newest_minutes_are_kept_and_answers_are_bounded() -> None:
    bars = Bars()
    for minute in range(KEPT + 500):
        bars.trade(minute * MINUTE_MS, 1.0 + minute, 1.0, 1.0)
    assert len(bars.finished(-1)) == KEPT
    assert len(bars.between(0, 10**9 * MINUTE_MS, MINUTE_MS)) == 5_001


def test_finished_minutes_are_those_after_a_time_without_the_running_one() -> None:
    bars = traded((0, 1.0), (1, 2.0), (2, 3.0))
    assert bars.finished(-1)[:, 0].tolist() == [0.0, MINUTE_MS]
    assert bars.finished(0)[:, 4].tolist() == [2.0]


def test_the_drawn_past_of_the_indices_ends_at_the_present() -> None:
    desk = Desk(4)
    world, now_ms = desk.exchange.world, desk.clock.now_ms()
    for name, present in (
        (index_of("BTC"), world.indices["btc_usd"]), (dvol_of("ETH"), world.vol_index("ETH")),
    ):  # fmt: skip
        rows = desk.exchange.floor.past.between(name, now_ms - HOUR, now_ms, MINUTE_MS)
        assert len(rows) == 61
        assert np.isclose(rows[-1][4], present, rtol=1e-4)


def test_what_was_answered_about_the_volatility_index_stays() -> None:
    desk = Desk(4)
    past, then = desk.exchange.floor.past, desk.clock.now_ms()
    before = past.between(dvol_of("BTC"), then - 10 * HOUR, then - 1, HOUR)
    desk.run(180.0, 1.0)
    again = past.between(dvol_of("BTC"), then - 10 * HOUR, then - 1, HOUR)
    assert again == before
    lived = past.between(dvol_of("BTC"), then, desk.clock.now_ms(), MINUTE_MS)
    assert len(lived) == 4
    assert all(row[3] <= row[4] <= row[2] for row in lived)


def test_the_drawn_month_moves_as_much_by_its_ranges_as_by_its_closes() -> None:
    desk = Desk()
    now_ms = desk.clock.now_ms()
    rows = desk.market("BTC-PERPETUAL").tape.bars.between(now_ms - 720 * HOUR, now_ms - HOUR, HOUR)
    at_ms, opened, high, low, close = np.array(rows).T[:5]
    assert (np.diff(at_ms) == HOUR).all()
    assert len(rows) == 720
    bars = OhlcBars(at_ms.astype(np.int64) * 10**6, opened, high, low, close, HOUR * 10**6)
    found = realised_vols(bars)
    assert 0.15 < found.close_close < 1.5
    for by_range in (found.parkinson, found.garman_klass, found.yang_zhang):
        assert 0.85 < by_range / found.close_close < 1.1


def test_the_minutes_go_on_where_the_hours_end() -> None:
    past = Desk().exchange.floor.past
    rows = past.series["btc_usd"].minutes_since(0)
    assert (np.diff(rows[:, 0]) > 0).all()
    seam = len(hour_ticks(0))
    assert rows[seam, 1] == rows[seam - 1, 4]
    assert rows[seam, 0] - rows[seam - 1, 0] <= HOUR
