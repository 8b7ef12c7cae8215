"""SSVI: a whole chain's surface in three numbers and one level per expiry.

    w = theta/2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2)),
    phi = eta / (theta^gamma (1 + theta)^(1 - gamma))

theta is the expiry's variance at the money. With gamma in (0, 1/2], eta (1 + |rho|) <= 2 and theta
that never falls the surface is free of butterfly and calendar arbitrage.

Source: Gatheral & Jacquier (2014), Arbitrage-free SVI volatility surfaces, theorems 4.1 and 4.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atanh, log, sqrt

import numpy as np

from core.quant.surface.quotes import Slice
from core.quant.surface.svi import SviRaw
from core.quant.types import FloatArray, FloatLike

_MOST_RHO, _MOST_GAMMA, _MOST_ETA = 0.98, 0.5, 1.999
_ROUNDS, _WARM_ROUNDS = 12, 3
_LEAST_GAIN = 1e-5
_STEP = 1e-5
_NUDGE = _STEP * np.eye(3)
_FIRST_DAMPING = 1e-2
_DAMPINGS = np.array([0.1, 1.0, 30.0])
_FARTHEST = 12.0
_INSIDE = 1e-5
_LEAST_HALF_WIDTH = 0.002
_COLUMNS = ("k", "total_variance")


@dataclass(frozen=True, slots=True)
class Ssvi:
    """The three numbers; cannot be built where arbitrage is possible."""

    rho: float
    eta: float
    gamma: float

    def __post_init__(self) -> None:
        if not (abs(self.rho) < 1.0 and 0.0 < self.gamma <= 0.5 and self.eta > 0.0):
            raise ValueError(f"SSVI needs |rho| < 1, 0 < gamma <= 1/2 and eta > 0, got {self}")
        if not self.eta * (1.0 + abs(self.rho)) <= 2.0:
            raise ValueError(f"SSVI needs eta (1 + |rho|) <= 2, got {self}")

    def phi(self, theta: FloatLike) -> FloatArray:
        """The steepness at a variance at the money."""
        return _phi(theta, self.eta, self.gamma)

    def variance(self, k: FloatArray, theta: FloatLike) -> FloatArray:
        """w(k); k and theta broadcast."""
        return _variance(k, theta, self.rho, self.eta, self.gamma)

    def slice(self, theta: float) -> SviRaw:
        """The raw slice of an expiry."""
        phi = float(self.phi(theta))
        flat = sqrt(1.0 - self.rho * self.rho)
        return SviRaw(
            a=0.5 * theta * flat * flat,
            b=0.5 * theta * phi,
            rho=self.rho,
            m=-self.rho / phi,
            s=flat / phi,
        )


_START = Ssvi(-0.1, 1.0, 0.4)


def _phi(theta: FloatLike, eta: FloatLike, gamma: FloatLike) -> FloatArray:
    return np.asarray(eta / (theta**gamma * (1.0 + theta) ** (1.0 - gamma)))


def _variance(
    k: FloatArray, theta: FloatLike, rho: FloatLike, eta: FloatLike, gamma: FloatLike
) -> FloatArray:
    x = _phi(theta, eta, gamma) * k
    root = np.sqrt(np.square(x + rho) + 1.0 - rho * rho)
    return np.asarray(0.5 * theta * (1.0 + rho * x + root))


def rising(values: FloatArray, weights: FloatArray) -> FloatArray:
    """The values made non-decreasing with the least weighted squares: violators are pooled."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (one, heavy, count), (other, more, further) = blocks[-2:]
            mean = (one * heavy + other * more) / (heavy + more)
            blocks[-2:] = [(mean, heavy + more, count + further)]
    means, _, counts = zip(*blocks, strict=True)
    return np.repeat(np.array(means), counts)


