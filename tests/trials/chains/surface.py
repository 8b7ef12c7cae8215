"""`python -m tests.trials.chains.surface`: the fitted surface of every recorded chain."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.quant.implied import implied_vol_coin
from core.quant.surface.fitted_slice import Expiry, FittedSlice
from core.quant.surface.quotes import (
    OptionQuotes,
    Slice,
    judge_priced_quotes,
    slice_of_judged,
)
from core.quant.surface.surface_fit import fit_surfaces
from core.quant.surface.svi import SviRaw, durrleman_g, total_variance
from core.quant.types import FloatArray
from tests.trials.chains.recorded import RecordedChain, RecordedExpiry, recorded_chains

K = np.linspace(-1.5, 1.5, 3001)
_TICK_STEP = 0.005
"""Coin; from here on the venue's price step is five times as large."""
_LIQUID_HALF_WIDTH = 0.01
_TEN_DELTA = 1.2816
"""Standard deviations from the money."""


@dataclass
class SurfaceTrial:
    """What came of the chains of one currency."""

    currency: str
    chains: int = 0
    slices: int = 0
    leaning: int = 0
    """Slices with few quotes or none."""
    constrained: int = 0
    failures: list[str] = field(default_factory=list)
    butterflies: list[str] = field(default_factory=list)
    crossings: list[str] = field(default_factory=list)
    cold_ms: list[float] = field(default_factory=list)
    warm_ms: list[float] = field(default_factory=list)
    errors: list[FloatArray] = field(default_factory=list)
    """Of every used strike, vol points."""
    inside: list[FloatArray] = field(default_factory=list)
    """1 where bid and ask hold the curve between them."""
    liquid: list[FloatArray] = field(default_factory=list)
    """1 between 10-delta put and call where the market is at most 2 points wide."""

    @property
    def inside_share(self) -> float:
        """Of all used strikes."""
        return float(np.concatenate(self.inside).mean())

    @property
    def liquid_inside_share(self) -> float:
        """Of the liquid ones."""
        return float(np.concatenate(self.inside)[np.concatenate(self.liquid) > 0].mean())

    @property
    def words(self) -> str:
        """For a person."""
        error, liquid = np.concatenate(self.errors), np.concatenate(self.liquid)
        head = (
            f"{self.currency}: {self.chains} chains, {self.slices} slices "
            f"({self.slices - self.leaning} svi, {self.leaning} ssvi), "
            f"{self.constrained / self.slices:.1%} constrained, "
            f"{len(self.failures)} failures, {len(self.butterflies)} butterfly and "
            f"{len(self.crossings)} calendar violations"
        )
        quality = (
            f"  {error.size} used strikes: {self.inside_share:.1%} inside bid-ask, "
            f"{self.liquid_inside_share:.1%} of the {liquid.mean():.0%} liquid ones; "
            f"error median {np.median(error):.3f}, 99 % {np.quantile(error, 0.99):.2f} vol points"
        )
        times = (
            f"  median {np.median(self.cold_ms):.1f} ms from nothing, "
            f"{np.median(self.warm_ms):.1f} ms from the last fit"
        )
        wrong = [f"  {one}" for one in (*self.failures, *self.butterflies, *self.crossings)]
        return "\n".join([head, quality, times, *wrong])


def run(chains: Iterable[RecordedChain]) -> dict[str, SurfaceTrial]:
    """Fit and examine every one of `chains`, by currency."""
    found: dict[str, SurfaceTrial] = {}
    for chain in chains:
        _examine(chain, found.setdefault(chain.currency, SurfaceTrial(chain.currency)))
    return found


def slice_of(expiry: RecordedExpiry) -> Slice | None:
    """The usable points of one expiry; every quote on the forward of its own ticker."""
    bid, ask = expiry.bid, expiry.ask
    three = implied_vol_coin(
        np.stack([0.5 * (bid + ask), bid, ask]),
        expiry.underlying,
        expiry.strike,
        expiry.tau_years,
        expiry.is_call,
    )
    tick = np.where(ask >= _TICK_STEP, 5e-4, 1e-4)
    quotes = OptionQuotes(expiry.strike, expiry.is_call, bid, ask, tick)
    judged = judge_priced_quotes(quotes, expiry.underlying, three)
    forward = float(np.median(expiry.underlying))
    return slice_of_judged(expiry.strike, judged, forward, expiry.tau_years).slice


def expiries_of(chain: RecordedChain) -> list[Expiry]:
    """As the fit wants them."""
    return [Expiry(one.tau_years, slice_of(one)) for one in chain.expiries]


def crossings(curves: Sequence[SviRaw]) -> list[int]:
    """Expiries whose variance lies below the one before, on the grid or in the wings."""
    w = [total_variance(K, one) for one in curves]
    wings = [(one.b * (1.0 - one.rho), one.b * (1.0 + one.rho)) for one in curves]
    return [
        i
        for i in range(1, len(curves))
        if (w[i] < w[i - 1]).any() or wings[i][0] < wings[i - 1][0] or wings[i][1] < wings[i - 1][1]
    ]


def has_butterfly(curve: SviRaw) -> bool:
    """Negative density on the grid, too steep a wing, or no positive variance."""
    g = durrleman_g(K, curve)
    return bool((g < 0.0).any() or curve.wing_slope > 2.0 or curve.min_variance <= 0.0)


def _examine(chain: RecordedChain, trial: SurfaceTrial) -> None:
    name = f"{chain.currency} {chain.at_ms}"
    expiries = expiries_of(chain)
    started = time.process_time()
    (fits,) = fit_surfaces([expiries])
    between = time.process_time()
    fit_surfaces([expiries], [fits])
    trial.warm_ms.append((time.process_time() - between) * 1e3)
    trial.cold_ms.append((between - started) * 1e3)
    trial.chains += 1
    known = [fit for fit in fits if fit is not None]
    trial.slices += len(known)
    trial.failures += [f"{name} expiry {i}: no fit" for i, fit in enumerate(fits) if fit is None]
    trial.leaning += sum(fit.model == "ssvi" for fit in known)
    trial.constrained += sum(fit.is_constrained for fit in known)
    curves = [fit.params for fit in known]
    trial.butterflies += [
        f"{name} expiry {i}: butterfly" for i, one in enumerate(curves) if has_butterfly(one)
    ]
    trial.crossings += [f"{name} expiry {i}: below the one before" for i in crossings(curves)]
    for expiry, fit in zip(expiries, fits, strict=True):
        if expiry.slice is not None and fit is not None:
            _add_errors(expiry.slice, fit, trial)


def _add_errors(own: Slice, fit: FittedSlice, trial: SurfaceTrial) -> None:
    curve = np.sqrt(total_variance(own.k, fit.params) / own.tau_years)
    error = np.abs(curve - own.vol)
    money = float(total_variance(np.zeros(1), fit.params)[0])
    near = np.abs(own.k) <= _TEN_DELTA * np.sqrt(money)
    trial.errors.append(error * 100)
    trial.inside.append((error <= own.half_width).astype(np.float64))
    trial.liquid.append((near & (own.half_width <= _LIQUID_HALF_WIDTH)).astype(np.float64))


if __name__ == "__main__":
    for one in run(recorded_chains()).values():
        sys.stdout.write(f"{one.words}\n")
