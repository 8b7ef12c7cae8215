"""What is held: one row per position with its greeks, one total per settlement currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import isfinite, nan

from core.commands.context import Context
from core.commands.exposure import Exposure, exposure_of
from core.desk.desk import Desk
from core.domain.instrument import Instrument
from core.domain.money import decimal_of, profit
from core.domain.position import Position
from core.domain.stop import LotStop
from tui.selection import Selection
from tui.views import figures

Cell = tuple[str, str]
"""(text, tone)."""


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One line: instrument, size, average, mark, profit, its coin, delta, gamma, vega, theta."""

    name: str
    cells: tuple[Cell, ...]
    is_chosen: bool = False
    is_stale: bool = False
    guard: str = ""
    """The desk's own stops of it: s1 trail 1.5%; with BLIND where one cannot act."""


@dataclass(frozen=True, slots=True)
class PositionsView:
    """Rows in their fixed order, then the totals."""

    rows: tuple[PositionRow, ...]
    totals: tuple[PositionRow, ...]
    stale: int
    """How many rows carry a price nobody confirms any more."""
    empty: str
    """What to say when there is no row."""


@dataclass(frozen=True, slots=True)
class _Holding:
    position: Position
    instrument: Instrument | None
    mark: float
    upnl: float
    exposure: Exposure
    is_stale: bool

    @property
    def currency(self) -> str:
        return self.instrument.settlement if self.instrument else ""


STABLE = ("USDC", "USDT", "USD")


def positions_view(desk: Desk, selection: Selection) -> PositionsView:
    """The positions pane now."""
    trading = desk.trading
    context = Context(desk.board, trading, pricing=desk.pricing)
    holdings = [_holding(position, context) for position in trading.positions]
    guards = _guards(trading.stops)
    rows = tuple(
        replace(row, guard=guards[row.name])
        for row in (_row(one, selection.position) for one in holdings)
    )
    words = "No open positions." if trading.is_reconciled else "Waiting for the account."
    return PositionsView(rows, _totals(holdings), sum(row.is_stale for row in rows), words)


def open_profit(desk: Desk, currency: str) -> float:
    """Profit of all positions settled in `currency` at present marks; NaN when one has none."""
    context = Context(desk.board)
    total = 0.0
    for position in desk.trading.positions:
        instrument = desk.board.instrument(position.instrument)
        if instrument is None:
            return nan
        if instrument.settlement == currency:
            total += _profit(position, instrument, context.quote(instrument).mark)
    return total


def _guards(stops: Iterable[LotStop]) -> defaultdict[str, str]:
    """Instrument to its stops in a few words."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in stops:
        blind = " BLIND" if one.blind else ""
        found[one.instrument].append(f"{one.name} {one.rule.words}{blind}")
    return defaultdict(str, {name: ", ".join(words) for name, words in found.items()})


def _holding(position: Position, context: Context) -> _Holding:
    instrument = context.board.instrument(position.instrument)
    if instrument is None:
        return _Holding(position, None, nan, nan, Exposure(nan, nan, nan, nan), True)
    quote = context.quote(instrument)
    return _Holding(
        position,
        instrument,
        quote.mark,
        _profit(position, instrument, quote.mark),
        exposure_of(instrument, float(position.amount), context),
        quote.is_stale,
    )


def _profit(position: Position, instrument: Instrument, mark: float) -> float:
    if not (isfinite(mark) and mark > 0 and position.average_price > 0):
        return nan
    return float(profit(instrument, position.amount, position.average_price, decimal_of(mark)))


def _row(one: _Holding, chosen: str) -> PositionRow:
    position, instrument = one.position, one.instrument
    decimals = instrument.price_decimals if instrument else 4
    amount = float(position.amount)
    size = figures.signed(amount, instrument.amount_decimals if instrument else 1)
    price_tone = "dim" if one.is_stale else "text"
    cells = (
        (position.instrument, "text"),
        figures.sign_cell(size),
        (figures.fixed(float(position.average_price), _average_decimals(decimals)), "mid"),
        (figures.fixed(one.mark, decimals), price_tone),
        figures.sign_cell(_money(one.upnl, one.currency)),
        (one.currency, "dim"),
        *_greeks(one.exposure, instrument is not None and instrument.is_option),
    )
    return PositionRow(position.instrument, cells, position.instrument == chosen, one.is_stale)


def _average_decimals(decimals: int) -> int:
    """Averages of several fills lie between ticks, but more digits than a price are noise."""
    return max(decimals, 1)


def _greeks(exposure: Exposure, has_all: bool) -> tuple[Cell, ...]:
    """Delta, gamma, vega, theta; a future has a delta only."""
    delta = (figures.signed(exposure.delta, 2), "text")
    if not has_all:
        return delta, *(((figures.MISSING, "dim"),) * 3)
    return (
        delta,
        (figures.signed(exposure.gamma, 5), "mid"),
        (figures.signed(exposure.vega, 1), "mid"),
        (figures.signed(exposure.theta, 1), "mid"),
    )


def _totals(holdings: Iterable[_Holding]) -> tuple[PositionRow, ...]:
    groups: defaultdict[str, list[_Holding]] = defaultdict(list)
    for one in holdings:
        groups[one.currency].append(one)
    return tuple(_total(currency, group) for currency, group in groups.items() if currency)


def _total(currency: str, group: list[_Holding]) -> PositionRow:
    """Profit in the currency; delta and gamma only where all rows are of one coin."""
    upnl = sum(one.upnl for one in group)
    exposure = sum((one.exposure for one in group), Exposure())
    coins = {one.instrument.base for one in group if one.instrument}
    has_options = any(one.instrument and one.instrument.is_option for one in group)
    greeks = list(_greeks(exposure, has_options))
    if len(coins) > 1:
        greeks[:2] = [(figures.MISSING, "dim")] * 2
    blank: Cell = ("", "dim")
    name: Cell = (f"total {currency}", "bright")
    cells = (
        name,
        blank,
        blank,
        blank,
        figures.sign_cell(_money(upnl, currency)),
        (currency, "mid"),
        *greeks,
    )
    return PositionRow("total", cells)


def _money(value: float, currency: str) -> str:
    return figures.signed(value, 2 if currency in STABLE else 4)
