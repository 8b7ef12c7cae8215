"""What is kept of the screen between two starts, and what never is."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.settings import ScreenSettings, Settings
from tests.tui.fake_desk import FakeDesk
from tui.app import VoldeskApp
from tui.remembered import Remembered, load, save


def test_the_look_of_the_desk_comes_back_and_no_multiplier(tmp_path: Path) -> None:
    saved = tmp_path / "screen.json"

    async def first() -> None:
        app = VoldeskApp(FakeDesk.trading().desk, saved)
        async with app.run_test(size=(120, 40)) as pilot:
            while not app.session.selection.chain:
                await pilot.pause(0.02)
            await pilot.press("u", "full_stop", "o", "8", "z")
            await pilot.press("v", "o", "a", "t", "left_square_bracket", "escape")
            app.use_theme("desk-light")
            app.session.set_multiplier("100")
            app.desk_screen.bar.field.remember("price")
            await pilot.pause()
            app.remember()

    async def second() -> None:
        app = VoldeskApp(FakeDesk.trading().desk, saved)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause(0.2)
            selection = app.session.selection
            assert (selection.chain, selection.columns, app.desk_screen.zoom) == (
                "ETH",
                "greeks",
                "positions",
            )
            assert app.theme == "desk-light"
            assert app.session.multiplier == 1
            choice = app.vol_screen.choice
            assert (choice.columns, choice.axis, choice.span_h) == ("classic", "k", 24)
            assert (choice.past_ns, choice.column) == (0, 13)
            await pilot.press("z", "colon", "up")
            assert app.desk_screen.bar.field.value == "price"

    asyncio.run(first())
    asyncio.run(second())


def test_a_theme_changed_in_the_settings_counts_more_than_the_one_left_on(tmp_path: Path) -> None:
    saved = tmp_path / "screen.json"
    save(saved, Remembered(theme="desk-light", theme_of_settings="desk"))
    fake = FakeDesk.trading()
    fake.desk.settings = Settings(screen=ScreenSettings(theme="desk-blue-orange"))

    async def run() -> None:
        app = VoldeskApp(fake.desk, saved)
        async with app.run_test(size=(120, 40)):
            assert app.theme == "desk-blue-orange"

    asyncio.run(run())


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{", '{"chain": 5, "commands": "x", "expiry_ns": "soon", "pane": []}'],
)
def test_a_broken_file_is_a_first_start(tmp_path: Path, text: str) -> None:
    saved = tmp_path / "screen.json"
    saved.write_text(text)
    assert load(saved) == Remembered()


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    saved = tmp_path / "screen.json"
    look = replace(Remembered(), chain="ETH", expiry_ns=5, commands=("a5", "ca"), is_zoomed=True)
    save(saved, look)
    assert load(saved) == look
    assert "multiplier" not in json.loads(saved.read_text())
    save(tmp_path / "missing" / "screen.json", look)
    assert load(None) == Remembered()
