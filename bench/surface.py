"""The fitted surface of 12 expiries: ours, arbitrage-free and checked, over scipy's least squares.

Run by hand: python -m bench.surface. Ends with 1 when the goal is missed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from scipy.optimize import least_squares

from core.quant.surface.fitted_slice import Expiry, FittedSlice
from core.quant.surface.quotes import Slice
from core.quant.surface.surface_fit import fit_surfaces
from core.quant.surface.svi import SviRaw, check_butterfly, total_variance
from core.quant.types import FloatArray

ROUNDS = 41
DAYS = (0.4, 1.4, 2.4, 3.4, 9.0, 16.0, 23.0, 30.0, 58.0, 121.0, 212.0, 303.0)
QUOTES = 69
GOAL_MS = 10.0
LEAST_RATIO = 1.2
"""Over scipy's trust region search, which checks and forbids nothing."""


def chain() -> list[Slice]:
    """825 noisy quotes around a surface that is steep and curved like a real one."""
    rng = np.random.default_rng(0)
    found = []
    for day in DAYS:
        tau, sizes = day / 365, np.linspace(-2.4, 2.4, QUOTES)
        k = sizes * 0.5 * np.sqrt(tau)
        root = np.sqrt(0.25 * tau)
        rho, place = rng.uniform(-0.5, 0.1), rng.normal(0.0, 0.3)
        true = SviRaw(0.4 * root**2, 0.6 * root, rho, place * root, 0.8 * root)
        half = 0.002 + 0.006 * sizes**2
        vol = np.sqrt(total_variance(k, true) / tau) + 0.4 * half * rng.standard_normal(QUOTES)
        found.append(Slice(tau, 1e5, k, vol, half))
    return found


def with_scipy(slices: Sequence[Slice], starts: Sequence[FloatArray], method: str) -> list[SviRaw]:
    """Every expiry by itself, with exact derivatives; bounds where the method takes them."""
    found = []
    for one, start in zip(slices, starts, strict=True):
        weight = 1.0 / (2.0 * one.vol * one.tau_years * one.half_width)

        def errors(p: FloatArray, one: Slice = one, weight: FloatArray = weight) -> FloatArray:
            x = one.k - p[3]
            w = p[0] + p[1] * (p[2] * x + np.sqrt(x * x + p[4] * p[4]))
            return (w - one.total_variance) * weight

        def slopes(p: FloatArray, one: Slice = one, weight: FloatArray = weight) -> FloatArray:
            x = one.k - p[3]
            r = np.sqrt(x * x + p[4] * p[4])
            columns = (
                np.ones_like(x),
                p[2] * x + r,
                p[1] * x,
                -p[1] * (p[2] + x / r),
                p[1] * p[4] / r,
            )
            return np.stack(columns, axis=1) * weight[:, None]

        bounds = BOUNDS if method == "trf" else FREE
        fit = least_squares(errors, start, jac=slopes, bounds=bounds, method=method, x_scale="jac")
        a, b, rho, m, s = fit.x.tolist()
        rho = min(max(rho, -1.0), 1.0)
        found.append(SviRaw(max(a, -b * abs(s) * np.sqrt(1 - rho * rho)), b, rho, m, abs(s)))
    return found


FREE = (-np.inf, np.inf)
BOUNDS = (
    np.array([-1.0, 0.0, -0.999, -1.5, 1e-4]),
    np.array([2.0, 2.0, 0.999, 1.5, 2.0]),
)


def textbook_starts(slices: Sequence[Slice]) -> list[FloatArray]:
    """Half the least variance, no skew, at the least variance."""
    starts = []
    for one in slices:
        w = one.total_variance
        low = int(np.argmin(w))
        slope = float(w[-1] - w[low]) / float(one.k[-1] - one.k[low] + 1e-9)
        spread = float(np.ptp(one.k)) / 6
        starts.append(np.array([0.5 * w[low], max(slope, 1e-3), 0.0, one.k[low], spread]))
    return starts


def in_turn(tasks: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median milliseconds of this process's own time of each, all called in turn."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(ROUNDS):
        for name, task in tasks.items():
            start = time.process_time()
            task()
            if turn:
                times[name].append((time.process_time() - start) * 1e3)
    return {name: median(spent) for name, spent in times.items()}


def faults(curves: Sequence[SviRaw]) -> tuple[int, int]:
    """How many slices have negative density, and how many lie below the one before."""
    k = np.linspace(-1.5, 1.5, 3001)
    w = np.array([total_variance(k, one) for one in curves])
    butterflies = sum(not check_butterfly(one).ok for one in curves)
    return butterflies, int((w[1:] < w[:-1]).any(axis=1).sum())


def compare() -> bool:
    """Print everybody's times and what they leave; True when the goal is met."""
    slices = chain()
    moved = [Slice(s.tau_years, s.forward, s.k, s.vol + 5e-4, s.half_width) for s in slices]
    expiries, later = ([Expiry(s.tau_years, s) for s in one] for one in (slices, moved))
    starts = textbook_starts(slices)
    (fits,) = fit_surfaces([expiries])
    near = [np.array([p.a, p.b, p.rho, p.m, p.s]) for p in map(_params, fits)]
    times = in_turn(
        {
            "scipy trf": lambda: with_scipy(slices, starts, "trf"),
            "scipy lm": lambda: with_scipy(slices, starts, "lm"),
            "scipy lm, warm": lambda: with_scipy(moved, near, "lm"),
            "ours": lambda: fit_surfaces([expiries]),
            "ours, warm": lambda: fit_surfaces([later], [fits]),
        }
    )
    left = {
        "scipy trf": faults(with_scipy(slices, starts, "trf")),
        "scipy lm": faults(with_scipy(slices, starts, "lm")),
        "ours": faults([_params(fit) for fit in fits]),
    }
    for name, spent in times.items():
        line = f"{name:16s} {spent:7.2f} ms  {times['scipy trf'] / spent:5.2f}x"
        if name in left:
            line += "  butterfly {} calendar {}".format(*left[name])
        print(line)
    cold, warm = times["ours"], times["ours, warm"]
    is_met = max(cold, warm) < GOAL_MS and times["scipy trf"] / cold > LEAST_RATIO
    is_met = is_met and left["ours"] == (0, 0)
    print(f"goal: < {GOAL_MS:.0f} ms and free of arbitrage, {'met' if is_met else 'MISSED'}")
    return is_met


def _params(fit: FittedSlice | None) -> SviRaw:
    if fit is None:
        raise ValueError("an expiry has no fit")
    return fit.params


if __name__ == "__main__":
    sys.exit(0 if compare() else 1)
