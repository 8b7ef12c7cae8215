"""Whatever the venue refuses, its reason stands next to the command that caused it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.events import CancelFailed, OrderChanged
from core.domain.order import NewOrder, OrderReport, OrderState, Side
from core.domain.stop import StopKind, StopRule
from core.trading.commands import (
    AmendOrder,
    ArmStop,
    CancelOrder,
    CloseEverything,
    ClosePosition,
    PlaceOrders,
    Request,
    WorkAmount,
)
from tests.core.trading.market import PERP, put_prices, put_ticker
from tests.core.trading.rig import Rig, limit, stop

WHY = "not_enough_funds"
"""What the fake venue says to every order it refuses."""


def holding() -> Rig:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    return rig


def told(rig: Rig, number: int) -> list[str]:
    """What went wrong, as it was said next to the command."""
    return [one.text for one in rig.replies(number) if not one.is_ok]


def wait(rig: Rig, seconds: int) -> None:
    for _ in range(seconds):
        put_ticker(rig.board, PERP, 60_000.0, rig.clock.now_ns())
        rig.tick(seconds=1)


@pytest.mark.parametrize(
    "request_",
    [
        PlaceOrders((limit(Side.BUY),)),
        PlaceOrders((stop(Side.SELL, "58000"),)),
        PlaceOrders(tuple(limit(Side.BUY, "10") for _ in range(12))),
        ClosePosition(PERP),
        CloseEverything(),
        WorkAmount(PERP, Side.BUY, Decimal(100), 0),
        WorkAmount(PERP, Side.BUY, Decimal(100), 60, 4),
    ],
    ids=["limit", "stop", "ladder", "close", "close all", "work", "twap"],
)
def test_a_refused_order_says_why_next_to_its_command(request_: Request) -> None:
    rig = holding()
    rig.venue.mode = "refuse"
    number = rig.ask(request_)
    wait(rig, 180)
    texts = told(rig, number)
    assert texts
    assert all(WHY in one for one in texts)


def test_a_refused_exit_of_a_stop_of_the_desk_says_why_next_to_its_command() -> None:
    rig = holding()
    put_ticker(rig.board, PERP, 60_000.0, rig.clock.now_ns())
    number = rig.ask(ArmStop(PERP, StopRule(StopKind.TIME, Decimal(3))))
    rig.venue.mode = "refuse"
    wait(rig, 60)
    assert any(WHY in one and "could not be closed" in one for one in told(rig, number))


@pytest.mark.parametrize("change", ["amend", "cancel"])
def test_a_refused_change_says_why_next_to_its_command(change: str) -> None:
    rig = Rig()
    rig.place(limit(Side.BUY))
    order_id = rig.view.working[0].order_id
    rig.venue.is_deaf_to_amends = rig.venue.is_deaf_to_cancels = True
    request = CancelOrder(order_id) if change == "cancel" else _doubled(order_id)
    number = rig.ask(request)
    rig.post(CancelFailed(order_id, "the venue is under maintenance"))
    (text,) = told(rig, number)
    assert text.endswith("the venue is under maintenance")


def _doubled(order_id: str) -> AmendOrder:
    return AmendOrder(order_id, Decimal(200), None)


def test_a_refused_repricing_of_a_worked_amount_says_why_once() -> None:
    rig = Rig()
    number = rig.ask(WorkAmount(PERP, Side.BUY, Decimal(100), 0))
    rig.tick()
    rig.venue.is_deaf_to_amends = rig.venue.is_deaf_to_cancels = True
    for step in range(60):
        if rig.venue.amended:
            break
        put_prices(rig.board, PERP, 60_010.0 + step, 60_011.0 + step)
        rig.tick(seconds=1)
    order_id = rig.venue.amended[0][0]
    for _ in range(2):
        rig.post(CancelFailed(order_id, "a post-only price cannot be changed so"))
    assert told(rig, number) == [
        "w1: its order was not repriced: a post-only price cannot be changed so"
    ]


def ends(rig: Rig, report: OrderReport, **changes: object) -> None:
    later = report.updated_ns + 1_000_000
    ended = replace(report, updated_ns=later, **changes)  # type: ignore[arg-type]
    rig.venue.orders[report.order_id] = ended
    rig.post(OrderChanged(ended))


@pytest.mark.parametrize(
    "order", [limit(Side.BUY), stop(Side.SELL, "58000")], ids=["limit", "stop"]
)
def test_an_order_the_venue_takes_back_later_says_why(order: NewOrder) -> None:
    rig = Rig()
    number = rig.ask(PlaceOrders((order,)))
    ends(rig, rig.view.working[0], state=OrderState.CANCELLED, reason="reduce only no position")
    (text,) = told(rig, number)
    assert "reduce only no position" in text


def test_a_stop_that_fired_and_was_refused_says_why() -> None:
    rig = Rig()
    number = rig.ask(PlaceOrders((stop(Side.SELL, "58000"),)))
    waiting = rig.view.working[0]
    ends(rig, waiting, state=OrderState.CANCELLED, reason="triggered, goes on as a new order")
    assert told(rig, number) == []
    born = replace(waiting, order_id="born-1", state=OrderState.REFUSED, reason=WHY)
    rig.post(OrderChanged(born))
    (text,) = told(rig, number)
    assert WHY in text


def test_an_order_cancelled_from_here_is_not_told_as_a_loss() -> None:
    rig = Rig()
    number = rig.place(limit(Side.BUY))
    rig.ask(CancelOrder(rig.view.working[0].order_id))
    assert told(rig, number) == []


def test_an_order_that_fills_later_is_no_loss() -> None:
    rig = Rig()
    number = rig.place(limit(Side.BUY))
    rig.venue.trade(rig.view.working[0].order_id, Decimal(100))
    rig.drain()
    assert told(rig, number) == []
