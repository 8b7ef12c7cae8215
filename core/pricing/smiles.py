"""One expiry at a time: its points, the curve through them and what the curve says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from core.pricing.forwards import SOURCE_WORDS
from core.pricing.quotes import QuoteColumns
from core.pricing.rows import ExpiryRows
from core.pricing.view import Smile, SmilePoint
from core.quant.forward import Forward
from core.quant.surface.delta_points import DeltaPoints, slice_delta_points, svi_delta_points_of
from core.quant.surface.quotes import JudgedQuotes, Slice, SliceFault, slice_of_judged
from core.quant.surface.svi import SviRaw, total_variance
from core.quant.surface.svi_fit import SviFit, fit_svi
from core.quant.types import FloatArray, IndexArray

CURVE_POINTS = 61
_WARM_ROUNDS = 3
"""Enough from the fit of the turn before; a search to the last digit costs five times as much."""
_CURVE_MARGIN = 0.05
"""The curve is drawn this far beyond the outermost quotes, in log-moneyness."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedSmile:
    """One expiry judged and fitted."""

    expiry: ExpiryRows
    tau_years: float
    forward: Forward | None
    judged: JudgedQuotes
    """Of the expiry's own rows."""
    slice: Slice | None
    """None when there are too few usable quotes."""
    fit: SviFit | None
    """None when the points do not carry a fit."""
    reason: str
    """Why there is no slice; empty when there is one."""


def fit_smile(
    expiry: ExpiryRows,
    forward: Forward | None,
    tau_years: float,
    judged: JudgedQuotes,
    strikes: FloatArray,
    last: SviRaw | None,
    neighbour: SviRaw | None,
) -> FittedSmile:
    """The usable points of one expiry and the curve through them.

    Args:
        judged: Verdicts on the rows of all options, as `strikes`.
        last: The last fit of this expiry: the search starts there.
        neighbour: The fit of the expiry before it: it lends its shape to 3 or 4 points.
    """
    own = _rows_of(judged, expiry.rows)
    if forward is None:
        reason = SliceFault.NO_FORWARD.value
        return FittedSmile(expiry, tau_years, None, own, None, None, reason)
    outcome = slice_of_judged(strikes[expiry.rows], own, forward.value, tau_years)
    fit = _fit(outcome.slice, last, neighbour)
    reason = "" if outcome.fault is None else outcome.fault.value
    return FittedSmile(expiry, tau_years, forward, own, outcome.slice, fit, reason)


def smile_views(
    fitted: Sequence[FittedSmile], quotes: QuoteColumns
) -> dict[tuple[str, int], Smile]:
    """(chain, expiry_ns) to what is published of each expiry."""
    points = _delta_points(fitted)
    return {
        (one.expiry.chain, one.expiry.expiry_ns): _view(one, at, quotes)
        for one, at in zip(fitted, points, strict=True)
    }


def _view(one: FittedSmile, at: DeltaPoints, quotes: QuoteColumns) -> Smile:
    expiry, forward = one.expiry, one.forward
    curve_strikes, curve_ivs = _curve(one.slice, one.fit)
    return Smile(
        chain=expiry.chain,
        expiry_ns=expiry.expiry_ns,
        tau_years=one.tau_years,
        forward=nan if forward is None else forward.value,
        forward_source="" if forward is None else SOURCE_WORDS[forward.source],
        points=() if forward is None else _points(expiry, forward.value, one.judged),
        fit_strikes=curve_strikes,
        fit_ivs=curve_ivs,
        fit_rmse=nan if one.fit is None else one.fit.rmse_vol * 100,
        atm=at.atm,
        put_10=at.put_10,
        put_25=at.put_25,
        put_35=at.put_35,
        call_35=at.call_35,
        call_25=at.call_25,
        call_10=at.call_10,
        put_call_oi=_put_call_oi(expiry, quotes.open_interest[expiry.rows]),
        reason=one.reason,
        open_share=1.0 if forward is None else forward.open_share,
    )


def _rows_of(judged: JudgedQuotes, rows: slice) -> JudgedQuotes:
    return JudgedQuotes(
        judged.reason[rows], judged.vol[rows], judged.vol_bid[rows], judged.vol_ask[rows]
    )


def _fit(smile: Slice | None, last: SviRaw | None, neighbour: SviRaw | None) -> SviFit | None:
    if smile is None:
        return None
    try:
        if last is None:
            return fit_svi(smile, neighbour=neighbour)
        return fit_svi(smile, start=last, neighbour=neighbour, rounds=_WARM_ROUNDS)
    except ValueError:  # too few points: straight lines join the quotes instead
        return None


def _delta_points(fitted: Sequence[FittedSmile]) -> list[DeltaPoints]:
    """Of the fits, all at once; else of the quotes themselves, NaN beyond what was quoted."""
    curves = [
        (one.fit.params, one.tau_years) for one in fitted if one.slice is not None and one.fit
    ]
    of_fits = iter(svi_delta_points_of(curves))
    found: list[DeltaPoints] = []
    for one in fitted:
        if one.slice is None:
            found.append(DeltaPoints(one.tau_years, nan, nan, nan, nan, nan))
        else:
            found.append(next(of_fits) if one.fit else slice_delta_points(one.slice))
    return found


def _curve(smile: Slice | None, fit: SviFit | None) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Strikes and volatilities of the fitted curve, a little beyond the quotes."""
    if smile is None or fit is None:
        return (), ()
    k = np.linspace(smile.k[0] - _CURVE_MARGIN, smile.k[-1] + _CURVE_MARGIN, CURVE_POINTS)
    vol = np.sqrt(np.maximum(total_variance(k, fit.params), 0.0) / smile.tau_years)
    return tuple((smile.forward * np.exp(k)).tolist()), tuple(vol.tolist())


def _points(expiry: ExpiryRows, forward: float, judged: JudgedQuotes) -> tuple[SmilePoint, ...]:
    """One point per strike that has any volatility, from its out-of-the-money option."""
    row = expiry.out_of_the_money(forward)
    used = _used(judged, expiry.calls) | _used(judged, expiry.puts)
    bid, ask, mid = judged.vol_bid[row], judged.vol_ask[row], judged.vol[row]
    some = ~(np.isnan(bid) & np.isnan(ask))
    columns = (
        expiry.strikes[some],
        np.log(expiry.strikes[some] / forward),
        bid[some],
        ask[some],
        mid[some],
        used[some],
    )
    return tuple(SmilePoint(*point) for point in zip(*(c.tolist() for c in columns), strict=True))


def _used(judged: JudgedQuotes, rows: IndexArray) -> IndexArray:
    return np.asarray((rows >= 0) & judged.ok[rows])


def _put_call_oi(expiry: ExpiryRows, open_interest: FloatArray) -> float:
    """Open interest of the puts over the calls'; NaN while either is not known."""
    puts = open_interest[expiry.puts[expiry.puts >= 0]].sum()
    calls = open_interest[expiry.calls[expiry.calls >= 0]].sum()
    return float(puts / calls) if calls > 0 else nan
