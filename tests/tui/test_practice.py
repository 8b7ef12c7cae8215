"""Practice on the screen: command line, palette, completion, and the words that come back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast

import pytest
from textual.command import CommandPalette

from core.commands.grammar.practice import typed
from core.settings import Settings, VenueSettings
from core.trading.commands import Reply
from core.venues.practice import Rehearsal
from tests.core.commands.market import FAULTS
from tests.tui.driver import Driver, running
from tests.tui.fake_desk import FakeDesk
from tui.dialogs.help import Help
from tui.palette import TableCommands
from tui.prompt.field import Words


def replied(desk: Driver, is_ok: bool, text: str) -> None:
    """Let the practice ground answer the newest ask."""
    number = desk.fake.rehearsed[-1][0]
    view = desk.fake.practice
    reply = Reply(number, is_ok, text, desk.fake.clock.now_ns())
    desk.fake.practice = replace(view, replies=(*view.replies, reply))


def test_a_fault_is_handed_over_and_its_outcome_stands_beside_the_command_line() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading(), (200, 55)) as desk:
            await desk.type("practice silent 5")
            assert desk.said.startswith("REHEARSE silent seconds 5 | Nothing is sent.")
            await desk.press("enter")
            assert desk.fake.rehearsed[-1][1] == Rehearsal("silent", (("seconds", 5),))
            replied(desk, True, "rehearsing silent seconds 5")
            await desk.until(lambda: "rehearsing silent" in desk.said, "the outcome")
            await desk.enter("practice cut")
            replied(desk, False, "cut is not rehearsed: the simulator did not answer")
            await desk.until(lambda: "is not rehearsed" in desk.said, "the refusal")
            assert desk.requests == []

    asyncio.run(run())


def test_practice_alone_lists_what_there_is() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading(), (200, 55)) as desk:
            await desk.enter("practice")
            await desk.until(lambda: isinstance(desk.app.screen, Help), "the list")
            lines = "\n".join(strip.text for strip in desk.app.screen._compositor.render_strips())
            for fault in FAULTS:
                assert f"practice {typed(fault)}" in lines
                assert fault.says in lines

    asyncio.run(run())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind)
def test_the_palette_offers_every_served_fault_and_each_line_acts(fault: object) -> None:
    kind = next(one.kind for one in FAULTS if one is fault)

    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.press("ctrl+p")
            await desk.until(lambda: isinstance(desk.app.screen, CommandPalette), "the palette")
            await desk.press(*f"practice {kind}".replace(" ", ""))
            await desk.pilot.pause(0.3)
            await desk.press("enter")
            await desk.until(lambda: bool(desk.fake.rehearsed), "the fault")
            assert desk.fake.rehearsed[-1][1] == Rehearsal(kind)

    asyncio.run(run())


def test_away_from_the_simulator_there_is_a_sentence_and_no_palette_line() -> None:
    async def run() -> None:
        fake = FakeDesk.trading()
        fake.desk.settings = Settings(venue=VenueSettings(mode="test"))
        fake.desk._sources = replace(fake.desk._sources, practice=None, rehearse=None)
        async with running(fake) as desk:
            await desk.enter("practice cut")
            assert "practice works on the simulator only: this desk is on test" in desk.said
            assert fake.rehearsed == []
            titles = [title for title, _, _ in TableCommands(desk.app.screen)._choices()]
            assert not any(title.startswith("Practice: cut") for title in titles)

    asyncio.run(run())


def test_faults_are_completed_with_the_values_they_would_take() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            words = cast(Words, desk.app.desk_screen.bar.field.suggester)
            assert await words.get_suggestion("practice si") == "practice silent 5 on"
            assert await words.get_suggestion("pract") == "practice"

    asyncio.run(run())
