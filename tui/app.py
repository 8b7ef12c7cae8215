"""The terminal program: starts the desk, draws frames, outlives failing handlers, ends cleanly."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.screen import Screen
from textual.theme import Theme
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from core.commands.table import PANES
from core.desk.desk import Desk
from tui.deeds import Deeds
from tui.departure import SIGNALS, Departure
from tui.dialogs.risk_board import RiskBoard
from tui.dialogs.ticket import Ticket
from tui.guard import Guarded
from tui.keys import checked, urgent_bindings
from tui.notices import Notices
from tui.palette import TableCommands
from tui.prompt.bar import CommandBar
from tui.remembered import HISTORY, Remembered, load, save
from tui.screens.desk import DeskScreen
from tui.screens.layout import SCREEN_CSS
from tui.screens.volatility import VolatilityScreen
from tui.screens.work import WorkScreen
from tui.session import Session
from tui.theme import THEMES

log = logging.getLogger(__name__)
SWITCH_S = 0.001
"""How long a thread may keep the interpreter: the default of 5 ms makes keys feel late."""
SHUTDOWN_S = 2.0
"""How long `shutdown` waits for its cancels before it leaves."""
REMEMBERED = 50


class VoldeskApp(Guarded, App[int], inherit_bindings=False):
    """One desk on one terminal."""

    TITLE = "Voldesk"
    CSS = SCREEN_CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        *urgent_bindings(),
        Binding("ctrl+c", "run('desk.quit')", show=False, system=True),
    ]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {TableCommands}
    COMMAND_PALETTE_BINDING = "f24"
    """Textual would bind its palette above every dialog; ours is the table's, on the desk only."""

    def __init__(self, desk: Desk, saved: Path | None = None) -> None:
        super().__init__()
        self.desk = desk
        self.session = Session(desk)
        self._saved = saved
        self._remembered = load(saved)
        self.user_keys = checked(desk.settings.screen.keys)
        self.notices = Notices(self)
        self.failures: deque[Exception] = deque(maxlen=REMEMBERED)
        """The last errors of handlers; each was logged and shown."""
        self.animation_level = "none"
        self.desk_screen = DeskScreen(self.session)
        self.vol_screen = VolatilityScreen(self.session)
        self.deeds = Deeds(self)
        self._restore()
        self._departure = Departure(self)
        self._frames = 0
        for theme in THEMES:
            self.register_theme(theme)

    def get_default_screen(self) -> Screen[None]:
        """The desk."""
        return self.desk_screen

    @property
    def work_screen(self) -> WorkScreen:
        """The screen one works on now, whatever dialog lies over it."""
        is_there = self.vol_screen in self.screen_stack
        return self.vol_screen if is_there else self.desk_screen

    # Life.

    def on_mount(self) -> None:
        """Theme, keys, signals, frames; the desk itself starts after the first paint."""
        self.theme = self._first_theme()
        self.theme_changed_signal.subscribe(self, self._repaint)
        self.set_keymap(self.user_keys)
        self.install_screen(self.vol_screen, "volatility")
        self._departure.watch()
        self.set_interval(1 / self.desk.settings.screen.frames_per_s, self._frame)
        self.call_after_refresh(self._start)

    def _restore(self) -> None:
        """Chain, columns, pane and history as they were left."""
        last, screen, selection = self._remembered, self.desk_screen, self.session.selection
        last.apply(selection)
        last.apply_to_volatility(self.vol_screen.choice)
        screen.bar.field.recall(last.commands)
        if last.pane in PANES:
            screen.current = last.pane
        if last.is_zoomed:
            screen.zoom = screen.current

    def _first_theme(self) -> str:
        """The theme the desk was left with, unless the settings have changed it since."""
        last, wanted = self._remembered, self.desk.settings.screen.theme
        is_known = any(theme.name == last.theme for theme in THEMES)
        return last.theme if is_known and last.theme_of_settings == wanted else wanted

    def remember(self) -> None:
        """Keep the look for the next start."""
        selection, screen = self.session.selection, self.desk_screen
        choice = self.vol_screen.choice
        save(
            self._saved,
            Remembered(
                self.theme,
                self.desk.settings.screen.theme,
                selection.chain,
                selection.expiry_ns,
                selection.side,
                selection.columns,
                selection.log_kind,
                screen.current,
                bool(screen.zoom) and not screen.is_peeking,
                tuple(screen.bar.field.past[-HISTORY:]),
                choice.columns,
                choice.axis,
                choice.span_h,
            ),
        )

    @work(exit_on_error=False)
    async def _start(self) -> None:
        """Start every part off the screen's thread, then spare the collector what will stay."""
        await asyncio.to_thread(self.desk.start)
        gc.collect()
        gc.freeze()

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Act on a key of the desk before the next one is looked at.

        Textual hands a key to the focused widget's own queue and acts when it has bubbled up
        again; of `:ca` typed at one go the letters would then still be keys of the desk.
        """
        if await super()._check_bindings(key, priority):
            return True
        is_desk = isinstance(self.screen, WorkScreen) and not isinstance(self.focused, Input)
        if not (priority and is_desk and await super()._check_bindings(key)):
            return False
        await asyncio.sleep(0)  # a dialog that was asked for opens now
        return True

    async def _shutdown(self) -> None:
        """Close the screen; only then has the terminal heard its farewell."""
        await super()._shutdown()
        self._departure.unwatch()

    @work(exit_on_error=False)
    async def shut_down(self) -> None:
        """Leave when nothing works any more, or after two seconds."""
        end = time.monotonic() + SHUTDOWN_S
        while self.desk.trading.working and time.monotonic() < end:
            await asyncio.sleep(0.05)
        self.exit(0)

    # Frames.

    def _frame(self) -> None:
        """One picture; half as many under a dialog, which redraws what lies below it."""
        self._frames += 1
        self._departure.check()
        top = self.screen_stack[-1:]
        if self._frames % 2 and not (top and isinstance(top[0], WorkScreen)):
            return
        self.deeds.take_replies()
        self.work_screen.sync()

    def _repaint(self, _theme: Theme) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, WorkScreen | RiskBoard | Ticket):
                screen.repaint()

    def use_theme(self, name: str) -> None:
        """Change the colours; every pane repaints."""
        self.theme = name

    def toggle_volatility(self) -> None:
        """To the volatility screen, or back to the desk."""
        self.show_volatility(self.work_screen is self.desk_screen)

    def show_volatility(self, is_wanted: bool = True) -> None:
        """Put the volatility screen over the desk, or take it away."""
        if is_wanted and self.work_screen is self.desk_screen:
            self.vol_screen.bar.field.recall(self.desk_screen.bar.field.past)
            self.push_screen("volatility")
            self.vol_screen.leave_command_line()
        elif not is_wanted and self.screen is self.vol_screen:
            self.desk_screen.bar.field.recall(self.vol_screen.bar.field.past)
            self.pop_screen()
            self.desk_screen.leave_command_line()

    def say(self, text: str, tone: str = "text") -> None:
        """One line beside the command line of every screen."""
        for screen in (self.desk_screen, self.vol_screen):
            screen.bar.say(text, tone)

    def say_reply(self, reply: str, text: str, is_ok: bool) -> None:
        """What became of `text`, beside the command line of every screen."""
        for screen in (self.desk_screen, self.vol_screen):
            screen.bar.say_reply(reply, text, is_ok)

    # Asking.

    def action_run(self, id_: str) -> None:
        """A key of the table."""
        self.deeds.run_entry(id_)

    def run_entry(self, id_: str) -> None:
        """A line of the palette."""
        self.deeds.run_entry(id_)

    async def action_quit(self) -> None:
        """Textual's own ways out ask as ours does."""
        self.deeds.run_entry("desk.quit")

    @on(CommandBar.Entered)
    def _entered(self, event: CommandBar.Entered) -> None:
        self.desk_screen.bar.field.remember(event.text)  # kept for the next start from there
        self.deeds.perform(event.reading, event.text)

    # Errors.

    def report(self, error: Exception) -> None:
        """Say that a handler failed; the desk goes on."""
        self.failures.append(error)
        self.notices.show(f"{type(error).__name__}: {error} (see the log)", "error", 15.0)

    @on(Worker.StateChanged)
    def _worker_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and isinstance(event.worker.error, Exception):
            log.error("%s failed", event.worker.name, exc_info=event.worker.error)
            self.report(event.worker.error)

    def _handle_exception(self, error: Exception) -> None:
        """Textual ends the program here; once the desk is up, orders may work: it must not."""
        if not self.is_running or not self.desk_screen.is_mounted:
            super()._handle_exception(error)
            return
        log.error("the screen failed", exc_info=error)
        self.report(error)


def run_screen(desk: Desk, saved: Path | None = None) -> int:
    """Run the desk on this terminal until it is left, then stop it; the exit code.

    The look of the screen is kept in the file `saved`; without one every start is the first.
    """
    sys.setswitchinterval(SWITCH_S)
    app = VoldeskApp(desk, saved)
    try:
        app.run()
        app.remember()
    finally:
        for number in SIGNALS:  # the parts end in their own time, each of it bounded
            signal.signal(number, signal.SIG_IGN)
        if not desk.stop():
            log.error("a part of the desk did not end")
    return app.return_code or 0
