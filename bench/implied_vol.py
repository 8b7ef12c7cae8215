"""Implied volatility and greeks of a chain: ours over py_vollib_vectorized, ratios of one run.

Run by hand: python -m bench.implied_vol
"""

from __future__ import annotations

import os
import tempfile
import time
import warnings
from collections.abc import Callable
from statistics import median

os.environ.setdefault("NUMBA_CACHE_DIR", os.path.join(tempfile.gettempdir(), "voldesk-numba"))

import numpy as np

from core.quant.black import greeks, price_usd
from core.quant.implied import implied_vol
from core.quant.types import FloatArray
from core.quant.vollib_engine import implied_vol_vollib

ROUNDS = 31
FORWARD = 1e5


def chain(options: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Strike, tau and price of calls and puts on both sides of the money."""
    rng = np.random.default_rng(0)
    tau = rng.choice([1, 2, 3, 7, 14, 30, 60, 90, 180, 365], options) / 365
    vol = rng.uniform(0.3, 1.2, options)
    strike = FORWARD * np.exp(rng.normal(0.0, 1.3, options) * vol * np.sqrt(tau))
    return strike, tau, price_usd(FORWARD, strike, tau, vol, strike >= FORWARD)


def in_turn(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    """Median seconds of each, the two called alternately."""
    first(), second()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for task, spent in zip((first, second), times, strict=True):
            start = time.perf_counter()
            task()
            spent.append(time.perf_counter() - start)
    return median(times[0]), median(times[1])


def compare(options: int) -> None:
    """Print both engines' times and their ratio for one chain size."""
    from py_vollib_vectorized import get_all_greeks

    strike, tau, price = chain(options)
    is_call = strike >= FORWARD
    flags = np.where(is_call, "c", "p")

    def ours() -> object:
        return greeks(
            FORWARD, strike, tau, implied_vol(price, FORWARD, strike, tau, is_call).vol, is_call
        )

    def theirs() -> object:
        found = implied_vol_vollib(price, FORWARD, strike, tau, is_call).vol
        return get_all_greeks(
            flags, FORWARD, strike, tau, 0.0, found, 0.0, model="black_scholes", return_as="dict"
        )

    volatility = in_turn(
        lambda: implied_vol_vollib(price, FORWARD, strike, tau, is_call),
        lambda: implied_vol(price, FORWARD, strike, tau, is_call),
    )
    report(options, "implied volatility", volatility)
    report(options, "implied volatility and greeks", in_turn(theirs, ours))


def report(options: int, what: str, times: tuple[float, float]) -> None:
    """Print one line: both times and how many times faster ours is."""
    vollib, own = times
    line = f"{options:6d} {what:30s} vollib {vollib * 1e3:7.3f} ms  own {own * 1e3:7.3f} ms"
    print(f"{line}  {vollib / own:5.2f}x")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for size in (500, 900, 3000):
        compare(size)
