"""The sentences about orders and fills."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from core.domain.fill import Fill
from core.domain.order import NewOrder, OrderState, OrderType, Side, TimeInForce
from core.trading.orders.machine import sent_report
from core.trading.orders.words import fill_text, order_text, state_text
from tests.core.trading.market import INSTRUMENTS, OPTION, PERP
from tests.core.trading.rig import limit, stop

PERPETUAL, _, PUT = INSTRUMENTS


def test_a_fill_reads_as_on_the_tape() -> None:
    fill = Fill(
        OPTION,
        "t",
        "o",
        "",
        Decimal(4),
        Decimal("0.0305"),
        Decimal("0.00012"),
        1,
        is_maker=True,
    )
    assert fill_text(fill, PUT) == "BUY 4.0 BTC-25DEC26-64000-P @ 0.0305  maker  fee 0.00012"
    sold = replace(fill, amount=Decimal("-0.5"), is_maker=False)
    assert fill_text(sold, None) == "SELL 0.5 BTC-25DEC26-64000-P @ 0.0305  taker  fee 0.00012"


def test_orders_name_what_is_special_about_them() -> None:
    resting = NewOrder(PERP, Side.SELL, Decimal(100), "x", price=Decimal(61_000), post_only=True)
    market = NewOrder(PERP, Side.BUY, Decimal(10), "x", OrderType.MARKET, reduce_only=True)
    ioc = replace(limit(Side.BUY), time_in_force=TimeInForce.IOC)
    texts = [order_text(sent_report(one, 1), PERPETUAL) for one in (resting, market, ioc)]
    assert texts == [
        "SELL 100 BTC-PERPETUAL @ 61000.0 post-only",
        "BUY 10 BTC-PERPETUAL at market reduce-only",
        "BUY 100 BTC-PERPETUAL @ 59000.0 IOC",
    ]
    fired = order_text(sent_report(stop(Side.SELL, "58000"), 1), PERPETUAL)
    assert fired == "SELL 100 BTC-PERPETUAL stop 58000.0 reduce-only"


def test_states_say_how_far_it_went_and_why_it_ended() -> None:
    report = sent_report(limit(Side.BUY), 1)
    cancelled = replace(
        report, state=OrderState.CANCELLED, filled=Decimal(40), reason="user_request"
    )
    refused = replace(report, state=OrderState.REFUSED, reason="refused: too many")
    assert state_text(refused, PERPETUAL) == "refused: too many"
    filled = replace(report, state=OrderState.FILLED, average_price=Decimal("59000.50"))
    assert state_text(cancelled, PERPETUAL) == "cancelled after 40: user_request"
    assert state_text(filled, PERPETUAL) == "filled at 59000.5"
