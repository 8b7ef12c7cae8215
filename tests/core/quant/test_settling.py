"""The last half hour: the known part of the average is in the forward, deltas fade."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import NS_PER_MINUTE
from core.quant.black import coin_greeks, greeks, price_coin, price_usd
from core.quant.settling import effective_forward, faded, faded_coin, open_share

EXPIRY_NS = 1_800_000_000_000_000_000


@pytest.mark.parametrize(
    ("minutes", "share"), [(60, 1.0), (30, 1.0), (15, 0.5), (3, 0.1), (0, 0.0), (-5, 0.0)]
)
def test_the_average_fills_over_the_last_thirty_minutes(minutes: int, share: float) -> None:
    assert open_share(EXPIRY_NS - minutes * NS_PER_MINUTE, EXPIRY_NS) == pytest.approx(share)


def test_the_forward_holds_the_known_part_of_the_average() -> None:
    assert effective_forward(100_000.0, 98_000.0, 0.25) == pytest.approx(98_500.0)
    assert effective_forward(100_000.0, 98_000.0, 1.0) == 100_000.0
    assert effective_forward(100_000.0, 98_000.0, 0.0) == 98_000.0


@pytest.mark.parametrize("average", [float("nan"), 0.0, float("inf")])
def test_without_an_average_the_forward_stands(average: float) -> None:
    assert effective_forward(100_000.0, average, 0.5) == 100_000.0


@given(st.floats(0.05, 0.95), st.floats(0.97, 1.03), st.booleans())
def test_faded_greeks_are_the_differences_by_the_forward_itself(
    share: float, ratio: float, is_call: bool
) -> None:
    average, strike, tau, vol = 1e5, 1e5 * ratio, 1e-3, 0.6
    step = 2.0

    def at(forward: float) -> tuple[float, float, float]:
        held = effective_forward(forward, average, share)
        plain = greeks(held, strike, tau, vol, is_call)
        found = faded(plain, np.asarray(share))
        usd = float(price_usd(held, strike, tau, vol, is_call))
        return usd, float(found.delta), float(found.gamma)

    low, middle, high = (at(1e5 + move) for move in (-step, 0.0, step))
    assert middle[1] == pytest.approx((high[0] - low[0]) / (2 * step), rel=1e-4, abs=1e-7)
    assert middle[2] == pytest.approx((high[1] - low[1]) / (2 * step), rel=1e-4, abs=1e-9)


def test_faded_coin_greeks_are_the_differences_of_the_coin_price() -> None:
    average, strike, tau, vol, share, step = 1e5, 1.01e5, 1e-3, 0.6, 0.4, 5.0

    def coin_price(forward: float) -> float:
        held = effective_forward(forward, average, share)
        return float(price_coin(held, strike, tau, vol, True))

    low, middle, high = (coin_price(1e5 + move) for move in (-step, 0.0, step))
    plain = greeks(1e5, strike, tau, vol, True)
    coin = faded_coin(coin_greeks(plain, 1e5), np.asarray(share))
    assert coin.slope == pytest.approx((high - low) / (2 * step), rel=1e-5)
    assert coin.gamma == pytest.approx((high - 2 * middle + low) / step**2, rel=1e-3)


def test_before_the_half_hour_nothing_fades() -> None:
    found = greeks(1e5, np.array([9e4, 1e5]), 0.1, 0.6, True)
    assert faded(found, np.ones(2)) is found
    coin = coin_greeks(found, 1e5)
    assert faded_coin(coin, np.ones(2)) is coin
