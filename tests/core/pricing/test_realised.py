from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from core.pricing.realised import realised_chain
from core.quant.index.realised import Bars, realised_vols

HOUR_NS = 3_600_000_000_000
NOW_NS = 500_000 * HOUR_NS + 1_234_567


def hourly(count: int, until_ns: int = 500_000 * HOUR_NS) -> Bars:
    """Bars of a random walk, the last one closing at `until_ns`."""
    rng = np.random.default_rng(5)
    close = 100.0 * np.exp(np.cumsum(0.01 * rng.standard_normal(count)))
    opened = np.concatenate([[100.0], close[:-1]])
    at_ns = until_ns - HOUR_NS * np.arange(count, 0, -1)
    high, low = np.maximum(opened, close), np.minimum(opened, close)
    return Bars(at_ns, opened, high * 1.001, low * 0.999, close, HOUR_NS)


def test_each_horizon_takes_its_own_last_bars() -> None:
    bars = hourly(900)
    day, week, month = realised_chain(bars, NOW_NS).vols
    assert [one.days for one in (day, week, month)] == [1.0, 7.0, 30.0]
    assert [one.bars for one in (day, week, month)] == [24, 168, 720]
    last_week = bars.rows(np.arange(900) >= 900 - 168)
    assert week.close_close == realised_vols(last_week).close_close
    assert week.yang_zhang == realised_vols(last_week).yang_zhang
    assert week.until_ns == 500_000 * HOUR_NS


def test_a_horizon_with_too_few_bars_has_no_value() -> None:
    found = realised_chain(hourly(100), NOW_NS)
    day, week, month = found.vols
    assert day.close_close > 0
    assert week.bars == month.bars == 100
    assert isnan(week.close_close)
    assert isnan(month.yang_zhang)
    assert found.reason == ""


def test_a_few_missing_bars_are_borne() -> None:
    bars = hourly(168)
    month = realised_chain(bars.rows(np.arange(168) % 8 != 3), NOW_NS).vols[1]
    assert month.bars == 147
    assert month.close_close == pytest.approx(0.01 * 8760**0.5, rel=0.2)


def test_bars_that_ended_long_ago_say_nothing_of_the_last_days() -> None:
    found = realised_chain(hourly(900, until_ns=499_970 * HOUR_NS), NOW_NS)
    assert isnan(found.vols[0].close_close)
    assert found.vols[2].close_close > 0
    nothing = realised_chain(hourly(5), NOW_NS)
    assert nothing.reason == "5 of 24 bars of the last day are known"
