"""How much a chain's index moved over the last day, week and month."""

from __future__ import annotations

from math import nan
from typing import Final

from core.pricing.index import RealisedChain
from core.pricing.view import RealisedVol
from core.quant.index.realised import Bars, realised_vols

HORIZONS_DAYS: Final = (1.0, 7.0, 30.0)
_DAY_NS: Final = 86_400_000_000_000
_LEAST_SHARE: Final = 0.8
"""Of a horizon's bars must be there; the rest may be missing."""


def realised_chain(bars: Bars, now_ns: int) -> RealisedChain:
    """Every horizon that ends at the last full bar before `now_ns`; NaN with too few bars."""
    end_ns = now_ns // bars.step_ns * bars.step_ns
    vols = tuple(_horizon(bars, end_ns, days) for days in HORIZONS_DAYS)
    if any(one.close_close == one.close_close for one in vols):
        return RealisedChain(vols)
    shortest = vols[0]
    wanted = round(shortest.days * _DAY_NS / bars.step_ns)
    return RealisedChain(vols, f"{shortest.bars} of {wanted} bars of the last day are known")


def _horizon(bars: Bars, end_ns: int, days: float) -> RealisedVol:
    since_ns = end_ns - int(days * _DAY_NS)
    own = bars.rows((bars.at_ns >= since_ns) & (bars.at_ns < end_ns))
    until_ns = int(own.at_ns[-1]) + own.step_ns if len(own) else 0
    if len(own) * bars.step_ns < _LEAST_SHARE * days * _DAY_NS:
        return RealisedVol(days, len(own), nan, nan, nan, nan, nan, until_ns)
    found = realised_vols(own)
    return RealisedVol(
        days,
        found.bars,
        found.close_close,
        found.parkinson,
        found.garman_klass,
        found.rogers_satchell,
        found.yang_zhang,
        until_ns,
    )
