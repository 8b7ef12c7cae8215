from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from core.domain.fill import Fill
from core.domain.order import OrderReport, OrderState, OrderType, Side, TimeInForce
from core.errors import MarketDataError
from core.venues.deribit.account import facts
from tests.core.venues.recorded import documents


def recorded(file: str) -> Any:
    """The document of one fixture file, its wrapper taken off."""
    document = next(document for name, document in documents() if name == file)
    return document.get("response", document)


def result(file: str) -> bytes:
    return json.dumps(recorded(file)["result"]).encode()


def test_a_filled_market_order_and_its_trade() -> None:
    order, fills = facts.order_and_fills_of(result("qkt/private_buy_market_filled.json"))
    assert (order.state, order.type, order.side) == (OrderState.FILLED, OrderType.MARKET, Side.BUY)
    assert (order.amount, order.filled) == (Decimal("0.0001"), Decimal("0.0001"))
    assert order.average_price == Decimal("84058.7")
    assert order.created_ns == 1790866869705 * 1_000_000
    (fill,) = fills
    assert (fill.amount, fill.price, fill.fee) == (
        Decimal("0.0001"),
        Decimal("84058.7"),
        Decimal("0.00420293"),
    )
    assert (fill.label, fill.order_id, fill.is_maker) == (order.label, order.order_id, False)
    assert fill.index_price == Decimal("84024.37")


def test_a_market_order_whose_rest_stays_is_an_open_limit_order() -> None:
    order, fills = facts.order_and_fills_of(result("qkt/private_buy_market_remainder.json"))
    assert (order.state, order.type) == (OrderState.OPEN, OrderType.LIMIT)
    assert order.remaining == order.amount - order.filled > 0
    assert sum(fill.amount for fill in fills) == order.filled


def test_a_stop_market_has_no_price_and_nothing_filled() -> None:
    order, fills = facts.order_and_fills_of(
        result("nautilus/ws_order_stop_market_no_filled_amount.json")
    )
    assert (order.state, order.type) == (OrderState.UNTRIGGERED, OrderType.STOP_MARKET)
    assert (order.price, order.trigger_price) == (None, Decimal("2228.0"))
    assert order.average_price is None
    assert (order.filled, order.reduce_only) == (Decimal(0), True)
    assert fills == ()


def test_open_orders_of_every_type() -> None:
    orders = facts.orders_of(result("qkt/private_get_open_orders_by_currency.json"))
    assert {one.type for one in orders} == {
        OrderType.LIMIT,
        OrderType.STOP_LIMIT,
        OrderType.STOP_MARKET,
    }
    assert TimeInForce.DAY in {one.time_in_force for one in orders}
    assert all(one.state.is_working for one in orders)


def test_an_order_born_of_a_stop_ends_that_stop() -> None:
    document = recorded("qkt/private_get_order_state_by_label_stop_triggered.json")
    orders = facts.orders_of(json.dumps(document["result"]).encode())
    row = document["result"][0]
    ended, born = orders[0], orders[1]
    assert ended.order_id == row["trigger_order_id"]
    assert (ended.state, ended.reason) == (OrderState.CANCELLED, facts.TRIGGERED)
    assert born.order_id == row["order_id"]
    assert ended.label == born.label == row["label"]


def test_linear_futures_are_counted_in_coins() -> None:
    (position,) = facts.positions_of(result("qkt/private_get_positions_linear_future.json"))
    assert position.instrument == "BTC_USDC-PERPETUAL"
    assert (position.amount, position.average_price) == (Decimal("0.0001"), Decimal("84058.7"))


@pytest.mark.parametrize("size", [-540.0, 540.0])
def test_inverse_shorts_are_negative_usd_whatever_the_sign_of_size(size: float) -> None:
    row = {
        "instrument_name": "ETH-24SEP21",
        "kind": "future",
        "direction": "sell",
        "size": size,
        "size_currency": -0.243313388,
        "average_price": 2093.33,
    }
    (position,) = facts.positions_of(json.dumps([row]).encode())
    assert position.amount == Decimal("-540.0")


def test_flat_positions_are_left_out() -> None:
    row = {"instrument_name": "X", "kind": "future", "direction": "zero", "size": 0.0}
    assert facts.positions_of(json.dumps([row]).encode()) == ()


def test_account_figures_keep_all_their_digits() -> None:
    accounts = facts.accounts_of(result("nautilus/http_get_account_summaries.json"), 7)
    btc = next(one for one in accounts if one.currency == "BTC")
    assert (btc.equity, btc.balance) == (Decimal("302.61869214"), Decimal("302.60065765"))
    assert btc.available == Decimal("301.38059622")
    assert (btc.delta_total, btc.options_value) == (Decimal("31.602958"), Decimal("-0.0086"))
    assert (btc.session_upl, btc.at_ns) == (Decimal("0.05271555"), 7)
    single = facts.account_of(result("qkt/private_get_account_summary.json"), 7)
    assert single.currency == "USDC"


def test_a_portfolio_frame_is_an_account() -> None:
    data = recorded("nautilus/ws_portfolio.json")["params"]["data"]
    figures = facts.account_of(json.dumps(data).encode(), 7)
    assert (figures.currency, figures.equity) == ("USDT", Decimal("55.00055"))


def test_recorded_user_frames_are_orders_and_fills() -> None:
    orders: list[OrderReport] = []
    fills: list[Fill] = []
    for frame in recorded("qkt/ws_user_notifications.json")["notifications"]:
        data = json.dumps(frame["params"]["data"]).encode()
        if frame["params"]["channel"].startswith("user.orders"):
            orders += facts.orders_of(data)
        else:
            fills += facts.fills_of(data)
    assert {one.state for one in orders} >= {OrderState.OPEN, OrderState.CANCELLED}
    assert fills
    cancelled = next(one for one in orders if one.state is OrderState.CANCELLED)
    assert cancelled.reason == "user request"


def test_documented_user_frames_are_read_as_well() -> None:
    for name, document in documents():
        if name.startswith("gocryptotrader/doc") and document["kind"].startswith("User Orders"):
            data = document["msg"]["params"]["data"]
            (order,) = facts.orders_of(json.dumps(data).encode())
            assert (order.state, order.label) == (OrderState.OPEN, "")


def test_trades_come_oldest_first_and_sells_are_negative() -> None:
    fills = facts.fills_of(result("qkt/private_get_user_trades_by_currency_and_time.json"))
    assert [one.at_ns for one in fills] == sorted(one.at_ns for one in fills)
    assert fills[0].amount > 0 > fills[1].amount
    assert fills[1].profit == Decimal("0.00065")
    older = recorded("deribit-http/get_user_trades_2025.part.json")
    plain = facts.fills_of(json.dumps(older["trades"]).encode())
    assert [one.is_maker for one in plain] == [True] * 3


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (b'{"order_id":"1"}', facts.order_of),
        (b'[{"instrument_name":"X"}]', facts.positions_of),
        (b"17", facts.fills_of),
        (b'{"order":{"order_id":"1","instrument_name":"X","direction":"sideways",'
         b'"order_state":"open"}}', facts.order_and_fills_of),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(text: bytes, read: Any) -> None:
    with pytest.raises(MarketDataError, match="unreadable"):
        read(text)
