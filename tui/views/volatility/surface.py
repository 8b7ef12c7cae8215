"""The map pane's view: which maps stand side by side, their rows, the chosen cell."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from core.desk.desk import Desk
from core.pricing.view import Smile
from tui.selection import Selection
from tui.views import figures
from tui.views.volatility.choice import VolChoice
from tui.views.volatility.heat import (
    HeatBlock,
    HeatTable,
    change_block,
    ends_of,
    table_of,
    vol_block,
    window,
)
from tui.views.volatility.past import NO_PAST, PastView
from tui.views.volatility.picture import (
    VolPicture,
    is_pricing_stale,
    now_picture,
    waiting_words,
)

FIT_COLUMNS = (
    *("days", "forward", "from", "rr25", "bf25", "quotes", "rms", "max", "inside"),
    *("min g", "calendar", "conf", "model"),
)


@dataclass(frozen=True, slots=True)
class SurfaceView:
    """The maps of one chain, volatility points."""

    chain: str
    columns: tuple[str, ...]
    money: int
    keys: tuple[float, ...]
    """Maturities of the rows shown: expiries in ns, or days."""
    labels: tuple[str, ...]
    chosen: int
    """Row of the cursor among those shown; -1 when it is none of them."""
    column: int
    """Column of the cursor."""
    blocks: tuple[HeatBlock, ...]
    fits: tuple[tuple[str, ...], ...]
    """Facts of each row under FIT_COLUMNS; empty when rows are no expiries."""
    rmse: str
    """Fit error of the chosen expiry, volatility points."""
    is_stale: bool
    empty: str


def surface_view(
    desk: Desk,
    selection: Selection,
    height: int,
    choice: VolChoice | None = None,
    past: PastView = NO_PAST,
) -> SurfaceView:
    """The maps in `height` rows, the chosen maturity among them."""
    choice = choice or VolChoice()
    picture = now_picture(desk, selection.chain)
    table = table_of(picture, choice.columns)
    at = chosen_row(table, selection, choice)
    shown = window(len(table.rows), height, max(at, 0))
    keys = tuple(table.rows[i].key for i in shown)
    has_values = any(isfinite(one) for row in table.rows for one in row.values)
    chosen = picture.smile(selection.expiry_ns)
    return SurfaceView(
        selection.chain,
        table.columns,
        table.money,
        keys,
        tuple(table.rows[i].label for i in shown),
        at - shown.start if at in shown else -1,
        min(choice.column, max(0, len(table.columns) - 1)),
        _blocks(table, keys, choice, past) if has_values else (),
        _fits(picture, keys, choice),
        figures.fixed(chosen.fit_rmse, 2) if chosen else figures.MISSING,
        is_pricing_stale(desk),
        "" if has_values else _empty_words(desk, table, choice),
    )


def chosen_row(table: HeatTable, selection: Selection, choice: VolChoice) -> int:
    """Index of the cursor's row: the chosen expiry, or the chosen maturity of a grid."""
    if choice.columns != "delta":
        return min(choice.row, len(table.rows) - 1)
    keys = [row.key for row in table.rows]
    return keys.index(selection.expiry_ns) if selection.expiry_ns in keys else -1


def _blocks(
    now: HeatTable, keys: tuple[float, ...], choice: VolChoice, past: PastView
) -> tuple[HeatBlock, ...]:
    """Every map there is to show, the most wanted first."""
    if past.picture is None:
        return (vol_block("now", now, keys, ends_of([now])),)
    then = table_of(past.picture, choice.columns)
    ends = ends_of([now, then])
    made = {
        "now": vol_block("now", now, keys, ends),
        "then": vol_block(f"then {past.label}", then, keys, ends),
        "change": change_block(f"change since {past.label}", now, then, keys),
    }
    order = ("now", "then", "change") if choice.mode == "beside" else (choice.mode,)
    return tuple(made[name] for name in order)


def _fits(
    picture: VolPicture, keys: tuple[float, ...], choice: VolChoice
) -> tuple[tuple[str, ...], ...]:
    if choice.columns != "delta":
        return ()
    smiles = {one.expiry_ns: one for one in picture.smiles}
    return tuple(_fit_cells(smiles[int(key)]) for key in keys)


def _fit_cells(smile: Smile) -> tuple[str, ...]:
    days, fit = smile.tau_years * 365, smile.fit
    used = sum(point.is_used for point in smile.points)
    cells = (
        f"{days:.1f}" if days < 9.95 else f"{days:.0f}",
        figures.fixed(smile.forward, 1),
        smile.forward_source,
        figures.signed(smile.risk_reversal_25 * 100, 2),
        figures.signed(smile.butterfly_25 * 100, 2),
        f"{used}/{len(smile.points)}",
        figures.fixed(smile.fit_rmse, 2),
    )
    if fit is None:
        return (*cells, *[figures.MISSING] * (len(FIT_COLUMNS) - len(cells)))
    model = f"{fit.model}, held" if fit.is_constrained else fit.model
    return (
        *cells,
        figures.fixed(fit.max_error, 2),
        f"{figures.percent(fit.inside, 0)}%",
        figures.fixed(fit.least_g, 2),
        figures.fixed(fit.calendar_gap, 4),
        figures.fixed(fit.confidence, 2),
        model,
    )


def _empty_words(desk: Desk, table: HeatTable, choice: VolChoice) -> str:
    if choice.columns != "delta" and not table.rows and desk.pricing.at_ns:
        return f"No {choice.columns} grid: the surface of this chain is not drawn yet."
    return waiting_words(desk)
