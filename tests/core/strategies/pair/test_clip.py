"""Sizes of both legs, and what the account must carry."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.settings import PairSettings
from core.strategies.pair.clip import Clip, Leg, clip_for
from core.strategies.pair.margin import closing_reason, entry_problem
from tests.core.strategies.market import FakeHoldings, figures, perpetual

Z = Leg(perpetual("ETH_USDC-PERPETUAL", "0.001", False), 3_000.0)
H = Leg(perpetual("BTC_USDC-PERPETUAL", "0.0001", False), 90_000.0)
SETTINGS = PairSettings()


@pytest.mark.parametrize(("side", "z", "h"), [(1, "6.667", "-0.2445"), (-1, "-6.667", "0.2445")])
def test_leg_h_is_beta_usd_for_each_usd_of_leg_z_on_the_other_side(
    side: int, z: str, h: str
) -> None:
    clip = clip_for(SETTINGS, Z, H, 1.1, side)
    assert isinstance(clip, Clip)
    assert (clip.amount_z, clip.amount_h) == (Decimal(z), Decimal(h))
    assert float(clip.notional_h / clip.notional_z) == pytest.approx(1.1, rel=1e-3)


def test_inverse_contracts_count_in_usd() -> None:
    z = Leg(perpetual("ETH-PERPETUAL", "1"), 3_000.0)
    h = Leg(perpetual("BTC-PERPETUAL", "10"), 90_000.0)
    clip = clip_for(SETTINGS, z, h, 1.1, 1)
    assert isinstance(clip, Clip)
    assert (clip.amount_z, clip.amount_h) == (Decimal(20_000), Decimal(-22_000))


def test_a_clip_too_small_for_whole_contracts_is_refused_with_its_size() -> None:
    tiny = PairSettings(clip_usd=Decimal(1))
    assert clip_for(tiny, Z, H, 1.1, 1) == ("1 USD is less than one contract of ETH_USDC-PERPETUAL")
    coarse = Leg(perpetual("BTC_USDC-PERPETUAL", "1", False), 90_000.0)
    assert clip_for(SETTINGS, Z, coarse, 1.1, 1) == (
        "20000 USD is too small for whole contracts of BTC_USDC-PERPETUAL"
    )


def test_an_entry_needs_a_fifth_more_than_its_margin() -> None:
    holdings = FakeHoldings()
    added = ((Z, Decimal(20_000)), (H, Decimal(22_000)))
    assert entry_problem(holdings, added) == "no account figures of USDC yet"
    holdings.accounts["USDC"] = figures("USDC", "5000", free="1007.99")
    assert entry_problem(holdings, added) == (
        "1007.9900 USDC available, 1008.0000 needed as margin"
    )
    holdings.accounts["USDC"] = figures("USDC", "5000", free="1008")
    assert entry_problem(holdings, added) == ""


def test_a_leg_that_shrinks_needs_no_margin() -> None:
    holdings = FakeHoldings()
    holdings.accounts["USDC"] = figures("USDC", "5000", free="0")
    assert entry_problem(holdings, ((Z, Decimal(-5)), (H, Decimal(0)))) == ""


def test_inverse_legs_are_carried_by_their_coins() -> None:
    holdings = FakeHoldings()
    leg = Leg(perpetual("BTC-PERPETUAL", "10"), 100_000.0)
    holdings.accounts["BTC"] = figures("BTC", "1", free="0.0047")
    assert entry_problem(holdings, ((leg, Decimal(20_000)),)) == (
        "0.0047 BTC available, 0.0048 needed as margin"
    )


def test_the_alarm_rings_when_maintenance_margin_comes_within_a_tenth_of_equity() -> None:
    holdings = FakeHoldings()
    assert closing_reason(holdings, ("USDC", "USDC")) == ""
    holdings.accounts["USDC"] = figures("USDC", "1100", "1000")
    assert closing_reason(holdings, ("USDC",)) == ""
    holdings.accounts["USDC"] = figures("USDC", "1099", "1000")
    assert closing_reason(holdings, ("USDC",)) == (
        "USDC equity 1099.0000 is below 1.1 x maintenance margin 1000.0000"
    )
