"""Rows of the store made into what pricing publishes. Imported late: it needs scipy."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan, sqrt

import numpy as np

from core.clock import years_between
from core.pricing.view import SliceFit, Smile, SurfaceGrid
from core.quant.surface.delta_points import DeltaPoints, svi_delta_points_of
from core.quant.surface.svi import SviRaw, total_variance
from core.store.queries.surfaces import StoredFit, StoredSmile, StoredSurface

_CURVE_POINTS = 61
_CURVE_REACH = 2.6
"""Deviations of log-moneyness to each side at which a stored curve is given."""


def grid_of(stored: StoredSurface | None) -> SurfaceGrid | None:
    """A stored surface as pricing publishes one."""
    if stored is None:
        return None
    return SurfaceGrid(
        stored.chain,
        tuple(stored.tenors_days.tolist()),
        tuple(stored.log_moneyness.tolist()),
        stored.iv,
        tuple(stored.forwards.tolist()),
        tuple(stored.quotes.tolist()),
        stored.extrapolated if stored.extrapolated.any() else None,
    )


def smiles_of(stored: Sequence[StoredSmile]) -> tuple[Smile, ...]:
    """Stored smiles as pricing publishes them: delta points and curves from their fits."""
    fits = [one.fit for one in stored if one.fit is not None]
    points = iter(svi_delta_points_of([(_raw(fit), fit.tau_years) for fit in fits]))
    return tuple(_smile(one, next(points) if one.fit else None) for one in stored)


def _smile(stored: StoredSmile, points: DeltaPoints | None) -> Smile:
    fit = stored.fit
    tau_years = fit.tau_years if fit else years_between(stored.minute_ns, stored.expiry_ns)
    strikes, ivs = ((), ()) if fit is None else _curve(fit, stored.forward)
    known = points or _from_figures(stored, tau_years)
    return Smile(
        stored.chain,
        stored.expiry_ns,
        tau_years,
        stored.forward,
        stored.source,
        (),
        fit_strikes=strikes,
        fit_ivs=ivs,
        fit_rmse=stored.rmse,
        atm=stored.atm,
        put_10=known.put_10,
        put_25=known.put_25,
        put_35=known.put_35,
        call_35=known.call_35,
        call_25=known.call_25,
        call_10=known.call_10,
        put_call_oi=stored.put_call_oi,
        fit=None if fit is None else _slice_fit(fit),
    )


def _from_figures(stored: StoredSmile, tau_years: float) -> DeltaPoints:
    """The wings from risk reversal and butterfly, where no curve was stored."""

    def wings(reversal: float, butterfly: float) -> tuple[float, float]:
        middle = stored.atm + butterfly
        return middle - reversal / 2, middle + reversal / 2

    put_25, call_25 = wings(stored.risk_reversal_25, stored.butterfly_25)
    put_10, call_10 = wings(stored.risk_reversal_10, stored.butterfly_10)
    return DeltaPoints(tau_years, put_10, put_25, stored.atm, call_25, call_10, nan, nan)


def _raw(fit: StoredFit) -> SviRaw:
    return SviRaw(fit.a, fit.b, fit.rho, fit.m, fit.s)


def _curve(fit: StoredFit, forward: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    money = float(total_variance(np.zeros(1), _raw(fit))[0])
    reach = _CURVE_REACH * sqrt(max(money, 0.0))
    k = np.linspace(-reach, reach, _CURVE_POINTS)
    ivs = np.sqrt(total_variance(k, _raw(fit)) / fit.tau_years)
    return tuple((forward * np.exp(k)).tolist()), tuple(ivs.tolist())


def _slice_fit(fit: StoredFit) -> SliceFit:
    return SliceFit(
        fit.model,
        fit.a,
        fit.b,
        fit.rho,
        fit.m,
        fit.s,
        fit.rmse,
        fit.max_error,
        fit.inside,
        fit.least_g,
        fit.calendar_gap,
        fit.is_constrained,
        fit.confidence,
    )
