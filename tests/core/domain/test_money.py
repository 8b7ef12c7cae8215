"""Amounts, coins, USD, profit and fees, against the venue's recorded figures."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.instrument import Instrument
from core.domain.money import (
    amount_of_coin,
    coin_of_amount,
    decimal_of,
    fee,
    notional_usd,
    profit,
)
from tests.core.domain.contracts import BTC_CALL, BTC_LINEAR_CALL, BTC_PERPETUAL, ETH_LINEAR

INDEX = Decimal("80808.14")
instruments = st.sampled_from([BTC_PERPETUAL, ETH_LINEAR, BTC_CALL, BTC_LINEAR_CALL])
prices = st.integers(1, 10**7).map(lambda units: Decimal(units) / 100)


def test_only_inverse_futures_count_in_usd() -> None:
    price = Decimal(50_000)
    assert coin_of_amount(BTC_PERPETUAL, Decimal(-1_000), price) == Decimal("-0.02")
    for instrument in (ETH_LINEAR, BTC_CALL, BTC_LINEAR_CALL):
        assert coin_of_amount(instrument, Decimal(-2), price) == -2


@given(instruments, st.integers(-(10**6), 10**6).map(Decimal), prices)
def test_coins_and_amounts_come_back(
    instrument: Instrument, amount: Decimal, price: Decimal
) -> None:
    coin = coin_of_amount(instrument, amount, price)
    back = amount_of_coin(instrument, coin, price)
    assert back == pytest.approx(amount, rel=Decimal("1e-20"), abs=Decimal("1e-20"))


def test_usd_at_stake_is_the_face_of_futures_and_the_underlying_of_options() -> None:
    price = Decimal(3_000)
    assert notional_usd(BTC_PERPETUAL, Decimal(-500), price, INDEX) == 500
    assert notional_usd(ETH_LINEAR, Decimal(-2), price, INDEX) == 6_000
    assert notional_usd(BTC_CALL, Decimal(-2), Decimal("0.03"), INDEX) == 2 * INDEX
    assert notional_usd(BTC_LINEAR_CALL, Decimal(2), Decimal(900), INDEX) == 2 * INDEX


def test_the_profit_of_inverse_futures_is_in_coin() -> None:
    # deribit-api.md section 18: size_usd * (1 / entry - 1 / exit).
    long = profit(BTC_PERPETUAL, Decimal(10_000), Decimal(50_000), Decimal(40_000))
    assert long == Decimal("-0.05")
    assert profit(BTC_PERPETUAL, Decimal(-10_000), Decimal(50_000), Decimal(40_000)) == -long


def test_the_profit_of_everything_else_is_linear() -> None:
    # deribit-api.md section 16: 2 bought at 0.0405, marked at 0.03846267.
    option = profit(BTC_CALL, Decimal(2), Decimal("0.0405"), Decimal("0.03846267"))
    assert option == Decimal("-0.00407466")
    # The same section: 0.0001 BTC bought at 84058.7, marked at 84062.77.
    linear = profit(ETH_LINEAR, Decimal("0.0001"), Decimal("84058.7"), Decimal("84062.77"))
    assert linear == Decimal("0.000407")


@given(instruments, st.integers(-1_000, 1_000).map(Decimal), prices, prices)
def test_a_round_trip_at_one_price_earns_nothing_and_the_reverse_trade_the_reverse(
    instrument: Instrument, amount: Decimal, entry: Decimal, exit_: Decimal
) -> None:
    assert profit(instrument, amount, entry, entry) == 0
    there = profit(instrument, amount, entry, exit_)
    assert profit(instrument, -amount, entry, exit_) == -there


def test_an_options_fee_is_a_share_of_the_coin() -> None:
    # deribit-api.md section 15: 2 at 0.039 cost 0.0006 BTC.
    assert fee(BTC_CALL, Decimal(2), Decimal("0.039"), INDEX, is_maker=False) == Decimal("0.0006")


def test_an_options_fee_is_capped_at_an_eighth_of_its_price() -> None:
    assert fee(BTC_CALL, Decimal(-2), Decimal("0.0008"), INDEX, is_maker=True) == Decimal("0.0002")
    linear = fee(BTC_LINEAR_CALL, Decimal(2), Decimal(40), INDEX, is_maker=True)
    assert linear == 10
    uncapped = fee(BTC_LINEAR_CALL, Decimal(2), Decimal(900), INDEX, is_maker=True)
    assert uncapped == Decimal("48.484884")


def test_a_futures_fee_depends_on_who_took() -> None:
    price = Decimal(50_000)
    taker = fee(BTC_PERPETUAL, Decimal(-10_000), price, INDEX, is_maker=False)
    maker = fee(BTC_PERPETUAL, Decimal(10_000), price, INDEX, is_maker=True)
    assert (taker, maker) == (Decimal("0.00007"), Decimal("0.00003"))
    assert fee(ETH_LINEAR, Decimal(2), Decimal(3_000), INDEX, is_maker=False) == Decimal("2.1")


@pytest.mark.parametrize("value", [0.1, 59_000.5, 1e-4, 0.0305, 123_456_789.25])
def test_a_float_becomes_the_decimal_that_prints_the_same(value: float) -> None:
    assert float(decimal_of(value)) == value
    assert decimal_of(0.1) == Decimal("0.1")
