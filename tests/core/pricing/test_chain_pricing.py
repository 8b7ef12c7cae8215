from __future__ import annotations

from math import log

import numpy as np
import pytest

from core.pricing.chain_pricing import price_market
from core.pricing.rows import option_rows
from core.pricing.view import Smile
from core.quant.black import greeks
from tests.core.pricing.market import DAY_NS, FORWARD, NOW_NS, HandMarket, flat, skewed, value
from tests.core.pricing.priced import option, priced

DAYS = (2, 7, 14, 30, 60, 90)


def smile(market: HandMarket, day: int, chain: str = "BTC") -> Smile:
    return priced(market).view.smiles[chain, NOW_NS + day * DAY_NS]


@pytest.fixture
def market() -> HandMarket:
    made = HandMarket()
    made.list_chain(DAYS)
    made.quote_chain(skewed)
    return made


def test_volatilities_of_put_and_call_agree_with_the_smile_they_came_from(
    market: HandMarket,
) -> None:
    for strike in (90_000, 100_000, 110_000):
        truth = skewed(log(strike / FORWARD))
        for is_call in (True, False):
            found = option(market, market.option(30, strike, is_call))
            assert found.bid_iv == pytest.approx(truth - 0.004, abs=1e-6)
            assert found.ask_iv == pytest.approx(truth + 0.004, abs=1e-6)
            assert found.mid_iv == pytest.approx(truth, abs=1e-4)


def test_greeks_are_those_of_the_mid_on_the_expirys_forward(market: HandMarket) -> None:
    found = option(market, market.option(30, 110_000, True))
    exact = greeks(FORWARD, 110_000.0, 30 / 365, found.mid_iv, True)
    assert (found.delta, found.net_delta, found.gamma, found.vega, found.theta) == pytest.approx(
        (exact.delta, exact.net_delta, exact.gamma, exact.vega, exact.theta)
    )
    assert found.net_delta < found.delta


def test_a_linear_option_has_no_premium_in_the_coin() -> None:
    market = HandMarket()
    market.list_chain([30], chain="BTC_USDC")
    market.quote_chain()
    found = option(market, market.option(30, 110_000, True, "BTC_USDC"))
    assert found.mid_iv == pytest.approx(0.60, abs=1e-4)
    assert found.net_delta == found.delta


def test_without_a_mid_the_greeks_use_the_venues_volatility(market: HandMarket) -> None:
    name = market.option(30, 110_000, True)
    market.quote(name, 0.0, 0.02)
    market.ticker(name, mark_iv=55.0)
    found = option(market, name)
    assert np.isnan([found.bid_iv, found.mid_iv]).all()
    assert found.ask_iv > 0
    exact = greeks(FORWARD, 110_000.0, 30 / 365, 0.55, True)
    assert found.delta == pytest.approx(float(exact.delta))


@pytest.mark.parametrize(
    ("bid", "ask", "missing"),
    [
        (0.0, 0.0, ("bid_iv", "ask_iv", "mid_iv")),
        (0.20, 0.21, ("bid_iv", "ask_iv", "mid_iv")),  # a 60,000 call is worth 0.4 at least
        (0.39, 0.45, ("bid_iv",)),
    ],
)
def test_empty_and_below_intrinsic_is_no_volatility(
    market: HandMarket, bid: float, ask: float, missing: tuple[str, ...]
) -> None:
    name = market.option(30, 60_000, True)
    market.quote(name, bid, ask)
    found = option(market, name)
    for field in ("bid_iv", "ask_iv", "mid_iv"):
        assert np.isnan(getattr(found, field)) == (field in missing), field


def test_one_bad_row_leaves_the_others_alone(market: HandMarket) -> None:
    before = priced(market).view.options
    market.quote(market.option(30, 60_000, True), 7.0, 8.0)
    after = priced(market).view.options
    name = market.option(30, 65_000, True)
    assert after[name] == before[name]


def test_a_stale_market_has_no_volatility_and_no_point(market: HandMarket) -> None:
    market.clock.advance_s(10)
    view = priced(market).view
    assert all(np.isnan(one.mid_iv) for one in view.options.values())
    assert all(one.points == () and one.reason == "no forward" for one in view.smiles.values())
    assert np.isnan(view.surfaces["BTC"].iv).all()


