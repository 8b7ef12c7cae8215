"""Forwards from parity against the reference table, and the order of preference."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.quant.black import price_coin, price_usd
from core.quant.forward import (
    Forward,
    ForwardSource,
    ParityQuotes,
    best_forward,
    interpolated_forward,
    parity_forward,
)

# Source: table "Forward from quotes" of the reference, section 1.8.
TABLE = ParityQuotes(
    strike=np.array([95000.0, 98000.0, 100000.0, 102000.0, 105000.0]),
    call_bid=np.array([0.08, 0.061, 0.05, 0.0405, 0.0285]),
    call_ask=np.array([0.082, 0.0625, 0.0515, 0.0415, 0.0295]),
    put_bid=np.array([0.0285, 0.04, 0.049, 0.059, 0.077]),
    put_ask=np.array([0.0295, 0.041, 0.05, 0.0605, 0.079]),
)


def test_each_strike_gives_an_interval() -> None:
    bid, mid, ask = TABLE.forwards()
    np.testing.assert_allclose(
        bid, [100052.65929437, 100000.0, 100000.0, 100000.0, 99952.403617325], rtol=1e-12
    )
    np.testing.assert_allclose(
        mid,
        [100210.97046414, 100127.71392082, 100125.15644556, 100122.6993865, 100095.32888465],
        rtol=1e-12,
    )
    np.testing.assert_allclose(
        ask,
        [100369.78341257, 100255.7544757, 100250.62656642, 100245.7002457, 100238.66348449],
        rtol=1e-12,
    )


def test_the_forward_is_the_middle_of_the_intersection() -> None:
    forward = parity_forward(TABLE)
    assert forward is not None
    assert (forward.low, forward.high) == pytest.approx((100052.65929437, 100238.66348449))
    assert forward.value == pytest.approx(100145.66138943, rel=1e-12)
    assert (forward.used, forward.dropped) == (5, 0)
    assert forward.source is ForwardSource.PARITY


def test_the_weighted_forward_uses_inverse_squared_widths() -> None:
    forward = parity_forward(TABLE, "weighted")
    assert forward is not None
    assert forward.value == pytest.approx(100132.13152857, rel=1e-12)


def test_a_stale_wide_strike_is_dropped() -> None:
    stale = ParityQuotes(
        np.append(TABLE.strike, 110000.0),
        np.append(TABLE.call_bid, 0.05),
        np.append(TABLE.call_ask, 0.06),
        np.append(TABLE.put_bid, 0.07),
        np.append(TABLE.put_ask, 0.08),
    )
    forward = parity_forward(stale)
    assert forward is not None
    assert forward.value == pytest.approx(100145.66138943, rel=1e-12)
    assert (forward.used, forward.dropped) == (5, 1)


def with_strike(strike: float, *quotes: float) -> ParityQuotes:
    """The table and one strike more: call bid, call ask, put bid, put ask."""
    columns = (TABLE.call_bid, TABLE.call_ask, TABLE.put_bid, TABLE.put_ask)
    a, b, c, d = (np.append(column, one) for column, one in zip(columns, quotes, strict=True))
    return ParityQuotes(np.append(TABLE.strike, strike), a, b, c, d)


@pytest.mark.parametrize("estimate", ["midpoint", "weighted"])
def test_a_stale_narrow_strike_does_not_outvote_the_others(estimate: str) -> None:
    # A hair wide, 4 % away: the tightest interval of all is the one that is wrong.
    stale = with_strike(104000.0, 0.0500, 0.0501, 0.0499, 0.0500)
    kind: Literal["midpoint", "weighted"] = "weighted" if estimate == "weighted" else "midpoint"
    forward, clean = parity_forward(stale, kind), parity_forward(TABLE, kind)
    assert forward is not None
    assert clean is not None
    assert forward.value == pytest.approx(clean.value, rel=1e-12)
    assert (forward.used, forward.dropped) == (5, 1)


def test_a_crossed_pair_is_not_asked() -> None:
    crossed = with_strike(101000.0, 0.0470, 0.0430, 0.0540, 0.0550)
    forward, clean = parity_forward(crossed), parity_forward(TABLE)
    assert forward == clean


def test_a_chain_of_one_strike_has_its_own_forward() -> None:
    a, b, c, d = (np.array([price]) for price in (0.05, 0.0515, 0.049, 0.05))
    one = ParityQuotes(np.array([100000.0]), a, b, c, d)
    for forward in (parity_forward(one), parity_forward(one, "weighted")):
        assert forward is not None
        assert (forward.used, forward.dropped) == (1, 0)
        assert forward.low <= forward.value <= forward.high


@settings(max_examples=60)
@given(
    st.floats(0.5, 2e5),
    st.integers(3, 12),
    st.integers(0, 2**32 - 1),
    st.floats(-0.2, 0.2),
    st.floats(1e-5, 0.1),
    st.booleans(),
)
def test_one_strike_that_lies_never_moves_the_forward_out_of_the_others(
    true: float, strikes: int, seed: int, lie: float, width: float, is_inverse: bool
) -> None:
    rng = np.random.default_rng(seed)
    strike = true * np.linspace(0.8, 1.25, strikes + 1)
    price = price_coin if is_inverse else price_usd
    call, put = (price(true, strike, 0.1, 0.6, is_call) for is_call in (True, False))
    wide = rng.uniform(0.001, 0.05, (4, strikes + 1))
    liar = rng.integers(strikes + 1)
    wide[:, liar] = width
    call[liar] *= 1.0 + lie
    sides = (call * (1 - wide[0]), call * (1 + wide[1]), put * (1 - wide[2]), put * (1 + wide[3]))
    quotes = ParityQuotes(strike, *sides, is_inverse)
    low, _, high = quotes.forwards()
    honest = np.arange(strikes + 1) != liar
    for estimate in ("midpoint", "weighted"):
        found = parity_forward(quotes, "weighted" if estimate == "weighted" else "midpoint")
        assert found is not None
        assert found.low <= found.value <= found.high
        held = (low <= found.value) & (found.value <= high)
        # A tie can cost one honest strike its vote; no lie costs two.
        assert held[honest].sum() >= strikes - 1


def test_strikes_without_all_four_quotes_are_left_out() -> None:
    call_bid = TABLE.call_bid.copy()
    call_bid[:4] = [0.0, np.nan, 0.06, 0.0]
    forward = parity_forward(
        ParityQuotes(TABLE.strike, call_bid, TABLE.call_ask, TABLE.put_bid, TABLE.put_ask)
    )
    assert forward is not None
    assert forward.used == 1
    none = ParityQuotes(TABLE.strike, call_bid * 0.0, TABLE.call_ask, TABLE.put_bid, TABLE.put_ask)
    assert parity_forward(none) is None


@pytest.mark.parametrize("is_inverse", [True, False])
@pytest.mark.parametrize("estimate", ["midpoint", "weighted"])
def test_exact_prices_give_the_exact_forward(is_inverse: bool, estimate: str) -> None:
    strike = np.array([80.0, 90.0, 100.0, 110.0, 120.0, 130.0])
    price = price_coin if is_inverse else price_usd
    call, put = price(104.0, strike, 0.3, 0.6, True), price(104.0, strike, 0.3, 0.6, False)
    quotes = ParityQuotes(strike, call * 0.99, call * 1.01, put * 0.99, put * 1.01, is_inverse)
    forward = parity_forward(quotes, "weighted" if estimate == "weighted" else "midpoint")
    assert forward is not None
    assert forward.low <= 104.0 <= forward.high
    assert forward.value == pytest.approx(104.0, rel=5e-3)


def test_a_forward_between_expiries_has_linear_carry() -> None:
    taus = np.array([0.1, 0.3])
    forwards = 100.0 * np.exp(np.array([0.05, 0.07]) * taus)
    middle = interpolated_forward(100.0, 0.2, taus, forwards)
    assert middle is not None
    assert middle.value == pytest.approx(100.0 * np.exp(0.06 * 0.2), rel=1e-14)
    assert interpolated_forward(100.0, 0.4, taus, forwards) is None
    assert interpolated_forward(float("nan"), 0.2, taus, forwards) is None


def test_the_most_trusted_forward_wins() -> None:
    parity = Forward(101.0, ForwardSource.PARITY)
    between = Forward(102.0, ForwardSource.INTERPOLATED)
    assert best_forward(99.0, 100.0, parity, between) == Forward(99.0, ForwardSource.UNDERLYING)
    assert best_forward(float("nan"), 100.0, parity, between) == Forward(
        100.0, ForwardSource.FUTURE
    )
    assert best_forward(None, 0.0, parity, between) is parity
    assert best_forward(None, None, None, between) is between
    assert best_forward(None, None, None, None) is None


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        ParityQuotes(
            np.ones(3), np.ones(2), TABLE.call_ask[:3], TABLE.put_bid[:3], TABLE.put_ask[:3]
        )
