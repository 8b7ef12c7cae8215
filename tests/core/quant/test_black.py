"""Black-76 against 50-digit values, the venue's own tickers, and the identities it must obey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.quant.black import coin_greeks, greeks, price_coin, price_usd
from tests.core.quant.reference_options import (
    COIN_SLOPES,
    GREEK_NAMES,
    OPTIONS,
    ReferenceOption,
)

FORWARDS = st.floats(0.5, 2e5)
RATIOS = st.floats(0.2, 5.0)
TAUS = st.floats(1e-4, 3.0)
VOLS = st.floats(0.02, 4.0)


@pytest.mark.parametrize("row", OPTIONS, ids=lambda row: row.name)
def test_prices_match_the_reference(row: ReferenceOption) -> None:
    inputs = (row.forward, row.strike, row.tau_years, row.vol)
    # What the reference allows where F and K nearly cancel or the price is far in the tail.
    tolerance = 5e-12 if row.name in ("O6", "O9", "O10") else 1e-12
    usd, coin = price_usd(*inputs, row.is_call), price_coin(*inputs, row.is_call)
    assert usd == pytest.approx(row.price_usd, rel=tolerance, abs=0.0)
    assert coin == pytest.approx(row.price_coin, rel=tolerance, abs=0.0)


@pytest.mark.parametrize("row", OPTIONS, ids=lambda row: row.name)
def test_out_of_the_money_prices_keep_relative_accuracy(row: ReferenceOption) -> None:
    is_call = row.strike >= row.forward
    price = price_usd(row.forward, row.strike, row.tau_years, row.vol, is_call)
    assert price == pytest.approx(row.otm_usd, rel=5e-12, abs=0.0)


@pytest.mark.parametrize("row", OPTIONS, ids=lambda row: row.name)
def test_greeks_match_the_reference(row: ReferenceOption) -> None:
    result = greeks(row.forward, row.strike, row.tau_years, row.vol, row.is_call)
    values = [float(getattr(result, name)) for name in GREEK_NAMES]
    np.testing.assert_allclose(values, row.greeks, rtol=1e-10, atol=1e-30)


@pytest.mark.parametrize("row", OPTIONS, ids=lambda row: row.name)
def test_the_slopes_of_the_coin_price_match_the_reference(row: ReferenceOption) -> None:
    found = greeks(row.forward, row.strike, row.tau_years, row.vol, row.is_call)
    coin = coin_greeks(found, row.forward)
    slopes = [float(coin.slope), float(coin.gamma)]
    np.testing.assert_allclose(slopes, COIN_SLOPES[row.name], rtol=1e-10, atol=1e-40)


@given(RATIOS, st.floats(0.02, 2.0), st.floats(0.2, 2.0), st.booleans())
def test_coin_greeks_are_the_differences_of_the_coin_price(
    ratio: float, tau: float, vol: float, is_call: bool
) -> None:
    forward, strike, step = 1e5, 1e5 * ratio, 1e-4
    coin = coin_greeks(greeks(forward, strike, tau, vol, is_call), forward)
    vols = vol + step * np.array([-1.0, 0.0, 1.0])
    low, middle, high = price_coin(forward, strike, tau, vols, is_call)
    assert coin.vega * 100 == pytest.approx((high - low) / (2 * step), rel=1e-5, abs=1e-8)
    assert coin.volga == pytest.approx((high - 2 * middle + low) / step**2, rel=1e-3, abs=1e-5)
    down, up = (greeks(forward, strike, tau, one, is_call).net_delta for one in vols[[0, 2]])
    assert coin.vanna == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-7)


def test_prices_and_greeks_broadcast_like_their_rows() -> None:
    strikes = np.array([row.strike for row in OPTIONS])
    vols = np.array([row.vol for row in OPTIONS])
    prices = price_usd(1e5, strikes, np.array([[0.1], [0.5]]), vols, np.array(True))
    assert prices.shape == (2, len(OPTIONS))
    assert prices[1, 3] == price_usd(1e5, strikes[3], 0.5, vols[3], True)
    assert greeks(1e5, strikes, np.array([[0.1], [0.5]]), vols, True).volga.shape == prices.shape


@given(FORWARDS, RATIOS, TAUS, VOLS)
def test_put_call_parity(forward: float, ratio: float, tau: float, vol: float) -> None:
    strike = forward * ratio
    call = price_coin(forward, strike, tau, vol, True)
    put = price_coin(forward, strike, tau, vol, False)
    assert call - put == pytest.approx(1.0 - strike / forward, abs=1e-14 * (1.0 + ratio))


@given(FORWARDS, RATIOS, TAUS, VOLS, st.booleans())
def test_price_scales_with_forward_and_strike(
    forward: float, ratio: float, tau: float, vol: float, is_call: bool
) -> None:
    strike = forward * ratio
    price = price_usd(forward, strike, tau, vol, is_call)
    scaled = price_usd(4.0 * forward, 4.0 * strike, tau, vol, is_call)
    assert scaled == pytest.approx(4.0 * price, rel=1e-13, abs=0.0)


@given(FORWARDS, RATIOS, TAUS, VOLS)
def test_net_delta_is_delta_less_the_coin_price(
    forward: float, ratio: float, tau: float, vol: float
) -> None:
    strike = forward * ratio
    for is_call in (True, False):
        result = greeks(forward, strike, tau, vol, is_call)
        net = result.delta - price_coin(forward, strike, tau, vol, is_call)
        assert result.net_delta == pytest.approx(net, abs=1e-13 * (1.0 + ratio))


@given(RATIOS, TAUS, VOLS)
def test_price_stays_between_its_bounds(ratio: float, tau: float, vol: float) -> None:
    call = float(price_coin(1.0, ratio, tau, vol, True))
    put = float(price_coin(1.0, ratio, tau, vol, False))
    assert max(0.0, 1.0 - ratio) <= call <= 1.0 + 1e-15
    assert max(0.0, ratio - 1.0) <= put <= ratio * (1.0 + 1e-15)


def test_an_expired_option_is_worth_its_payoff_and_has_no_greeks() -> None:
    tau = np.array([0.0, -0.1])
    np.testing.assert_array_equal(price_usd(110.0, 100.0, tau, 0.5, True), [10.0, 10.0])
    np.testing.assert_array_equal(price_usd(110.0, 100.0, tau, 0.5, False), [0.0, 0.0])
    assert np.isnan(greeks(110.0, 100.0, tau, 0.5, True).delta).all()


def test_zero_volatility_gives_the_payoff() -> None:
    strikes = np.array([90.0, 100.0, 110.0])
    np.testing.assert_array_equal(price_usd(100.0, strikes, 0.5, 0.0, True), [10.0, 0.0, 0.0])


def test_a_bad_row_is_nan_and_leaves_the_others_alone() -> None:
    forward = np.array([100.0, -1.0, np.nan, np.inf, 100.0, 100.0, 100.0])
    strike = np.array([100.0, 100.0, 100.0, 100.0, 0.0, 100.0, 100.0])
    vol = np.array([0.5, 0.5, 0.5, 0.5, 0.5, -0.5, np.nan])
    prices = price_usd(forward, strike, 0.5, vol, True)
    assert prices[0] == price_usd(100.0, 100.0, 0.5, 0.5, True)
    assert np.isnan(prices[1:]).all()
    assert np.isnan(greeks(forward, strike, 0.5, vol, True).gamma[1:]).all()


def test_extreme_volatility_tends_to_the_upper_bound() -> None:
    assert price_usd(100.0, 120.0, 1.0, 100.0, True) == pytest.approx(100.0)
    assert price_usd(100.0, 120.0, 1.0, 100.0, False) == pytest.approx(120.0)


def test_strikes_beyond_reason_price_without_a_warning() -> None:
    assert price_usd(1.0, 1e30, 1.0, 0.5, True) == 0.0
    assert price_usd(1e30, 1.0, 1.0, 0.5, True) == pytest.approx(1e30)