def test_a_stale_book_gives_no_point_but_its_neighbours_do(market: HandMarket) -> None:
    book = market.board.book(market.option(30, 110_000, True))
    assert book is not None
    book.drop()
    strikes = [point.strike for point in smile(market, 30).points]
    assert 110_000 not in strikes
    assert {105_000, 115_000} <= set(strikes)


def test_the_smile_is_fitted_within_an_eighth_of_a_point(market: HandMarket) -> None:
    found = smile(market, 30)
    assert found.reason == ""
    assert (found.forward, found.forward_source) == (FORWARD, "ticker")
    assert found.fit_rmse < 0.125
    k = np.log(np.array(found.fit_strikes) / FORWARD)
    inside = np.abs(k) < 0.3
    truth = [skewed(one) for one in k[inside]]
    np.testing.assert_allclose(np.array(found.fit_ivs)[inside], truth, atol=2e-3)
    assert found.atm == pytest.approx(0.60, abs=2e-3)
    assert found.put_10 > found.put_25 > found.put_35 > found.atm
    assert found.risk_reversal_25 < 0 < found.butterfly_25


def test_a_flat_chain_gives_a_flat_surface(market: HandMarket) -> None:
    market.quote_chain(flat)
    surface = priced(market).view.surfaces["BTC"]
    assert surface.iv.shape == (17, 27)
    known = surface.iv[np.isfinite(surface.iv)]
    assert known.size > 200
    np.testing.assert_allclose(known, 0.60, atol=2e-3)
    middle = surface.log_moneyness.index(0.0)
    assert np.isfinite(surface.iv[:, middle]).all()
    assert surface.forwards == pytest.approx([FORWARD] * 17)
    assert min(surface.quotes) > 10


def test_the_surface_is_empty_beyond_the_quoted_expiries() -> None:
    market = HandMarket()
    market.list_chain([10, 30])
    market.quote_chain()
    surface = priced(market).view.surfaces["BTC"]
    row, _ = np.nonzero(np.isfinite(surface.iv))
    assert sorted({surface.tenors_days[one] for one in row}) == [10, 14, 17, 21, 24, 28]


def test_an_expiry_without_quotes_has_the_curve_of_the_whole_surface(market: HandMarket) -> None:
    for one in market.instruments:
        is_bare = one.expiry_ns == NOW_NS + 30 * DAY_NS
        if one.is_option and is_bare and one.strike not in (95_000.0, 105_000.0):
            market.quote(one.name, 0.0, 0.0)
    found = smile(market, 30)
    assert found.reason == "fewer than 3 usable quotes"
    assert [point.strike for point in found.points] == [95_000, 105_000]
    assert found.fit is not None
    assert (found.fit.model, found.fit.confidence) == ("ssvi", 0.0)
    assert np.isnan([found.fit.rmse, found.fit.inside]).all()
    assert found.atm == pytest.approx(0.60, abs=0.02)


def test_a_chain_without_a_single_smile_has_no_curve(market: HandMarket) -> None:
    for one in market.instruments:
        if one.is_option and one.strike not in (95_000.0, 105_000.0):
            market.quote(one.name, 0.0, 0.0)
    found = smile(market, 30)
    assert found.reason == "fewer than 3 usable quotes"
    assert found.fit is None
    assert found.fit_strikes == ()
    assert np.isnan(found.atm)
    assert np.isnan([point.fit_iv for point in found.points]).all()


def test_a_fit_says_how_good_it_is(market: HandMarket) -> None:
    fit = smile(market, 30).fit
    assert fit is not None
    assert fit.model == "svi"
    assert fit.b > 0
    assert 0 < fit.rmse <= fit.max_error < 0.4
    assert fit.inside == 1.0
    assert fit.least_g > 0.0
    assert fit.calendar_gap == 0.0
    assert 0.5 < fit.confidence < 1.0


def test_every_point_says_how_rich_it_is(market: HandMarket) -> None:
    dear, fair = (market.option(30, strike, True) for strike in (115_000, 120_000))
    before = {point.strike: point for point in smile(market, 30).points}
    market.quote(dear, *(value_at(market, dear, vol) for vol in (0.634, 0.638)))
    after = {point.strike: point for point in smile(market, 30).points}
    assert fair != dear
    assert after[115_000].richness > before[115_000].richness + 0.02
    assert abs(after[120_000].richness) < 0.01


