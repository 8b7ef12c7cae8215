"""Quotes into slices: each rule refuses what it should, and a clean chain gives its smile back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.quant.black import price_coin, price_usd
from core.quant.surface.quotes import (
    OptionQuotes,
    QuoteReason,
    Slice,
    SliceFault,
    judge_quotes,
    slice_from_quotes,
)
from core.quant.types import FloatArray

FORWARD, TAU = 1e5, 30 / 365
STRIKES = np.array([80e3, 90e3, 99e3, 101e3, 110e3, 125e3])


def _smile(strike: FloatArray) -> FloatArray:
    return np.asarray(0.55 + 0.5 * np.square(np.log(strike / FORWARD)))


def _chain(half_spread: float = 0.0002, *, is_inverse: bool = True) -> OptionQuotes:
    strike = np.tile(STRIKES, 2)
    is_call = np.repeat([True, False], STRIKES.size)
    price = price_coin if is_inverse else price_usd
    mid = price(FORWARD, strike, TAU, _smile(strike), is_call)
    unit = 1.0 if is_inverse else FORWARD
    spread = half_spread * unit
    return OptionQuotes(
        strike, is_call, mid - spread, mid + spread, 1e-4 * unit, is_inverse=is_inverse
    )


@pytest.mark.parametrize("is_inverse", [True, False])
def test_a_clean_chain_gives_its_smile_back(is_inverse: bool) -> None:
    outcome = slice_from_quotes(_chain(is_inverse=is_inverse), FORWARD, TAU)
    assert outcome.slice is not None
    assert outcome.fault is None
    np.testing.assert_allclose(outcome.slice.k, np.log(STRIKES / FORWARD), rtol=1e-12)
    np.testing.assert_allclose(outcome.slice.vol, _smile(STRIKES), rtol=1e-9)
    np.testing.assert_allclose(
        outcome.slice.total_variance, np.square(outcome.slice.vol) * TAU, rtol=1e-15
    )


def test_only_the_cheap_side_is_used_away_from_the_forward() -> None:
    judged = judge_quotes(_chain(), FORWARD, TAU)
    expected = [QuoteReason.IN_THE_MONEY] * 2 + [QuoteReason.OK] * 4
    assert [QuoteReason(code) for code in judged.reason[:6]] == expected
    assert [QuoteReason(code) for code in judged.reason[6:]] == expected[::-1]


def test_call_and_put_near_the_forward_are_averaged_by_inverse_variance() -> None:
    chain = _chain()
    ask = chain.ask.copy()
    ask[2] += 0.0008
    outcome = slice_from_quotes(replace(chain, ask=ask), FORWARD, TAU)
    judged = outcome.judged
    assert outcome.slice is not None
    h = 0.5 * (judged.vol_ask - judged.vol_bid)[[2, 8]]
    mean = np.average(judged.vol[[2, 8]], weights=1.0 / h**2)
    assert outcome.slice.vol[2] == pytest.approx(mean, rel=1e-12)
    assert outcome.slice.half_width[2] == pytest.approx(1.0 / np.sqrt((1.0 / h**2).sum()))


@pytest.mark.parametrize(
    ("bid", "ask", "age_s", "reason"),
    [
        (np.nan, 0.02, 0.0, QuoteReason.NO_QUOTE),
        (0.0, 0.02, 0.0, QuoteReason.NO_QUOTE),
        (0.02, np.nan, 0.0, QuoteReason.NO_QUOTE),
        (0.02, 0.02, 0.0, QuoteReason.CROSSED),
        (0.0200, 0.0202, 60.0, QuoteReason.OK),
        (0.0200, 0.0202, 60.5, QuoteReason.STALE),
        (0.0200, 0.0202, np.nan, QuoteReason.STALE),
        (0.0200, 0.0310, 0.0, QuoteReason.WIDE_PRICE),
        (0.0001, 0.0006, 0.0, QuoteReason.OK),
        (0.0100, 0.0140, 0.0, QuoteReason.OK),
        (0.0400, 0.0580, 0.0, QuoteReason.WIDE_VOL),
        (0.9999, 1.0001, 0.0, QuoteReason.OUT_OF_BOUNDS),
    ],
)
def test_a_quote_is_refused_for_the_first_rule_it_breaks(
    bid: float, ask: float, age_s: float, reason: QuoteReason
) -> None:
    quotes = OptionQuotes(
        np.array([110e3]), np.array([True]), np.array([bid]), np.array([ask]), 1e-4, age_s
    )
    assert judge_quotes(quotes, FORWARD, TAU).reason[0] == reason


def test_an_expiry_without_a_slice_says_why() -> None:
    chain = _chain()
    assert slice_from_quotes(chain, FORWARD, 0.0).fault is SliceFault.EXPIRED
    assert slice_from_quotes(chain, float("nan"), TAU).fault is SliceFault.NO_FORWARD
    few = chain.bid.copy()
    few[:-2] = 0.0
    assert slice_from_quotes(replace(chain, bid=few), FORWARD, TAU).fault is SliceFault.TOO_FEW
    one_side = np.where(chain.strike > FORWARD, np.nan, chain.bid)
    one_side[6:9] = chain.bid[6:9]
    outcome = slice_from_quotes(replace(chain, bid=one_side), FORWARD, TAU)
    assert outcome.fault is SliceFault.ONE_SIDED
    assert outcome.slice is None


def test_slices_and_quotes_of_the_wrong_shape_are_refused() -> None:
    one = np.ones(1)
    with pytest.raises(ValueError, match="ascending k"):
        Slice(TAU, FORWARD, np.array([0.1, 0.1]), np.ones(2), np.ones(2))
    with pytest.raises(ValueError, match="one length"):
        OptionQuotes(np.ones(2), np.array([True]), one, one, 1e-4)
