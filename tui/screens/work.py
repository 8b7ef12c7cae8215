"""What the full screens share: header, alarm, panes over one selection, command line, keys."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Label

from tui.draw.line_pane import LinePane
from tui.draw.pane import Pane, Picked
from tui.guard import Guarded
from tui.keys import Place, key_line, pane_hint, urgent_keys
from tui.panes.header import Header
from tui.panes.keys import Keys
from tui.prompt.bar import CommandBar
from tui.screens.layout import LAYOUTS, Layout, Plan, layout_for, too_small_words
from tui.screens.lines import Alarm, Tabs
from tui.session import Session


class WorkScreen(Guarded, Screen[None], inherit_bindings=False):
    """A screen one works on. The app's frame timer calls `sync` while it is the uppermost one."""

    PLACE: ClassVar[Place]
    PLAN: ClassVar[Plan]
    AUTO_FOCUS = ""

    def __init__(self, session: Session, panes: Mapping[str, Pane]) -> None:
        super().__init__(id=self.PLACE)
        self.session = session
        self.layout_name: Layout = "none"
        self.current = self.PLAN.panes[0]
        """The pane the keys go to; the last one while the command line is typed into."""
        self.zoom = ""
        """The pane that fills the screen, empty for none."""
        self.is_peeking = False
        """The zoomed pane is one its layout has no room for; leaving it ends the zoom."""
        self.bar = CommandBar(session)
        desk, selection = session.desk, session.selection
        self._named = dict(panes)
        self._tabs = Tabs(self.PLAN)
        self._keys = Keys(desk, selection, id="keys")
        self._lines: tuple[LinePane, ...] = (
            Header(desk, selection, id="header"),
            self._tabs,
            Alarm(desk),
        )
        self._panes = (*self._lines, *self._named.values(), self._keys)
        self._frames = 0

    @abstractmethod
    def body(self) -> Widget:
        """All panes in their boxes, mounted once; classes decide which are seen."""

    @abstractmethod
    def move(self, name: str) -> None:
        """Do the move `name` (of a `go.` or `vol.` entry) in the current pane."""

    @abstractmethod
    def choose(self) -> None:
        """Enter: take what the cursor of the current pane is on."""

    def compose(self) -> ComposeResult:
        """Header, panes, command line, keys."""
        yield from self._lines
        yield self.body()
        yield self.bar
        yield self._keys
        yield Label("", id="too_small")

    def on_mount(self) -> None:
        """Say each pane's keys and take the first focus."""
        keys = self.session.desk.settings.screen.keys
        for name, pane in self._named.items():
            pane.add_class("pane")
            pane.number = self.PLAN.numbers[name]
            pane.hint = pane_hint(name, keys, self.PLACE)
        self._keys.show(key_line(keys, self.PLACE), urgent_keys(keys))
        self._arrange()
        self.focus_pane(self.current)

    def pane(self, name: str) -> Pane:
        """The pane with this id."""
        return self._named[name]

    # Frames.

    def sync(self) -> None:
        """One frame: each pane in its turn, the reading of the command line now and then."""
        self._frames += 1
        selection, desk = self.session.selection, self.session.desk
        if desk.board.catalog.by_name:  # before the listing the remembered chain must wait
            selection.settle(desk.board)
        has_alarm = bool(desk.trading.alarms)
        if has_alarm is not self.has_class("-alarm"):
            self.set_class(has_alarm, "-alarm")
        for i, pane in enumerate(self._panes):
            if (self._frames + i) % pane.EVERY == 0:
                pane.sync()
        if self._frames % 3 == 0 and self.bar.field.value:
            self.bar.read_again()

    def sync_now(self) -> None:
        """What a key did is seen at once, not at the next frame."""
        for pane in self._panes:
            pane.sync()

    def repaint(self) -> None:
        """Every pane anew, after a change of theme."""
        for pane in (*self._panes, self.bar.line):
            pane.repaint()

    # Layout, focus, zoom.

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout for the new size."""
        self.query_one("#too_small", Label).update(
            too_small_words(event.size.width, event.size.height)
        )
        self._arrange()

    def focus_pane(self, name: str) -> None:
        """Give the keys to a pane; one that has no place in the layout fills the screen."""
        if self.is_peeking:
            self.zoom, self.is_peeking = "", False
        if self.zoom:
            self.zoom = name
        elif name not in self.PLAN.shown(self.layout_name, name, ""):
            self.zoom, self.is_peeking = name, True
        self.current = name
        self._arrange()
        self.set_focus(self.pane(name))

    def next_pane(self, step: int) -> None:
        """To the pane after or before, among those on the screen, or among all when alone."""
        every = self.PLAN.panes
        shown = self.PLAN.shown(self.layout_name, self.current, self.zoom)
        names = every if len(shown) == 1 else [name for name in every if name in shown]
        at = names.index(self.current) if self.current in names else 0
        self.focus_pane(names[(at + step) % len(names)])

    def toggle_zoom(self) -> None:
        """Let the pane fill the screen, or give the others back."""
        self.zoom = "" if self.zoom else self.current
        if self.is_peeking:
            self.is_peeking = False
            self.focus_pane(self.PLAN.panes[0])
            return
        self._arrange()

    def _arrange(self) -> None:
        layout = layout_for(*self.size)
        shown = self.PLAN.shown(layout, self.current, self.zoom)
        self.layout_name = layout
        for one in LAYOUTS:
            self.set_class(one == layout, f"-{one}")
        for part in self.children:
            part.set_class(layout == "none" and part.id != "too_small", "-away")
        self.set_class(len(shown) == 1, "-single")
        for name, pane in self._named.items():
            pane.set_class(name not in shown, "-away")
        for box in self.query(".box"):
            inside = {pane.id for pane in box.query(".pane")}
            box.set_class(not inside & shown, "-away")
        self._tabs.current = self.current

    # Keys and mouse.

    def action_go(self, name: str) -> None:
        """A movement key."""
        if name in self._named:
            self.focus_pane(name)
        elif name in ("next", "previous"):
            self.next_pane(1 if name == "next" else -1)
        else:
            if name == "pick":
                self.choose()
            else:
                self.move(name)
            self.sync_now()

    @on(Picked)
    def _picked(self, event: Picked) -> None:
        """The mouse has moved the selection; a double click is Enter."""
        self.focus_pane(event.pane.id or self.current)
        if event.is_double:
            self.choose()
        self.sync_now()

    def on_click(self, event: events.Click) -> None:
        """A tab of the small layout."""
        if isinstance(event.widget, Tabs) and (name := event.widget.at(event.x)):
            self.focus_pane(name)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember which pane has the keys."""
        if event.widget.id in self._named and event.widget.id != self.current:
            self.focus_pane(event.widget.id)

    def on_command_field_left(self) -> None:
        """Back from the command line to the pane."""
        self.leave_command_line()

    def leave_command_line(self) -> None:
        """Give the keys to the pane that had them last."""
        if self.is_mounted:
            self.set_focus(self.pane(self.current))

    def open_command_line(self) -> None:
        """Type into the command line."""
        self.set_focus(self.bar.field)
