"""Forwards from parity against the reference table, and the order of preference."""

from __future__ import annotations

import numpy as np
import pytest

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
