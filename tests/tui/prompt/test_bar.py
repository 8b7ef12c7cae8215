"""The command line: reading while typing, Enter, history, replies."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

from core.domain.order import Side
from core.trading.commands import (
    CancelOrders,
    CancelScope,
    Kill,
    PlaceOrders,
    Reply,
    SwitchAutomation,
)
from tests.tui.driver import Driver, running
from tests.tui.fake_desk import FakeDesk


def test_typing_buy_trades_nothing_before_enter() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.press("colon", *"buy", "space", *"5")
            assert desk.app.desk_screen.bar.field.value == "buy 5"
            assert desk.requests == []
            assert desk.app.screen is desk.app.desk_screen

    asyncio.run(run())


def test_enter_sends_what_the_reading_shows() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading(), (200, 55)) as desk:
            await desk.type("sell 5 25dec 70000c @ .0545 post")
            assert desk.said.startswith("SELL 5.0 BTC-25DEC26-70000-C limit 0.0545 post-only")
            assert "get 0.2725 BTC" in desk.said
            await desk.press("enter")
            (request,) = desk.requests
            assert isinstance(request, PlaceOrders)
            (order,) = request.orders
            assert (order.side, order.amount) == (Side.SELL, Decimal(5))
            assert order.label.startswith("manual:")
            assert order.label != "manual:draft"
            assert desk.app.desk_screen.bar.field.value == ""

    asyncio.run(run())


def test_enter_again_sends_nothing_again() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.enter("ca")
            await desk.press("enter", "enter")
            assert desk.requests == [CancelOrders(CancelScope.ALL)]

    asyncio.run(run())


def test_a_dry_run_a_wrong_text_and_a_stale_book_send_nothing_and_say_why() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.enter("buy 5 25dec 70000c @ .05 c")
            assert "dry run, nothing sent: BUY 5.0" in desk.said
            await desk.enter("a15.55")
            assert "no multiple of 0.1" in desk.said
            desk.fake.fall_silent()
            await desk.enter("a5 .05")
            assert "is stale (last heard 12.0 s ago)" in desk.said
            assert desk.requests == []
            await desk.enter("ca")
            assert desk.requests == [CancelOrders(CancelScope.ALL)]

    asyncio.run(run())


def test_up_and_down_walk_the_history() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            field = desk.app.desk_screen.bar.field
            await desk.enter("price")
            await desk.enter("funds")
            await desk.type("or")
            await desk.press("up", "up")
            assert field.value == "price"
            await desk.press("down", "down")
            assert field.value == "or"
            await desk.press("escape")
            assert field.value == ""
            assert not field.has_focus

    asyncio.run(run())


def test_a_reply_stands_beside_the_command_line() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.enter("activate pair")
            assert desk.requests == [SwitchAutomation("pair", True)]
            number = desk.fake.commands[-1].number
            reply = Reply(number, False, "the pair has no bars yet", desk.fake.clock.now_ns())
            desk.fake.view = replace(desk.fake.view, replies=(reply,))
            await desk.until(lambda: "has no bars yet" in desk.said, "the reply")
            stranger = Reply(number + 50, True, "for somebody else", 0)
            desk.fake.view = replace(desk.fake.view, replies=(reply, stranger))
            await desk.pilot.pause(0.2)
            assert "has no bars yet" in desk.said

    asyncio.run(run())


def test_questions_choices_and_sizes_are_answered_on_the_screen() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.enter("change instrument eth perp")
            assert desk.app.session.selection.instrument == "ETH-PERPETUAL"
            assert desk.said.startswith("ETH-PERPETUAL bid")
            await desk.enter("size multiplier 100")
            assert "a2 sends 200" in desk.said
            await desk.type("a2 3000")
            assert "BUY 200 ETH-PERPETUAL" in desk.said
            await desk.press("escape")
            await desk.enter("reset size multiplier")
            assert desk.app.session.multiplier == 1
            await desk.enter("orders")
            assert desk.said.startswith("3 working")
            assert desk.requests == []

    asyncio.run(run())


def test_the_reading_follows_the_market_while_it_is_shown() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.enter("change instrument btc perp")
            await desk.type("as100")
            before = desk.said
            desk.fake.market.shift("BTC-PERPETUAL", 40)
            await desk.until(lambda: desk.said != before, "a new reading")

    asyncio.run(run())


async def _kill(desk: Driver) -> None:
    await desk.press("ctrl+k")


def test_the_kill_key_works_while_somebody_types() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.type("sell 5")
            await _kill(desk)
            assert desk.requests == [Kill(False)]

    asyncio.run(run())


def test_a_refused_text_stays_marked_so_that_the_next_key_starts_anew() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.enter("a15.55")
            field = desk.app.desk_screen.bar.field
            assert field.value == "a15.55"
            assert desk.app.desk_screen.bar.line.said.parts[0][1] == "down"
            await desk.press("c", "a")
            assert field.value == "ca"

    asyncio.run(run())
