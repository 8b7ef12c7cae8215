"""The volatility screen: the way there and back, its keys, what it shares with the desk."""

from __future__ import annotations

import asyncio

import pytest

from core.commands.table import VOL_PANES
from tests.tui.driver import running, shown
from tests.tui.fake_desk import FakeDesk


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
        async with running(FakeDesk.trading(), size) as desk:
            app = desk.app
            await desk.press("v")
            assert shown(desk) == panes
            assert app.work_screen is app.vol_screen
            assert app.vol_screen.query_one("#keys").region.y == size[1] - 1
            await desk.press("v")
            assert app.screen is app.desk_screen
            await desk.press("v", "escape")
            assert app.screen is app.desk_screen

    asyncio.run(run())
