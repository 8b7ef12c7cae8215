"""Both legs or none: the second follows the first's fill, a broken pair is unwound."""

from __future__ import annotations

from decimal import Decimal

from core.settings import PairSettings
from core.strategies.pair.legs import PairLegs
from tests.core.strategies.market import Market, perpetual

Z, H = "ETH_USDC-PERPETUAL", "BTC_USDC-PERPETUAL"
SETTINGS = PairSettings(leg_timeout_s=10.0, ratio_tolerance=0.1)
RATIO = Decimal("0.04")


def a_market() -> Market:
    return Market(perpetual(Z, "0.001", False), perpetual(H, "0.0001", False))


def wanted(legs: PairLegs, market: Market) -> dict[str, Decimal]:
    """What the legs want now, by instrument."""
    return {target.instrument: target.amount for target in legs.follow(market.now)}


def longs(market: Market) -> PairLegs:
    """Legs that were just told to hold +5 of leg z."""
    legs = PairLegs(SETTINGS)
    legs.wish(Decimal(5), RATIO, "signal", market.clock.now_ns())
    return legs


def test_leg_h_waits_for_the_first_fill_and_follows_each_part() -> None:
    market = a_market()
    legs = longs(market)
    assert wanted(legs, market) == {Z: Decimal(5)}
    market.holdings.put("pair", Z, "2")
    assert wanted(legs, market) == {Z: Decimal(5), H: Decimal("-0.08")}
    market.holdings.put("pair", Z, "5")
    assert wanted(legs, market) == {Z: Decimal(5), H: Decimal("-0.2")}


def test_a_filled_pair_wants_nothing_more() -> None:
    market = a_market()
    legs = longs(market)
    market.holdings.put("pair", Z, "5")
    market.holdings.put("pair", H, "-0.2")
    assert wanted(legs, market) == {}
    assert legs.state(market.now) == "holds long spread: +5 ETH_USDC, -0.2 BTC_USDC"


def test_a_first_leg_out_of_time_is_left_at_what_it_holds() -> None:
    market = a_market()
    legs = longs(market)
    market.holdings.put("pair", Z, "2")
    market.holdings.put("pair", H, "-0.08")
    market.wait(10.5)
    assert wanted(legs, market) == {}
    assert legs.event == "leg z filled +2 of +5 in time: left at that"


def test_a_second_leg_out_of_time_breaks_the_pair_and_both_are_unwound() -> None:
    market = a_market()
    legs = longs(market)
    market.holdings.put("pair", Z, "5")
    legs.follow(market.now)
    market.wait(10.5)
    assert wanted(legs, market) == {Z: Decimal(0), H: Decimal(0)}
    assert legs.event == "broken pair: +5 against +0, unwinding both legs"
    market.wait(100.0)
    assert wanted(legs, market) == {Z: Decimal(0), H: Decimal(0)}
    market.holdings.put("pair", Z, "0")
    market.holdings.in_flight.add(("pair", H))
    assert wanted(legs, market) == {Z: Decimal(0), H: Decimal(0)}
    market.holdings.in_flight.clear()
    assert wanted(legs, market) == {}
    assert not legs.is_closing


def test_a_flip_goes_straight_to_the_other_side_with_leg_h_behind() -> None:
    market = a_market()
    legs = PairLegs(SETTINGS)
    market.holdings.put("pair", Z, "5")
    market.holdings.put("pair", H, "-0.2")
    legs.wish(Decimal(-5), RATIO, "signal", market.clock.now_ns())
    assert wanted(legs, market) == {Z: Decimal(-5)}
    market.holdings.put("pair", Z, "-5")
    assert wanted(legs, market) == {Z: Decimal(-5), H: Decimal("0.2")}
    assert legs.aim(market.now) == -1


def test_a_ratio_inside_the_tolerance_is_left_alone_and_one_outside_is_worked() -> None:
    market = a_market()
    legs = PairLegs(SETTINGS)
    market.holdings.put("pair", Z, "5")
    market.holdings.put("pair", H, "-0.2")
    legs.keep_ratio(RATIO)
    legs.keep_ratio(Decimal("0.0439"))
    assert wanted(legs, market) == {}
    legs.keep_ratio(Decimal("0.05"))
    assert wanted(legs, market) == {H: Decimal("-0.25")}


def test_lots_found_at_the_start_are_kept_until_a_ratio_is_known() -> None:
    market = a_market()
    legs = PairLegs(SETTINGS)
    market.holdings.put("pair", Z, "-5")
    market.holdings.put("pair", H, "0.13")
    assert wanted(legs, market) == {}
    assert legs.side(market.now) == -1


def test_a_second_leg_without_a_first_is_closed() -> None:
    market = a_market()
    legs = PairLegs(SETTINGS)
    market.holdings.put("pair", H, "0.13")
    assert wanted(legs, market) == {H: Decimal(0)}


def test_leaving_takes_leg_h_out_behind_leg_z() -> None:
    market = a_market()
    legs = PairLegs(SETTINGS)
    market.holdings.put("pair", Z, "5")
    market.holdings.put("pair", H, "-0.2")
    legs.keep_ratio(RATIO)
    legs.leave("exit", market.clock.now_ns())
    market.holdings.put("pair", Z, "1")
    assert wanted(legs, market) == {Z: Decimal(0), H: Decimal("-0.04")}
    market.holdings.put("pair", Z, "0")
    market.holdings.put("pair", H, "0")
    assert wanted(legs, market) == {}
    assert legs.state(market.now) == ""


def test_lots_of_other_sleeves_are_never_touched() -> None:
    market = a_market()
    market.holdings.put("manual", Z, "3")
    market.holdings.put("manual", H, "1")
    legs = PairLegs(SETTINGS)
    assert wanted(legs, market) == {}
    legs.close("margin")
    assert wanted(legs, market) == {}
