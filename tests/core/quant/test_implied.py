"""Implied volatility against 50- and 40-digit values, round trips, and rows that have none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.quant.black import greeks, price_coin, price_usd
from core.quant.implied import IvStatus, implied_vol, implied_vol_coin
from tests.core.quant.reference_options import OPTIONS, ReferenceOption
from tests.core.quant.slow_black import slow_otm_price

# Source: table 1.8 of the reference, volatilities from coin quotes, 50-digit arithmetic:
# id, is_call, F, K, tau, coin price, lower bound, upper bound, volatility or why there is none.
Quote = tuple[str, bool, float, float, float, float, float, float, float | IvStatus]
QUOTES: tuple[Quote, ...] = (
    ("Q1", True, 98765.43, 100000.0, 12.5 / 365, 0.0315, 0.0, 1.0, 0.5038732326054663),
    ("Q2", False, 98765.43, 80000.0, 33.75 / 365, 0.0068, 0.0, 0.810000017213, 0.5367427890450242),
    ("Q3", True, 98765.43, 60000.0, 5 / 365, 0.3930, 0.392499987091, 1.0, 1.803268227960598),
    ("Q4", False, 3412.7, 3400.0, 0.5 / 365, 0.0075, 0.0, 0.996278606382, 0.6270794435129012),
    ("Q5", True, 98765.43, 6e4, 5 / 365, 0.3920, 0.392499987091, 1.0, IvStatus.BELOW_INTRINSIC),
    (
        *("Q6", False, 98765.43, 120000.0, 5 / 365, 1.2151, 0.215000025819, 1.21500002582),
        IvStatus.ABOVE_MAX,
    ),
    ("Q7", True, 98765.43, 300000.0, 250 / 365, 0.0180, 0.0, 1.0, 0.7735784835032634),
)
each_quote = pytest.mark.parametrize("quote", QUOTES, ids=lambda quote: str(quote[0]))


@each_quote
def test_volatility_of_coin_quotes(quote: Quote) -> None:
    _, is_call, forward, strike, tau, price, lower, _, expected = quote
    result = implied_vol_coin(price, forward, strike, tau, is_call)
    if isinstance(expected, IvStatus):
        assert result.status == expected
        assert np.isnan(result.vol)
        return
    # Q3 is in the money: subtracting its intrinsic value leaves three digits less.
    tolerance = 1e-11 if lower > 0.0 else 1e-12
    assert result.vol == pytest.approx(expected, rel=tolerance)
    assert result.status == IvStatus.OK


@each_quote
def test_coin_prices_lie_between_the_bounds_of_the_reference(quote: Quote) -> None:
    _, is_call, forward, strike, tau, _, lower, upper, _ = quote
    least = price_coin(forward, strike, tau, 0.0, is_call)
    most = price_coin(forward, strike, tau, 1e4, is_call)
    assert (float(least), float(most)) == pytest.approx((lower, upper), rel=1e-11)
    for price in (lower * (1 - 1e-9), upper * (1 + 1e-9)):
        assert not implied_vol_coin(price, forward, strike, tau, is_call).ok


@pytest.mark.parametrize("row", OPTIONS, ids=lambda row: row.name)
def test_out_of_the_money_prices_invert_to_rounding(row: ReferenceOption) -> None:
    is_call = row.strike >= row.forward
    price = price_usd(row.forward, row.strike, row.tau_years, row.vol, is_call)
    result = implied_vol(price, row.forward, row.strike, row.tau_years, is_call)
    assert result.vol == pytest.approx(row.vol, rel=1e-12 * max(1.0, row.condition))


def test_an_in_the_money_price_without_time_value_is_at_intrinsic() -> None:
    result = implied_vol(200000.0, 1e5, 3e5, 7 / 365, False)
    assert result.status == IvStatus.BELOW_INTRINSIC


def test_a_grid_of_2500_points_agrees_with_decimal_arithmetic() -> None:
    vols = np.geomspace(0.05, 5.0, 10)
    taus = np.geomspace(1 / 525600, 2.0, 10)
    sigmas = np.linspace(-12.0, 12.0, 25)
    vol, tau, z = (a.ravel() for a in np.meshgrid(vols, taus, sigmas, indexing="ij"))
    strike = 1e5 * np.exp(np.clip(z * vol * np.sqrt(tau), -4.0, 4.0))
    prices = np.array(
        [float(slow_otm_price(1e5, *row)) for row in zip(strike, tau, vol, strict=True)]
    )
    result = implied_vol(prices, 1e5, strike, tau, strike >= 1e5)
    assert result.ok.all()
    np.testing.assert_allclose(result.vol, vol, rtol=1e-10)
    assert np.median(np.abs(result.vol / vol - 1.0)) < 1e-14


@given(st.floats(0.02, 5.0), st.floats(2e-6, 3.0), st.floats(-25.0, 25.0), st.floats(1.0, 2e5))
def test_price_and_volatility_are_inverse(vol: float, tau: float, z: float, f: float) -> None:
    strike = f * np.exp(np.clip(z * vol * np.sqrt(tau), -4.0, 4.0))
    is_call = bool(strike >= f)
    price = float(price_usd(f, strike, tau, vol, is_call))
    result = implied_vol(price, f, strike, tau, is_call)
    if result.ok:
        again = float(price_usd(f, strike, tau, float(result.vol), is_call))
        assert again == pytest.approx(price, rel=5e-12, abs=0.0)
    else:
        assert price == 0.0 or price >= min(f, strike) * (1.0 - 1e-14)


@given(st.floats(0.05, 3.0), st.floats(1e-3, 2.0), st.floats(-4.0, 4.0), st.booleans())
def test_put_and_call_of_a_strike_have_one_volatility(
    vol: float, tau: float, z: float, is_inverse: bool
) -> None:
    forward, strike = 1e5, 1e5 * float(np.exp(z * vol * np.sqrt(tau)))
    make, invert = (price_coin, implied_vol_coin) if is_inverse else (price_usd, implied_vol)
    both = make(forward, strike, tau, vol, np.array([True, False]))
    found = invert(both, forward, strike, tau, np.array([True, False]))
    # What the in-the-money price has lost is the rounding of its intrinsic part.
    slope = 100.0 * float(greeks(forward, strike, tau, vol, True).vega)
    lost = 4.0 * np.finfo(np.float64).eps * max(forward, strike) / (slope * vol)
    if lost < 1e-3:
        assert found.ok.all()
        assert found.vol[0] == pytest.approx(found.vol[1], rel=1e-11 + 4.0 * lost)


def _chain() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    tau = rng.choice([0.5, 2, 7, 30, 180, 700], 400) / 365
    vol = rng.uniform(0.2, 2.5, 400)
    strike = 1e5 * np.exp(rng.normal(0.0, 1.2, 400) * vol * np.sqrt(tau))
    is_call = strike >= 1e5
    return price_usd(1e5, strike, tau, vol, is_call), strike, tau, is_call, vol


def test_a_bad_row_leaves_every_other_row_unchanged() -> None:
    price, strike, tau, is_call, _ = _chain()
    clean = implied_vol(price, 1e5, strike, tau, is_call)
    dirty_price, dirty_tau = price.copy(), tau.copy()
    dirty_price[[3, 50, 51]] = [np.nan, 1e9, -1.0]
    dirty_tau[200] = 0.0
    dirty = implied_vol(dirty_price, 1e5, strike, dirty_tau, is_call)
    bad = [3, 50, 51, 200]
    assert [IvStatus(code) for code in dirty.status[bad]] == [
        IvStatus.NO_QUOTE,
        IvStatus.ABOVE_MAX,
        IvStatus.BAD_INPUT,
        IvStatus.EXPIRED,
    ]
    rest = np.setdiff1d(np.arange(price.size), bad)
    np.testing.assert_array_equal(dirty.vol[rest], clean.vol[rest])


def test_a_row_alone_gives_the_same_bits_as_in_a_chain() -> None:
    price, strike, tau, is_call, _ = _chain()
    together = implied_vol(price, 1e5, strike, tau, is_call).vol
    alone = [
        float(implied_vol(price[i], 1e5, strike[i], tau[i], is_call[i]).vol) for i in range(60)
    ]
    np.testing.assert_array_equal(together[:60], alone)


@given(st.floats(0.0, 20.0), st.floats(1e-120, 1.0, exclude_max=True))
def test_every_price_between_the_bounds_has_a_volatility(distance: float, share: float) -> None:
    strike = float(np.exp(distance))
    result = implied_vol(share, 1.0, strike, 1.0, True)
    if share < 1.0 - 1e-14:
        assert result.status == IvStatus.OK
        again = price_usd(1.0, strike, 1.0, result.vol, True)
        assert again == pytest.approx(share, rel=1e-11, abs=0.0)


@pytest.mark.parametrize(
    ("price", "forward", "strike", "tau", "status"),
    [
        (np.nan, 100.0, 100.0, 0.1, IvStatus.NO_QUOTE),
        (0.0, 100.0, 100.0, 0.1, IvStatus.NO_QUOTE),
        (1.0, 100.0, 100.0, 0.0, IvStatus.EXPIRED),
        (10.0, 100.0, 90.0, 0.1, IvStatus.BELOW_INTRINSIC),
        (100.0, 100.0, 90.0, 0.1, IvStatus.ABOVE_MAX),
        (np.inf, 100.0, 90.0, 0.1, IvStatus.BAD_INPUT),
        (1.0, 0.0, 90.0, 0.1, IvStatus.BAD_INPUT),
        (1.0, np.nan, 90.0, 0.1, IvStatus.BAD_INPUT),
        (1.0, 100.0, -5.0, 0.1, IvStatus.BAD_INPUT),
        (1.0, 100.0, 100.0, np.nan, IvStatus.BAD_INPUT),
        (-1.0, 100.0, 100.0, 0.1, IvStatus.BAD_INPUT),
    ],
)
def test_every_row_without_volatility_says_why(
    price: float, forward: float, strike: float, tau: float, status: IvStatus
) -> None:
    result = implied_vol(price, forward, strike, tau, True)
    assert result.status == status
    assert np.isnan(result.vol)
    assert status.text


def test_inputs_broadcast_and_an_empty_chain_is_fine() -> None:
    grid = implied_vol(5.0, 100.0, np.array([[95.0], [100.0], [105.0]]), np.array([0.1, 0.2]), True)
    assert grid.vol.shape == grid.status.shape == (3, 2)
    assert implied_vol(np.empty(0), 100.0, 100.0, 0.1, True).vol.size == 0


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        implied_vol(np.ones(3), 100.0, np.ones(2), 0.1, True)
