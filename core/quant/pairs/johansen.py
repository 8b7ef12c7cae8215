"""Johansen's test of two series: how many stationary combinations they have, and which.

Source: Johansen (1991), Estimation and hypothesis testing of cointegration vectors; one lagged
difference, unrestricted constant. Critical values from MacKinnon, Haug & Michelis (1999).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.quant.pairs.cointegration import PairFault, pair_fault
from core.quant.types import FloatArray

TRACE_95 = (15.4943, 3.8415)
"""Critical values at 95 % for no relation and for at most one."""
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Johansen:
    """Eigenvalues, statistics and the strongest relation; all NaN with a fault."""

    eigenvalues: tuple[float, float]
    trace: tuple[float, float]
    """Against no relation, and against at most one."""
    hedge_ratio: float
    """y - hedge_ratio x is the most stationary combination."""
    fault: PairFault | None = None

    @property
    def relations(self) -> int:
        """At 95 %: 1 is a cointegrated pair, 2 means both series look stationary."""
        if not self.trace[0] > TRACE_95[0]:
            return 0
        return 2 if self.trace[1] > TRACE_95[1] else 1


def johansen(y: FloatArray, x: FloatArray) -> Johansen:
    """Test the pair (y, x)."""
    fault = pair_fault(y, x)
    if fault is not None:
        return Johansen((_NAN, _NAN), (_NAN, _NAN), _NAN, fault)
    levels = np.stack([y, x], axis=1)
    change = np.diff(levels, axis=0)
    lagged = _demeaned(change[:-1])
    now = _without(_demeaned(change[1:]), lagged)
    before = _without(_demeaned(levels[1:-1]), lagged)
    n = now.shape[0]
    s00, s11, s01 = now.T @ now / n, before.T @ before / n, now.T @ before / n
    try:
        roots, vectors = np.linalg.eig(np.linalg.solve(s11, s01.T @ np.linalg.solve(s00, s01)))
    except np.linalg.LinAlgError:
        return Johansen((_NAN, _NAN), (_NAN, _NAN), _NAN, PairFault.IDENTICAL)
    order = np.argsort(roots.real)[::-1]
    first, second = (float(root) for root in roots.real[order])
    if not 0.0 <= second <= first < 1.0 - 1e-12:
        return Johansen((_NAN, _NAN), (_NAN, _NAN), _NAN, PairFault.IDENTICAL)
    tail = -n * float(np.log1p(-second))
    relation = vectors.real[:, order[0]]
    return Johansen(
        (first, second),
        (tail - n * float(np.log1p(-first)), tail),
        float(-relation[1] / relation[0]),
    )


def _demeaned(columns: FloatArray) -> FloatArray:
    return np.asarray(columns - columns.mean(axis=0))


def _without(columns: FloatArray, regressors: FloatArray) -> FloatArray:
    """Residuals of the columns on the regressors."""
    slopes, *_ = np.linalg.lstsq(regressors, columns)
    return np.asarray(columns - regressors @ slopes)
