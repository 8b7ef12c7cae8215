"""Black-76 against 50-digit values, the venue's own tickers, and the identities it must obey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.quant.black import greeks, price_coin, price_usd
from tests.core.quant.reference_options import GREEK_NAMES, OPTIONS, ReferenceOption

FORWARDS = st.floats(0.5, 2e5)
RATIOS = st.floats(0.2, 5.0)
TAUS = st.floats(1e-4, 3.0)
VOLS = st.floats(0.02, 4.0)


@pytest.mark.parametrize("row", OPTIONS, ids=lambda row: row.name)
def test_prices_match_the_reference(row: ReferenceOption) -> None:
    inputs = (row.forward, row.strike, row.tau_years, row.vol)
    assert price_usd(*inputs, row.is_call) == pytest.approx(row.price_usd, rel=1e-12, abs=0.0)
    assert price_coin(*inputs, row.is_call) == pytest.approx(row.price_coin, rel=1e-12, abs=0.0)


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


# Deribit's own tickers. Source: rows L1..L6 of the reference, recorded live 2020-2026.
# name, is_call, underlying_price, strike, tau, mark_iv, mark_price, its last digit
MARKS = (
    ("L1", False, 98763.21, 106000.0, 0.0583770084031, 60.86, 0.1042716, 1e-7),
    ("L2", True, 96813.04, 230000.0, 0.441938652239, 74.14, 0.01184211, 1e-8),
    ("L3", True, 38992.71, 40000.0, 0.882973489948, 61.27, 0.2168, 1e-4),
    ("L4", False, 9936.78, 11000.0, 0.000871447234906, 179.23, 0.1075835, 1e-7),
    ("L5", False, 95550.7606, 94000.0, 0.00222583634576, 34.6, 0.0013, 1e-4),
    ("L6", True, 96516.12, 110000.0, 0.192710409564, 39.89, 0.0246, 1e-4),
)
# delta, gamma, vega, theta, rho as printed (5 decimals)
VENUE_GREEKS = {
    "L3": (0.59621, 2e-05, 141.90146, -13.48784, 130.63998),
    "L4": (-0.97095, 0.00013, 0.19434, -17.4153, -0.09339),
    "L5": (-0.15612, 0.00015, 10.79341, -128.29691, -0.33492),
    "L6": (0.25485, 2e-05, 136.01012, -38.56193, 42.82599),
}


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: str(mark[0]))
def test_marks_match_the_venue(
    mark: tuple[str, bool, float, float, float, float, float, float],
) -> None:
    _, is_call, forward, strike, tau, mark_iv, mark_price, digit = mark
    price = price_coin(forward, strike, tau, mark_iv / 100.0, is_call)
    # The venue's volatility is rounded too, which is worth up to 1e-5 coin.
    assert abs(float(price) - mark_price) <= 0.5 * digit + 1e-5


@pytest.mark.parametrize("mark", MARKS[2:], ids=lambda mark: str(mark[0]))
def test_greeks_match_the_venue(
    mark: tuple[str, bool, float, float, float, float, float, float],
) -> None:
    name, is_call, forward, strike, tau, mark_iv, _, _ = mark
    g = greeks(forward, strike, tau, mark_iv / 100.0, is_call)
    ours = [float(value) for value in (g.delta, g.gamma, g.vega, g.theta, g.rho)]
    np.testing.assert_allclose(ours, VENUE_GREEKS[name], rtol=5e-4, atol=5e-6)


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
