"""The integral over a whole smile against references and a slow adaptive rule."""

from __future__ import annotations

from itertools import pairwise
from math import exp, sqrt

import numpy as np
import pytest
from scipy.integrate import quad

from core.quant.black import price_usd
from core.quant.index.variance_swap import fair_variance
from core.quant.surface.svi import SviRaw, total_variance

TAU = 30 / 365
S1 = SviRaw(0.012, 0.11, -0.25, 0.02, 0.18)


def slow(p: SviRaw) -> float:
    def integrand(k: float) -> float:
        root = sqrt(float(total_variance(np.array([k]), p)[0]))
        price = price_usd(1.0, exp(k), 1.0, root, k >= 0.0)
        return float(price) * exp(-k)

    edges = [-12.0, -2.0, p.m - 2 * p.s, p.m, p.m + 2 * p.s, 0.0, 2.0, 12.0]
    edges.sort()
    parts = pairwise(edges)
    return 2.0 * sum(quad(integrand, *part, epsabs=1e-15, epsrel=1e-12)[0] for part in parts)


def test_a_flat_smile_gives_its_own_volatility() -> None:
    flat = SviRaw(0.36 * TAU, 0.0, 0.0, 0.0, 0.1)
    assert sqrt(fair_variance(flat) / TAU) == pytest.approx(0.60, rel=1e-10)


def test_the_reference_slice() -> None:
    found = fair_variance(S1)
    assert found == pytest.approx(0.045829689261357, rel=1e-10)
    assert sqrt(found / TAU) == pytest.approx(0.7467225406266, rel=1e-10)


@pytest.mark.parametrize(
    "p",
    [
        SviRaw(0.0, 0.02, -0.7, 0.01, 0.02),
        SviRaw(0.002, 0.03, 0.3, -0.05, 0.005),
        SviRaw(0.05, 0.4, -0.4, 0.1, 0.6),
        SviRaw(0.3, 0.9, 0.2, 0.3, 1.2),
        SviRaw(1e-5, 0.004, -0.2, 0.0, 0.01),
    ],
    ids=["skewed week", "sharp bend", "long", "wide wings", "hours"],
)
def test_an_adaptive_rule_says_the_same(p: SviRaw) -> None:
    assert fair_variance(p) == pytest.approx(slow(p), rel=1e-9)


def test_curvature_lifts_it_above_the_money() -> None:
    at_money = float(total_variance(np.zeros(1), S1)[0])
    assert fair_variance(S1) > at_money
