"""One expiry at a time: its points, the curve through them and what the curve says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import nan

import numpy as np

from core.pricing.forwards import SOURCE_WORDS
from core.pricing.quotes import QuoteColumns
from core.pricing.rows import ExpiryRows, OptionRows
from core.pricing.view import SliceFit, Smile, SmilePoint
from core.quant.forward import Forward
from core.quant.surface.delta_points import DeltaPoints, svi_delta_points_of
from core.quant.surface.fitted_slice import Expiry, FittedSlice
from core.quant.surface.quotes import (
    JudgedQuotes,
    QuoteReason,
    Slice,
    SliceFault,
    slice_of_judged,
)
from core.quant.surface.surface_fit import fit_surfaces
from core.quant.surface.svi import total_variance
from core.quant.types import FloatArray, IndexArray

CURVE_POINTS = 61
_CURVE_MARGIN = 0.05
"""The curve is drawn this far beyond the outermost quotes, in log-moneyness."""
_BARE_REACH = 2.5
"""Standard deviations to which the curve of an expiry without quotes is drawn."""


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
    fit: FittedSlice | None
    """None without a forward, and in a chain without a single slice."""
    reason: str
    """Why there is no slice; empty when there is one."""


def fit_smiles(
    rows: OptionRows,
    forwards: Sequence[Forward | None],
    taus: FloatArray,
    judged: JudgedQuotes,
    last: Mapping[tuple[str, int], FittedSlice],
    challenged: str = "",
) -> list[FittedSmile]:
    """Every expiry of `rows`: its usable points and its curve of the chain's fitted surface.

    Args:
        judged: Verdicts on the rows of all options.
        last: (chain, expiry_ns) to the fits of the turn before; any of them may be missing.
        challenged: The chain to search anew as well.
    """
    bare = [
        _judged_smile(expiry, forward, tau, judged, rows.strike)
        for expiry, forward, tau in zip(rows.expiries, forwards, taus.tolist(), strict=True)
    ]
    alive = [one for one in bare if one.tau_years > 0.0 and one.forward is not None]
    chains = {chain: list(own) for chain, own in groupby(alive, lambda one: one.expiry.chain)}
    names = list(chains)
    fits = fit_surfaces(
        [[Expiry(one.tau_years, one.slice) for one in own] for own in chains.values()],
        [[last.get(one.expiry.key) for one in own] for own in chains.values()],
        names.index(challenged) if challenged in names else None,
    )
    found = {
        one.expiry.key: fit
        for own, own_fits in zip(chains.values(), fits, strict=True)
        for one, fit in zip(own, own_fits, strict=True)
    }
    return [replace(one, fit=found.get(one.expiry.key)) for one in bare]


def _judged_smile(
    expiry: ExpiryRows,
    forward: Forward | None,
    tau_years: float,
    judged: JudgedQuotes,
    strikes: FloatArray,
) -> FittedSmile:
    own = _rows_of(judged, expiry.rows)
    if forward is None:
        reason = SliceFault.NO_FORWARD.value
        return FittedSmile(expiry, tau_years, None, own, None, None, reason)
    outcome = slice_of_judged(strikes[expiry.rows], own, forward.value, tau_years)
    reason = "" if outcome.fault is None else outcome.fault.value
    return FittedSmile(expiry, tau_years, forward, own, outcome.slice, None, reason)


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
    curve_strikes, curve_ivs = _curve(one)
    return Smile(
        chain=expiry.chain,
        expiry_ns=expiry.expiry_ns,
        tau_years=one.tau_years,
        forward=nan if forward is None else forward.value,
        forward_source="" if forward is None else SOURCE_WORDS[forward.source],
        points=() if forward is None else _points(one, forward.value),
        fit_strikes=curve_strikes,
        fit_ivs=curve_ivs,
        fit_rmse=nan if one.fit is None else one.fit.rmse_vol * 100,
        fit=None if one.fit is None else _slice_fit(one.fit),
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


def _slice_fit(fit: FittedSlice) -> SliceFit:
    p = fit.params
    return SliceFit(
        model=fit.model,
        a=p.a,
        b=p.b,
        rho=p.rho,
        m=p.m,
        s=p.s,
        rmse=fit.rmse_vol * 100,
        max_error=fit.max_vol_error * 100,
        inside=fit.inside,
        least_g=fit.least_g,
        calendar_gap=fit.calendar_gap,
        is_constrained=fit.is_constrained,
        confidence=fit.confidence,
    )


def _delta_points(fitted: Sequence[FittedSmile]) -> list[DeltaPoints]:
    """Of the fits, all at once; NaN without one."""
    curves = [(one.fit.params, one.tau_years) for one in fitted if one.fit is not None]
    of_fits = iter(svi_delta_points_of(curves))
    return [
        DeltaPoints(one.tau_years, nan, nan, nan, nan, nan) if one.fit is None else next(of_fits)
        for one in fitted
    ]


def _curve(one: FittedSmile) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Strikes and volatilities of the fitted curve, a little beyond the quotes."""
    if one.forward is None or one.fit is None:
        return (), ()
    if one.slice is None:
        money = total_variance(np.zeros(1), one.fit.params)[0]
        high = _BARE_REACH * float(np.sqrt(money))
        low = -high
    else:
        low, high = one.slice.k[0] - _CURVE_MARGIN, one.slice.k[-1] + _CURVE_MARGIN
    k = np.linspace(low, high, CURVE_POINTS)
    strikes = one.forward.value * np.exp(k)
    return tuple(strikes.tolist()), tuple(_fitted_vol(one, k).tolist())


def _fitted_vol(one: FittedSmile, k: FloatArray) -> FloatArray:
    if one.fit is None:
        return np.full(k.shape, nan)
    return np.sqrt(total_variance(k, one.fit.params) / one.tau_years)


def _points(one: FittedSmile, forward: float) -> tuple[SmilePoint, ...]:
    """One point per strike that has any volatility.

    From its out-of-the-money option; where only the other one is used, from that.
    """
    expiry, judged = one.expiry, one.judged
    calls, puts = _used(judged, expiry.calls), _used(judged, expiry.puts)
    cheap = expiry.out_of_the_money(forward)
    other = np.where(cheap == expiry.calls, expiry.puts, expiry.calls)
    used = calls | puts
    row = np.where(used & ~judged.ok[cheap], other, cheap)
    bid, ask, mid = judged.vol_bid[row], judged.vol_ask[row], judged.vol[row]
    some = ~(np.isnan(bid) & np.isnan(ask))
    k = np.log(expiry.strikes / forward)
    columns = (expiry.strikes, k, bid, ask, mid, used, _fitted_vol(one, k))
    codes = np.where(used, int(QuoteReason.OK), judged.reason[row])[some]
    words = [_REASONS[code] for code in codes.tolist()]
    rows = zip(*(column[some].tolist() for column in columns), words, strict=True)
    return tuple(SmilePoint(*point) for point in rows)


_REASONS = {int(one): one.words for one in QuoteReason}


def _used(judged: JudgedQuotes, rows: IndexArray) -> IndexArray:
    return np.asarray((rows >= 0) & judged.ok[rows])


def _put_call_oi(expiry: ExpiryRows, open_interest: FloatArray) -> float:
    """Open interest of the puts over the calls'; NaN while either is not known."""
    puts = open_interest[expiry.puts[expiry.puts >= 0]].sum()
    calls = open_interest[expiry.calls[expiry.calls >= 0]].sum()
    return float(puts / calls) if calls > 0 else nan
