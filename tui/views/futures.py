"""Futures and perpetuals: best prices, basis or funding, age."""

from __future__ import annotations

from dataclasses import dataclass

from core.desk.desk import Desk
from core.domain.instrument import Instrument
from core.market.carry import annual_basis
from core.market.quote import Quote
from tui.selection import Selection
from tui.views import figures

Cell = tuple[str, str]
"""(text, tone)."""


@dataclass(frozen=True, slots=True)
class FutureRow:
    """One contract: name, bid, ask, basis or funding, age, 24 h, mark, interest, volume, held."""

    instrument: str
    cells: tuple[Cell, ...]
    is_chosen: bool
    is_stale: bool


@dataclass(frozen=True, slots=True)
class FuturesView:
    """The visible rows."""

    rows: tuple[FutureRow, ...]
    total: int
    first: int
    """Index of the first visible row: give it back the next time."""
    stale: int
    empty: str


def futures_view(desk: Desk, selection: Selection, height: int, first: int) -> FuturesView:
    """The futures in `height` rows, moved only as far as the chosen one demands."""
    futures = desk.board.catalog.futures
    chosen = next((i for i, one in enumerate(futures) if one.name == selection.instrument), -1)
    if chosen >= 0:
        first = max(min(first, chosen), chosen - height + 1)
    first = max(0, min(first, len(futures) - height))
    now_ns = desk.board.venue_now_ns()
    rows = tuple(
        _row(desk, one, now_ns, selection.instrument) for one in futures[first : first + height]
    )
    stale = sum(row.is_stale for row in rows)
    return FuturesView(rows, len(futures), first, stale, "No futures yet.")


def _row(desk: Desk, one: Instrument, now_ns: int, chosen: str) -> FutureRow:
    quote, decimals = desk.board.quote(one.name), one.price_decimals
    position = desk.trading.position(one.name)
    cells: tuple[Cell, ...] = (
        (figures.short_name(one.name), "bright" if one.name == chosen else "text"),
        (figures.fixed(quote.bid, decimals), "up_soft"),
        (figures.fixed(quote.ask, decimals), "down_soft"),
        (_carry(desk, one, quote, now_ns), "mid"),
        (figures.age(quote.age_ms), "dim"),
        figures.sign_cell(_change(quote.price_change)),
        (figures.fixed(quote.mark, decimals), "mid"),
        (_large(quote.open_interest), "dim"),
        (_large(quote.volume), "dim"),
        figures.sign_cell(figures.held(float(position.amount))) if position else ("", "dim"),
    )
    if quote.is_stale:
        cells = tuple((text, "dim") for text, _ in cells)
    is_chosen = one.name == chosen
    return FutureRow(one.name, cells, is_chosen, quote.is_stale)


def _carry(desk: Desk, one: Instrument, quote: Quote, now_ns: int) -> str:
    """Premium over the index a year for a future, funding of 8 hours for a perpetual."""
    if one.expiry_ns is None:
        return figures.ratio(quote.funding_8h * 100, 4)
    index = quote.index if quote.index == quote.index else desk.board.index_price(one.index)
    return _percent(annual_basis(quote.mark, index, now_ns, one.expiry_ns), 1)


def _percent(part: float, decimals: int) -> str:
    return f"{figures.signed(part * 100, decimals)}%" if part == part else figures.MISSING


def _change(percent: float) -> str:
    return _percent(percent / 100, 2)


def _large(value: float) -> str:
    return figures.thousands(value) if value == value else figures.MISSING
