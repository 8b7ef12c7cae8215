"""Surfaces, smiles, fits and indices of one minute as rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from core.pricing.view import MarketPricing, SliceFit, Smile, SurfaceGrid, VolIndex
from core.store.batch import Batch
from core.store.rows.minute import extrapolated_bits
from core.store.tables.minute import FIT, REALISED_VOL, SMILE, SURFACE_TENOR, VOL_INDEX

CLASSIC, WIDE = "classic", "wide"
_FIT_FIELDS = (
    *("model", "a", "b", "rho", "m", "s"),
    *("rmse", "max_error", "inside", "least_g", "calendar_gap", "is_constrained", "confidence"),
)
_REALISED_FIELDS = (
    *("days", "bars", "close_close", "parkinson"),
    *("garman_klass", "rogers_satchell", "yang_zhang"),
)


def volatility_batches(pricing: MarketPricing, minute_ns: int) -> tuple[Batch, ...]:
    """Both grids, and a row per expiry and chain; expiries that end at the minute are gone."""
    smiles = [one for one in pricing.smiles.values() if one.expiry_ns > minute_ns]
    indices = list(pricing.indices.values())
    grids = [(CLASSIC, grid) for grid in pricing.surfaces.values()]
    grids += [(WIDE, grid) for grid in pricing.wide_surfaces.values()]
    return (
        surface_batch(grids, minute_ns),
        smile_batch([one for one in smiles if one.forward > 0], minute_ns),
        fit_batch(smiles, minute_ns),
        index_batch(indices, minute_ns),
        realised_batch(indices, minute_ns),
    )


def surface_batch(grids: Iterable[tuple[str, SurfaceGrid]], minute_ns: int) -> Batch:
    """One row per constant maturity that has a cell with a value."""
    rows = [
        {
            "minute": minute_ns,
            "chain": grid.chain,
            "grid": kind,
            "tenor_days": grid.tenors_days[row],
            "forward": grid.forwards[row],
            "axis": grid.log_moneyness,
            "quotes": grid.quotes[row],
            "iv": grid.iv[row],
            "extrapolated": _outside(grid, row),
        }
        for kind, grid in grids
        for row in np.flatnonzero(np.isfinite(grid.iv).any(axis=1)).tolist()
    ]
    return Batch(
        SURFACE_TENOR, {name: [row[name] for row in rows] for name in SURFACE_TENOR.columns}
    )


def smile_batch(smiles: Sequence[Smile], minute_ns: int) -> Batch:
    """One row per expiry that has a forward."""
    columns: dict[str, list[Any]] = {
        **_keys(smiles, minute_ns),
        "source": [smile.forward_source for smile in smiles],
        "forward": [smile.forward for smile in smiles],
        "atm": [smile.atm for smile in smiles],
        "rr25": [smile.risk_reversal_25 for smile in smiles],
        "bf25": [smile.butterfly_25 for smile in smiles],
        "rr10": [smile.call_10 - smile.put_10 for smile in smiles],
        "bf10": [(smile.call_10 + smile.put_10) / 2 - smile.atm for smile in smiles],
        "rmse": [smile.fit_rmse for smile in smiles],
        "put_call_oi": [smile.put_call_oi for smile in smiles],
        "quotes": [sum(point.is_used for point in smile.points) for smile in smiles],
    }
    return Batch(SMILE, columns)


def fit_batch(smiles: Sequence[Smile], minute_ns: int) -> Batch:
    """One row per fitted expiry."""
    fitted = [(smile, smile.fit) for smile in smiles if smile.fit is not None]
    kept = [smile for smile, _ in fitted]
    fits: list[SliceFit] = [fit for _, fit in fitted]
    columns: dict[str, list[Any]] = {
        **_keys(kept, minute_ns),
        "tau_years": [smile.tau_years for smile in kept],
        **{name: [getattr(fit, name) for fit in fits] for name in _FIT_FIELDS},
    }
    return Batch(FIT, columns)


def index_batch(indices: Sequence[VolIndex], minute_ns: int) -> Batch:
    """One row per chain that has an index of ours or of the venue's."""
    kept = [one for one in indices if np.isfinite((one.value, one.variance_swap, one.venue)).any()]
    columns: dict[str, list[Any]] = {
        "minute": [minute_ns] * len(kept),
        "chain": [one.chain for one in kept],
        "near": [one.near_ns or None for one in kept],
        "next": [one.next_ns or None for one in kept],
        "value": [one.value for one in kept],
        "variance_swap": [one.variance_swap for one in kept],
        "venue": [one.venue for one in kept],
        "is_extrapolated": [one.is_extrapolated for one in kept],
    }
    return Batch(VOL_INDEX, columns)


def realised_batch(indices: Sequence[VolIndex], minute_ns: int) -> Batch:
    """One row per chain and horizon."""
    rows = [(one.chain, realised) for one in indices for realised in one.realised]
    columns: dict[str, list[Any]] = {
        "minute": [minute_ns] * len(rows),
        "chain": [chain for chain, _ in rows],
        **{name: [getattr(one, name) for _, one in rows] for name in _REALISED_FIELDS},
    }
    return Batch(REALISED_VOL, columns)


def _keys(smiles: Sequence[Smile], minute_ns: int) -> dict[str, list[Any]]:
    return {
        "minute": [minute_ns] * len(smiles),
        "expiry": [smile.expiry_ns for smile in smiles],
        "chain": [smile.chain for smile in smiles],
    }


def _outside(grid: SurfaceGrid, row: int) -> bytes | None:
    return None if grid.extrapolated is None else extrapolated_bits(grid.extrapolated[row])
