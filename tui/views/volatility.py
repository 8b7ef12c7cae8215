"""The fitted volatilities: heat map of deltas by expiry, one smile, the term structure."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan, sqrt

from core.clock import NS_PER_S
from core.desk.desk import Desk
from core.domain.instrument import expiry_label
from core.pricing.view import Smile, SmilePoint
from tui.selection import Selection
from tui.views import figures
from tui.views.charts import Chart, Scale, Tick, curve, round_values, scale_of

DELTAS = ("10P", "25P", "35P", "ATM", "35C", "25C", "10C")
FIELDS = ("put_10", "put_25", "put_35", "atm", "call_35", "call_25", "call_10")
TENORS = ((7.0, "1w"), (30.0, "1m"), (91.0, "3m"), (182.0, "6m"), (365.0, "1y"), (730.0, "2y"))
WING = 2.3
"""Standard deviations of log-moneyness a smile chart shows to each side."""


@dataclass(frozen=True, slots=True)
class SurfaceRow:
    """One expiry: a text and a heat (0 to 1, NaN without a value) per delta."""

    expiry_ns: int
    label: str
    cells: tuple[tuple[str, float], ...]
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SurfaceView:
    """The heat map of one chain, volatility points."""

    chain: str
    rows: tuple[SurfaceRow, ...]
    rmse: str
    """Fit error of the chosen expiry, volatility points."""
    is_stale: bool
    empty: str


@dataclass(frozen=True, slots=True)
class CurveView:
    """A chart with what its title says."""

    label: str
    chart: Chart
    is_stale: bool


def is_pricing_stale(desk: Desk) -> bool:
    """True when the pricing service has published nothing for several of its turns."""
    limit_s = max(desk.settings.venue.stale_after_s, 4 * desk.settings.pricing.every_s)
    return desk.clock.now_ns() - desk.pricing.at_ns > limit_s * NS_PER_S


def surface_view(desk: Desk, selection: Selection, height: int) -> SurfaceView:
    """The heat map in `height` rows, the chosen expiry among them."""
    smiles = _smiles(desk, selection.chain)
    grid = [[getattr(smile, field) for field in FIELDS] for smile in smiles]
    finite = [iv for ivs in grid for iv in ivs if isfinite(iv)]
    scale = Scale(min(finite), max(max(finite), min(finite) + 1e-6)) if finite else None
    rows = tuple(
        SurfaceRow(
            smile.expiry_ns,
            expiry_label(smile.expiry_ns),
            tuple((figures.percent(iv), scale.at(iv) if scale else nan) for iv in ivs),
            smile.expiry_ns == selection.expiry_ns,
        )
        for smile, ivs in zip(smiles, grid, strict=True)
    )
    at = next((i for i, row in enumerate(rows) if row.is_chosen), 0)
    first = max(0, min(at - height // 2, len(rows) - height))
    chosen = next((one for one in smiles if one.expiry_ns == selection.expiry_ns), None)
    rmse = figures.fixed(chosen.fit_rmse, 2) if chosen else figures.MISSING
    words = "" if finite else _waiting(desk)
    return SurfaceView(
        selection.chain, rows[first : first + height], rmse, is_pricing_stale(desk), words
    )


def smile_view(desk: Desk, selection: Selection, width: int, height: int) -> CurveView:
    """Fit, bids and asks of the chosen expiry in a chart of so many cells."""
    expiry_ns = selection.expiry_ns or 0
    label = expiry_label(expiry_ns) if expiry_ns else ""
    smile = desk.pricing.smiles.get((selection.chain, expiry_ns))
    is_stale = smile is not None and is_pricing_stale(desk)
    if smile is None or smile.reason:
        words = f"No smile: {figures.plain(smile.reason)}" if smile else _waiting(desk)
        return CurveView(label, Chart(empty=words), is_stale)
    chart = _smile_chart(smile, selection.strike, width, height)
    return CurveView(label, chart, is_stale)


def term_view(desk: Desk, selection: Selection, width: int, height: int) -> CurveView:
    """At-the-money and 25-delta volatilities over the square root of time."""
    smiles = [one for one in _smiles(desk, selection.chain) if isfinite(one.atm)]
    if len(smiles) < 2:
        return CurveView(selection.chain, Chart(empty=_waiting(desk)), False)
    times = [sqrt(max(0.0, one.tau_years * 365)) for one in smiles]
    lines = (
        ([one.put_25 * 100 for one in smiles], "down", 2),
        ([one.call_25 * 100 for one in smiles], "up", 3),
        ([one.atm * 100 for one in smiles], "accent", 1),
    )
    y = scale_of([value for values, _, _ in lines for value in values], least=1.0)
    x = Scale(times[0], times[-1])
    if y is None:
        return CurveView(selection.chain, Chart(empty=_waiting(desk)), False)
    ticks = tuple(
        Tick(x.at(sqrt(days)), name)
        for days, name in TENORS
        if x.holds(sqrt(days)) and len(TENORS) * 4 <= width * 2
    )
    chart = Chart(
        tuple(curve(times, values, x, y, tone, gap) for values, tone, gap in lines),
        x_ticks=ticks,
        y_ticks=_y_ticks(y, height),
    )
    return CurveView(selection.chain, chart, is_pricing_stale(desk))


def _smiles(desk: Desk, chain: str) -> list[Smile]:
    smiles = desk.pricing.smiles
    listed = desk.board.catalog.expiries.get(chain, ())
    return [smiles[chain, expiry_ns] for expiry_ns in listed if (chain, expiry_ns) in smiles]


def _waiting(desk: Desk) -> str:
    if not desk.board.catalog.by_name:
        return "No instruments yet."
    return "No volatilities yet: waiting for quotes." if desk.pricing.at_ns else "Not priced yet."


def _smile_chart(smile: Smile, cursor: float | None, width: int, height: int) -> Chart:
    points = _near(smile)
    strikes = [point.strike for point in points]
    if len(points) < 2:
        return Chart(empty="No smile: fewer than two quoted strikes.")
    x = Scale(strikes[0], strikes[-1])
    fit = [
        (strike, iv * 100)
        for strike, iv in zip(smile.fit_strikes, smile.fit_ivs, strict=True)
        if x.holds(strike)
    ]
    bids = [point.bid_iv * 100 for point in points]
    asks = [point.ask_iv * 100 for point in points]
    y = scale_of([*bids, *asks, *(iv for _, iv in fit)], least=1.0)
    if y is None:
        return Chart(empty="No smile: no quote has a volatility.")
    fitted = curve([one for one, _ in fit], [iv for _, iv in fit], x, y, "info")
    return Chart(
        (fitted,),
        (curve(strikes, bids, x, y, "up"), curve(strikes, asks, x, y, "down")),
        _strike_ticks(x, smile.forward, cursor, width),
        _y_ticks(y, height),
    )


def _near(smile: Smile) -> list[SmilePoint]:
    """Points the filter let pass, within some deviations of the forward if that leaves enough."""
    used = [point for point in smile.points if point.is_used]
    reach = WING * smile.atm * sqrt(max(smile.tau_years, 0.0))
    near = [point for point in used if abs(point.k) <= reach]
    return near if len(near) >= 5 else used


def _strike_ticks(x: Scale, forward: float, cursor: float | None, width: int) -> tuple[Tick, ...]:
    """Forward first, then round strikes; the cursor's strike is shown where it stands."""
    found = (
        [Tick(x.at(forward), figures.short_strike(forward), "accent")] if x.holds(forward) else []
    )
    if cursor is not None and x.holds(cursor):
        found.append(Tick(x.at(cursor), figures.short_strike(cursor), "bright"))
    rounds = round_values(x, max(2, width // 7))
    return (*found, *(Tick(x.at(one), figures.short_strike(one)) for one in rounds))


def _y_ticks(y: Scale, height: int) -> tuple[Tick, ...]:
    values = round_values(y, max(2, height // 2))
    decimals = 0 if all(value == int(value) for value in values) else 1
    return tuple(Tick(y.at(value), f"{value:.{decimals}f}") for value in values)
