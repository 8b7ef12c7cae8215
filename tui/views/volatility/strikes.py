"""From deltas to strikes and back: Black-Scholes on the forward, the smile's own volatility."""

from __future__ import annotations

from math import erf, exp, isfinite, nan, sqrt
from statistics import NormalDist

from core.desk.desk import Desk
from tui.selection import Selection, nearest
from tui.views.volatility.choice import VolChoice
from tui.views.volatility.heat import DELTAS, FIELDS, table_of
from tui.views.volatility.picture import now_picture

_NORMAL = NormalDist()
CALL_DELTAS = dict(zip(DELTAS, (0.90, 0.75, 0.65, 0.5, 0.35, 0.25, 0.10), strict=True))
"""Each delta point as the delta of a call."""


def call_delta(k: float, iv: float, tau_years: float) -> float:
    """N(d1) at log-moneyness k; NaN without a volatility or time."""
    root = iv * sqrt(tau_years) if tau_years > 0 else nan
    if not root > 0:
        return nan
    return 0.5 * (1.0 + erf((0.5 * root - k / root) / sqrt(2.0)))


def k_of_delta(delta: float, iv: float, tau_years: float) -> float:
    """Log-moneyness at which a call has this delta; NaN without a volatility."""
    root = iv * sqrt(tau_years) if tau_years > 0 else nan
    return root * (0.5 * root - _NORMAL.inv_cdf(delta)) if root > 0 else nan


def choose_otm(desk: Desk, selection: Selection, strike: float) -> None:
    """Choose the out-of-the-money option nearest to a strike of the chosen expiry."""
    catalog = desk.board.catalog
    found = nearest([pair.strike for pair in selection.pairs(catalog)], strike)
    smile = now_picture(desk, selection.chain).smile(selection.expiry_ns)
    if found is not None:
        is_call = smile is None or found >= smile.forward
        selection.choose_strike(catalog, found, "call" if is_call else "put")


def cell_strike(desk: Desk, selection: Selection, choice: VolChoice) -> float:
    """The strike the map's cursor stands for, at the chosen expiry; NaN when there is none."""
    picture = now_picture(desk, selection.chain)
    smile = picture.smile(selection.expiry_ns)
    if smile is None:
        return nan
    if choice.columns != "delta":
        grid = picture.classic if choice.columns == "classic" else picture.wide
        ks = () if grid is None else grid.log_moneyness
        return smile.forward * exp(ks[choice.column]) if choice.column < len(ks) else nan
    if choice.column >= len(table_of(picture, "delta").columns):
        return nan
    name = DELTAS[choice.column]
    if name == "ATM":
        return smile.forward
    k = k_of_delta(CALL_DELTAS[name], getattr(smile, FIELDS[choice.column]), smile.tau_years)
    return smile.forward * exp(k) if isfinite(k) else nan
