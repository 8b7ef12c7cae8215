"""One expiry of a fitted surface: the curve, how good it is, and where the next search begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.quant.surface.quotes import Slice
from core.quant.surface.ssvi import Ssvi
from core.quant.surface.svi import SviRaw
from core.quant.surface.wings import variances
from core.quant.types import FloatArray

LEAST_OWN_QUOTES = 8
"""With fewer an expiry leans on the SSVI surface."""
_FEW, _WIDE, _COVERED = 8.0, 0.02, 1.5
_LEAST_HALF_WIDTH = 1e-4

Model = Literal["svi", "ssvi"]


@dataclass(frozen=True, slots=True, eq=False)
class Expiry:
    """One expiry of a chain to fit."""

    tau_years: float
    slice: Slice | None
    """None when it has no usable quotes."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Where a search ended and what it watched, for the next one to start from."""

    row: FloatArray
    """Shape (5,)."""
    watched: FloatArray
    """k. Shape (g,)."""
    money: float
    """w at the money when the watched places were spread."""
    stiffness: float
    """Of the penalties on arbitrage that its chain needed."""
    surface: Ssvi | None = None
    """What the chain's slices with few quotes leaned on; None when there were none."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedSlice:
    """One expiry of a fitted surface. Errors are of its used quotes, NaN when it has none."""

    params: SviRaw
    model: Model
    points: int
    """Used strikes."""
    rmse_vol: float
    """Decimals, as `max_vol_error`."""
    max_vol_error: float
    inside: float
    """Share of the points whose bid and ask hold the curve between them."""
    least_g: float
    calendar_gap: float
    """Furthest the expiry before lies above this one in w; 0 when nowhere."""
    is_constrained: bool
    """True when the quotes alone would have a curve with arbitrage."""
    confidence: float
    """0 to 1: the geometric mean of `n / (n + 8)` for n quotes, `1 / (1 + h / 2)` for their median
    half width h in points, `1 / (1 + r)` for the error r (root mean square, in half widths) and
    how much of 1.5 standard deviations the quotes cover on the side where they cover less."""
    trace: Trace


def model_of(own: Slice | None) -> Model:
    """Whether the expiry stands on its own quotes."""
    return "ssvi" if own is None or own.k.size < LEAST_OWN_QUOTES else "svi"


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """Of every slice on its own quotes. Shape (e,) each."""

    rmse: FloatArray
    worst: FloatArray
    inside: FloatArray
    confidence: FloatArray


def quality_of(slices: Sequence[Slice | None], x: FloatArray) -> Quality:
    """Of slices as fitted, rows x of shape (e, 5); NaN and confidence 0 without quotes."""
    rmse, worst, inside = (np.full(len(slices), np.nan) for _ in range(3))
    confidence = np.zeros(len(slices))
    rows = [i for i, one in enumerate(slices) if one is not None]
    own = [one for one in slices if one is not None]
    sizes = np.array([one.k.size for one in own])
    tau = np.repeat([one.tau_years for one in own], sizes)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    k, vol, half = (
        np.concatenate([getattr(one, name) for one in own]) for name in ("k", "vol", "half_width")
    )
    fit = variances(k[:, None], np.repeat(x[rows], sizes, axis=0))[:, 0]
    error = np.abs(np.sqrt(fit / tau) - vol)
    rmse[rows] = np.sqrt(np.add.reduceat(error * error, starts) / sizes)
    worst[rows] = np.maximum.reduceat(error, starts)
    inside[rows] = np.add.reduceat((error <= half).astype(np.float64), starts) / sizes
    off = np.square(error / np.maximum(half, _LEAST_HALF_WIDTH))
    confidence[rows] = _confidence(own, x[rows], np.sqrt(np.add.reduceat(off, starts) / sizes))
    return Quality(rmse, worst, inside, confidence)


def _confidence(own: Sequence[Slice], x: FloatArray, off: FloatArray) -> FloatArray:
    """As documented at `FittedSlice.confidence`."""
    sizes = np.array([one.k.size for one in own])
    middle = [float(np.sort(one.half_width)[one.k.size // 2]) for one in own]
    deviation = np.sqrt(variances(np.zeros(1), x)[:, 0])
    reach = np.array([min(-one.k[0], one.k[-1]) for one in own])
    parts = (
        sizes / (sizes + _FEW),
        1.0 / (1.0 + np.array(middle) / _WIDE),
        1.0 / (1.0 + off),
        np.clip(reach / (_COVERED * deviation), 0.0, 1.0),
    )
    return np.asarray(np.prod(parts, axis=0) ** 0.25)
