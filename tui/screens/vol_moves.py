"""What the keys do on the volatility screen: they move the selection and what is looked at."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from core.desk.desk import Desk
from tui.selection import Selection
from tui.views.volatility.choice import VolChoice
from tui.views.volatility.heat import table_of
from tui.views.volatility.past import past_view, step
from tui.views.volatility.picture import now_picture
from tui.views.volatility.rich import otm_name, rich_rows
from tui.views.volatility.strikes import cell_strike, choose_otm

PAGE = 10
_STEPS = {"up": -1, "down": 1, "page_up": -PAGE, "page_down": PAGE}
_SIDES = {"left": -1, "right": 1}
_MINUTES = {
    "minute_back": -1,
    "minute_on": 1,
    "hour_back": -60,
    "hour_on": 60,
    "day_back": -1440,
    "day_on": 1440,
}


class VolMoves:
    """The moves over one desk, selection and choice."""

    def __init__(self, desk: Desk, selection: Selection, choice: VolChoice) -> None:
        self._desk, self._selection, self._choice = desk, selection, choice
        catalog = desk.board
        self._others: dict[str, Callable[[], None]] = {
            "money": self._to_money,
            "expiry_back": lambda: selection.next_expiry(catalog.catalog, -1),
            "expiry_on": lambda: selection.next_expiry(catalog.catalog, 1),
            "underlying": lambda: selection.next_chain(catalog.catalog),
            "columns": choice.next_columns,
            "map": choice.next_mode,
            "axis": choice.next_axis,
            "span": choice.next_span,
        }

    def move(self, name: str, pane: str) -> None:
        """Do the move `name` in the pane called `pane`."""
        if name in _STEPS:
            self._step(_STEPS[name], pane)
        elif name in _SIDES:
            self._sideways(_SIDES[name], pane)
        elif name in _MINUTES:
            self._walk(_MINUTES[name])
        else:
            self._others[name]()

    def choose(self, pane: str) -> None:
        """Enter: the option at the cursor of the map or of the list becomes the desk's."""
        catalog, choice = self._desk.board.catalog, self._choice
        if pane == "rich" and choice.rich is not None:
            name = otm_name(self._desk, self._selection.chain, choice.rich)
            self._selection.choose(catalog, name)
        elif pane == "surface":
            strike = cell_strike(self._desk, self._selection, choice)
            if isfinite(strike):
                choose_otm(self._desk, self._selection, strike)

    def _step(self, steps: int, pane: str) -> None:
        choice, catalog = self._choice, self._desk.board.catalog
        if pane == "rich":
            keys = [row.key for row in rich_rows(self._desk, self._selection.chain)]
            at = keys.index(choice.rich) + steps if choice.rich in keys else 0
            choice.rich = keys[min(max(at, 0), len(keys) - 1)] if keys else None
        elif pane == "surface" and choice.columns != "delta":
            table = table_of(now_picture(self._desk, self._selection.chain), choice.columns)
            choice.row = min(max(choice.row + steps, 0), max(0, len(table.rows) - 1))
        else:
            self._selection.next_expiry(catalog, steps)

    def _sideways(self, steps: int, pane: str) -> None:
        choice, catalog = self._choice, self._desk.board.catalog
        if pane == "surface":
            table = table_of(now_picture(self._desk, self._selection.chain), choice.columns)
            choice.column = min(max(choice.column + steps, 0), max(0, len(table.columns) - 1))
        elif pane == "smile":
            pairs = [pair.strike for pair in self._selection.pairs(catalog)]
            at = self._selection.strike
            here = pairs.index(at) + steps if at in pairs else len(pairs) // 2
            if pairs:
                choose_otm(self._desk, self._selection, pairs[min(max(here, 0), len(pairs) - 1)])
        else:
            self._selection.next_expiry(catalog, steps)

    def _walk(self, minutes: int) -> None:
        past = past_view(self._desk, self._selection.chain, self._choice.past_ns)
        self._choice.past_ns = step(past, minutes, self._desk.board.venue_now_ns())

    def _to_money(self) -> None:
        self._choice.to_money()
        self._selection.to_money(self._desk.board)
