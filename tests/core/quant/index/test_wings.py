"""Chains of few strikes, gone on with by their fitted smile."""

from __future__ import annotations

import numpy as np
import pytest

from core.quant.black import price_coin, price_usd
from core.quant.forward import ParityQuotes
from core.quant.index.five_delta import StrikeMarks, five_delta_term
from core.quant.index.strip import VarianceTerm
from core.quant.index.wings import WingedStrikes, with_wings
from core.quant.surface.svi import SviRaw, total_variance
from core.quant.types import FloatArray

FORWARD, TAU = 100.0, 30 / 365
SMILE = SviRaw(0.012, 0.11, -0.25, 0.02, 0.18)
ALL = np.arange(40.0, 220.0, 2.5)


def listed(strikes: FloatArray, is_inverse: bool = True) -> tuple[ParityQuotes, StrikeMarks]:
    vol = np.sqrt(total_variance(np.log(strikes / FORWARD), SMILE) / TAU)
    price = price_coin if is_inverse else price_usd
    call, put = (price(FORWARD, strikes, TAU, vol, side) for side in (True, False))
    return ParityQuotes(strikes, call, call, put, put, is_inverse), StrikeMarks(vol, call, put)


def winged(strikes: FloatArray, is_inverse: bool = True) -> WingedStrikes:
    return with_wings(*listed(strikes, is_inverse), SMILE, FORWARD, TAU)


def variance(strikes: WingedStrikes) -> float:
    found = five_delta_term(strikes.quotes, strikes.marks, FORWARD, TAU)
    assert isinstance(found, VarianceTerm), found
    return found.variance


def test_a_chain_that_reaches_far_enough_stays_as_it_is() -> None:
    found = winged(ALL)
    assert found.added == 0
    np.testing.assert_array_equal(found.quotes.strike, ALL)


@pytest.mark.parametrize("is_inverse", [True, False], ids=["coin", "linear"])
def test_nine_strikes_have_nearly_the_variance_of_all(is_inverse: bool) -> None:
    nine = ALL[(ALL >= 90.0) & (ALL <= 110.0)]
    assert nine.size == 9
    bare = WingedStrikes(*listed(nine, is_inverse), 0)
    whole = variance(WingedStrikes(*listed(ALL, is_inverse), 0))
    assert variance(bare) < 0.75 * whole
    assert variance(winged(nine, is_inverse)) == pytest.approx(whole, rel=0.02)


def test_only_the_short_side_is_gone_on_with() -> None:
    found = winged(ALL[ALL <= 105.0])
    assert found.added > 0
    assert found.quotes.strike[0] == ALL[0]
    assert found.quotes.strike[-1] > 120.0
    assert (np.diff(found.quotes.strike) > 0).all()
    assert np.isnan(found.quotes.call_bid[-found.added :]).all()


def test_one_strike_has_no_spacing_to_go_on_with() -> None:
    assert winged(ALL[ALL == 100.0]).added == 0
