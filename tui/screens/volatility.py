"""The volatility screen: map, smile, rich and cheap quotes, term structure, index, the past."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from tui.draw.pane import Pane
from tui.keys import bindings_of
from tui.panes.volatility.index import Index
from tui.panes.volatility.rich import Rich
from tui.panes.volatility.smile import Smile
from tui.panes.volatility.surface import Surface
from tui.panes.volatility.term import Term
from tui.screens.layout import VOL_PLAN
from tui.screens.vol_moves import VolMoves
from tui.screens.work import WorkScreen
from tui.session import Session
from tui.views.volatility.choice import VolChoice


class VolatilityScreen(WorkScreen):
    """Everything known of the volatilities of one chain, over the desk's own selection."""

    PLACE = "volatility"
    PLAN = VOL_PLAN
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("volatility")]

    def __init__(self, session: Session) -> None:
        desk, selection = session.desk, session.selection
        self.choice = VolChoice()
        """What this screen looks at; the panes read it, keys and mouse move it."""
        panes: dict[str, Pane] = {
            "surface": Surface(desk, selection, id="surface", choice=self.choice),
            "smile": Smile(desk, selection, id="smile", choice=self.choice),
            "rich": Rich(desk, selection, id="rich", choice=self.choice),
            "term": Term(desk, selection, id="term", choice=self.choice),
            "index": Index(desk, selection, id="index", choice=self.choice),
        }
        super().__init__(session, panes)
        self._moves = VolMoves(desk, selection, self.choice)

    def body(self) -> Widget:
        """The map above, the rest below."""
        pane = self.pane
        beside = Vertical(
            pane("rich"),
            Vertical(pane("term"), pane("index"), id="curves", classes="box"),
            id="beside",
            classes="box",
        )
        lower = Horizontal(pane("smile"), beside, id="lower", classes="box")
        return Vertical(pane("surface"), lower, id="grid")

    def on_screen_resume(self) -> None:
        """Draw in the colours of now: while another screen was on top nothing was drawn."""
        self.repaint()

    def move(self, name: str) -> None:
        """Move the selection, or what this screen looks at."""
        self._moves.move(name, self.current)

    def choose(self) -> None:
        """The option under the cursor becomes the desk's."""
        self._moves.choose(self.current)
