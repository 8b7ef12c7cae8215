"""One expiry at a time: its points, the curve through them and what the curve says."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np

from core.pricing.forwards import SOURCE_WORDS
from core.pricing.quotes import QuoteColumns
from core.pricing.rows import ExpiryRows
from core.pricing.view import Smile, SmilePoint
from core.quant.forward import Forward
from core.quant.surface.delta_points import DeltaPoints, slice_delta_points, svi_delta_points
from core.quant.surface.quotes import JudgedQuotes, Slice, SliceFault, slice_of_judged
from core.quant.surface.svi import SviRaw, total_variance
from core.quant.surface.svi_fit import SviFit, fit_svi
from core.quant.types import FloatArray, IndexArray

CURVE_POINTS = 61
_CURVE_MARGIN = 0.05
"""The curve is drawn this far beyond the outermost quotes, in log-moneyness."""


@dataclass(frozen=True, slots=True, eq=False)
class PricedSmile:
    """A smile for the screen, with what the surface and the next fit need of it."""

    view: Smile
    slice: Slice | None = None
    """None when there are too few usable quotes."""
    fit: SviRaw | None = None
    """None when the points do not carry a fit."""


def price_smile(
    expiry: ExpiryRows,
    forward: Forward | None,
    tau_years: float,
    judged: JudgedQuotes,
    quotes: QuoteColumns,
    strikes: FloatArray,
    last: SviRaw | None,
    neighbour: SviRaw | None,
) -> PricedSmile:
    """The smile of one expiry.

    Args:
        judged: Verdicts on the rows of all options, as `quotes` and `strikes`.
        last: The last fit of this expiry: the search starts there.
        neighbour: The fit of the expiry before it: it lends its shape to 3 or 4 points.
    """
    oi = _put_call_oi(expiry, quotes.open_interest[expiry.rows])
    if forward is None:
        reason = SliceFault.NO_FORWARD.value
        return PricedSmile(
            Smile(
                expiry.chain,
                expiry.expiry_ns,
                tau_years,
                nan,
                "",
                (),
                put_call_oi=oi,
                reason=reason,
            )
        )
    own = _rows_of(judged, expiry.rows)
    outcome = slice_of_judged(strikes[expiry.rows], own, forward.value, tau_years)
    smile, fit = outcome.slice, _fit(outcome.slice, last, neighbour)
    at = _delta_points(smile, fit)
    curve_strikes, curve_ivs = _curve(smile, fit)
    view = Smile(
        chain=expiry.chain,
        expiry_ns=expiry.expiry_ns,
        tau_years=tau_years,
        forward=forward.value,
        forward_source=SOURCE_WORDS[forward.source],
        points=_points(expiry, forward.value, own),
        fit_strikes=curve_strikes,
        fit_ivs=curve_ivs,
        fit_rmse=nan if fit is None else fit.rmse_vol * 100,
        atm=at.atm,
        put_10=at.put_10,
        put_25=at.put_25,
        put_35=at.put_35,
        call_35=at.call_35,
        call_25=at.call_25,
        call_10=at.call_10,
        put_call_oi=oi,
        reason="" if outcome.fault is None else outcome.fault.value,
    )
    return PricedSmile(view, smile, None if fit is None else fit.params)


def _rows_of(judged: JudgedQuotes, rows: slice) -> JudgedQuotes:
    return JudgedQuotes(
        judged.reason[rows], judged.vol[rows], judged.vol_bid[rows], judged.vol_ask[rows]
    )


def _fit(smile: Slice | None, last: SviRaw | None, neighbour: SviRaw | None) -> SviFit | None:
    if smile is None:
        return None
    try:
        return fit_svi(smile, start=last, neighbour=neighbour)
    except ValueError:  # too few points: the quotes are joined by straight lines instead
        return None


def _delta_points(smile: Slice | None, fit: SviFit | None) -> DeltaPoints:
    """Of the fit, else of the quotes themselves; NaN beyond what was quoted."""
    if smile is None:
        return DeltaPoints(nan, nan, nan, nan, nan, nan)
    if fit is None:
        return slice_delta_points(smile)
    return svi_delta_points(fit.params, smile.tau_years)


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
