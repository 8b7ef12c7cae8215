"""The heavy fits over history. Imports for seconds: only background threads import this file.

`fit_pair` takes closes and returns plain numbers, a `PairFit`, which any thread may hand to
`KalmanPair.warm_up`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from hmmlearn.hmm import GaussianHMM
from pykalman import KalmanFilter
from sklearn.linear_model import HuberRegressor

from core.errors import VoldeskError
from core.quant.pairs.cointegration import engle_granger, half_life
from core.quant.pairs.kalman import KalmanState
from core.quant.pairs.regimes import GaussianHmm, degeneracy, filter_regimes
from core.quant.types import FloatArray
from core.settings import PairSettings
from core.strategies.pair.hedge_filter import (
    HedgeFilter,
    neighbours,
    noise_for,
    quick_filter,
    widening_of,
)
from core.strategies.pair.history import PairFit, RegimeFit, Row

DEFAULTS = PairSettings()
LEAST_BARS = 120
EM_BARS = 400
"""A short window: the library takes 0.2 ms a bar and step."""
EM_STEPS = 5
SEEDS = range(5)
"""Starts of each regime fit: about a third of them end in a bad optimum."""
LEAST_STEP = 1.2
"""A regime must be so many times wilder than the one before: thresholds follow that order."""
LEAST_STAY = 0.8
"""Probability of staying: a state left faster is a pattern in the noise, no regime."""
LOOSE = (1e-4, 1e-2)
"""Variance of level and hedge ratio before the first bar of history."""


def fit_pair(
    closes: pd.DataFrame, settings: PairSettings = DEFAULTS, bar_s: float = 60.0
) -> PairFit:
    """Everything history says about the pair.

    Args:
        closes: Columns z and h, prices, one row a bar, oldest first; rows with a gap are left out.
        settings: For the drift of the hedge ratio.
        bar_s: Seconds a bar.

    Raises:
        VoldeskError: fewer than 120 whole bars, or a leg that never moves.
    """
    prices = closes[["h", "z"]].to_numpy(np.float64)
    whole = prices[(prices > 0).all(axis=1)]
    if len(whole) < LEAST_BARS:
        raise VoldeskError(f"the pair has {len(whole)} whole bars of history, {LEAST_BARS} needed")
    x, y = np.log(whole[:, 0]), np.log(whole[:, 1])
    if not (np.ptp(x) > 0 and np.ptp(y) > 0):
        raise VoldeskError("a leg of the pair never moves in its history")
    return _fit(x, y, settings, bar_s)


def huber_line(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """(alpha, beta) of y = alpha + beta x, by Huber's loss on standardised values."""
    u, v = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    found = HuberRegressor(alpha=0.0).fit(u[:, None], v)
    beta = float(found.coef_[0]) * float(y.std() / x.std())
    alpha = float(y.mean()) + float(found.intercept_) * float(y.std()) - beta * float(x.mean())
    return alpha, beta


def em_noise(x: FloatArray, y: FloatArray, start: KalmanState, drift: float) -> float:
    """Observation variance by expectation maximisation, the drift of the state held fixed.

    x is centred. With the drift free as well the steps creep towards it for hundreds of rounds.
    """
    spread = y - start.alpha - start.beta * x
    rows = np.stack([np.ones_like(x), x], axis=1)[:, None, :]
    model = KalmanFilter(
        transition_matrices=np.eye(2),
        observation_matrices=rows,
        transition_covariance=drift * np.eye(2),
        observation_covariance=np.array([[max(float(np.var(spread)), 1e-12)]]),
        initial_state_mean=np.array([start.alpha, start.beta]),
        initial_state_covariance=np.diag(LOOSE),
        em_vars=["observation_covariance"],
    )
    found = model.em(y, n_iter=EM_STEPS).observation_covariance
    return max(float(np.ravel(found)[0]), 1e-12)


