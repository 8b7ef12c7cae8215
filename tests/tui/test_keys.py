"""The keys: what each does, that all are done by somebody, and how they are moved."""

from __future__ import annotations

import asyncio

import pytest
from textual.widgets import Input

from core.commands.table import PANES, TABLE
from core.errors import SettingsError
from core.settings import ScreenSettings, Settings
from core.trading.commands import (
    CancelOrder,
    CancelOrders,
    CancelScope,
    Kill,
    SwitchAutomation,
)
from tests.tui.driver import running, shown
from tests.tui.fake_desk import FakeDesk
from tui.deeds import KillKey
from tui.keys import checked, key_line


def test_number_keys_reach_every_pane_in_every_layout() -> None:
    async def run() -> None:
        for size in ((80, 24), (120, 40)):
            async with running(FakeDesk.trading(), size) as desk:
                for i, name in enumerate(PANES):
                    await desk.press(str((i + 1) % 10))
                    assert name in shown(desk)
                    assert desk.app.desk_screen.pane(name).has_focus
                await desk.press("1")
                assert "surface" not in shown(desk)

    asyncio.run(run())


def test_hedger_and_pair_are_toggled_by_one_key() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.press("d", "p")
            assert desk.requests == [
                SwitchAutomation("hedger", False),
                SwitchAutomation("pair", True),
            ]

    asyncio.run(run())


def test_x_cancels_the_chosen_order_and_capital_x_all() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.press("x")
            assert desk.requests == []
            assert "no order is chosen" in desk.said
            await desk.press("9", "down", "down", "x", "X")
            assert desk.requests == [CancelOrder("o2"), CancelOrders(CancelScope.ALL)]

    asyncio.run(run())


def test_the_kill_key_acts_at_once_and_flattens_only_on_purpose() -> None:
    key = KillKey()
    assert key.press(100.0) is False
    assert [key.press(at) for at in (100.6, 100.65, 100.7)] == [None, None, None]  # held down
    assert key.press(102.0) is True
    assert key.press(120.0) is False


def test_a_keymap_with_a_clash_is_refused_by_both_names() -> None:
    with pytest.raises(SettingsError, match=r"key s is asked for by both trade.buy and trade.sell"):
        checked({"trade.buy": "s"})
    with pytest.raises(SettingsError, match=r"'trade.hold', which is no action"):
        checked({"trade.hold": "h"})
    with pytest.raises(SettingsError, match=r"gives trade.buy no key"):
        checked({"trade.buy": " "})
    assert checked({"trade.buy": "f2, B"}) == {"trade.buy": "f2, B"}
    assert checked({"trade.buy": "s", "trade.sell": "b"})


def test_moved_keys_work_and_stand_in_the_key_line() -> None:
    async def run() -> None:
        fake = FakeDesk.trading()
        fake.desk.settings = Settings(screen=ScreenSettings(keys={"automation.hedger": "f5"}))
        async with running(fake) as desk:
            await desk.press("d")
            assert desk.requests == []
            await desk.press("f5")
            assert desk.requests == [SwitchAutomation("hedger", False)]
        assert ("f5", "hedger") in key_line({"automation.hedger": "f5"})

    asyncio.run(run())


def test_every_key_and_palette_line_of_the_table_is_done_by_somebody() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            own = set(desk.app.deeds.handled)
        for one in TABLE:
            is_move = one.id.startswith("go.") or one.place == "volatility"
            if (one.key or one.title) and not is_move:
                assert one.text or one.id in own, one.id

    asyncio.run(run())


def test_a_desk_that_waits_for_everything_answers_every_key() -> None:
    async def run() -> None:
        async with running(FakeDesk.waiting(), (200, 55)) as desk:
            keys = [key for one in TABLE for key in one.key.split(",") if key]
            for key in keys:
                await desk.pilot.press(key)
                while desk.is_open:
                    await desk.press("escape")
                if isinstance(desk.app.focused, Input):
                    await desk.press("escape")
            assert {type(one) for one in desk.requests} <= {
                Kill,
                CancelOrders,
                SwitchAutomation,
            }

    asyncio.run(run())


def test_the_kill_key_works_from_every_pane() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.press("9", "ctrl+k")
            assert desk.requests == [Kill(False)]

    asyncio.run(run())
