"""Strikes a short chain does not list, priced by its fitted smile, so that its index has wings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.quant.black import price_usd
from core.quant.forward import ParityQuotes
from core.quant.index.five_delta import FURTHEST_D1, StrikeMarks, strike_distance
from core.quant.surface.svi import SviRaw, total_variance
from core.quant.types import FloatArray

_SHORT_D1 = 1.2815515655446004
"""|d1| of 10 delta: a chain of the venue's own index nearly always reaches further."""
_MOST_STRIKES = 64


@dataclass(frozen=True, slots=True, eq=False)
class WingedStrikes:
    """Quotes and marks, perhaps with further strikes that have marks alone."""

    quotes: ParityQuotes
    marks: StrikeMarks
    added: int
    """Strikes that nobody lists."""


def with_wings(
    quotes: ParityQuotes, marks: StrikeMarks, smile: SviRaw, forward: float, tau_years: float
) -> WingedStrikes:
    """Go on at the outermost spacing to 5 delta where the listed strikes end before 10 delta.

    Without them the strip would miss what the index is meant to hold; the linear chains of small
    coins list nine strikes.
    """
    if quotes.strike.size < 2:
        return WingedStrikes(quotes, marks, 0)
    distance = strike_distance(quotes.strike, marks.vol, forward, tau_years)
    low = _further(quotes.strike[:2][::-1], distance[0], smile, forward, tau_years)[::-1]
    high = _further(quotes.strike[-2:], distance[-1], smile, forward, tau_years)
    added = low.size + high.size
    if not added:
        return WingedStrikes(quotes, marks, 0)
    new = np.concatenate([low, high])
    vol = _vols(new, smile, forward, tau_years)
    unit = forward if quotes.is_inverse else 1.0
    call, put = (price_usd(forward, new, tau_years, vol, side) / unit for side in (True, False))

    def around(inside: FloatArray, outside: FloatArray) -> FloatArray:
        return np.concatenate([outside[: low.size], inside, outside[low.size :]])

    none = np.full(added, np.nan)
    sides = (quotes.call_bid, quotes.call_ask, quotes.put_bid, quotes.put_ask)
    call_bid, call_ask, put_bid, put_ask = (around(side, none) for side in sides)
    strikes = around(quotes.strike, new)
    return WingedStrikes(
        ParityQuotes(strikes, call_bid, call_ask, put_bid, put_ask, quotes.is_inverse),
        StrikeMarks(around(marks.vol, vol), around(marks.call, call), around(marks.put, put)),
        added,
    )


def _further(
    last_two: FloatArray, distance: float, smile: SviRaw, forward: float, tau_years: float
) -> FloatArray:
    """Strikes beyond the second of `last_two` to 5 delta; none where the listed ones reach."""
    if not distance < _SHORT_D1:
        return last_two[:0]
    inner, outer = last_two
    strikes = outer * (outer / inner) ** np.arange(1.0, _MOST_STRIKES + 1.0)
    vol = _vols(strikes, smile, forward, tau_years)
    inside = strike_distance(strikes, vol, forward, tau_years) <= FURTHEST_D1
    count = strikes.size if inside.all() else int(np.argmin(inside))
    return np.asarray(strikes[:count])


def _vols(strikes: FloatArray, smile: SviRaw, forward: float, tau_years: float) -> FloatArray:
    w = total_variance(np.log(strikes / forward), smile)
    return np.asarray(np.sqrt(np.maximum(w, 0.0) / tau_years))
