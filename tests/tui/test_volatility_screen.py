"""The volatility screen: the way there and back, its keys, what it shares with the desk."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.clock import NS_PER_MINUTE
from core.commands.table import VOL_PANES
from core.trading.commands import Kill, PlaceOrders
from tests.tui.driver import Driver, running, shown
from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_market import EXPIRIES, NOW_NS
from tui.dialogs.help import Help
from tui.dialogs.ticket import Ticket

THIS_NS = NOW_NS // NS_PER_MINUTE * NS_PER_MINUTE


def text_of(desk: Driver, pane: str) -> str:
    """What a pane of the volatility screen shows."""
    return desk.app.vol_screen.pane(pane).shown()


@pytest.mark.parametrize(
    ("size", "panes"),
    [
        ((200, 55), set(VOL_PANES)),
        ((120, 40), {"surface", "smile", "rich", "index"}),
        ((80, 24), {"surface"}),
    ],
)
def test_one_key_leads_there_and_back_in_every_size(size: tuple[int, int], panes: set[str]) -> None:
    async def run() -> None:
        async with running(FakeDesk.still(), size) as desk:
            app = desk.app
            await desk.press("v")
            assert shown(desk) == panes
            assert app.screen.id == "volatility"
            assert app.vol_screen.query_one("#keys").region.y == size[1] - 1
            await desk.press("v")
            assert app.screen.id == "desk"
            await desk.press("v", "escape")
            assert app.screen.id == "desk"
            await desk.enter("vol eth")
            assert app.screen.id == "volatility"
            assert app.session.selection.chain == "ETH"
            await desk.enter("desk")
            assert app.screen.id == "desk"

    asyncio.run(run())


def test_number_keys_reach_every_pane_and_zoom_fills_the_screen() -> None:
    async def run() -> None:
        async with running(FakeDesk.still()) as desk:
            await desk.press("v")
            for i, name in enumerate(VOL_PANES):
                await desk.press(str(i + 1))
                assert name in shown(desk)
                assert desk.app.vol_screen.pane(name).has_focus
            await desk.press("2", "z")
            assert shown(desk) == {"smile"}
            await desk.press("tab")
            assert shown(desk) == {"rich"}
            await desk.press("z", "v")
            assert "chain" in shown(desk)

    asyncio.run(run())


def test_the_arrows_walk_expiries_columns_strikes_and_quotes() -> None:
    async def run() -> None:
        async with running(FakeDesk.still()) as desk:
            selection, choice = desk.app.session.selection, desk.app.vol_screen.choice
            await desk.press("v", "down", "down", "left")
            assert selection.expiry_ns == EXPIRIES[2]
            assert choice.column == 2
            assert "25DEC26 35P" in text_of(desk, "surface")
            await desk.press("enter")
            assert selection.strike is not None
            assert selection.strike < 67_000
            assert selection.instrument.endswith("P")
            await desk.press("2", "right", "right", "right", "right", "right")
            assert selection.instrument.endswith("C")
            await desk.press("3", "down", "enter")
            assert choice.rich is not None
            assert (selection.expiry_ns, selection.strike) == choice.rich
            await desk.press("1", "o", "down", "down")
            assert (choice.columns, choice.row) == ("classic", 2)
            await desk.press("u")
            assert selection.chain == "ETH"
            await desk.press("home", "2", "a", "5", "t")
            assert (choice.axis, choice.span_h) == ("k", 24)

    asyncio.run(run())


def test_the_past_is_walked_by_minutes_hours_and_days_and_named_by_command() -> None:
    async def run() -> None:
        fake = FakeDesk.still()
        for minutes in (0, 1, 60):
            fake.remember_minute(THIS_NS - minutes * NS_PER_MINUTE)
        async with running(fake, (200, 55)) as desk:
            choice = desk.app.vol_screen.choice
            await desk.press("v", "left_square_bracket")
            assert choice.past_ns == THIS_NS
            await desk.press("left_square_bracket")
            assert "change since 14:31" in text_of(desk, "surface")
            assert "+0.4" in text_of(desk, "surface")
            await desk.press("m")
            assert "then 14:31" not in text_of(desk, "surface").splitlines()[1]
            await desk.press("right_square_bracket", "right_square_bracket")
            assert choice.past_ns == 0
            await desk.press("left_curly_bracket", "left_parenthesis")
            assert choice.past_ns == THIS_NS - 25 * 60 * NS_PER_MINUTE
            assert "No minute recorded before 13:32." in text_of(desk, "surface")
            await desk.enter("vol at 13:32")
            assert "then 13:32" in text_of(desk, "surface")
            await desk.press("escape", "n")
            assert choice.past_ns == 0
            await desk.enter("vol at 2027-01-01 08:00")
            assert "is not past" in desk.said

    asyncio.run(run())


def test_orders_kill_help_and_alarms_work_there_as_on_the_desk() -> None:
    async def run() -> None:
        fake = FakeDesk.still()
        async with running(fake) as desk:
            app = desk.app
            await desk.press("v")
            await desk.enter("buy 5 25dec 70000c @ .0500 post")
            await desk.until(lambda: bool(desk.requests) or desk.is_open, "the order")
            assert isinstance(desk.last, PlaceOrders)
            await desk.press("escape", "b")
            assert isinstance(await desk.dialog(), Ticket)
            await desk.press("escape", "question_mark")
            assert isinstance(app.screen, Help)
            await desk.press("q", "ctrl+k")
            assert desk.requests[-1] == Kill(False)
            assert app.work_screen.id == "volatility"
            alarm = app.vol_screen.query_one("#alarm")
            fake.view = replace(fake.view, alarms=("the ledger differs",))
            await desk.until(lambda: alarm.region.height == 1, "the alarm line")
            await desk.press("v")
            await desk.press("colon", "up")
            assert app.desk_screen.bar.field.value.startswith("buy 5")

    asyncio.run(run())


def test_only_the_screen_on_top_is_drawn() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading(), (200, 55)) as desk:
            chain, smile = desk.app.desk_screen.pane("chain"), desk.app.vol_screen.pane("smile")
            await desk.press("v")
            await desk.until(lambda: smile.painted > 0, "the smile")
            before = chain.painted
            desk.fake.market.move()
            frames = desk.app._frames
            await desk.until(lambda: desk.app._frames > frames + 6, "some frames")
            assert chain.painted == before
            await desk.press("v")
            await desk.until(lambda: chain.painted > before, "the chain")

    asyncio.run(run())


def test_the_mouse_chooses_cells_quotes_strikes_and_expiries() -> None:
    async def run() -> None:
        async with running(FakeDesk.still(), (200, 55)) as desk:
            selection, choice = desk.app.session.selection, desk.app.vol_screen.choice
            await desk.press("v")
            await desk.pilot.click("#surface", offset=(14, 5))
            assert (selection.expiry_ns, choice.column) == (EXPIRIES[3], 0)
            await desk.pilot.click("#rich", offset=(10, 4))
            assert choice.rich is not None
            assert desk.app.vol_screen.current == "rich"
            await desk.pilot.click("#smile", offset=(3, 8))
            assert selection.strike is not None
            assert selection.strike < 67_000
            await desk.pilot.click("#term", offset=(50, 3))
            assert selection.expiry_ns == EXPIRIES[1]

    asyncio.run(run())


def test_colours_changed_on_the_desk_are_those_of_the_volatility_screen() -> None:
    async def run() -> None:
        async with running(FakeDesk.still()) as desk:
            await desk.press("v")
            surface = desk.app.vol_screen.pane("surface")
            line = desk.app.vol_screen.bar.line
            before, beside = surface.render_line(3), line.render_line(0)
            await desk.press("v")
            await desk.enter("theme desk-light")
            await desk.press("escape", "v")
            await desk.until(lambda: surface.render_line(3) != before, "new colours")
            await desk.until(lambda: line.render_line(0) != beside, "new colours below")

    asyncio.run(run())
