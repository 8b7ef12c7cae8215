"""The rule with the 5-delta cut: the worked example, recorded chains, and what it does in gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.quant.black import greeks, price_coin
from core.quant.forward import ParityQuotes
from core.quant.index.exchange import exchange_term
from core.quant.index.five_delta import StrikeMarks, five_delta_term, mid_vols
from core.quant.index.horizon import vol_at
from core.quant.index.strip import IndexFault, VarianceTerm
from tests.core.quant.index.worked import CUT_INDEX, NEAR, NEXT, WorkedTerm, table

FORWARD, TAU = 100_000.0, 30 / 365
STRIKES = np.arange(50_000.0, 180_000.0, 2_500.0)


def cut_term(worked: WorkedTerm) -> VarianceTerm:
    """The worked quotes: forward by parity, volatilities of the mids, no marks."""
    quotes, tau = worked.parity_quotes(), worked.tau_years
    by_parity = exchange_term(quotes, tau)
    assert isinstance(by_parity, VarianceTerm)
    vol = mid_vols(quotes, by_parity.forward, tau)
    none = np.full(vol.shape, np.nan)
    found = five_delta_term(quotes, StrikeMarks(vol, none, none), by_parity.forward, tau)
    assert isinstance(found, VarianceTerm), found
    return found


@pytest.mark.parametrize("worked", [NEAR, NEXT], ids=["near", "next"])
def test_the_worked_strikes_and_their_variance(worked: WorkedTerm) -> None:
    found = cut_term(worked)
    np.testing.assert_array_equal(found.strikes, table(worked.cut_strikes, 1)[0])
    assert found.variance == pytest.approx(worked.cut_variance, rel=1e-10)
    vol = mid_vols(worked.parity_quotes(), found.forward, worked.tau_years)
    for strike, delta in zip(found.strikes[[0, -1]], worked.cut_deltas, strict=True):
        at = float(vol[worked.parity_quotes().strike == strike][0])
        exact = greeks(found.forward, float(strike), worked.tau_years, at, strike >= found.forward)
        assert abs(float(exact.delta)) == pytest.approx(delta, rel=1e-7)


def test_the_worked_index() -> None:
    near, later = cut_term(NEAR), cut_term(NEXT)
    found = vol_at(near.tau_years, near.variance, later.tau_years, later.variance)
    assert found == pytest.approx(CUT_INDEX / 100, rel=1e-10)


def flat_quotes(vol: float = 0.6, width: float = 0.0) -> tuple[ParityQuotes, StrikeMarks]:
    """Quotes around one volatility at every strike, and the venue's marks at it."""
    call, put = (price_coin(FORWARD, STRIKES, TAU, vol, side) for side in (True, False))
    lower, upper = 1.0 - width, 1.0 + width
    quotes = ParityQuotes(STRIKES, call * lower, call * upper, put * lower, put * upper)
    return quotes, StrikeMarks(np.full(STRIKES.shape, vol), call, put)


def variance(quotes: ParityQuotes, marks: StrikeMarks) -> float:
    found = five_delta_term(quotes, marks, FORWARD, TAU)
    assert isinstance(found, VarianceTerm), found
    return found.variance


def test_a_missing_side_is_filled_by_the_mark() -> None:
    quotes, marks = flat_quotes(width=0.02)
    for side in ("call_bid", "call_ask", "put_bid", "put_ask"):
        for nothing in (0.0, np.nan):
            gaps = np.where(np.arange(STRIKES.size) % 3 == 0, nothing, getattr(quotes, side))
            told = replace(quotes, **{side: gaps})  # type: ignore[arg-type]  # a column
            assert variance(told, marks) == pytest.approx(variance(quotes, marks), rel=1e-12)


def test_a_strike_with_neither_price_is_left_out() -> None:
    quotes, marks = flat_quotes()
    gone = STRIKES == 110_000
    none = StrikeMarks(marks.vol, np.where(gone, np.nan, marks.call), marks.put)
    told = replace(quotes, call_bid=np.where(gone, 0.0, quotes.call_bid))
    found = five_delta_term(told, none, FORWARD, TAU)
    assert isinstance(found, VarianceTerm)
    assert 110_000 not in found.strikes
    assert found.widths[found.strikes == 107_500] == 3_750.0


def test_a_strip_with_too_many_holes_has_no_value() -> None:
    quotes, marks = flat_quotes()
    empty = np.full(STRIKES.shape, np.nan)
    for share, is_enough in ((8, True), (3, False)):
        gone = np.arange(STRIKES.size) % share == 3 % share
        gone &= np.abs(STRIKES - FORWARD) > 2_500
        told = StrikeMarks(
            marks.vol, np.where(gone, np.nan, marks.call), np.where(gone, np.nan, marks.put)
        )
        bare = replace(quotes, call_bid=empty, put_bid=empty)
        found = five_delta_term(bare, told, FORWARD, TAU)
        assert isinstance(found, VarianceTerm) is is_enough
        assert is_enough or found is IndexFault.HOLES


def test_the_cut_takes_the_wings_off() -> None:
    quotes, marks = flat_quotes()
    whole = exchange_term(quotes, TAU)
    assert isinstance(whole, VarianceTerm)
    assert whole.variance == pytest.approx(0.36, rel=5e-3)
    assert 0.95 < variance(quotes, marks) / whole.variance < 0.98


def test_the_reason_is_told_when_there_is_no_value() -> None:
    quotes, marks = flat_quotes()
    assert five_delta_term(quotes, marks, np.nan, TAU) is IndexFault.NO_FORWARD
    assert five_delta_term(quotes, marks, FORWARD, 0.0) is IndexFault.EXPIRED
    assert five_delta_term(quotes, marks, 40_000.0, TAU) is IndexFault.OUTSIDE
    unknown = replace(marks, vol=np.full(STRIKES.shape, np.nan))
    assert five_delta_term(quotes, unknown, FORWARD, TAU) is IndexFault.NO_MONEY
