"""The variance swap of a fitted smile: the integral over all strikes, wings included."""

from __future__ import annotations

import numpy as np

from core.quant.black import otm_price
from core.quant.surface.svi import SviRaw, total_variance
from core.quant.types import FloatArray

_FURTHEST_K = 12.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)
_AROUND_MONEY = 14
_AROUND_BEND = np.array([0.7, 2.0, 5.0, 14.0, 40.0])


def fair_variance(p: SviRaw) -> float:
    """Total variance a swap on the smile is worth, vol^2 tau: 2 * integral of Q(e^k) e^-k dk.

    Q is the out-of-the-money price at F = 1; k from -12 to 12. Panels of 10 Gauss nodes are
    narrow where the integrand bends: at the money, where put turns to call, and at the slice's
    own bend. To 1e-10 whatever the slice's curvature.
    """
    edges = _edges(p)
    half = 0.5 * np.diff(edges)
    k = edges[:-1, None] + half[:, None] * (1.0 + _NODES)
    # otm_price is in units of sqrt(F K): e^(k/2) of it times the e^-k of the integrand.
    values = otm_price(np.abs(k), np.sqrt(np.maximum(total_variance(k, p), 0.0)))
    return float(2.0 * np.sum(half[:, None] * _WEIGHTS * values * np.exp(-0.5 * k)))


def _edges(p: SviRaw) -> FloatArray:
    """Where panels begin and end: ever wider ones around 0, and around the slice's own bend."""
    at_money = float(total_variance(np.zeros(1), p)[0])
    money = np.geomspace(0.25 * np.sqrt(max(at_money, 1e-8)), _FURTHEST_K, _AROUND_MONEY)
    bend = p.s * _AROUND_BEND
    found = np.concatenate([-money, [0.0], money, p.m - bend, [p.m], p.m + bend])
    return np.unique(np.clip(found, -_FURTHEST_K, _FURTHEST_K))
