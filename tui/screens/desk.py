"""The trading desk: chain, ladder, books, positions, orders, a small view of the volatilities."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from tui.draw.pane import Pane
from tui.keys import bindings_of
from tui.panes.chain import Chain
from tui.panes.futures import Futures
from tui.panes.ladder import Ladder
from tui.panes.log import Log
from tui.panes.orders import Orders
from tui.panes.pair import Pair
from tui.panes.positions import Positions
from tui.panes.volatility.smile import Smile
from tui.panes.volatility.surface import Surface
from tui.panes.volatility.term import Term
from tui.screens.layout import DESK_PLAN
from tui.screens.moves import move
from tui.screens.work import WorkScreen
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


class DeskScreen(WorkScreen):
    """All panes over one selection."""

    PLACE = "desk"
    PLAN = DESK_PLAN
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("desk")]

    def __init__(self, session: Session) -> None:
        desk, selection = session.desk, session.selection
        panes = {name: kind(desk, selection, id=name) for name, kind in PANE_KINDS.items()}
        super().__init__(session, panes)

    def body(self) -> Widget:
        """Chain and account at the left, prices above what moves at the right."""
        pane = self.pane
        prices = Horizontal(
            Vertical(pane("ladder"), pane("futures"), id="market", classes="box"),
            Vertical(pane("surface"), pane("smile"), pane("term"), id="vols", classes="box"),
            id="right_top",
            classes="box",
        )
        return Horizontal(
            Vertical(pane("chain"), pane("positions"), pane("orders"), id="left", classes="box"),
            Vertical(
                prices,
                Vertical(pane("pair"), pane("log"), id="right_bottom", classes="box"),
                id="right",
                classes="box",
            ),
            id="grid",
        )

    def move(self, name: str) -> None:
        """Move the selection."""
        ladder = self.pane("ladder")
        if name == "money" and isinstance(ladder, Ladder):
            ladder.recentre()
        move(name, self.current, self.session.desk, self.session.selection)

    def choose(self) -> None:
        """The row's instrument goes to the ladder."""
        desk, selection = self.session.desk, self.session.selection
        name = selection.instrument
        if self.current == "positions":
            name = selection.position
        elif self.current == "orders":
            name = row_instruments(desk.trading).get(selection.order_id, "")
        if name:
            selection.choose(desk.board.catalog, name)
