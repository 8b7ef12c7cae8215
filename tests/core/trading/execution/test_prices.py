"""Prices of resting, crossing and leaving orders: on tick, capped, never on the wrong side."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.domain.instrument import Instrument
from core.domain.order import Side
from core.market.quote import Quote
from core.trading.execution.prices import crossing, exit_price, touch
from tests.core.trading.market import INSTRUMENTS, OPTION, PERP, live_board, put_prices
from tests.core.trading.rig import START_NS

PERPETUAL, _, PUT = INSTRUMENTS
CAP = Decimal("0.2")


@given(
    st.sampled_from(INSTRUMENTS),
    st.integers(1, 10**6),
    st.sampled_from(list(Side)),
    st.integers(0, 500),
)
def test_a_crossing_price_takes_the_touch_and_stays_within_its_cap(
    instrument: Instrument, ticks: int, side: Side, cap_bp: int
) -> None:
    best = instrument.price_near(instrument.tick * ticks)
    quote = Quote(instrument.name, bid=float(best), ask=float(best))
    price = crossing(instrument, quote, side, Decimal(cap_bp) / 100)
    assert price is not None
    assert instrument.is_price(price)
    beyond = (price - best) * side.sign
    assert 0 <= beyond <= best * cap_bp / 10_000
    assert price > 0


def test_an_empty_side_has_no_price() -> None:
    nothing = Quote(PERP)
    assert touch(PERPETUAL, nothing, Side.BUY) is None
    assert crossing(PERPETUAL, nothing, Side.SELL, CAP) is None


def test_a_passive_order_joins_its_own_side() -> None:
    quote = Quote(PERP, bid=59_999.5, ask=60_000.0)
    assert touch(PERPETUAL, quote, Side.BUY) == Decimal("59999.5")
    assert touch(PERPETUAL, quote, Side.SELL) == Decimal("60000.0")


@pytest.mark.parametrize(
    ("widen", "price"), [(1, "59700.0"), (2, "59400.0")], ids=["first", "second"]
)
def test_an_exit_reaches_further_with_every_try(widen: int, price: str) -> None:
    board = live_board(ManualClock(START_NS))
    assert exit_price(board, PERPETUAL, Side.SELL, widen) == Decimal(price)


def test_an_exit_from_a_cheap_option_has_at_least_some_ticks_of_room() -> None:
    board = live_board(ManualClock(START_NS))
    put_prices(board, OPTION, 0.0004, 0.0006)
    assert exit_price(board, PUT, Side.BUY, 1) == Decimal("0.0011")
    assert exit_price(board, PUT, Side.SELL, 1) == Decimal("0.0001")


def test_an_exit_prefers_mark_to_an_old_book() -> None:
    clock = ManualClock(START_NS)
    board = live_board(clock)
    put_prices(board, PERP, 50_000.0, 50_000.5)
    clock.advance_s(10)
    assert exit_price(board, PERPETUAL, Side.SELL, 1) == Decimal("58800.5")
