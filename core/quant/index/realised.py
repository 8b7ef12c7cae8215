"""Volatility that was realised: five estimators from bars, annualised, none of them from gaps."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, nan

import numpy as np

from core.quant.black import DAYS_PER_YEAR
from core.quant.types import BoolArray, FloatArray, IndexArray

_DAY_NS = 86_400_000_000_000
_GARMAN_KLASS = 2.0 * log(2.0) - 1.0
_PARKINSON = 4.0 * log(2.0)


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Candles of one length, oldest first; a bar that is missing has no row."""

    at_ns: IndexArray
    """Opening times, strictly ascending. Shape (n,), as the others."""
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    step_ns: int
    """Length of a bar."""

    def __post_init__(self) -> None:
        sizes = {column.shape for column in (self.at_ns, *self._prices())}
        if len(sizes) != 1 or self.at_ns.ndim != 1:
            raise ValueError(f"bars must be columns of one length, got shapes {sizes}")
        if self.step_ns <= 0 or (np.diff(self.at_ns) <= 0).any():
            raise ValueError("bars need a length above 0 and ascending opening times")

    def __len__(self) -> int:
        return self.at_ns.size

    def clean(self) -> Bars:
        """Without the rows that have a price missing or not above 0."""
        good = np.ones(self.at_ns.shape, np.bool_)
        for column in self._prices():
            good &= (column > 0.0) & (column < np.inf)
        return self if good.all() else self.rows(good)

    def joined(self, others: Bars) -> Bars:
        """Both, oldest first; where both have a bar, this one's stays."""
        if others.step_ns != self.step_ns:
            raise ValueError(f"bars of {others.step_ns} ns do not join those of {self.step_ns} ns")
        at_ns, first = np.unique(np.concatenate([self.at_ns, others.at_ns]), return_index=True)
        both = zip(self._prices(), others._prices(), strict=True)
        opened, high, low, close = (np.concatenate(pair)[first] for pair in both)
        return Bars(at_ns, opened, high, low, close, self.step_ns)

    def rows(self, wanted: BoolArray) -> Bars:
        """Some of the bars."""
        opened, high, low, close = (column[wanted] for column in self._prices())
        return Bars(self.at_ns[wanted], opened, high, low, close, self.step_ns)

    def _prices(self) -> tuple[FloatArray, ...]:
        return self.open, self.high, self.low, self.close


@dataclass(frozen=True, slots=True)
class RealisedVols:
    """Annualised decimals; NaN where there are too few bars for the estimator."""

    bars: int
    close_close: float
    """Mean of the squared returns: no drift is taken off, as a variance swap pays."""
    close_close_centred: float
    """The sample deviation of the returns, n - 1."""
    parkinson: float
    garman_klass: float
    rogers_satchell: float
    yang_zhang: float


def realised_vols(bars: Bars) -> RealisedVols:
    """All estimators at once. A return needs two bars that follow each other without a gap.

    Sources: Parkinson (1980); Garman & Klass (1980); Rogers & Satchell (1991); Yang & Zhang
    (2000), with the bars that have a predecessor.
    """
    whole = bars.clean()
    a_year = DAYS_PER_YEAR * _DAY_NS / whole.step_ns
    follows = np.diff(whole.at_ns) == whole.step_ns
    o, h, low, c = (np.log(one) for one in (whole.open, whole.high, whole.low, whole.close))
    body, reach = c - o, h - low
    satchell = (h - c) * (h - o) + (low - c) * (low - o)
    returns = (c[1:] - c[:-1])[follows]
    variances = (
        _mean(np.square(returns)),
        _sample(returns),
        _mean(np.square(reach)) / _PARKINSON,
        _mean(0.5 * np.square(reach) - _GARMAN_KLASS * np.square(body)),
        _mean(satchell),
        _yang_zhang((o[1:] - c[:-1])[follows], body[1:][follows], satchell[1:][follows]),
    )
    return RealisedVols(len(whole), *(_root(one * a_year) for one in variances))


def _yang_zhang(overnight: FloatArray, body: FloatArray, satchell: FloatArray) -> float:
    count = body.size
    if count < 2:
        return nan
    share = 0.34 / (1.34 + (count + 1) / (count - 1))
    return _sample(overnight) + share * _sample(body) + (1.0 - share) * _mean(satchell)


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if values.size else nan


def _sample(values: FloatArray) -> float:
    """Sample variance, n - 1."""
    return float(values.var(ddof=1)) if values.size > 1 else nan


def _root(variance: float) -> float:
    """NaN stays; rounding may leave a constant price a hair below 0."""
    return float(np.sqrt(max(variance, 0.0))) if variance == variance else nan
