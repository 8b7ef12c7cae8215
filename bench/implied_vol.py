"""Implied volatility and greeks of a chain: ours over py_vollib_vectorized, ratios of one run.

One thread. Both engines are called in turn on the same options and the medians are compared; a
fresh process is timed from its start to its first volatilities. The last row is a whole turn of
the pricing: read the board, price every option, fit every expiry.
Run by hand: python -m bench.implied_vol
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_CACHE_DIR", os.path.join(tempfile.gettempdir(), "voldesk-numba"))

import numpy as np

from core.pricing.service import Pricer
from core.quant.black import greeks, price_usd
from core.quant.implied import implied_vol
from core.quant.types import BoolArray, FloatArray
from core.quant.vollib_engine import implied_vol_vollib
from core.settings import PricingSettings
from tests.core.pricing.market import HandMarket, skewed

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 41
FRESH_ROUNDS = 5
FORWARD = 1e5
SIZES = (500, 900, 3000)
BOTH_GOALS = {500: 2.5, 3000: 5.0}
"""Times as fast as py_vollib_vectorized, volatilities and all greeks, by the number of options."""
GOAL_MS = 5.0
"""For 3,000 options."""
WARM_GOAL, COLD_GOAL = 4.0, 15.0
TURN_DAYS = (1, 2, 3, 7, 14, 21, 30, 60, 90, 180, 270, 360)
TURN_STRIKES = range(60_000, 141_000, 1_500)
OWN = """
import numpy as np
from core.quant.implied import implied_vol
implied_vol(np.full(900, 5e3), 1e5, np.full(900, 1.1e5), 0.2, True)
"""
VOLLIB = """
import warnings
warnings.simplefilter("ignore")
import numpy as np
from py_vollib_vectorized import vectorized_implied_volatility
flags = np.full(900, "c")
strikes = np.full(900, 1.1e5)
vectorized_implied_volatility(
    np.full(900, 5e3), 1e5, strikes, 0.2, 0.0, flags, model="black", return_as="numpy"
)
"""


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


def compare(options: int) -> bool:
    """Print both engines' times and their ratio for one chain size; False when a goal is missed."""
    strike, tau, price = chain(options)
    is_call = strike >= FORWARD
    volatility = in_turn(
        lambda: implied_vol_vollib(price, FORWARD, strike, tau, is_call),
        lambda: implied_vol(price, FORWARD, strike, tau, is_call),
    )
    report(options, "implied volatility", volatility)
    both = with_greeks(price, strike, tau, is_call)
    report(options, "implied volatility and greeks", both)
    is_good = True
    if options in BOTH_GOALS:
        is_good = goal(f">= {BOTH_GOALS[options]:g}x", both[0] / both[1] >= BOTH_GOALS[options])
    if options == max(SIZES):
        is_good &= goal(f"< {GOAL_MS:g} ms", both[1] * 1e3 < GOAL_MS)
    return is_good


def with_greeks(
    price: FloatArray, strike: FloatArray, tau: FloatArray, is_call: BoolArray
) -> tuple[float, float]:
    """Seconds of both for volatilities and every greek: theirs five, ours nine."""
    from py_vollib_vectorized import get_all_greeks

    flags = np.where(is_call, "c", "p")

    def ours() -> object:
        found = implied_vol(price, FORWARD, strike, tau, is_call)
        return greeks(FORWARD, strike, tau, found.vol, is_call)

    def theirs() -> object:
        found = implied_vol_vollib(price, FORWARD, strike, tau, is_call).vol
        return get_all_greeks(
            flags, FORWARD, strike, tau, 0.0, found, 0.0, model="black_scholes", return_as="dict"
        )

    return in_turn(theirs, ours)


def report(options: int, what: str, times: tuple[float, float]) -> None:
    """Print one line: both times and how many times faster ours is."""
    vollib, own = times
    line = f"  {options:5d} {what:31s} vollib {vollib * 1e3:7.3f} ms   own {own * 1e3:7.3f} ms"
    print(f"{line}   {vollib / own:5.2f}x")


def goal(what: str, is_reached: bool) -> bool:
    """Print whether a goal was reached, and tell it."""
    print(f"        goal {what}: {'reached' if is_reached else 'MISSED'}")
    return is_reached


def fresh_processes() -> bool:
    """From the start of a process to its first volatilities; False when a goal is missed."""
    own, warm, cold = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        cold.append(seconds_of(VOLLIB, folder))
        for _ in range(FRESH_ROUNDS):
            own.append(seconds_of(OWN, folder))
            warm.append(seconds_of(VOLLIB, folder))
    with tempfile.TemporaryDirectory() as folder:
        cold.append(seconds_of(VOLLIB, folder))
    ours = median(own)
    print(
        f"  a fresh process, 900 options        own {ours:5.2f} s   vollib {median(warm):5.2f} s"
        f" with its cache, {median(cold):5.2f} s without"
    )
    is_warm = goal(f">= {WARM_GOAL:g}x with it", median(warm) / ours >= WARM_GOAL)
    return goal(f">= {COLD_GOAL:g}x without", median(cold) / ours >= COLD_GOAL) and is_warm


def seconds_of(script: str, cache: str) -> float:
    """Wall seconds of a new interpreter that runs `script`."""
    began = time.perf_counter()
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, check=True)
    return time.perf_counter() - began


def a_turn() -> None:
    """The whole option market once, as the desk does every second; every quote has moved."""
    market = HandMarket()
    market.list_chain(TURN_DAYS, TURN_STRIKES)
    market.quote_chain(skewed)
    pricer = Pricer(market.board, market.clock, PricingSettings())
    took_ms = []
    for turn in range(ROUNDS):
        market.quote_chain(skewed, forward=FORWARD + 10.0 * turn)
        began = time.thread_time()
        pricer.turn()
        took_ms.append((time.thread_time() - began) * 1e3)
    view, typical = pricer.view, median(took_ms[3:])
    sizes = f"{len(view.options)} options, {len(view.smiles)} expiries"
    print(f"  a whole turn of the pricing, {sizes}: {typical:.2f} ms of one core")


def main() -> int:
    """All rows; 1 when a goal is missed."""
    warnings.simplefilter("ignore")
    is_good = [compare(size) for size in SIZES]
    a_turn()
    is_good.append(fresh_processes())
    return 0 if all(is_good) else 1


if __name__ == "__main__":
    sys.exit(main())
