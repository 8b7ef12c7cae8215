"""Bars are cut by the clock, and what is missing is missing."""

from __future__ import annotations

from math import isnan

from core.strategies.pair.bars import PairBar, PairBars
from tests.core.strategies.market import START_NS, Market, perpetual

Z, H = "ETH_USDC-PERPETUAL", "BTC_USDC-PERPETUAL"
BAR_NS = 5_000_000_000


def a_market() -> Market:
    market = Market(perpetual(Z, "0.001", False), perpetual(H, "0.0001", False))
    market.quote(Z, 3_000.0)
    market.quote(H, 90_000.0)
    return market


def test_a_bar_ends_on_a_multiple_of_its_length_and_is_said_once() -> None:
    market, bars = a_market(), PairBars(Z, H, 5.0)
    found: list[PairBar] = []
    for _ in range(120):
        if (bar := bars.closed(market.now)) is not None:
            found.append(bar)
        market.wait(0.1)
    assert [bar.at_ns - START_NS for bar in found] == [BAR_NS, 2 * BAR_NS]
    assert (found[0].z, found[0].h, found[0].is_whole) == (3_000.0, 90_000.0, True)


def test_a_stale_leg_leaves_the_bar_without_its_price() -> None:
    market, bars = a_market(), PairBars(Z, H, 5.0)
    bars.closed(market.now)
    market.clock.advance_s(5.0)
    bar = bars.closed(market.now)
    assert bar is not None
    assert isnan(bar.z)
    assert not bar.is_whole


def test_bars_that_ended_unseen_are_counted() -> None:
    market, bars = a_market(), PairBars(Z, H, 5.0)
    bars.closed(market.now)
    market.wait(21.0)
    bar = bars.closed(market.now)
    assert bar is not None
    assert (bar.missed, bar.at_ns) == (3, START_NS + 4 * BAR_NS)


def test_a_clock_that_goes_back_starts_anew() -> None:
    market, bars = a_market(), PairBars(Z, H, 5.0)
    bars.closed(market.now)
    market.clock.set_ns(START_NS - 100 * BAR_NS)
    assert bars.closed(market.now) is None
    market.wait(5.0)
    bar = bars.closed(market.now)
    assert bar is not None
    assert bar.missed == 0
