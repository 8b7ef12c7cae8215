"""What is held: one row per position with its greeks, one total per settlement currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from math import nan

from core.commands.context import Context
from core.commands.exposure import Exposure, exposure_of
from core.desk.desk import Desk
from core.domain.instrument import Instrument
from core.domain.label import MANUAL
from core.domain.position import Position, Result
from core.domain.stop import LotStop
from core.trading.ledger import profits
from tui.selection import Selection
from tui.views import figures

Cell = tuple[str, str]
"""(text, tone)."""


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One line: instrument, size, average, mark, profit, its coin, delta, gamma, vega, theta;
    then realised, fees, funding, profit in USD and profit on the closing side of the book."""

    name: str
    cells: tuple[Cell, ...]
    is_chosen: bool = False
    is_stale: bool = False
    guard: str = ""
    """The desk's own stops of it: s1 trail 1.5%; with BLIND where one cannot act."""
    is_part: bool = False
    """A sleeve's share of the position above it."""


@dataclass(frozen=True, slots=True)
class PositionsView:
    """Rows in their fixed order, then the totals."""

    rows: tuple[PositionRow, ...]
    totals: tuple[PositionRow, ...]
    stale: int
    """How many rows carry a price nobody confirms any more."""
    empty: str
    """What to say when there is no row."""
    checks: tuple[str, ...] = ()
    """What differs from the venue's statement, in words."""

    @property
    def count(self) -> int:
        """How many positions are open."""
        return sum(not row.is_part for row in self.rows)


@dataclass(frozen=True, slots=True)
class _Holding:
    position: Position
    instrument: Instrument | None
    mark: float
    upnl: float
    exit_pnl: float
    usd: float
    """USD for one unit of the settlement currency."""
    exposure: Exposure
    is_stale: bool

    @property
    def currency(self) -> str:
        return self.instrument.settlement if self.instrument else ""


def positions_view(desk: Desk, selection: Selection) -> PositionsView:
    """The positions pane now."""
    trading = desk.trading
    context = Context(desk.board, trading, pricing=desk.pricing)
    holdings = [_holding(position, context) for position in trading.positions]
    guards = _guards(trading.stops)
    rows: list[PositionRow] = []
    for one in holdings:
        row = _row(one, selection.position)
        rows.append(replace(row, guard=guards[row.name]))
        rows += _parts(one, context)
    words = "No open positions." if trading.is_reconciled else "Waiting for the account."
    stale = sum(row.is_stale for row in rows)
    totals = _totals(holdings, trading.totals)
    return PositionsView(tuple(rows), totals, stale, words, trading.checks)


def open_profit(desk: Desk, currency: str) -> float:
    """Profit of all positions settled in `currency` at present marks; NaN when one has none."""
    context = Context(desk.board)
    total = 0.0
    for position in desk.trading.positions:
        instrument = desk.board.instrument(position.instrument)
        if instrument is None:
            return nan
        if instrument.settlement == currency:
            total += _float(
                profits.open_profit(position, instrument, context.quote(instrument)).at_mark
            )
    return total


def _guards(stops: Iterable[LotStop]) -> defaultdict[str, str]:
    """Instrument to its stops in a few words."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in stops:
        blind = " BLIND" if one.blind else ""
        found[one.instrument].append(f"{one.name} {one.rule.words}{blind}")
    return defaultdict(str, {name: _stops_text(words) for name, words in found.items()})


def _stops_text(words: list[str]) -> str:
    """One in full; of several their number, the orders pane has them."""
    if len(words) == 1:
        return words[0]
    return f"{len(words)} stops" + (" BLIND" if any("BLIND" in one for one in words) else "")


def _holding(position: Position, context: Context) -> _Holding:
    instrument = context.board.instrument(position.instrument)
    if instrument is None:
        return _Holding(position, None, nan, nan, nan, nan, Exposure(nan, nan, nan, nan), True)
    quote = context.quote(instrument)
    found = profits.open_profit(position, instrument, quote)
    return _Holding(
        position,
        instrument,
        quote.mark,
        _float(found.at_mark),
        _float(found.at_exit),
        _float(profits.usd_rate(context.board, instrument.settlement)),
        exposure_of(instrument, float(position.amount), context),
        quote.is_stale,
    )


def _float(value: Decimal | None) -> float:
    return nan if value is None else float(value)


def _parts(one: _Holding, context: Context) -> list[PositionRow]:
    """The sleeves of a position, when it is not all the manual one's own doing."""
    name = one.position.instrument
    lots = [(sleeve, lot) for sleeve, lot in context.trading.sleeves if lot.instrument == name]
    is_plain = [sleeve for sleeve, _ in lots] in ([], [MANUAL])
    if is_plain and not any(lot.found for _, lot in lots):
        return []
    return [_part(sleeve, _holding(lot, context)) for sleeve, lot in lots]


def _part(sleeve: str, one: _Holding) -> PositionRow:
    row = _row(one, "")
    found = _found(one.position)
    name: Cell = (f"  {sleeve}{found}", "violet" if found else "dim")
    cells = (name, *row.cells[1:3], ("", "dim"), *row.cells[4:])
    return PositionRow(row.name, cells, is_part=True)


def _found(lot: Position) -> str:
    """Whether it came from no fill of ours; `positions` tells how much."""
    if not lot.found:
        return ""
    return " found" if lot.found == lot.amount else " part found"


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
        *_earned(position, one.currency),
        figures.sign_cell(figures.signed(one.upnl * one.usd, 0)),
        figures.sign_cell(_money(one.exit_pnl, one.currency)),
    )
    return PositionRow(position.instrument, cells, position.instrument == chosen, one.is_stale)


def _earned(earned: Position | Result, currency: str) -> tuple[Cell, ...]:
    """Realised, fees, funding; fees stand as what they did to the account."""
    values = (earned.realised, -earned.fees, earned.funding)
    return tuple(figures.sign_cell(_money(float(value), currency)) for value in values)


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


def _totals(holdings: Iterable[_Holding], earned: Iterable[Result]) -> tuple[PositionRow, ...]:
    """One line per settlement currency; what flat contracts earned counts as well."""
    groups: defaultdict[str, list[_Holding]] = defaultdict(list)
    for one in holdings:
        groups[one.currency].append(one)
    results = {one.currency: one for one in earned}
    return tuple(
        _total(currency, group, results.get(currency, Result("", currency)))
        for currency, group in groups.items()
        if currency
    )


def _total(currency: str, group: list[_Holding], earned: Result) -> PositionRow:
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
        *_earned(earned, currency),
        figures.sign_cell(figures.signed(upnl * group[0].usd, 0)),
        figures.sign_cell(_money(sum(one.exit_pnl for one in group), currency)),
    )
    return PositionRow("total", cells)


def _money(value: float, currency: str) -> str:
    return figures.signed(value, 2 if currency in profits.STABLE else 4)
