"""One holding equals a plain slow ledger: add, reduce, close, flip, short-add."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.fill import Fill
from core.domain.instrument import Instrument
from core.domain.money import profit
from core.domain.position import Position
from core.trading.ledger.holding import Holding
from tests.core.trading.ledger.slow_ledger import Trade, replay
from tests.core.trading.market import INSTRUMENTS
from tests.core.trading.rig import decimals

PERPETUAL, LINEAR, OPTION = INSTRUMENTS
TOLERANCE = Fraction(1, 10**18)
ZERO = Decimal(0)


def trade(amount: Decimal, price: Decimal, instrument: Instrument = PERPETUAL) -> Fill:
    return Fill(instrument.name, "t", "o", "", amount, price, Decimal("0.01"), 1, profit=Decimal(7))


def held_after(instrument: Instrument | None, trades: list[Trade]) -> Holding:
    holding = Holding()
    for amount, price in trades:
        holding.take(instrument, trade(amount, price))
    return holding


amounts = st.integers(-500, 500).filter(bool).map(Decimal)
prices = st.integers(1, 2_000_000).map(lambda ticks: Decimal(ticks) / 20)


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda one: str(one.name))
@given(trades=st.lists(st.tuples(amounts, prices), min_size=1, max_size=25))
def test_it_equals_the_slow_ledger(instrument: Instrument, trades: list[Trade]) -> None:
    holding = held_after(instrument, trades)
    expected = replay(trades, is_harmonic=instrument is PERPETUAL)
    assert Fraction(holding.amount) == expected.amount
    assert _near(holding.average, expected.average)
    assert _near(holding.realised, expected.realised)
    assert holding.fees == Decimal("0.01") * len(trades)


@pytest.mark.parametrize(
    ("trades", "amount", "average"),
    [
        ([(100, 50_000), (100, 40_000)], 200, Decimal(400_000) / 9),
        ([(100, 50_000), (-40, 60_000)], 60, 50_000),
        ([(100, 50_000), (-100, 60_000)], 0, 0),
        ([(100, 50_000), (-300, 60_000)], -200, 60_000),
        ([(-100, 50_000), (-100, 40_000)], -200, Decimal(400_000) / 9),
    ],
    ids=["add", "reduce", "close", "flip", "short-add"],
)
def test_inverse_futures_average_harmonically(
    trades: list[tuple[int, int]], amount: int, average: Decimal
) -> None:
    holding = held_after(PERPETUAL, [(Decimal(size), Decimal(price)) for size, price in trades])
    assert holding.amount == amount
    assert holding.average == pytest.approx(Decimal(average))


def test_adding_at_the_same_price_keeps_the_price_as_it_was() -> None:
    price = Decimal("86438.5")
    holding = held_after(PERPETUAL, [(Decimal(size), price) for size in (-570, -250_000, -30)])
    assert str(holding.average) == "86438.5"
    whole = held_after(LINEAR, [(Decimal(size), Decimal(60_000)) for size in (3, 7)])
    assert str(whole.average) == "60000"


def test_the_profit_of_an_inverse_short_is_in_coin() -> None:
    # deribit-api.md section 16: short 540 USD of ETH from 2093.33, marked at 2219.36. The
    # average is rounded to a cent there, which is worth 6.2e-7 ETH.
    trades = [(Decimal(-540), Decimal("2093.33")), (Decimal(540), Decimal("2219.36"))]
    holding = held_after(PERPETUAL, trades)
    assert holding.realised == pytest.approx(Decimal("-0.014649126"), abs=Decimal("7e-7"))


def test_an_unlisted_contract_realises_what_the_venue_says() -> None:
    trades = [(Decimal(100), Decimal(50)), (Decimal(-100), Decimal(60))]
    assert held_after(None, trades).realised == 7


def test_a_missing_average_invents_no_profit() -> None:
    holding = Holding(Decimal(100))
    holding.take(PERPETUAL, trade(Decimal(-40), Decimal(60_000)))
    assert (holding.amount, holding.realised) == decimals(60, 7)


def test_an_option_that_ends_worthless_costs_its_premium() -> None:
    trades = [(Decimal(2), Decimal("0.03")), (Decimal(-2), Decimal(0))]
    assert held_after(OPTION, trades).realised == Decimal("-0.06")


def test_what_an_earlier_run_left_goes_on_counting() -> None:
    lot = Position(PERPETUAL.name, *decimals(-40, 60_000, "0.5", "0.1", "-0.2"))
    holding = Holding(Decimal(100), Decimal(50_000))
    holding.resume(PERPETUAL, lot)
    gained = Decimal(40) * (1 / Decimal(50_000) - 1 / Decimal(60_000))
    assert (holding.amount, holding.average) == decimals(60, 50_000)
    assert holding.realised == pytest.approx(gained + Decimal("0.5"))
    assert (holding.fees, holding.funding) == decimals("0.1", "-0.2")


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda one: str(one.name))
def test_taking_over_an_average_moves_profit_and_makes_none(instrument: Instrument) -> None:
    mark = Decimal(55_000)
    holding = held_after(instrument, [(Decimal(-300), Decimal(60_000))])
    before = holding.realised + profit(instrument, holding.amount, holding.average, mark)
    holding.restate(instrument, Decimal(50_000))
    after = holding.realised + profit(instrument, holding.amount, holding.average, mark)
    assert holding.average == 50_000
    assert after == pytest.approx(before)


def _near(value: Decimal, exact: Fraction) -> bool:
    return abs(Fraction(value) - exact) <= TOLERANCE * (1 + abs(exact))
