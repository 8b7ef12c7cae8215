"""The exchange recipe against the worked example, strike by strike, and its rules one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.quant.black import price_coin, price_usd
from core.quant.forward import ParityQuotes
from core.quant.index.exchange import exchange_term
from core.quant.index.horizon import vol_at
from core.quant.index.strip import IndexFault, VarianceTerm
from tests.core.quant.index.worked import INDEX, NEAR, NEXT, WorkedTerm, table

BOTH = pytest.mark.parametrize("worked", [NEAR, NEXT], ids=["near", "next"])


def term(quotes: ParityQuotes, tau_years: float = 0.08) -> VarianceTerm:
    found = exchange_term(quotes, tau_years)
    assert isinstance(found, VarianceTerm), found
    return found


@BOTH
def test_each_strike_adds_what_the_worked_example_says(worked: WorkedTerm) -> None:
    found = term(worked.parity_quotes(), worked.tau_years)
    strikes, coins, widths, shares = table(worked.strip, 4)
    assert found.forward == pytest.approx(worked.forward, rel=1e-12)
    assert found.k0 == worked.k0
    np.testing.assert_array_equal(found.strikes, strikes)
    np.testing.assert_array_equal(found.widths, widths)
    np.testing.assert_allclose(found.prices / found.forward, coins, rtol=1e-12)
    np.testing.assert_allclose(found.shares, shares, rtol=1e-10)
    assert found.variance == pytest.approx(worked.variance, rel=1e-10)


def test_the_worked_index() -> None:
    near, later = (term(one.parity_quotes(), one.tau_years) for one in (NEAR, NEXT))
    found = vol_at(near.tau_years, near.variance, later.tau_years, later.variance)
    assert found == pytest.approx(INDEX / 100, rel=1e-10)


def test_one_strike_without_a_bid_is_skipped_and_two_end_the_strip() -> None:
    strikes = set(term(NEAR.parity_quotes(), NEAR.tau_years).strikes.tolist())
    assert 140_000 not in strikes
    assert 150_000 in strikes
    assert not strikes & {160_000, 170_000, 180_000}


def test_an_empty_side_said_as_nan_is_no_bid() -> None:
    quotes = NEAR.parity_quotes()
    told = replace(
        quotes,
        call_bid=np.where(quotes.call_bid > 0, quotes.call_bid, np.nan),
        put_bid=np.where(quotes.put_bid > 0, quotes.put_bid, np.nan),
    )
    assert term(told, NEAR.tau_years).variance == term(quotes, NEAR.tau_years).variance


def test_linear_quotes_give_the_variance_of_the_same_quotes_in_coin() -> None:
    strikes, forward, tau = np.arange(60.0, 160.0, 5.0), 100.0, 0.08
    found = []
    for price in (price_coin, price_usd):
        call, put = (price(forward, strikes, tau, 0.7, side) for side in (True, False))
        quotes = ParityQuotes(strikes, call, call, put, put, is_inverse=price is price_coin)
        found.append(term(quotes))
    assert found[0].forward == pytest.approx(forward, rel=1e-12)
    assert found[1].forward == pytest.approx(forward, rel=1e-12)
    assert found[0].variance == pytest.approx(found[1].variance, rel=1e-12)


def empty_at(quotes: ParityQuotes, strikes: set[float]) -> ParityQuotes:
    gone = np.isin(quotes.strike, list(strikes))
    calls, puts = (np.where(gone, 0.0, bid) for bid in (quotes.call_bid, quotes.put_bid))
    return replace(quotes, call_bid=calls, put_bid=puts)


def test_there_is_no_value_without_enough_quotes_and_the_reason_is_told() -> None:
    quotes = NEAR.parity_quotes()
    everywhere = set(quotes.strike.tolist())
    assert exchange_term(quotes, 0.0) is IndexFault.EXPIRED
    assert exchange_term(empty_at(quotes, everywhere), 0.1) is IndexFault.NO_PARITY
    three = everywhere - {85_000.0, 90_000.0, 95_000.0}
    assert exchange_term(empty_at(quotes, three), 0.1) is IndexFault.TOO_FEW


def test_the_forward_must_lie_among_the_strikes() -> None:
    quotes = NEAR.parity_quotes()
    above = empty_at(quotes, {one for one in quotes.strike.tolist() if one > 90_000})
    assert exchange_term(above, 0.1) is IndexFault.OUTSIDE
