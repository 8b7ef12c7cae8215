"""Realised volatility: the reference table, and what no estimator may do."""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pytest

from core.quant.index.realised import Bars, RealisedVols, realised_vols
from tests.core.quant.index.worked import table

HOUR_NS = 3_600_000_000_000
DAY_NS = 24 * HOUR_NS

# Open, high, low, close of twelve days. Source: section 2.9 of the reference.
TWELVE = """
100 103.2 99.1 102.5
102.5 104 101.2 101.9
101.9 102.4 97.8 98.6
98.6 101.5 98 101.1
101.1 105.6 100.9 105
105 106.3 103.7 104.2
104.2 104.9 100.5 101.3
101.3 103.8 101 103.1
103.1 107.7 102.6 107.2
107.2 108.1 105 105.4
105.4 106 102.2 102.9
102.9 104.4 101.8 104.1
"""


def bars(text: str = TWELVE, step_ns: int = DAY_NS) -> Bars:
    prices = table(text, 4)
    return Bars(np.arange(prices.shape[1]) * step_ns, *prices, step_ns=step_ns)  # type: ignore[misc]  # four columns


def numbers(found: RealisedVols) -> tuple[float, ...]:
    return astuple(found)[1:]


def test_the_reference_table() -> None:
    found = realised_vols(bars())
    assert found.bars == 12
    assert found.close_close_centred == pytest.approx(0.499644752872113, rel=1e-10)
    assert found.close_close == pytest.approx(0.477151547637707, rel=1e-10)
    assert found.parkinson == pytest.approx(0.421192754511573, rel=1e-10)
    assert found.garman_klass == pytest.approx(0.397679723947305, rel=1e-10)
    assert found.rogers_satchell == pytest.approx(0.368903615027173, rel=1e-10)
    assert found.yang_zhang == pytest.approx(0.383509464246287, rel=1e-10)


def test_the_unit_of_the_price_does_not_matter() -> None:
    one = bars()
    dear = replace(
        one, open=one.open * 990, high=one.high * 990, low=one.low * 990, close=one.close * 990
    )
    assert numbers(realised_vols(dear)) == pytest.approx(numbers(realised_vols(one)), rel=1e-9)


def test_a_constant_price_has_no_volatility() -> None:
    flat = np.full(20, 97_531.5)
    found = realised_vols(Bars(np.arange(20) * HOUR_NS, flat, flat, flat, flat, HOUR_NS))
    assert numbers(found) == (0.0,) * 6


def test_shorter_bars_count_for_more_of_them_a_year() -> None:
    daily, hourly = realised_vols(bars()), realised_vols(bars(step_ns=HOUR_NS))
    assert numbers(hourly) == pytest.approx([one * 24**0.5 for one in numbers(daily)])


def test_gapless_bars_have_no_overnight_term() -> None:
    """Yang and Zhang's estimator is then made of the open-close and the range term alone."""
    one = bars()
    assert (one.open[1:] == one.close[:-1]).all()
    body = np.log(one.close / one.open)[1:]
    h, low, o, c = (np.log(x[1:]) for x in (one.high, one.low, one.open, one.close))
    satchell = float(((h - c) * (h - o) + (low - c) * (low - o)).mean())
    share = 0.34 / (1.34 + 12 / 10)
    left = share * float(body.var(ddof=1)) + (1 - share) * satchell
    assert realised_vols(one).yang_zhang == pytest.approx((left * 365) ** 0.5, rel=1e-12)


def test_a_gap_is_no_return() -> None:
    """Two calm days on either side of a hole: what happened in it is not known."""
    calm = np.array([100.0, 100.0, 200.0, 200.0])
    at = np.array([0, 1, 5, 6]) * HOUR_NS
    found = realised_vols(Bars(at, calm, calm, calm, calm, HOUR_NS))
    assert found.close_close == 0.0
    assert found.bars == 4


def test_a_bar_with_a_price_missing_is_a_missing_bar() -> None:
    one = bars()
    holed = replace(one, high=np.where(np.arange(12) == 4, np.nan, one.high))
    gone = one.rows(np.arange(12) != 4)
    assert numbers(realised_vols(holed)) == numbers(realised_vols(gone))
    assert realised_vols(holed).bars == 11


def test_too_few_bars_are_nan_and_never_zero() -> None:
    nothing = realised_vols(bars().rows(np.zeros(12, np.bool_)))
    assert np.isnan(numbers(nothing)).all()
    single = realised_vols(bars().rows(np.arange(12) == 3))
    assert np.isnan([single.close_close, single.close_close_centred, single.yang_zhang]).all()
    assert single.parkinson > 0.0


def test_bars_are_checked_at_the_door() -> None:
    one = bars()
    with pytest.raises(ValueError, match="ascending"):
        replace(one, at_ns=one.at_ns[::-1])
    with pytest.raises(ValueError, match="one length"):
        replace(one, close=one.close[1:])