def levels(slices: Sequence[Slice]) -> FloatArray:
    """theta of every slice of one chain, from what is quoted near the money. Shape (e,)."""
    money = np.array([one.money for one in slices])
    weights = [
        float(np.square(_roots(one))[np.square(one.k) <= level].sum()) + 1e-12
        for one, level in zip(slices, money.tolist(), strict=True)
    ]
    return rising(money, np.array(weights))


def fit_ssvi(slices: Sequence[Slice], theta: FloatArray, start: Ssvi | None = None) -> Ssvi:
    """The three numbers closest to the quotes of one chain, its levels given. Shape (e,).

    `start` is the last answer, which saves most of the search.
    """
    k, w = (np.concatenate([getattr(one, name) for one in slices]) for name in _COLUMNS)
    root = np.concatenate([_roots(one) for one in slices])
    level = np.repeat(theta, [one.k.size for one in slices])

    def errors(z: FloatArray) -> FloatArray:
        """Of candidates z, shape (j, 3). Shape (j, n)."""
        return np.asarray((_variance(k, level, *_bounded(z)) - w) * root)

    z, damping = _search_space(start or _START), _FIRST_DAMPING
    error = errors(z[None])[0]
    cost = float(_costs(error))
    for _ in range(_ROUNDS if start is None else _WARM_ROUNDS):
        steps = _steps(error, (errors(z + _NUDGE) - error) / _STEP, damping)
        tries = np.clip(z - steps, -_FARTHEST, _FARTHEST)
        found = errors(tries)
        costs = _costs(found)
        best = int(np.argmin(costs))
        gain = cost - float(costs[best])
        if gain > 0.0:
            z, error, cost = tries[best], found[best], float(costs[best])
        damping = float(
            np.clip(damping * _DAMPINGS[best] * (0.2 if gain > 0.0 else 1e3), 1e-9, 1e9)
        )
        if gain < _LEAST_GAIN * cost and (gain > 0.0 or damping > 1e6):
            break
    rho, eta, gamma = (float(one[0, 0]) for one in _bounded(z[None]))
    return Ssvi(rho, eta, gamma)


def _steps(error: FloatArray, slopes: FloatArray, damping: float) -> FloatArray:
    """Gauss-Newton steps under the soft absolute value, one per damping. Shape (j, 3)."""
    fade = 1.0 / np.sqrt(1.0 + error * error)
    normal = (slopes * fade) @ slopes.T
    pull = slopes @ (error * fade)
    scale = np.diag(normal.diagonal() + 1e-9)
    systems = normal + (damping * _DAMPINGS)[:, None, None] * scale
    return np.asarray(np.linalg.solve(systems, np.repeat(pull[None, :, None], 3, axis=0))[:, :, 0])


def _costs(error: FloatArray) -> FloatArray:
    return np.asarray((np.sqrt(1.0 + error * error) - 1.0).sum(axis=-1))


def _roots(one: Slice) -> FloatArray:
    half = np.maximum(one.half_width, _LEAST_HALF_WIDTH)
    return np.asarray(1.0 / (2.0 * one.vol * one.tau_years * half))


def _search_space(p: Ssvi) -> FloatArray:
    """Numbers without bounds for the three that have some."""
    shares = (p.eta * (1.0 + abs(p.rho)) / _MOST_ETA, p.gamma / _MOST_GAMMA)
    held = [min(max(share, _INSIDE), 1.0 - _INSIDE) for share in shares]
    return np.array([atanh(p.rho / _MOST_RHO), *(log(one / (1.0 - one)) for one in held)])


def _bounded(z: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """rho, eta and gamma of candidates, shape (j, 3). Shape (j, 1) each."""
    rho = _MOST_RHO * np.tanh(z[:, :1])
    share, power = 1.0 / (1.0 + np.exp(-z[:, 1:2])), 1.0 / (1.0 + np.exp(-z[:, 2:]))
    return rho, _MOST_ETA * share / (1.0 + np.abs(rho)), _MOST_GAMMA * power
