"""The two generated pairs of the reference: one cointegrated, one of independent walks.

Source: section 4.9 (i) and (ii) of the project's quantitative reference, generator included.
"""

from __future__ import annotations

import numpy as np

from core.quant.types import FloatArray


def cointegrated_pair() -> tuple[FloatArray, FloatArray]:
    """(y, x) with a planted relation y = 0.5 + 1.3 x + AR(0.92)."""
    return _pair(4, 600, 0.92, 1.3, 0.5, 0.008)


def independent_walks() -> tuple[FloatArray, FloatArray]:
    """(y, x), two random walks that have nothing to do with each other."""
    return _pair(11, 500, 1.0, 0.0, 2.0, 0.012)


def _pair(
    seed: int, n: int, phi: float, beta: float, alpha: float, su: float
) -> tuple[FloatArray, FloatArray]:
    e = np.random.default_rng(seed).standard_normal((n, 2))
    x = 4.0 + 0.01 * np.cumsum(e[:, 0])
    u = np.zeros(n)
    for t in range(1, n):
        u[t] = phi * u[t - 1] + su * e[t, 1]
    return np.asarray(alpha + beta * x + u), np.asarray(x)
