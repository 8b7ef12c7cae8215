"""The term structure: volatility and skew over time, forwards, constant maturities."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt

from core.desk.desk import Desk
from core.domain.instrument import expiry_label
from core.pricing.view import Smile, TermPoint
from tui.selection import Selection
from tui.views import figures
from tui.views.charts import Chart, Curve, Scale, Tick, curve, scale_of
from tui.views.volatility.picture import (
    VolPicture,
    is_pricing_stale,
    now_picture,
    waiting_words,
)
from tui.views.volatility.smile import y_ticks

TENORS = ((7.0, "1w"), (30.0, "1m"), (91.0, "3m"), (182.0, "6m"), (365.0, "1y"), (730.0, "2y"))
HEADS = ("expiry", "atm", "rr25", "bf25", "25P", "25C", "forward", "from")
"""Titles of the table's columns."""


@dataclass(frozen=True, slots=True)
class TermRow:
    """One expiry or constant maturity, as written under HEADS."""

    cells: tuple[str, ...]
    is_chosen: bool = False
    expiry_ns: int = 0
    """0 for a constant maturity."""


@dataclass(frozen=True, slots=True)
class TermView:
    """A chart and the table beside it."""

    label: str
    chart: Chart
    rows: tuple[TermRow, ...]
    maturities: tuple[TermRow, ...]
    is_stale: bool


def term_view(
    desk: Desk, selection: Selection, width: int, height: int, then: VolPicture | None = None
) -> TermView:
    """At-the-money and 25-delta volatilities over the square root of time."""
    picture = now_picture(desk, selection.chain)
    smiles = [one for one in picture.smiles if isfinite(one.atm)]
    if len(smiles) < 2:
        return TermView(selection.chain, Chart(empty=waiting_words(desk)), (), (), False)
    points = desk.pricing.terms.get(selection.chain, ())
    return TermView(
        selection.chain,
        _chart(smiles, [] if then is None else list(then.smiles), width, height),
        tuple(_expiry_row(one, one.expiry_ns == selection.expiry_ns) for one in smiles),
        tuple(_maturity_row(one) for one in points if isfinite(one.atm)),
        is_pricing_stale(desk),
    )


def _chart(smiles: list[Smile], then: list[Smile], width: int, height: int) -> Chart:
    lines = (
        ([one.put_25 * 100 for one in smiles], "down", 2),
        ([one.call_25 * 100 for one in smiles], "up", 3),
        ([one.atm * 100 for one in smiles], "accent", 1),
    )
    old = [one.atm * 100 for one in then]
    y = scale_of([*old, *(value for values, _, _ in lines for value in values)], least=1.0)
    times = _times(smiles)
    x = Scale(times[0], times[-1])
    if y is None or not x.high > x.low:
        return Chart(empty="No term structure: no expiry has a volatility.")
    now = tuple(curve(times, values, x, y, tone, gap) for values, tone, gap in lines)
    ticks = tuple(
        Tick(x.at(sqrt(days)), name)
        for days, name in TENORS
        if x.holds(sqrt(days)) and len(TENORS) * 4 <= width * 2
    )
    return Chart((_old(then, old, x, y), *now), x_ticks=ticks, y_ticks=y_ticks(y, height))


def _old(then: list[Smile], atm: list[float], x: Scale, y: Scale) -> Curve:
    """At the money as it was, thin."""
    pairs = [(t, iv) for t, iv in zip(_times(then), atm, strict=True) if x.holds(t)]
    return curve([t for t, _ in pairs], [iv for _, iv in pairs], x, y, "mid", 4)


def _times(smiles: list[Smile]) -> list[float]:
    return [sqrt(max(0.0, one.tau_years * 365)) for one in smiles]


def _expiry_row(smile: Smile, is_chosen: bool) -> TermRow:
    cells = (
        expiry_label(smile.expiry_ns),
        figures.percent(smile.atm),
        figures.signed(smile.risk_reversal_25 * 100, 2),
        figures.signed(smile.butterfly_25 * 100, 2),
        figures.percent(smile.put_25),
        figures.percent(smile.call_25),
        figures.fixed(smile.forward, 1),
        smile.forward_source,
    )
    return TermRow(cells, is_chosen, smile.expiry_ns)


def _maturity_row(point: TermPoint) -> TermRow:
    cells = (
        f"{point.days:g} days",
        figures.percent(point.atm),
        figures.signed(point.risk_reversal_25 * 100, 2),
        figures.signed(point.butterfly_25 * 100, 2),
        figures.percent(point.put_25),
        figures.percent(point.call_25),
        "",
        "",
    )
    return TermRow(cells)
