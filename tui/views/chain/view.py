"""The option chain of one expiry: strikes in the middle, calls left, puts right."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan

from core.desk.desk import Desk
from core.domain.instrument import Instrument, expiry_label
from core.market.catalog import StrikePair
from core.pricing.view import Smile
from tui.selection import Selection
from tui.views import figures
from tui.views.chain.cells import Cell, Reading, cell_of
from tui.views.chain.columns import ChainColumns, chain_columns
from tui.views.spans import Item, Span, fact, item


@dataclass(frozen=True, slots=True)
class ChainSide:
    """The call or the put of one strike."""

    name: str
    """Empty where none is listed."""
    cells: tuple[Cell, ...]
    bid: float
    ask: float
    """As numbers, so that the pane sees a change."""
    is_itm: bool
    is_chosen: bool
    is_stale: bool


@dataclass(frozen=True, slots=True)
class ChainRow:
    """One strike."""

    strike: float
    text: str
    is_atm: bool
    is_cursor: bool
    call: ChainSide
    put: ChainSide


@dataclass(frozen=True, slots=True)
class ChainView:
    """What the chain pane shows."""

    chain: str
    expiries: tuple[tuple[int, str], ...]
    expiry_ns: int | None
    facts: tuple[Item, ...]
    columns: ChainColumns
    rows: tuple[ChainRow | str, ...]
    """Visible strikes ascending; the forward's text stands between the two around it."""
    first: int
    """Index of the first visible row: give it back the next time."""
    stale: int
    """Visible options whose book cannot be trusted."""
    age_ms: float
    """Of the oldest stale feed."""
    empty: str


def chain_view(
    desk: Desk, selection: Selection, width: int, height: int, first: int | None
) -> ChainView:
    """The chain in `height` rows; `first` of None centres on the money."""
    catalog, pairs = desk.board.catalog, selection.pairs(desk.board.catalog)
    expiry_ns = selection.expiry_ns
    smile = desk.pricing.smiles.get((selection.chain, expiry_ns or 0))
    forward = _forward(desk, smile, pairs)
    strikes = [pair.strike for pair in pairs]
    columns = chain_columns(selection.columns, pairs, forward, width)
    below = sum(strike < forward for strike in strikes) if isfinite(forward) else -1
    total = len(strikes) + (below >= 0)
    cursor = strikes.index(selection.strike) if selection.strike in strikes else -1
    cursor += cursor >= below >= 0
    start = scrolled(first, height, total, cursor, below if below >= 0 else total // 2)
    reader = _Reader(desk, selection, columns, forward, nearest_index(strikes, forward))
    rows: list[ChainRow | str] = []
    for at in range(start, min(total, start + height)):
        if at == below:
            rows.append(figures.fixed(forward, 1 if forward >= 10_000 else 2))
        else:
            index = at - (at > below >= 0)
            rows.append(reader.row(index, pairs[index]))
    listed = catalog.expiries.get(selection.chain, ())
    return ChainView(
        selection.chain,
        tuple((one, expiry_label(one)) for one in listed),
        expiry_ns,
        _facts(desk, smile, forward, expiry_ns),
        columns,
        tuple(rows),
        start,
        reader.stale,
        reader.age_ms,
        "" if pairs else _empty(desk),
    )


def scrolled(
    first: int | None, height: int, total: int, cursor: int, middle: int, margin: int = 2
) -> int:
    """The first visible row, moved only as far as the cursor demands."""
    start = middle - height // 2 if first is None else first
    if cursor >= 0:
        room = min(margin, max(0, (height - 1) // 2))
        start = min(start, cursor - room)
        start = max(start, cursor + room - height + 1)
    return max(0, min(start, total - height))


def nearest_index(strikes: list[float], forward: float) -> int:
    """Which strike is at the money; -1 when nothing says where that is."""
    if not strikes or not isfinite(forward):
        return -1
    return min(range(len(strikes)), key=lambda i: abs(strikes[i] - forward))


def _forward(desk: Desk, smile: Smile | None, pairs: tuple[StrikePair, ...]) -> float:
    if smile is not None and smile.forward > 0:
        return smile.forward
    option = next((one for pair in pairs for one in (pair.call, pair.put) if one), None)
    return desk.board.quote(option.name).underlying if option else nan


def _empty(desk: Desk) -> str:
    if not desk.board.catalog.by_name:
        return "No instruments yet: waiting for the venue's list."
    return "No options are listed here."


def _facts(
    desk: Desk, smile: Smile | None, forward: float, expiry_ns: int | None
) -> tuple[Item, ...]:
    left = figures.days_left(desk.board.venue_now_ns(), expiry_ns) if expiry_ns else ""
    decimals = 1 if forward >= 10_000 else 2
    found = [
        fact(0, "fwd", figures.fixed(forward, decimals), "bright"),
        item(1, Span(left, "mid")),
    ]
    if smile is None:
        return (*found, item(2, Span("not priced yet", "mid")))
    if smile.is_settling:
        found.append(item(0, Span("settling", "warn")))
    if smile.reason:
        return (*found, item(2, Span(figures.plain(smile.reason), "warn")))
    reversal = figures.signed(smile.risk_reversal_25 * 100, 2)
    butterfly = figures.signed(smile.butterfly_25 * 100, 2)
    return (
        *found,
        fact(0, "atm", figures.percent(smile.atm, 2), "accent"),
        fact(2, "rr25", reversal, figures.sign_tone(reversal)),
        fact(3, "bf25", butterfly),
        fact(4, "p/c oi", figures.fixed(smile.put_call_oi, 2)),
    )


class _Reader:
    """Reads and formats the visible options; counts the stale ones on the way."""

    def __init__(
        self, desk: Desk, selection: Selection, columns: ChainColumns, forward: float, atm: int
    ) -> None:
        self._board, self._selection, self._columns = desk.board, selection, columns
        self._options = desk.pricing.options
        self._held = {one.instrument: one.amount for one in desk.trading.positions}
        self._forward, self._atm = forward, atm
        self.stale = 0
        self.age_ms = nan

    def row(self, index: int, pair: StrikePair) -> ChainRow:
        """One strike with both sides."""
        is_cursor = pair.strike == self._selection.strike
        sides = [
            self._side(pair.call, columns, is_cursor and is_side, pair.strike < self._forward)
            if is_call
            else self._side(pair.put, columns, is_cursor and is_side, pair.strike > self._forward)
            for is_call, columns, is_side in (
                (True, self._columns.calls, self._selection.side == "call"),
                (False, self._columns.puts, self._selection.side == "put"),
            )
        ]
        text = figures.strike_text(pair.strike)
        return ChainRow(pair.strike, text, index == self._atm, is_cursor, sides[0], sides[1])

    def _side(
        self,
        option: Instrument | None,
        columns: tuple[tuple[str, int], ...],
        is_chosen: bool,
        is_itm: bool,
    ) -> ChainSide:
        if option is None:
            blank = tuple(Cell(" " * width, "dim") for _, width in columns)
            return ChainSide("", blank, nan, nan, is_itm, is_chosen, False)
        quote = self._board.quote(option.name)
        if quote.is_stale:
            self.stale += 1
            self.age_ms = max(self.age_ms, quote.age_ms) if self.stale > 1 else quote.age_ms
        row = Reading(
            quote,
            self._options.get(option.name),
            self._held.get(option.name),
            option.price_decimals,
            option.amount_decimals,
        )
        cells = tuple(cell_of(name, width, row) for name, width in columns)
        return ChainSide(
            option.name, cells, quote.bid, quote.ask, is_itm, is_chosen, quote.is_stale
        )