def fit_regimes(x: FloatArray, y: FloatArray, beta: float) -> tuple[RegimeFit | None, str]:
    """Regimes of (innovation, d ln H, d ln z): three states, else two, else none and why not."""
    noise = float(np.var(np.diff(y) - beta * np.diff(x)))
    if not noise > 0:
        return None, "the spread never moves"
    features = _features(x, y, beta, noise)
    scale = features.std(axis=0)
    problem = ""
    for states in (3, 2):
        model = _best_hmm(features / scale, states)
        problem = _problem(model, features / scale, states)
        if model is not None and not problem:
            return _plain(model, beta, noise, scale), ""
    return None, problem


def _fit(x: FloatArray, y: FloatArray, settings: PairSettings, bar_s: float) -> PairFit:
    alpha, beta = huber_line(x, y)
    centre = float(x[-1])
    start = KalmanState(alpha + beta * centre, beta, LOOSE[0], 0.0, LOOSE[1])
    drift = noise_for(settings, settings.noise, bar_s).q00
    noise = em_noise(x[-EM_BARS:] - centre, y[-EM_BARS:], start, drift)
    hedge = HedgeFilter(start, centre, noise_for(settings, noise, bar_s))
    for one_x, one_y in zip(x.tolist(), y.tolist(), strict=True):
        hedge.step(one_x, one_y)
    spread = y - alpha - beta * x
    tests = [engle_granger(y, x), engle_granger(x, y)]
    worse = max(tests, key=lambda one: one.p_value)
    state, wide = hedge.state, widening_of(neighbours(spread))
    fit = PairFit(
        bar_s,
        len(x),
        state.alpha,
        state.beta,
        centre,
        state.p00 * wide,
        state.p01 * wide,
        state.p11 * wide,
        noise,
        alpha,
        beta,
        half_life(spread).exact * bar_s,
        worse.t,
        worse.p_value,
    )
    regimes, problem = fit_regimes(x, y, beta)
    return replace(fit, regimes=regimes, regimes_problem=problem)


def _best_hmm(features: FloatArray, states: int) -> GaussianHmm | None:
    """The likeliest of several starts, calmest state first; None when none is a model at all."""
    found: list[tuple[float, GaussianHmm]] = []
    for seed in SEEDS:
        one = GaussianHMM(states, "full", n_iter=60, tol=1e-2, random_state=seed)
        one.fit(features)
        likelihood = float(one.score(features))
        try:
            model = GaussianHmm(one.startprob_, one.transmat_, one.means_, one.covars_)
        except ValueError:
            continue  # a state without bars has no transitions: another start will do
        if np.isfinite(likelihood):
            found.append((likelihood, model))
    return max(found, key=lambda one: one[0])[1].ordered() if found else None


def _features(x: FloatArray, y: FloatArray, beta: float, noise: float) -> FloatArray:
    """(innovation, d ln H, d ln z) of every bar but the first. Shape (n - 1, 3)."""
    quick = quick_filter(beta, float(x[-1]), noise)
    v = np.array([quick.step(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)])
    return np.stack([v[1:], np.diff(x), np.diff(y)], axis=1)


def _problem(model: GaussianHmm | None, features: FloatArray, states: int) -> str:
    """Why the fit must not be used; empty for a sound one."""
    if model is None:
        return f"no fit of {states} states converged"
    sds = np.sqrt(model.covariances[:, 0, 0])
    if (sds[1:] < LEAST_STEP * sds[:-1]).any():
        return f"{states} states hardly differ in the innovation's volatility"
    if model.transition.diagonal().min() < LEAST_STAY:
        return f"one of {states} states lasts no longer than a few bars"
    return degeneracy(model, filter_regimes(model, features)) or ""


def _plain(model: GaussianHmm, beta: float, noise: float, scale: FloatArray) -> RegimeFit:
    return RegimeFit(
        beta,
        noise,
        _row(scale),
        _row(model.start),
        tuple(_row(one) for one in model.transition),
        tuple(_row(one) for one in model.means),
        tuple(tuple(_row(row) for row in one) for one in model.covariances),
    )


def _row(values: FloatArray) -> Row:
    return tuple(float(value) for value in values)
