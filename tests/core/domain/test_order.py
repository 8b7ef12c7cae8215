"""Orders and fills: what cannot be, cannot be built."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.domain.fill import Fill
from core.domain.order import NewOrder, OrderReport, OrderState, OrderType, Side
from core.domain.position import Position

ONE = Decimal(1)


def report(state: OrderState) -> OrderReport:
    return OrderReport(
        "id",
        "manual:1",
        "X",
        Side.SELL,
        Decimal(10),
        Decimal(4),
        ONE,
        ONE,
        OrderType.LIMIT,
        state,
    )


def test_the_sign_is_on_the_side() -> None:
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)
    assert Side.BUY.opposite is Side.SELL
    assert NewOrder("X", Side.SELL, ONE, "l", price=ONE).signed_amount == -1


def test_impossible_orders_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="amount 0 is not above 0"):
        NewOrder("X", Side.BUY, Decimal(0), "l", price=ONE)
    with pytest.raises(ValueError, match="limit order has no price"):
        NewOrder("X", Side.BUY, ONE, "l")
    with pytest.raises(ValueError, match="stop order has no trigger price"):
        NewOrder("X", Side.BUY, ONE, "l", OrderType.STOP_MARKET)


def test_a_fill_has_an_amount() -> None:
    with pytest.raises(ValueError, match="fill t has no amount"):
        Fill("X", "t", "o", "l", Decimal(0), ONE, Decimal(0), 1)


@pytest.mark.parametrize("state", list(OrderState))
def test_only_a_working_order_has_something_left(state: OrderState) -> None:
    ended = {OrderState.FILLED, OrderState.CANCELLED, OrderState.REFUSED}
    assert state.is_working == (state not in ended)
    assert report(state).remaining == (6 if state.is_working else 0)


def test_stops_are_the_types_that_wait() -> None:
    assert [one for one in OrderType if one.is_stop] == [
        OrderType.STOP_MARKET,
        OrderType.STOP_LIMIT,
    ]


def test_a_position_of_nothing_is_flat() -> None:
    assert Position("X", Decimal(0), Decimal(0)).is_flat
    assert not Position("X", -ONE, ONE).is_flat