def test_the_wide_surface_is_whole_and_says_what_it_made_up(market: HandMarket) -> None:
    wide = priced(market).view.wide_surfaces["BTC"]
    assert wide.iv.shape == (8, 11)
    assert np.isfinite(wide.iv).all()
    assert wide.extrapolated is not None
    days = wide.tenors_days
    middle = wide.log_moneyness.index(0.0)
    flagged = [days[row] for row in np.flatnonzero(wide.extrapolated[:, middle])]
    assert flagged == [1, 180, 365]
    np.testing.assert_allclose(wide.iv[:, middle], 0.60, atol=2e-3)


def value_at(market: HandMarket, name: str, vol: float) -> float:
    (one,) = (each for each in market.instruments if each.name == name)
    return value(one, FORWARD, vol)


def test_a_wide_quote_is_shown_but_not_used(market: HandMarket) -> None:
    name = market.option(30, 130_000, True)
    market.quote(name, 0.001, 0.05)
    market.quote(market.option(30, 130_000, False), 0.0, 0.0)
    wide = next(one for one in smile(market, 30).points if one.strike == 130_000)
    assert not wide.is_used
    assert wide.reason == "too wide in price"
    assert {one.reason for one in smile(market, 30).points if one.is_used} == {""}
    assert wide.ask_iv > wide.bid_iv > 0


def test_constant_maturities_lie_between_the_expiries_beside_them(market: HandMarket) -> None:
    view = priced(market).view
    terms = view.terms["BTC"]
    assert [one.days for one in terms] == [7, 30, 60, 90, 180]
    assert terms[1].atm == pytest.approx(view.smiles["BTC", NOW_NS + 30 * DAY_NS].atm)
    assert terms[1].put_10 > terms[1].put_25 > terms[1].atm
    assert terms[1].risk_reversal_25 < 0 < terms[1].butterfly_25
    assert np.isnan(terms[-1].atm)


def test_put_call_ratio_is_open_interest_over_the_expiry(market: HandMarket) -> None:
    assert smile(market, 30).put_call_oi == pytest.approx(1.5)
    empty = HandMarket()
    empty.list_chain([30])
    assert np.isnan(smile(empty, 30).put_call_oi)


def test_an_expired_option_is_priced_no_more(market: HandMarket) -> None:
    market.clock.advance_s(3 * 86_400)
    market.touch()
    for one in market.instruments:
        if one.is_option:
            market.ticker(one.name)
    found = option(market, market.option(2, 100_000, True))
    assert np.isnan([found.mid_iv, found.delta, found.gamma]).all()
    assert smile(market, 2).reason == "the expiry has passed"


def test_both_engines_agree(market: HandMarket) -> None:
    own, other = (priced(market, engine).view.options for engine in ("own", "vollib"))
    for name, found in own.items():
        assert other[name].mid_iv == pytest.approx(found.mid_iv, rel=1e-7, nan_ok=True)


def test_fits_start_from_the_last_ones_and_stay_put(market: HandMarket) -> None:
    rows = option_rows(market.board.catalog)
    first = price_market(market.board, rows, NOW_NS, {})
    assert len(first.fits) == len(DAYS)
    for _ in range(8):
        first = price_market(market.board, rows, NOW_NS, first.fits)
    again = price_market(market.board, rows, NOW_NS, first.fits, challenged="BTC")
    for key, one in first.view.smiles.items():
        assert again.view.smiles[key].fit == one.fit


def test_three_points_lean_on_the_shape_of_the_other_expiries() -> None:
    market = HandMarket()
    market.list_chain([30])
    market.list_chain([60], strikes=(90_000, 101_000, 110_000))
    market.quote_chain(skewed)
    for strike in (90_000, 110_000):
        market.quote(market.option(60, strike, strike < FORWARD), 0.0, 0.0)
    found = smile(market, 60)
    assert len(found.fit_strikes) == 61
    assert found.fit is not None
    assert found.fit.model == "ssvi"
    assert found.atm == pytest.approx(0.60, abs=0.02)


def test_an_empty_board_is_an_empty_market() -> None:
    view = priced(HandMarket()).view
    assert (len(view.options), len(view.smiles), len(view.surfaces)) == (0, 0, 0)
    assert np.isnan(view.took_ms)
    assert view.venue_ns == NOW_NS
