from __future__ import annotations

from math import isnan, nan, sqrt

import pytest

from core.pricing.chain_pricing import price_market
from core.pricing.index import RealisedChain
from core.pricing.rows import option_rows
from core.pricing.view import RealisedVol, VolIndex
from tests.core.pricing.market import DAY_NS, NOW_NS, HandMarket, flat, skewed

STRIKES = tuple(range(40_000, 240_001, 2_500))
DAYS = (8, 22, 43, 71)


def quoted(
    days: tuple[float, ...] = DAYS, chain: str = "BTC", smile: object = skewed
) -> HandMarket:
    market = HandMarket()
    market.list_chain(days, STRIKES, chain)
    market.quote_chain(flat if smile is flat else skewed)
    return market


def index(market: HandMarket, chain: str = "BTC") -> VolIndex:
    board = market.board.still()
    rows = option_rows(board.catalog)
    return price_market(board, rows, market.clock.now_ns(), {}).view.indices[chain]


def test_it_is_made_from_the_expiries_on_both_sides_of_30_days() -> None:
    found = index(quoted())
    assert (found.near_ns, found.next_ns) == (NOW_NS + 22 * DAY_NS, NOW_NS + 43 * DAY_NS)
    assert not found.is_extrapolated
    assert found.reason == ""


def test_a_flat_market_has_a_variance_swap_of_its_volatility_and_an_index_below() -> None:
    """The strikes beyond 5 delta, which the index leaves out, are 3 % of a flat variance."""
    found = index(quoted(smile=flat))
    assert found.variance_swap == pytest.approx(0.60, abs=5e-4)
    assert found.value == pytest.approx(0.60 * sqrt(0.967), abs=4e-3)


def test_the_variance_swap_holds_the_wings_of_a_smile_that_the_index_leaves_out() -> None:
    found = index(quoted())
    assert 0.60 < found.value < found.variance_swap - 0.01


def test_a_linear_chain_has_the_index_of_the_same_smile_in_coin() -> None:
    coin, linear = index(quoted()), index(quoted(chain="SOL_USDC"), "SOL_USDC")
    assert linear.value == pytest.approx(coin.value, abs=2e-4)
    assert linear.variance_swap == pytest.approx(coin.variance_swap, abs=5e-4)


def test_a_chain_of_few_strikes_is_completed_by_its_fit_and_says_so() -> None:
    full = index(quoted())
    market = HandMarket()
    market.list_chain(DAYS, range(85_000, 115_001, 2_500), "SOL_USDC")
    market.quote_chain(skewed)
    found = index(market, "SOL_USDC")
    assert found.is_extrapolated
    assert not full.is_extrapolated
    assert found.value == pytest.approx(full.value, abs=0.02)


def test_the_venues_own_stands_beside_ours_where_it_has_one() -> None:
    market = quoted()
    market.list_chain(DAYS, STRIKES, "BTC_USDC")
    assert isnan(index(market).venue)
    market.board.put_volatility_index("btc_usd", 61.5, market.clock.now_ns())
    assert index(market).venue == pytest.approx(0.615)
    assert isnan(index(market, "BTC_USDC").venue)


def test_a_missing_quote_is_filled_from_the_venues_volatility() -> None:
    market = quoted()
    whole = index(market).value
    for strike in STRIKES[::4]:
        for is_call in (True, False):
            market.quote(market.option(22, strike, is_call), 0.0, 0.0)
    assert index(market).value == pytest.approx(whole, abs=2e-4)


def test_all_expiries_on_one_side_are_extrapolated_and_it_says_so() -> None:
    found = index(quoted(days=(36, 64)))
    assert found.is_extrapolated
    assert 0.60 < found.value < 0.70
    far = index(quoted(days=(64, 92)))
    assert isnan(far.value)
    assert far.reason == "no expiry within half and twice the horizon"


def test_without_a_feed_there_is_no_value_and_the_reason_is_told() -> None:
    market = quoted()
    market.clock.advance_s(10)
    found = index(market)
    assert isnan(found.value)
    assert isnan(found.variance_swap)
    assert found.reason.endswith(": no forward")


def test_one_expiry_is_too_few() -> None:
    assert index(quoted(days=(22,))).reason == "fewer than 2 expiries"


def test_realised_volatility_comes_with_its_chain_and_the_premium_is_the_difference() -> None:
    market = quoted()
    board = market.board.still()
    month = RealisedVol(30.0, 720, 0.45, nan, nan, nan, nan)
    past = {"BTC": RealisedChain((RealisedVol(7.0, 168, 0.30, nan, nan, nan, nan), month))}
    priced = price_market(board, option_rows(board.catalog), NOW_NS, {}, realised=past)
    found = priced.view.indices["BTC"]
    assert found.realised_30d == 0.45
    assert found.risk_premium == pytest.approx(found.value - 0.45)
    assert found.variance_premium == pytest.approx(found.value**2 - 0.45**2)
    assert found.risk_ratio == pytest.approx(found.value / 0.45)
    assert found.expected_day == pytest.approx(found.value / sqrt(365))


def test_nothing_realised_gives_no_premium() -> None:
    found = index(quoted())
    assert found.realised_reason
    assert isnan(found.realised_30d)
    assert isnan(found.risk_premium)
    assert isnan(found.risk_ratio)
