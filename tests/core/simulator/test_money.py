"""Worths, fees and margins against the venue's recorded numbers and its documents."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.simulator.accounts.margin import Exposure, Margin, Terms, margin_of
from core.simulator.accounts.money import (
    delivery_fee_of,
    fee_of,
    liquidation_fee_of,
    part_of,
    payoff,
    price_at,
    worth,
)
from core.simulator.world.listing.instruments import Instrument
from core.simulator.world.listing.terms import (
    INVERSE_FUTURE,
    INVERSE_OPTION,
    INVERSE_PERPETUAL,
    LINEAR_PERPETUAL,
)

PERPETUAL = Instrument(
    "BTC-PERPETUAL", 1, "future", "BTC", "BTC", "btc_usd", 2**50, "perpetual", 0,
    INVERSE_PERPETUAL["BTC"],
)  # fmt: skip
FUTURE = replace(
    PERPETUAL, name="BTC-25DEC26", period="month", expiry_ms=1, terms=INVERSE_FUTURE["BTC"]
)
LINEAR = replace(
    PERPETUAL, name="BTC_USDC-PERPETUAL", settlement="USDC", terms=LINEAR_PERPETUAL["BTC"]
)
OPTION = Instrument(
    "BTC-25DEC26-90000-C", 2, "option", "BTC", "BTC", "btc_usd", 1, "month", 0,
    INVERSE_OPTION["BTC"], 90_000.0, "call",
)  # fmt: skip
LINEAR_OPTION = replace(
    OPTION, name="BTC_USDC-30OCT26-90000-C", settlement="USDC", index_name="btc_usdc"
)
PUT = replace(OPTION, name="BTC-25DEC26-90000-P", option_type="put")
INDEX = Decimal(80_000)


def d(text: str) -> Decimal:
    """A decimal."""
    return Decimal(text)


@given(
    st.integers(1, 10**8), st.integers(1, 10**8), st.decimals("20", "200000", places=2),
    st.decimals("20", "200000", places=2),
)  # fmt: skip
def test_the_sides_of_a_trade_cancel_and_parts_make_the_whole(
    size: int, other: int, price: Decimal, mark: Decimal
) -> None:
    whole, part = 10 * Decimal(size + other), 10 * Decimal(size)
    for it in (PERPETUAL, LINEAR):
        for at in (price, mark):
            assert worth(it, whole, at) + worth(it, -whole, at) == 0
            assert worth(it, part, at) + worth(it, whole - part, at) == worth(it, whole, at)
        cost = worth(it, whole, price)
        share = part_of(it, cost, part, whole)
        assert price_at(it, part, share) == pytest.approx(price, rel=Decimal("1e-9"))
        assert price_at(it, whole - part, cost - share) == pytest.approx(price, rel=Decimal("1e-9"))


def test_profits_are_those_the_venue_recorded() -> None:
    lost = worth(PERPETUAL, d("-540"), d("2219.36")) - worth(PERPETUAL, d("-540"), d("2093.33"))
    assert float(lost) == pytest.approx(-0.014649126, abs=1e-6)
    won = worth(LINEAR, d("0.0001"), d("84062.77")) - worth(LINEAR, d("0.0001"), d("84058.7"))
    assert won == d("0.000407")


def test_option_fees_are_capped_at_an_eighth_of_the_price() -> None:
    assert fee_of(OPTION, d("2"), d("0.039"), INDEX, False) == d("0.0006")
    assert fee_of(OPTION, d("2"), d("0.0008"), INDEX, False) == d("0.0002")
    assert fee_of(LINEAR_OPTION, d("0.5"), d("1500"), INDEX, True) == d("12")
    assert fee_of(LINEAR_OPTION, d("0.5"), d("40"), INDEX, True) == d("2.5")


def test_future_fees_are_of_the_notional() -> None:
    taker = LINEAR.terms.taker_fee
    assert fee_of(LINEAR, d("0.1"), d("80000"), INDEX, False) == 8_000 * taker
    assert fee_of(PERPETUAL, d("8000"), d("80000"), INDEX, False) == d("0.1") * taker


def test_a_forced_execution_costs_one_percent_or_a_quarter_of_a_cheap_option() -> None:
    assert liquidation_fee_of(PERPETUAL, d("8000"), d("80000"), INDEX) == d("0.001")
    assert liquidation_fee_of(LINEAR, d("0.1"), d("80000"), INDEX) == d("80")
    assert liquidation_fee_of(OPTION, d("2"), d("0.1"), INDEX) == d("0.02")
    assert liquidation_fee_of(OPTION, d("2"), d("0.02"), INDEX) == d("0.01")
    assert liquidation_fee_of(LINEAR_OPTION, d("1"), d("8000"), INDEX) == d("800")


def test_delivery_is_free_for_daily_options_and_weekly_futures_and_capped() -> None:
    assert delivery_fee_of(replace(OPTION, period="day"), d("1"), INDEX, d("0.1")) == 0
    assert delivery_fee_of(replace(FUTURE, period="week"), d("8000"), INDEX, d("0")) == 0
    assert delivery_fee_of(FUTURE, d("-8000"), INDEX, d("0")) == d("0.000025")
    assert delivery_fee_of(OPTION, d("-2"), INDEX, d("0.1")) == d("0.0003")
    assert delivery_fee_of(OPTION, d("2"), INDEX, d("0.0004")) == d("0.0001")
    assert delivery_fee_of(OPTION, d("2"), INDEX, d("0")) == 0
    assert delivery_fee_of(LINEAR_OPTION, d("2"), INDEX, d("5000")) == d("24")


def test_options_pay_what_they_are_in_the_money_in_their_own_currency() -> None:
    assert payoff(OPTION, d("100000")) == d("0.1")
    assert payoff(OPTION, d("80000")) == 0
    assert payoff(PUT, d("80000")) == d("0.125")
    assert payoff(LINEAR_OPTION, d("100000")) == d("10000")


def test_the_margin_of_a_linear_perpetual_is_the_recorded_one() -> None:
    margin = margin_of(LINEAR, Exposure(0.0001), Terms(84_062.77, 84_024.37))
    assert margin.initial == pytest.approx(0.16812554, abs=1e-8)
    assert margin.maintenance == pytest.approx(0.112089298, abs=1e-9)


def test_the_margin_of_an_inverse_future_grows_with_its_size() -> None:
    margin = margin_of(PERPETUAL, Exposure(800_000.0), Terms(80_000.0, 80_000.0))
    assert margin.initial == pytest.approx(10 * (0.02 + 0.00005 * 10))
    assert margin.maintenance == pytest.approx(10 * (0.01 + 0.00005 * 10))


def test_short_options_bind_by_moneyness_and_linear_ones_in_usdc() -> None:
    near, far = Terms(0.04, 90_000.0), Terms(0.01, 60_000.0)
    at_money = margin_of(OPTION, Exposure(-2.0), near)
    assert at_money.initial == pytest.approx(0.38)
    assert at_money.maintenance == pytest.approx(0.23)
    assert margin_of(OPTION, Exposure(-1.0), far).initial == pytest.approx(0.11)
    assert margin_of(PUT, Exposure(-1.0), near).maintenance == pytest.approx(0.115)
    assert margin_of(OPTION, Exposure(2.0), near) == Margin(0.0, 0.0, 0.0)
    linear = margin_of(LINEAR_OPTION, Exposure(-2.0), Terms(3_600.0, 90_000.0))
    assert linear.initial == pytest.approx(2 * (0.15 * 90_000 + 3_600))
    assert linear.maintenance == pytest.approx(2 * (0.075 * 90_000 + 3_600))


def test_only_orders_that_add_risk_bind_margin() -> None:
    terms = Terms(0.04, 90_000.0)
    assert margin_of(OPTION, Exposure(2.0, selling=2.0), terms).orders == 0.0
    assert margin_of(OPTION, Exposure(2.0, selling=3.0), terms).orders == pytest.approx(0.19)
    back = Exposure(-2.0, buying=2.0, buying_cost=0.09)
    assert margin_of(OPTION, back, terms).orders == 0.0
    fresh = Exposure(0.0, buying=2.0, buying_cost=0.09)
    assert margin_of(OPTION, fresh, terms).orders == pytest.approx(0.09)
    price = Terms(80_000.0, 80_000.0)
    closing = margin_of(LINEAR, Exposure(0.5, selling=1.0), price)
    assert closing.orders == 0.0
    assert margin_of(LINEAR, Exposure(0.5, selling=1.5), price).orders == pytest.approx(800.0)
