from __future__ import annotations

from decimal import Decimal

import pytest

from core.domain.order import Amendment, NewOrder, OrderType, Side, TimeInForce
from core.venues.deribit.account import requests


def test_a_limit_order_says_everything_and_never_relies_on_defaults() -> None:
    order = NewOrder(
        "BTC-25DEC26-90000-C",
        Side.BUY,
        Decimal("0.1"),
        "manual:1",
        price=Decimal("0.0385"),
        time_in_force=TimeInForce.IOC,
    )
    assert requests.place(order) == (
        "private/buy",
        {
            "instrument_name": "BTC-25DEC26-90000-C",
            "amount": Decimal("0.1"),
            "type": "limit",
            "label": "manual:1",
            "time_in_force": "immediate_or_cancel",
            "reduce_only": False,
            "price": Decimal("0.0385"),
            "post_only": False,
        },
    )


def test_a_market_order_has_no_price() -> None:
    order = NewOrder("BTC-PERPETUAL", Side.SELL, Decimal(10), "m:1", OrderType.MARKET)
    method, params = requests.place(order)
    assert method == "private/sell"
    assert not {"price", "post_only", "trigger"} & set(params)


def test_a_stop_is_triggered_by_the_mark() -> None:
    order = NewOrder(
        "BTC-PERPETUAL",
        Side.SELL,
        Decimal(10),
        "m:1",
        OrderType.STOP_MARKET,
        reduce_only=True,
        trigger_price=Decimal(80000),
    )
    _, params = requests.place(order)
    assert (params["trigger"], params["trigger_price"]) == ("mark_price", Decimal(80000))
    assert params["reduce_only"] is True
    assert "price" not in params


def test_an_amendment_without_a_price_keeps_the_orders_own() -> None:
    assert requests.amend(Amendment("7", Decimal(10)))[1] == {
        "order_id": "7",
        "amount": Decimal(10),
    }
    assert requests.amend(Amendment("7", Decimal(10), Decimal(5)))[1]["price"] == Decimal(5)


def test_an_amendment_says_every_flag_of_the_order() -> None:
    resting = Amendment("7", Decimal(10), Decimal(5), post_only=True, reduce_only=True)
    said = {"order_id": "7", "amount": Decimal(10), "price": Decimal(5)}
    assert requests.amend(resting)[1] == said | {"post_only": True, "reduce_only": True}
    taking = Amendment("7", Decimal(10), Decimal(5), post_only=False)
    assert requests.amend(taking)[1] == said | {"post_only": False}
    assert requests.amend(Amendment("7", Decimal(10), Decimal(5)))[1] == said


@pytest.mark.parametrize(
    ("instrument", "currency"),
    [
        ("BTC-PERPETUAL", "BTC"),
        ("ETH-25DEC26-3000-C", "ETH"),
        ("SOL_USDC-PERPETUAL", "USDC"),
    ],
)
def test_a_label_is_looked_up_where_the_instrument_settles(instrument: str, currency: str) -> None:
    _, params = requests.state_by_label("m:1", instrument)
    assert params == {"currency": currency, "label": "m:1"}
