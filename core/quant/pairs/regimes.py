"""Which volatility regime the pair is in: the forward filter of a Gaussian hidden Markov model.

Observations are (v, change of ln H, change of ln z), v being the Kalman innovation. Only filtered
probabilities are given: what a fit's `predict` or `predict_proba` returns for the past knows the
future. Parameters come from a fit elsewhere; this file never fits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log, pi

import numpy as np

from core.quant.types import FloatArray, IndexArray

_LEAST_OCCUPANCY = 0.02
_MOST_CONDITION = 1e8


@dataclass(frozen=True, slots=True, eq=False)
class GaussianHmm:
    """A fitted model of K states in D dimensions, dimension 0 being the innovation.

    Raises ValueError when shapes disagree, probabilities do not sum to 1, or a covariance is not
    positive definite.
    """

    start: FloatArray
    """Shape (K,)."""
    transition: FloatArray
    """Rows: from, columns: to. Shape (K, K)."""
    means: FloatArray
    """Shape (K, D)."""
    covariances: FloatArray
    """Shape (K, D, D)."""
    _whitening: FloatArray = field(init=False, repr=False)
    _log_norm: FloatArray = field(init=False, repr=False)
    _log_transition: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        k, d = self.means.shape
        shapes = (self.start.shape, self.transition.shape, self.covariances.shape)
        if shapes != ((k,), (k, k), (k, d, d)):
            raise ValueError(
                f"start, transition and covariances of {k} states do not fit: {shapes}"
            )
        rows = np.vstack([self.start, self.transition])
        if not (np.abs(rows.sum(axis=1) - 1.0) < 1e-6).all() or (rows < 0.0).any():
            raise ValueError("start and transition probabilities must be >= 0 and sum to 1")
        try:
            factor = np.linalg.cholesky(self.covariances)
        except np.linalg.LinAlgError as error:
            raise ValueError("every covariance must be positive definite") from error
        diagonal = np.diagonal(factor, axis1=1, axis2=2)
        object.__setattr__(self, "_whitening", np.linalg.inv(factor))
        norm = np.log(diagonal).sum(axis=1) + 0.5 * d * log(2.0 * pi)
        object.__setattr__(self, "_log_norm", norm)
        object.__setattr__(self, "_log_transition", _log(self.transition))

    def log_density(self, x: FloatArray) -> FloatArray:
        """ln N(x; mean, covariance) of every state; 0 for rows with NaN. Shape (n, K)."""
        white = np.einsum("kde,nke->nkd", self._whitening, x[:, None, :] - self.means)
        density = -0.5 * np.square(white).sum(axis=2) - self._log_norm
        return np.asarray(np.where(np.isnan(density), 0.0, density))

    def predicted(self, before: FloatArray | None) -> FloatArray:
        """ln probability of each state before its bar is seen. Shape (K,)."""
        if before is None:
            return _log(self.start)
        return np.asarray(np.logaddexp.reduce(before[:, None] + self._log_transition, axis=0))

    def ordered(self) -> GaussianHmm:
        """The same model with its states from the calmest innovation to the wildest.

        Thresholds belong to states by this order, so it must follow every fit.
        """
        order = np.argsort(self.covariances[:, 0, 0], kind="stable")
        return GaussianHmm(
            self.start[order],
            self.transition[np.ix_(order, order)],
            self.means[order],
            self.covariances[order],
        )


@dataclass(frozen=True, slots=True, eq=False)
class RegimePath:
    """Filtered regimes of a stretch of bars."""

    probability: FloatArray
    """Of each state given everything up to the bar. Shape (n, K)."""
    log_likelihood: float
    last: FloatArray
    """ln probabilities after the last bar, to go on from. Shape (K,)."""

    @property
    def state(self) -> IndexArray:
        """The likeliest state of each bar. Shape (n,)."""
        return np.asarray(np.argmax(self.probability, axis=1))


@dataclass(frozen=True, slots=True)
class HeldRegime:
    """A regime that is kept for a least number of bars."""

    state: int
    bars: int
    """Bars since it began."""


def filter_regimes(
    model: GaussianHmm, x: FloatArray, before: FloatArray | None = None
) -> RegimePath:
    """Filter bars in order; appending bars never changes earlier ones.

    Args:
        model: Ordered parameters.
        x: Observations, shape (n, D). A row with NaN is a missing bar: predicted, not updated.
        before: `last` of an earlier path; None starts with the model's start distribution.
    """
    density = model.log_density(x)
    path, total, now = np.empty_like(density), 0.0, before
    for i, here in enumerate(density):
        joint = model.predicted(now) + here
        norm = float(np.logaddexp.reduce(joint))
        now = joint - norm
        path[i] = now
        total += norm
    last = model.predicted(None) if now is None else now
    return RegimePath(np.exp(path), total, last)


def threshold(probability: FloatArray, levels: FloatArray, *, smooth: bool = False) -> float:
    """The level of the likeliest state, or the mean of levels weighted by probability."""
    return float(levels @ probability) if smooth else float(levels[int(np.argmax(probability))])


def hold(current: HeldRegime | None, probability: FloatArray, least_bars: int = 1) -> HeldRegime:
    """Follow the likeliest state, but leave a state only after `least_bars` bars in it."""
    likeliest = int(np.argmax(probability))
    if current is None:
        return HeldRegime(likeliest, 1)
    if likeliest != current.state and current.bars >= least_bars:
        return HeldRegime(likeliest, 1)
    return HeldRegime(current.state, current.bars + 1)


def parameter_count(states: int, dims: int, *, full: bool = True) -> int:
    """Free parameters of a Gaussian hidden Markov model, full or diagonal covariances."""
    covariance = states * dims * (dims + 1) // 2 if full else states * dims
    return (states - 1) + states * (states - 1) + states * dims + covariance


def bic(log_likelihood: float, parameters: int, bars: int) -> float:
    """Bayesian information criterion; the smaller is better."""
    return -2.0 * log_likelihood + parameters * log(bars)


def degeneracy(model: GaussianHmm, path: RegimePath) -> str | None:
    """Why a fit must not be used, in words; None for a sound one. Use K - 1 states instead."""
    states = model.start.size
    share = np.bincount(path.state, minlength=states) / max(path.state.size, 1)
    if share.min() < _LEAST_OCCUPANCY:
        rare = int(np.argmin(share))
        return f"state {rare} has {100.0 * share[rare]:.1f} % of the bars, under 2 %"
    condition = np.linalg.cond(model.covariances)
    if condition.max() > _MOST_CONDITION:
        worst = int(np.argmax(condition))
        return f"the covariance of state {worst} has condition {condition[worst]:.1e}, over 1e8"
    return None


def _log(probability: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(probability))
