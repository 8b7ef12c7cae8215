"""The term structure at constant maturities, from what each expiry's smile says."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

from core.pricing.view import Smile, TermPoint
from core.quant.black import DAYS_PER_YEAR
from core.quant.surface.delta_points import DeltaPoints, constant_maturities

TERM_DAYS = (7.0, 30.0, 60.0, 90.0, 180.0)
_TERM_YEARS = tuple(days / DAYS_PER_YEAR for days in TERM_DAYS)


def term_points(smiles: Iterable[Smile]) -> dict[str, tuple[TermPoint, ...]]:
    """Every chain's constant maturities; its smiles come in ascending order of expiry."""
    chains: dict[str, list[DeltaPoints]] = {}
    for smile in smiles:
        known = chains.setdefault(smile.chain, [])
        if isfinite(smile.atm):
            known.append(_delta_points(smile))
    return {
        chain: tuple(map(_term_point, TERM_DAYS, constant_maturities(points, _TERM_YEARS)))
        for chain, points in chains.items()
    }


def _delta_points(smile: Smile) -> DeltaPoints:
    return DeltaPoints(
        tau_years=smile.tau_years,
        put_10=smile.put_10,
        put_25=smile.put_25,
        atm=smile.atm,
        call_25=smile.call_25,
        call_10=smile.call_10,
    )


def _term_point(days: float, found: DeltaPoints | None) -> TermPoint:
    if found is None:
        return TermPoint(days)
    return TermPoint(days, found.atm, found.put_10, found.put_25, found.call_25, found.call_10)
