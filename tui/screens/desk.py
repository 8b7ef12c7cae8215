"""The one screen of the desk: panes in their layout, the command line, focus and zoom."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Label

from core.commands.table import PANES
from tui.draw.line_pane import LinePane
from tui.draw.pane import Pane, Picked
from tui.guard import Guarded
from tui.keys import desk_bindings, key_line, pane_hint, urgent_keys
from tui.panes.chain import Chain
from tui.panes.futures import Futures
from tui.panes.header import Header
from tui.panes.keys import Keys
from tui.panes.ladder import Ladder
from tui.panes.log import Log
from tui.panes.orders import Orders
from tui.panes.pair import Pair
from tui.panes.positions import Positions
from tui.panes.smile import Smile
from tui.panes.surface import Surface
from tui.panes.term import Term
from tui.prompt.bar import CommandBar
from tui.screens.layout import LAYOUTS, Layout, layout_for, shown_panes, too_small_words
from tui.screens.lines import Alarm, Tabs
from tui.screens.moves import move
from tui.session import Session
from tui.views.orders import row_instruments

PANE_KINDS: dict[str, type[Pane]] = {
    "chain": Chain,
    "ladder": Ladder,
    "futures": Futures,
    "surface": Surface,
    "smile": Smile,
    "term": Term,
    "pair": Pair,
    "positions": Positions,
    "orders": Orders,
    "log": Log,
}


class DeskScreen(Guarded, Screen[None], inherit_bindings=False):
    """All panes over one selection. The app's frame timer calls `sync`."""

    BINDINGS: ClassVar[list[BindingType]] = [*desk_bindings()]
    AUTO_FOCUS = ""

    def __init__(self, session: Session) -> None:
        super().__init__(id="desk")
        self.session = session
        self.layout_name: Layout = "none"
        self.current = PANES[0]
        """The pane the keys go to; the last one while the command line is typed into."""
        self.bar = CommandBar(session)
        desk, selection = session.desk, session.selection
        self._named: dict[str, Pane] = {
            name: kind(desk, selection, id=name) for name, kind in PANE_KINDS.items()
        }
        self._tabs = Tabs()
        self._keys = Keys(desk, selection, id="keys")
        self._lines: tuple[LinePane, ...] = (
            Header(desk, selection, id="header"),
            self._tabs,
            Alarm(desk),
        )
        self._panes = (*self._lines, *self._named.values(), self._keys)
        self.is_peeking = False
        """The zoomed pane is one its layout has no room for; leaving it ends the zoom."""
        self._frames = 0

    def compose(self) -> ComposeResult:
        """Every pane once; classes decide which are seen."""
        pane = self.pane
        yield from self._lines
        with Horizontal(id="grid"):
            with Vertical(id="left", classes="box"):
                yield from (pane("chain"), pane("positions"), pane("orders"))
            with Vertical(id="right", classes="box"):
                with Horizontal(id="right_top", classes="box"):
                    with Vertical(id="market", classes="box"):
                        yield from (pane("ladder"), pane("futures"))
                    with Vertical(id="vols", classes="box"):
                        yield from (pane("surface"), pane("smile"), pane("term"))
                with Vertical(id="right_bottom", classes="box"):
                    yield from (pane("pair"), pane("log"))
        yield self.bar
        yield self._keys
        yield Label("", id="too_small")

    def on_mount(self) -> None:
        """Say each pane's keys and take the first focus."""
        keys = self.session.desk.settings.screen.keys
        for name, pane in self._named.items():
            pane.add_class("pane")
            pane.hint = pane_hint(name, keys)
        self._keys.show(key_line(keys), urgent_keys(keys))
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

    def repaint(self) -> None:
        """Every pane anew, after a change of theme."""
        for pane in self._panes:
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
        selection = self.session.selection
        if self.is_peeking:
            selection.zoom, self.is_peeking = "", False
        if selection.zoom:
            selection.zoom = name
        elif name not in shown_panes(self.layout_name, name, ""):
            selection.zoom, self.is_peeking = name, True
        self.current = name
        self._arrange()
        self.set_focus(self.pane(name))

    def next_pane(self, step: int) -> None:
        """To the pane after or before, among those on the screen, or among all when alone."""
        shown = shown_panes(self.layout_name, self.current, self.session.selection.zoom)
        names = PANES if len(shown) == 1 else [name for name in PANES if name in shown]
        at = names.index(self.current) if self.current in names else 0
        self.focus_pane(names[(at + step) % len(names)])

    def toggle_zoom(self) -> None:
        """Let the pane fill the screen, or give the others back."""
        selection = self.session.selection
        selection.zoom = "" if selection.zoom else self.current
        if self.is_peeking:
            self.is_peeking = False
            self.focus_pane(PANES[0])
            return
        self._arrange()

    def _arrange(self) -> None:
        layout = layout_for(*self.size)
        shown = shown_panes(layout, self.current, self.session.selection.zoom)
        self.layout_name = layout
        for one in LAYOUTS:
            self.set_class(one == layout, f"-{one}")
        for part in self.children:
            part.set_class(layout == "none" and part.id != "too_small", "-away")
        self.set_class(len(shown) == 1, "-single")
        for name in PANES:
            self.pane(name).set_class(name not in shown, "-away")
        for box in self.query(".box"):
            inside = {pane.id for pane in box.query(".pane")}
            box.set_class(not inside & shown, "-away")
        self._tabs.current = self.current

    # Keys and mouse.

    def action_go(self, name: str) -> None:
        """A movement key."""
        if name in PANES:
            self.focus_pane(name)
        elif name in ("next", "previous"):
            self.next_pane(1 if name == "next" else -1)
        elif name == "pick":
            self._pick()
        else:
            if name == "money":
                self._recentre()
            move(name, self.current, self.session.desk, self.session.selection)
            self._sync_now()

    def _recentre(self) -> None:
        ladder = self.pane("ladder")
        if isinstance(ladder, Ladder):
            ladder.recentre()

    def _pick(self) -> None:
        """Enter: the row's instrument goes to the ladder."""
        desk, selection = self.session.desk, self.session.selection
        name = selection.instrument
        if self.current == "positions":
            name = selection.position
        elif self.current == "orders":
            name = row_instruments(desk.trading).get(selection.order_id, "")
        if name:
            selection.choose(desk.board.catalog, name)
        self._sync_now()

    def _sync_now(self) -> None:
        """What a key did is seen at once, not at the next frame."""
        for pane in self._panes:
            pane.sync()

    @on(Picked)
    def _picked(self, event: Picked) -> None:
        """The mouse has moved the selection; a double click is Enter."""
        self.focus_pane(event.pane.id or self.current)
        if event.is_double:
            self._pick()
        self._sync_now()

    def on_click(self, event: events.Click) -> None:
        """A tab of the small layout."""
        if isinstance(event.widget, Tabs) and (name := event.widget.at(event.x)):
            self.focus_pane(name)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember which pane has the keys."""
        if event.widget.id in PANES and event.widget.id != self.current:
            self.focus_pane(event.widget.id)

    def on_command_field_left(self) -> None:
        """Back from the command line to the pane."""
        self.set_focus(self.pane(self.current))

    def open_command_line(self) -> None:
        """Type into the command line."""
        self.set_focus(self.bar.field)
