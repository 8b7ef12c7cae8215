"""The map of the surface: maturities by delta or log-moneyness, now, then, and the change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Literal, NamedTuple

from core.domain.instrument import expiry_label
from core.pricing.view import SurfaceGrid
from tui.views import figures
from tui.views.volatility.choice import Columns
from tui.views.volatility.picture import VolPicture

DELTAS = ("10P", "25P", "35P", "ATM", "35C", "25C", "10C")
FIELDS = ("put_10", "put_25", "put_35", "atm", "call_35", "call_25", "call_10")
NO_CHANGE = "0.0"
OUTSIDE = "~"
"""Stands before a value no quotes reach."""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One maturity of a map."""

    key: float
    """The expiry in ns, or the maturity in days."""
    label: str
    values: tuple[float, ...]
    """Volatility points; NaN where there is none."""
    outside: tuple[bool, ...] = ()
    """True where no quotes reach; empty when they reach everywhere."""


@dataclass(frozen=True, slots=True)
class HeatTable:
    """A map as numbers."""

    columns: tuple[str, ...]
    money: int
    """Index of the column at the money."""
    rows: tuple[HeatRow, ...] = ()
    empty: str = ""
    """Stands where there is no value."""

    def row(self, key: float) -> HeatRow | None:
        """The row of a maturity."""
        return next((one for one in self.rows if one.key == key), None)


class HeatCell(NamedTuple):
    """One value as written, its heat (0 to 1, NaN without a ground), and whether quotes reach."""

    text: str
    heat: float
    is_outside: bool = False


@dataclass(frozen=True, slots=True)
class HeatBlock:
    """One map of those that stand side by side."""

    kind: Literal["vol", "change"]
    title: str
    rows: tuple[tuple[HeatCell, ...], ...]
    low: str
    high: str
    """The ends of its scale."""


def table_of(picture: VolPicture, columns: Columns) -> HeatTable:
    """The numbers of one picture in one kind of columns."""
    if columns == "delta":
        return HeatTable(DELTAS, DELTAS.index("ATM"), _expiry_rows(picture), figures.MISSING)
    grid = picture.classic if columns == "classic" else picture.wide
    return HeatTable((), 0) if grid is None else _grid_table(grid)


def vol_block(title: str, table: HeatTable, keys: Sequence[float], ends: Ends) -> HeatBlock:
    """The volatilities of the rows `keys`; a maturity the table lacks has no values."""
    rows = tuple(tuple(_vol_cells(table, table.row(key), ends)) for key in keys)
    low, high = (figures.fixed(one, 1) for one in ends)
    return HeatBlock("vol", title, rows, low, high)


def change_block(title: str, now: HeatTable, then: HeatTable, keys: Sequence[float]) -> HeatBlock:
    """Now less then, volatility points, on a scale that has its middle at no change."""
    changes = [_changes(now.row(key), then.row(key), len(now.columns)) for key in keys]
    size = max((abs(one) for row in changes for one in row if isfinite(one)), default=0.0)
    size = max(size, LEAST_CHANGE)
    rows = tuple(
        tuple(HeatCell(figures.signed(one, 1), 0.5 + 0.5 * one / size) for one in row)
        for row in changes
    )
    return HeatBlock("change", title, rows, f"-{size:.1f}", f"+{size:.1f}")


LEAST_CHANGE = 1.0
"""Volatility points at which a change has at most its full colour."""
Ends = tuple[float, float]
"""Lowest and highest value of a scale; NaN twice without values."""


def ends_of(tables: Iterable[HeatTable]) -> Ends:
    """The common scale of what the quotes reach in some maps."""
    rows = [row for table in tables for row in table.rows]
    finite = [one for row in rows for one in _within(row) if isfinite(one)]
    return (min(finite), max(finite)) if finite else (nan, nan)


def window(count: int, room: int, at: int) -> range:
    """Indices of `room` of `count` things around the one at `at`."""
    room = max(0, min(room, count))
    first = max(0, min(at - room // 2, count - room))
    return range(first, first + room)


def _within(row: HeatRow) -> Iterable[float]:
    if not row.outside:
        return row.values
    return (one for one, is_outside in zip(row.values, row.outside, strict=True) if not is_outside)


def _vol_cells(table: HeatTable, row: HeatRow | None, ends: Ends) -> Iterable[HeatCell]:
    count = len(table.columns)
    if row is None:
        return (HeatCell(figures.MISSING, nan) for _ in range(count))
    low, span = ends[0], max(ends[1] - ends[0], 1e-9)
    outside = row.outside or (False,) * count
    return (
        HeatCell(_text(value, is_outside) or table.empty, (value - low) / span, is_outside)
        for value, is_outside in zip(row.values, outside, strict=True)
    )


def _text(value: float, is_outside: bool) -> str:
    """55.6, 120, ~55.6; nothing where there are no quotes."""
    if value != value:
        return ""
    text = f"{value:.1f}" if value < 99.95 else f"{value:.0f}"
    return OUTSIDE + text if is_outside else text


def _changes(now: HeatRow | None, then: HeatRow | None, count: int) -> list[float]:
    if now is None or then is None or len(now.values) != len(then.values):
        return [nan] * count
    return [one - other for one, other in zip(now.values, then.values, strict=True)]


def _expiry_rows(picture: VolPicture) -> tuple[HeatRow, ...]:
    return tuple(
        HeatRow(
            smile.expiry_ns,
            expiry_label(smile.expiry_ns),
            tuple(getattr(smile, field) * 100 for field in FIELDS),
        )
        for smile in picture.smiles
    )


def _grid_table(grid: SurfaceGrid) -> HeatTable:
    values = (grid.iv * 100).tolist()
    marks = None if grid.extrapolated is None else grid.extrapolated.tolist()
    rows = tuple(
        HeatRow(days, f"{days:g}d", tuple(row), tuple(marks[i]) if marks else ())
        for i, (days, row) in enumerate(zip(grid.tenors_days, values, strict=True))
    )
    ks = grid.log_moneyness
    money = min(range(len(ks)), key=lambda i: abs(ks[i]), default=0)
    return HeatTable(tuple(k_label(k) for k in ks), money, rows)


def k_label(k: float) -> str:
    """Log-moneyness in few cells: -.05, 0, +.3."""
    return f"{k:+.2f}".replace("0.", ".").rstrip("0") if abs(k) >= 0.005 else "0"
