"""Tickets and confirmations: what they send, when, and what they refuse."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.order import OrderType, Side
from core.settings import ScreenSettings, Settings, VenueSettings
from core.trading.commands import (
    AmendOrder,
    ClosePosition,
    Kill,
    PlaceOrders,
    SwitchAutomation,
)
from tests.tui.driver import Driver, running
from tests.tui.fake_desk import FakeDesk
from tui.dialogs.confirm import Confirm
from tui.dialogs.ticket import Ticket
from tui.dialogs.ticket_view import TicketPane

CALL = "BTC-25DEC26-70000-C"


async def opened(desk: Driver, key: str = "s") -> Ticket:
    """A ticket for the December call, armed."""
    desk.app.session.selection.choose(desk.fake.market.board.catalog, CALL)
    await desk.press(key)
    screen = await desk.dialog()
    assert isinstance(screen, Ticket)
    return screen


def problem(ticket: Ticket) -> str:
    """What the ticket says against sending."""
    view = ticket.query_one(TicketPane).view
    return view.problem if view else ""


def test_a_ticket_sends_what_its_fields_say() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            ticket = await opened(desk)
            await desk.press("5", "tab", *".0545", "down", "down", "space")
            assert ticket.form.text() == f"sell 5 {CALL} @ .0545 post gtc"
            await desk.press("enter")
            (request,) = desk.requests
            assert isinstance(request, PlaceOrders)
            (order,) = request.orders
            assert (order.instrument, order.side) == (CALL, Side.SELL)
            assert (order.amount, order.price) == (Decimal(5), Decimal("0.0545"))
            assert order.post_only

    asyncio.run(run())


def test_enter_too_early_does_nothing() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.press("b")
            assert isinstance(desk.app.screen, Ticket)
            desk.app.screen.disarm()
            await desk.press("enter")
            assert desk.requests == []
            assert isinstance(desk.app.screen, Ticket)

    asyncio.run(run())


def test_keys_of_the_desk_do_nothing_under_a_ticket() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await opened(desk)
            await desk.press("X", "x", "d", "p", "f", "s", "colon", "ctrl+p", "ctrl+q")
            assert desk.requests == []
            assert isinstance(desk.app.screen, Ticket)
            await desk.press("escape")
            assert not desk.is_open
            assert desk.requests == []

    asyncio.run(run())


def test_the_kill_key_works_above_a_ticket_and_drops_it() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await opened(desk)
            await desk.press("ctrl+k")
            assert desk.requests == [Kill(False)]
            await desk.until(lambda: not desk.is_open, "no dialog")

    asyncio.run(run())


def test_a_stale_book_refuses_with_the_reason() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            ticket = await opened(desk)
            desk.fake.fall_silent()
            await desk.press("enter")
            assert desk.requests == []
            assert "is stale" in problem(ticket)

    asyncio.run(run())


def test_a_market_that_moved_is_shown_first_and_sent_on_the_second_enter() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            ticket = await opened(desk)
            desk.fake.market.shift(CALL, 8)
            await desk.press("enter")
            assert desk.requests == []
            assert "moved from" in problem(ticket)
            await desk.dialog()
            await desk.press("enter")
            assert len(desk.requests) == 1

    asyncio.run(run())


def test_a_forgotten_ticket_lapses(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await opened(desk)
            monkeypatch.setattr("tui.dialogs.dialog.LAPSE_AFTER_S", 0.0)
            await desk.until(lambda: not desk.is_open, "the lapse")
            assert desk.requests == []

    asyncio.run(run())


def test_types_prices_and_steps_change_by_keys() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            ticket = await opened(desk, "b")
            await desk.press("right", "down", "a")
            ask = ticket.form.text_of(ticket.form.at)
            await desk.press("plus", "plus", "minus")
            assert Decimal(ticket.form.text_of(ticket.form.at)) == Decimal(ask) + Decimal("0.0005")
            await desk.press(*"55v", "minus")
            assert ticket.form.text_of(ticket.form.at) == "54.9v"
            await desk.press("down", "right")
            assert ticket.form.text() == f"buy 1.1 {CALL} market gtc"
            await desk.press("right")
            assert "stop" in ticket.form.text()
            assert "no price" in problem(ticket)

    asyncio.run(run())


def test_a_working_order_is_edited_in_a_ticket() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.press("9", "down", "e")
            await desk.dialog()
            await desk.press(*".0540", "enter")
            assert desk.requests == [AmendOrder("o1", Decimal(5), Decimal("0.0540"))]

    asyncio.run(run())


def on_venue(mode: str, above: int = 0) -> FakeDesk:
    """The trading desk on another venue."""
    fake = FakeDesk.trading()
    settings = Settings(
        venue=VenueSettings(mode=mode), screen=ScreenSettings(confirm_above_usd=Decimal(above))
    )
    fake.desk.settings = settings
    return fake


def test_the_test_net_asks_for_one_key_above_the_limit() -> None:
    async def run() -> None:
        async with running(on_venue("test", 1000)) as desk:
            await desk.enter("buy 500 btc perp @ 60000")
            assert len(desk.requests) == 1
            await desk.enter("buy 5000 btc perp @ 60000")
            assert len(desk.requests) == 1
            assert isinstance(await desk.dialog(), Confirm)
            await desk.press("n")
            assert len(desk.requests) == 1
            await desk.enter("buy 5000 btc perp @ 60000")
            await desk.dialog()
            await desk.press("y")
            assert len(desk.requests) == 2

    asyncio.run(run())


def test_live_wants_the_amount_typed_and_exits_are_never_asked() -> None:
    async def run() -> None:
        async with running(on_venue("live")) as desk:
            await desk.enter("buy 5000 btc perp @ 60000")
            await desk.answer("500")
            assert desk.requests == []
            await desk.answer("5000")
            assert len(desk.requests) == 1
            await desk.enter("close btc perp")
            assert desk.last == ClosePosition("BTC-PERPETUAL")
            await desk.press("escape", "d", "p")
            await desk.dialog()
            await desk.press("y")
            assert desk.requests[-2:] == [
                SwitchAutomation("hedger", False),
                SwitchAutomation("pair", True),
            ]

    asyncio.run(run())


def test_a_book_that_goes_stale_during_the_question_is_not_traded() -> None:
    async def run() -> None:
        async with running(on_venue("test")) as desk:
            await desk.enter("buy 5000 btc perp @ 60000")
            await desk.dialog()
            desk.fake.fall_silent()
            await desk.press("y")
            assert desk.requests == []
            assert "is stale" in desk.said

    asyncio.run(run())


def test_stops_and_market_orders_leave_the_ticket_as_such() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            desk.app.session.selection.choose(desk.fake.market.board.catalog, "BTC-PERPETUAL")
            await desk.press("s")
            ticket = await desk.dialog()
            assert isinstance(ticket, Ticket)
            ticket.form.kind = "stop"
            await desk.press(*"100", "down", *"60000", "enter")
            (request,) = desk.requests
            assert isinstance(request, PlaceOrders)
            assert request.orders[0].type is OrderType.STOP_MARKET
            assert request.orders[0].trigger_price == Decimal(60_000)

    asyncio.run(run())


def test_flatten_asks_and_closes_the_chosen_position() -> None:
    async def run() -> None:
        fake = FakeDesk.trading()
        fake.view = replace(fake.view, orders=())
        async with running(fake) as desk:
            await desk.press("8", "down", "down", "f")
            await desk.dialog()
            await desk.press("y")
            assert desk.requests == [ClosePosition(CALL)]

    asyncio.run(run())
