"""The grids of every chain: the classic one of the quotes and the wide one of the fits."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

from core.pricing.smiles import FittedSmile
from core.pricing.view import SurfaceGrid
from core.quant.surface.grid import Grid, QuotedRange, classic_grid, wide_grid


def classic_surfaces(fitted: Sequence[FittedSmile]) -> dict[str, SurfaceGrid]:
    """Every chain's quotes, linear between them; expiries ascend within a chain already."""
    return {
        chain: _surface(chain, classic_grid([one.slice for one in own if one.slice is not None]))
        for chain, own in _by_chain(fitted).items()
    }


def wide_surfaces(fitted: Sequence[FittedSmile]) -> dict[str, SurfaceGrid]:
    """Every chain's fitted surface; what no quotes reach is flagged."""
    return {chain: _surface(chain, _wide(own)) for chain, own in _by_chain(fitted).items()}


def _by_chain(fitted: Sequence[FittedSmile]) -> dict[str, list[FittedSmile]]:
    chains: dict[str, list[FittedSmile]] = {}
    for one in fitted:
        chains.setdefault(one.expiry.chain, []).append(one)
    return chains


def _wide(own: Sequence[FittedSmile]) -> Grid:
    curves = [one.fit.params for one in own if one.fit is not None]
    return wide_grid(curves, [_quoted(one) for one in own if one.fit is not None])


def _quoted(one: FittedSmile) -> QuotedRange:
    forward = nan if one.forward is None else one.forward.value
    if one.slice is None:
        return QuotedRange(one.tau_years, forward, 0)
    k = one.slice.k
    return QuotedRange(one.tau_years, forward, k.size, float(k[0]), float(k[-1]))


def _surface(chain: str, grid: Grid) -> SurfaceGrid:
    return SurfaceGrid(
        chain=chain,
        tenors_days=tuple(grid.tenor_days.tolist()),
        log_moneyness=tuple(grid.k.tolist()),
        iv=grid.vol,
        forwards=tuple(grid.forward.tolist()),
        quotes=tuple(grid.quotes.tolist()),
        extrapolated=grid.extrapolated if grid.extrapolated.any() else None,
    )
