"""The delta hedger, through its one door: what it wants its sleeve to hold."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import isnan

import pytest

from core.clock import YEAR_NS
from core.errors import SettingsError
from core.settings import HedgerSettings
from core.strategies.hedger import DeltaHedger
from core.trading.journal import HedgeRecord
from core.trading.strategy import Target
from tests.core.strategies.market import START_NS, Market, option, perpetual

PERPETUAL = "BTC-PERPETUAL"
CALL = "BTC-25DEC26-1-C"
"""So deep in the money that its Black-Scholes delta is exactly 1."""
ATM = "BTC-25DEC26-100000-C"
EXPIRY_NS = START_NS + 30 * YEAR_NS // 365
SETTINGS = HedgerSettings(instruments=(PERPETUAL,), delta="bs")


def a_market(price: float = 20_000.0, size: str = "10") -> Market:
    """One perpetual, a future, and two calls of its chain, all fresh."""
    market = Market(
        perpetual(PERPETUAL, size),
        perpetual("BTC-25DEC26", size),
        option(CALL, EXPIRY_NS),
        option(ATM, EXPIRY_NS),
    )
    market.quote(PERPETUAL, price)
    market.quote("BTC-25DEC26", price)
    market.mark(CALL, price, 0.6)
    market.mark(ATM, 100_000.0, 0.6)
    return market


def running(market: Market, settings: HedgerSettings = SETTINGS) -> DeltaHedger:
    """A hedger switched on."""
    hedger = DeltaHedger(settings)
    hedger.start(market.now)
    return hedger


def order(hedger: DeltaHedger, market: Market) -> Decimal:
    """What the hedger wants beyond what its sleeve holds."""
    wanted = {target.instrument: target.amount for target in hedger.on_time(market.now)}
    held = market.holdings.held("hedger", PERPETUAL)
    return wanted.get(PERPETUAL, held) - held


def step(hedger: DeltaHedger, market: Market, seconds: float) -> tuple[Target, ...]:
    """Everything stays fresh while `seconds` go by."""
    market.wait(seconds)
    market.mark(CALL, 20_000.0, 0.6)
    return hedger.on_time(market.now)


@pytest.mark.parametrize(
    ("price", "delta", "position", "size", "wanted"),
    [
        (20000.0, "0.0024", "0", "10", "0"),
        (20000.0, "0.0025", "0", "10", "0"),
        (20000.0, "0.00251", "0", "10", "-50"),
        (98765.5, "1.73214", "-171000", "10", "0"),
        (98765.5, "1.73214", "-171080", "10", "0"),
        (98765.5, "-0.8105", "50000", "10", "30050"),
        (3412.25, "4.2075", "-14000", "1", "-357"),
        (3412.25, "0.003", "0", "1", "-10"),
        (1500.0, "0.0031", "0", "10", "0"),
    ],
)
def test_the_band_rule_of_the_reference_table(
    price: float, delta: str, position: str, size: str, wanted: str
) -> None:
    market = a_market(price, size)
    market.holdings.put("manual", CALL, delta)
    market.holdings.put("hedger", PERPETUAL, position)
    assert order(running(market), market) == Decimal(wanted)


def test_the_net_delta_leaves_the_premium_out() -> None:
    market = a_market(100_000.0)
    market.holdings.put("manual", ATM, "10")
    settings = replace(SETTINGS, delta="net", max_order_usd=Decimal(10**7))
    assert order(running(market, settings), market) == Decimal(-465_730)
    assert order(running(market, replace(settings, delta="bs")), market) == Decimal(-534_270)


def test_to_the_edge_it_trades_just_inside_the_band() -> None:
    market = a_market(98765.5)
    market.holdings.put("manual", CALL, "-0.8105")
    market.holdings.put("hedger", PERPETUAL, "50000")
    wanted = order(running(market, replace(SETTINGS, target="edge", band_coin=0.1)), market)
    left = -0.8105 + (50_000 + float(wanted)) / 98765.5
    assert -0.1 <= left < -0.1 + 10 / 98765.5


def test_the_cost_aware_band_is_wide_where_gamma_is() -> None:
    market = a_market(100_000.0)
    market.holdings.put("manual", ATM, "1")
    settings = replace(SETTINGS, band="whalley_wilmott", risk_aversion=1e-5)
    hedger = DeltaHedger(settings)
    hedger.on_time(market.now)
    assert hedger.view[0].band == pytest.approx(0.158798344881, rel=1e-9)
    market.holdings.put("manual", ATM, "0")
    market.holdings.put("manual", CALL, "1")
    market.wait(1.0)
    market.mark(CALL, 100_000.0, 0.6)
    hedger.on_time(market.now)
    assert hedger.view[0].band == pytest.approx(0.5 * 10 / 100_000.0)


def test_a_thousand_ticks_in_a_burst_are_one_order() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "1")
    hedger = running(market)
    said: set[Target] = set()
    for tick in range(1_000):
        market.quote(PERPETUAL, 20_000.0 + tick % 7)
        market.mark(CALL, 20_000.0, 0.6)
        said.update(hedger.on_time(market.now))
        market.clock.advance_s(0.001)
    assert [target.amount for target in said] == [Decimal(-20_000)]


def test_nothing_new_is_decided_while_an_order_is_in_flight() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "1")
    hedger = running(market)
    first = hedger.on_time(market.now)
    market.holdings.in_flight.add(("hedger", PERPETUAL))
    market.holdings.put("manual", CALL, "3")
    assert all(step(hedger, market, 1.0) == first for _ in range(20))
    assert "in flight" in hedger.status()


def test_after_a_fill_it_cools_down_before_the_next_order() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "1")
    hedger = running(market)
    (first,) = hedger.on_time(market.now)
    market.holdings.take(first)
    market.holdings.put("manual", CALL, "2")
    assert step(hedger, market, 0.6) == ()
    assert "cooling down" in hedger.status()
    (second,) = step(hedger, market, 2.0)
    assert second.amount == Decimal(-40_000)


def test_an_order_that_never_fills_is_given_up_and_decided_anew() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "1")
    hedger = running(market)
    hedger.on_time(market.now)
    market.holdings.put("manual", CALL, "0.5")
    assert [one.amount for one in step(hedger, market, 1.0)] == [Decimal(-20_000)]
    assert [one.amount for one in step(hedger, market, 4.0)] == [Decimal(-10_000)]


def test_an_order_given_up_is_taken_back_when_nothing_is_needed_any_more() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "1")
    hedger = running(market)
    hedger.on_time(market.now)
    market.holdings.put("manual", CALL, "0.001")
    assert step(hedger, market, 4.0) == ()
    assert hedger.status() == "BTC inside the band"


def test_one_order_is_never_larger_than_the_cap() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "10")
    hedger = running(market, replace(SETTINGS, max_order_usd=Decimal(30_005)))
    (first,) = hedger.on_time(market.now)
    assert first.amount == Decimal(-30_000)
    market.holdings.take(first)
    step(hedger, market, 0.6)
    (second,) = step(hedger, market, 2.5)
    assert second.amount == Decimal(-60_000)


def test_execution_carries_the_price_cap_and_the_passive_time() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "1")
    (target,) = running(market).on_time(market.now)
    assert target.execution.passive_s == SETTINGS.passive_s
    assert target.execution.price_cap_pct == SETTINGS.price_cap_pct
    assert target.why == "net delta +1.0000 > band 0.0025: SELL 20,000 USD BTC-PERPETUAL"


def test_other_futures_are_no_hedge_and_are_left_alone() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "1")
    market.holdings.put("manual", "BTC-25DEC26", "-20000")
    (target,) = running(market).on_time(market.now)
    assert (target.instrument, target.amount) == (PERPETUAL, Decimal(-20_000))


def test_what_the_pair_holds_in_the_contract_is_no_hedge() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "1")
    market.holdings.put("pair", PERPETUAL, "-20000")
    assert order(running(market), market) == Decimal(-20_000)


def test_a_manual_position_in_the_contract_counts() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "1")
    market.holdings.put("manual", PERPETUAL, "-20000")
    assert running(market).on_time(market.now) == ()


def test_a_restart_does_not_hedge_twice() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "1")
    market.holdings.put("hedger", PERPETUAL, "-20000")
    hedger = running(market)
    assert hedger.on_time(market.now) == ()
    assert hedger.status() == "BTC inside the band"


def test_an_old_option_ticker_stops_it_and_is_named() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "1")
    hedger = running(market)
    market.wait(11.0)
    assert hedger.on_time(market.now) == ()
    assert hedger.status() == f"BTC stopped: {CALL} is 11 s old"
    assert isnan(hedger.view[0].option_delta)


def test_an_option_without_volatility_stops_it_and_is_named() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "1")
    market.mark(CALL, 20_000.0, 0.0)
    hedger = running(market)
    assert hedger.on_time(market.now) == ()
    assert hedger.status() == f"BTC stopped: {CALL} has no mark volatility"


def test_an_option_that_is_not_listed_stops_it_and_is_named() -> None:
    market = a_market()
    market.holdings.put("manual", "BTC-1JAN20-5000-P", "1")
    hedger = running(market)
    assert hedger.on_time(market.now) == ()
    assert hedger.status() == "BTC stopped: BTC-1JAN20-5000-P is held but not listed"


def test_a_stale_hedge_book_stops_it_and_is_named() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "1")
    hedger = running(market)
    market.clock.advance_s(5.0)
    assert hedger.on_time(market.now) == ()
    assert hedger.status() == f"BTC stopped: the book of {PERPETUAL} is stale"


def test_the_hedge_goes_when_the_options_are_gone() -> None:
    market = a_market()
    market.holdings.put("hedger", PERPETUAL, "-20000")
    market.holdings.put("manual", PERPETUAL, "7000")
    hedger = running(market)
    assert step(hedger, market, 0.5) == ()
    (target,) = step(hedger, market, 3.0)
    assert target.amount == 0
    assert target.why == "no BTC options left: BUY 20,000 USD BTC-PERPETUAL"


def test_the_hedge_stays_when_the_setting_says_so() -> None:
    market = a_market()
    market.holdings.put("hedger", PERPETUAL, "-20000")
    hedger = running(market, replace(SETTINGS, close_when_no_options=False))
    assert all(step(hedger, market, 1.0) == () for _ in range(10))


def test_without_options_a_manual_position_is_left_alone() -> None:
    market = a_market()
    market.holdings.put("manual", PERPETUAL, "7000")
    hedger = running(market)
    assert all(step(hedger, market, 1.0) == () for _ in range(10))


def test_off_it_wants_nothing_but_shows_what_it_would_do() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "1")
    hedger = DeltaHedger(SETTINGS)
    assert hedger.on_time(market.now) == ()
    (view,) = hedger.view
    assert (view.is_on, view.status, view.mismatch, view.next_order) == (False, "off", 1.0, -20_000)


def test_switched_off_no_target_stands() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "1")
    hedger = running(market)
    assert hedger.on_time(market.now)
    hedger.stop(market.now)
    assert hedger.on_time(market.now) == ()
    hedger.start(market.now)
    assert hedger.on_time(market.now)


def test_the_view_is_made_twice_a_second_only() -> None:
    market = a_market()
    hedger = running(market)
    hedger.on_time(market.now)
    first = hedger.view
    market.wait(0.1)
    hedger.on_time(market.now)
    assert hedger.view is first
    market.wait(0.5)
    hedger.on_time(market.now)
    assert hedger.view is not first


def test_the_delta_fades_in_the_last_half_hour() -> None:
    near = "BTC-24DEC26-1-C"
    market = Market(perpetual(PERPETUAL, "10"), option(near, START_NS + 15 * 60 * 10**9))
    market.quote(PERPETUAL, 20_000.0)
    market.mark(near, 20_000.0, 0.6)
    market.holdings.put("manual", near, "1")
    assert order(running(market), market) == Decimal(-10_000)


def test_the_known_part_of_the_average_decides_what_is_left_to_hedge() -> None:
    near = "BTC-24DEC26-20000-C"
    market = Market(perpetual(PERPETUAL, "10"), option(near, START_NS + 3 * 60 * 10**9))
    market.quote(PERPETUAL, 20_000.0)
    # At the forward it would be at the money; nine tenths of an average of 19,500 are in.
    market.mark(near, 20_000.0, 0.6, delivery=19_500.0)
    market.holdings.put("manual", near, "1")
    assert running(market).on_time(market.now) == ()


def test_linear_options_are_hedged_in_coins_by_their_plain_delta() -> None:
    contract, call = "ETH_USDC-PERPETUAL", "ETH_USDC-25DEC26-1-C"
    market = Market(perpetual(contract, "0.001", False), option(call, EXPIRY_NS, False))
    market.quote(contract, 3_000.0)
    market.mark(call, 3_000.0, 0.6)
    market.holdings.put("manual", call, "2.5004")
    (target,) = running(market, HedgerSettings(instruments=(contract,))).on_time(market.now)
    assert target.amount == Decimal("-2.500")


def test_two_contracts_of_one_currency_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"hedger\.instruments names two contracts of BTC"):
        DeltaHedger(HedgerSettings(instruments=(PERPETUAL, "BTC-25DEC26")))


def told(market: Market) -> list[tuple[str, str]]:
    """(amount asked for, first word of the reason) of everything written down."""
    records = [one for one in market.told if isinstance(one, HedgeRecord)]
    return [(f"{one.amount:f}", one.why.split()[0]) for one in records]


def test_an_act_is_written_down_with_what_was_seen() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "0.5")
    market.holdings.put("hedger", PERPETUAL, "-1000")
    hedger = running(market)
    hedger.on_time(market.now)
    (record,) = market.told
    assert isinstance(record, HedgeRecord)
    assert (record.sleeve, record.currency, record.instrument) == ("hedger", "BTC", PERPETUAL)
    assert record.option_delta == pytest.approx(0.5)
    assert record.hedge_delta == pytest.approx(-0.05)
    assert record.net_delta == pytest.approx(0.45)
    assert (record.target, record.amount) == (Decimal(-10_000), Decimal(-9_000))
    assert record.band == SETTINGS.band_coin
    assert record.why == hedger.view[0].status


def test_a_change_of_mind_is_written_down_once() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "0.001")
    hedger = running(market)
    for _ in range(3):
        step(hedger, market, 1.0)
    market.wait(20.0)
    hedger.on_time(market.now)
    market.wait(1.0)
    hedger.on_time(market.now)
    step(hedger, market, 1.0)
    assert told(market) == [("0", "inside"), ("0", "stopped:"), ("0", "inside")]


def test_a_decision_that_cannot_pass_is_written_down_once_a_minute() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "0.5")
    hedger = running(market)
    for _ in range(150):
        step(hedger, market, 1.0)
    assert [amount for amount, _ in told(market)] == ["-10000"] * 3


def test_a_hedger_that_is_off_writes_nothing_down() -> None:
    market = a_market()
    market.holdings.put("manual", CALL, "0.5")
    DeltaHedger(SETTINGS).on_time(market.now)
    assert market.told == []
