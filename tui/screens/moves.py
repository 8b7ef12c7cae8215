"""What the movement keys do in each pane: they move the selection, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from core.desk.desk import Desk
from core.domain.money import decimal_of
from tui.selection import Selection
from tui.views.journal import KINDS
from tui.views.orders import row_instruments

PAGE = 10
_STEPS = {"up": -1, "down": 1, "page_up": -PAGE, "page_down": PAGE}
_EXPIRY_PANES = frozenset({"surface", "smile", "term"})


def move(name: str, pane: str, desk: Desk, selection: Selection) -> None:
    """Do the move `name` (of a `go.` entry) in the pane called `pane`."""
    if name in _STEPS:
        _step(_STEPS[name], pane, desk, selection)
    elif name in ("left", "right"):
        _sideways(name, pane, desk, selection)
    else:
        _MOVES[name](desk, selection)


def _step(steps: int, pane: str, desk: Desk, selection: Selection) -> None:
    catalog, trading = desk.board.catalog, desk.trading
    if pane == "ladder":
        _move_price(-steps, desk, selection)
    elif pane == "futures":
        selection.next_future(catalog, steps)
    elif pane == "positions":
        selection.next_position([one.instrument for one in trading.positions], steps)
    elif pane == "orders":
        selection.next_order(list(row_instruments(trading)), steps)
    elif pane in _EXPIRY_PANES:
        selection.next_expiry(catalog, steps)
    else:
        selection.move_strike(catalog, steps)


def _sideways(name: str, pane: str, desk: Desk, selection: Selection) -> None:
    catalog = desk.board.catalog
    if pane in _EXPIRY_PANES:
        selection.next_expiry(catalog, 1 if name == "right" else -1)
    elif pane == "chain":
        selection.choose_side(catalog, "put" if name == "right" else "call")


def _move_price(steps: int, desk: Desk, selection: Selection) -> None:
    """The ladder's cursor: from the mid at first, then by as many ticks as a line shows."""
    instrument = desk.board.instrument(selection.instrument)
    if instrument is None:
        return
    price = selection.price
    if price is None:
        quote = desk.board.quote(instrument.name)
        middle = quote.mid if quote.mid > 0 else quote.mark
        if not middle > 0:
            return
        price = instrument.price_near(decimal_of(middle))
    moved = instrument.next_price(price, steps * selection.grouping)
    selection.price = max(moved, Decimal(instrument.tick))


def _money(desk: Desk, selection: Selection) -> None:
    selection.price = None
    if selection.instrument == "" or desk.board.catalog.get(selection.instrument) is None:
        return
    if desk.board.catalog.by_name[selection.instrument].is_option:
        selection.to_money(desk.board)


def _next_kind(_desk: Desk, selection: Selection) -> None:
    """All lines, then one kind after the other."""
    kinds = ["", *KINDS]
    at = kinds.index(selection.log_kind) if selection.log_kind in kinds else -1
    selection.log_kind = kinds[(at + 1) % len(kinds)]


_MOVES: dict[str, Callable[[Desk, Selection], None]] = {
    "money": _money,
    "expiry_back": lambda desk, selection: selection.next_expiry(desk.board.catalog, -1),
    "expiry_on": lambda desk, selection: selection.next_expiry(desk.board.catalog, 1),
    "turn": lambda desk, selection: selection.turn(desk.board.catalog),
    "underlying": lambda desk, selection: selection.next_chain(desk.board.catalog),
    "columns": lambda _desk, selection: selection.next_columns(),
    "finer": lambda _desk, selection: selection.next_grouping(-1),
    "coarser": lambda _desk, selection: selection.next_grouping(1),
    "filter": _next_kind,
}
