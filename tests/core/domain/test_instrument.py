"""Ticks and amounts: what is rounded lies on the venue's grid and never on the wrong side."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.instrument import Instrument, expiry_label
from tests.core.domain.contracts import BTC_CALL, BTC_LINEAR_CALL, BTC_PERPETUAL, ETH_LINEAR

ALL = (BTC_PERPETUAL, ETH_LINEAR, BTC_CALL, BTC_LINEAR_CALL)
instruments = st.sampled_from(ALL)
prices = st.integers(1, 10**9).map(lambda units: Decimal(units) / 10**5)


@pytest.mark.parametrize(
    ("price", "tick"),
    [("0.0001", "0.0001"), ("0.0049", "0.0001"), ("0.005", "0.0005"), ("0.3", "0.0005")],
)
def test_option_ticks_grow_with_the_price(price: str, tick: str) -> None:
    assert BTC_CALL.tick_at(Decimal(price)) == Decimal(tick)


@pytest.mark.parametrize(
    ("price", "down", "near", "up"),
    [
        ("0.00494", "0.0049", "0.0049", "0.005"),
        ("0.00495", "0.0049", "0.005", "0.005"),
        ("0.00501", "0.005", "0.005", "0.0055"),
        ("0.00525", "0.005", "0.0055", "0.0055"),
        ("0.0305", "0.0305", "0.0305", "0.0305"),
    ],
)
def test_prices_are_put_on_the_tick_in_force(price: str, down: str, near: str, up: str) -> None:
    value = Decimal(price)
    rounded = [BTC_CALL.price_down(value), BTC_CALL.price_near(value), BTC_CALL.price_up(value)]
    assert rounded == [Decimal(down), Decimal(near), Decimal(up)]


@given(instruments, prices)
def test_a_rounded_price_is_a_price_and_no_further_than_a_tick(
    instrument: Instrument, price: Decimal
) -> None:
    low, high = instrument.price_down(price), instrument.price_up(price)
    assert low <= price <= high
    assert instrument.is_price(low)
    assert instrument.is_price(high)
    assert instrument.price_near(price) in (low, high)
    assert high - low in (0, instrument.tick_at(price))


@given(instruments, prices, st.integers(1, 30))
def test_steps_up_and_down_come_back(instrument: Instrument, price: Decimal, steps: int) -> None:
    start = instrument.price_near(price)
    there = instrument.next_price(start, steps)
    assert there > start
    assert instrument.is_price(there)
    assert instrument.next_price(there, -steps) == start


@pytest.mark.parametrize(
    ("start", "steps", "end"),
    [
        ("0.0049", 1, "0.005"),
        ("0.0049", 2, "0.0055"),
        ("0.005", -1, "0.0049"),
        ("0.0055", -2, "0.0049"),
    ],
)
def test_steps_cross_the_border_of_two_ticks(start: str, steps: int, end: str) -> None:
    assert BTC_CALL.next_price(Decimal(start), steps) == Decimal(end)


@pytest.mark.parametrize(
    ("amount", "near"),
    [("14.9", "10"), ("15", "20"), ("-15", "-20"), ("-14.9", "-10"), ("4.9", "0"), ("0", "0")],
)
def test_amounts_round_to_the_contract_with_halves_away_from_zero(amount: str, near: str) -> None:
    assert BTC_PERPETUAL.amount_near(Decimal(amount)) == Decimal(near)


@pytest.mark.parametrize(
    ("amount", "fits"), [("10", True), ("250", True), ("15", False), ("0", False), ("-10", False)]
)
def test_an_amount_is_a_positive_multiple_of_the_smallest(amount: str, fits: bool) -> None:
    assert BTC_PERPETUAL.is_amount(Decimal(amount)) == fits


def test_decimals_follow_the_grid() -> None:
    shown = [(one.price_decimals, one.amount_decimals) for one in ALL]
    assert shown == [(1, 0), (2, 3), (4, 1), (0, 2)]


def test_the_expiry_is_written_as_the_venue_writes_it() -> None:
    assert BTC_CALL.expiry_label == "25DEC26"
    assert BTC_PERPETUAL.expiry_label == ""
    assert expiry_label(1_791_187_200_000_000_000) == "5OCT26"


def test_only_calls_and_puts_are_options() -> None:
    assert [one.is_option for one in ALL] == [False, False, True, True]
