"""Drives the whole app over a fake desk, without a terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from textual.pilot import Pilot
from textual.widgets import Input

from core.trading.commands import Request
from tests.tui.fake_desk import FakeDesk
from tui.app import VoldeskApp
from tui.dialogs.dialog import Dialog
from tui.screens.work import WorkScreen


@dataclass
class Driver:
    """The running app with keys to press and conditions to wait for."""

    fake: FakeDesk
    app: VoldeskApp
    pilot: Pilot[int]

    @property
    def requests(self) -> list[Request]:
        """Everything submitted so far."""
        return [command.request for command in self.fake.commands]

    @property
    def said(self) -> str:
        """The words beside the command line."""
        line = self.app.work_screen.bar.line.said
        return " | ".join(text for text, _ in line.parts)

    @property
    def is_open(self) -> bool:
        """True while a dialog lies over the screen one works on."""
        return not isinstance(self.app.screen, WorkScreen)

    @property
    def last(self) -> Request | None:
        """The newest request."""
        return self.requests[-1] if self.requests else None

    async def press(self, *keys: str) -> None:
        """Press keys; the pilot waits until each has been handled."""
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Put `text` into the command line as typing does, without Enter."""
        await self.press("colon")
        self.app.work_screen.bar.field.value = text
        await self.pilot.pause()

    async def enter(self, text: str) -> None:
        """Type into the command line and press Enter."""
        await self.type(text)
        await self.press("enter")

    async def until(self, is_so: Callable[[], bool], what: str, seconds: float = 5.0) -> None:
        """Wait until something holds."""
        for _ in range(int(seconds / 0.02)):
            if is_so():
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"{what} did not happen; said: {self.said}")

    async def dialog(self) -> Dialog[object]:
        """The open dialog, once it is armed."""

        def is_armed() -> bool:
            return isinstance(self.app.screen, Dialog) and self.app.screen.is_armed

        await self.until(is_armed, "an armed dialog")
        assert isinstance(self.app.screen, Dialog)
        return self.app.screen

    async def answer(self, text: str) -> None:
        """Type into the dialog's field and press Enter."""
        screen = await self.dialog()
        screen.query_one(Input).value = text
        await self.press("enter")


@asynccontextmanager
async def running(
    fake: FakeDesk, size: tuple[int, int] = (120, 40), *, may_fail: bool = False
) -> AsyncIterator[Driver]:
    """The app on a desk; at the end no handler may have failed unless the test wants it."""
    app = VoldeskApp(fake.desk)
    async with app.run_test(size=size) as pilot:
        driver = Driver(fake, app, pilot)
        await driver.until(lambda: app.desk_screen.is_mounted, "the first paint")
        await pilot.pause()
        yield driver
    assert may_fail or list(app.failures) == []


def shown(desk: Driver) -> set[str]:
    """The panes that take room on the screen."""
    screen = desk.app.work_screen
    return {name for name in screen.PLAN.panes if screen.pane(name).size.area}
