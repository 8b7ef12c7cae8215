"""The whole market at one moment: a pure function of the board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from types import MappingProxyType

import numpy as np

from core.clock import years_between
from core.market.still import MarketReading
from core.pricing.forwards import expiry_forwards
from core.pricing.index import Realised, chain_indices
from core.pricing.options.table import OptionTable
from core.pricing.quotes import read_quotes
from core.pricing.rows import ExpiryRows, OptionRows
from core.pricing.smiles import FittedSmile, fit_smile, smile_views
from core.pricing.terms import term_points
from core.pricing.view import MarketPricing, SurfaceGrid
from core.pricing.volatility import ENGINES, Invert, PricedRows, RowMarket, price_rows
from core.quant.forward import Forward
from core.quant.surface.grid import CLASSIC_K, CLASSIC_TENORS, classic_grid
from core.quant.surface.quotes import Slice
from core.quant.surface.svi import SviRaw
from core.quant.types import FloatArray

ExpiryKey = tuple[str, int]
"""(chain, expiry_ns)."""


@dataclass(frozen=True, slots=True)
class PricedMarket:
    """What is published, and the fits the next turn starts from."""

    view: MarketPricing
    fits: Mapping[ExpiryKey, SviRaw] = field(default_factory=dict)


def price_market(
    board: MarketReading,
    rows: OptionRows,
    now_ns: int,
    last: Mapping[ExpiryKey, SviRaw],
    invert: Invert = ENGINES["own"],
    realised: Realised = MappingProxyType({}),
) -> PricedMarket:
    """Price every option of `rows`, fit every expiry, draw every chain's surface.

    Args:
        now_ns: The venue's time.
        last: The fits of the turn before; any of them may be missing.
        realised: How much each chain's index moved; it goes into the volatility index.
    """
    quotes = read_quotes(board, rows)
    forwards = expiry_forwards(board, rows, quotes, now_ns)
    taus = np.array([years_between(now_ns, expiry.expiry_ns) for expiry in rows.expiries])
    priced = price_rows(rows, quotes, _row_market(rows, forwards, taus), invert)
    fitted = _fit_all(rows, forwards, taus, priced, last)
    smiles = smile_views(fitted, quotes)
    view = MarketPricing(
        venue_ns=now_ns,
        options=OptionTable(rows.place, priced.columns),
        smiles=MappingProxyType(smiles),
        surfaces=MappingProxyType(_surfaces(fitted)),
        terms=MappingProxyType(term_points(smiles.values())),
        indices=MappingProxyType(chain_indices(board, rows, quotes, fitted, realised)),
    )
    return PricedMarket(view, {_key(one.expiry): one.fit.params for one in fitted if one.fit})


def _row_market(
    rows: OptionRows, forwards: Sequence[Forward | None], taus: FloatArray
) -> RowMarket:
    value = np.array([nan if forward is None else forward.value for forward in forwards])
    share = np.array([1.0 if forward is None else forward.open_share for forward in forwards])
    return RowMarket(value[rows.expiry], taus[rows.expiry], share[rows.expiry])


def _fit_all(
    rows: OptionRows,
    forwards: Sequence[Forward | None],
    taus: FloatArray,
    priced: PricedRows,
    last: Mapping[ExpiryKey, SviRaw],
) -> list[FittedSmile]:
    fitted: list[FittedSmile] = []
    shapes: dict[str, SviRaw] = {}
    for expiry, forward, tau in zip(rows.expiries, forwards, taus.tolist(), strict=True):
        start, shape = last.get(_key(expiry)), shapes.get(expiry.chain)
        one = fit_smile(expiry, forward, tau, priced.judged, rows.strike, start, shape)
        if one.fit is not None:
            shapes[expiry.chain] = one.fit.params
        fitted.append(one)
    return fitted


def _surfaces(fitted: Sequence[FittedSmile]) -> dict[str, SurfaceGrid]:
    """The classic grid of every chain; expiries ascend within a chain already."""
    chains = dict.fromkeys(one.expiry.chain for one in fitted)
    return {
        chain: _surface(chain, [one.slice for one in fitted if one.expiry.chain == chain])
        for chain in chains
    }


def _surface(chain: str, slices: Sequence[Slice | None]) -> SurfaceGrid:
    grid = classic_grid([one for one in slices if one is not None])
    return SurfaceGrid(
        chain=chain,
        tenors_days=tuple(float(tenor) for tenor in CLASSIC_TENORS),
        log_moneyness=tuple(CLASSIC_K),
        iv=grid.vol,
        forwards=tuple(grid.forward.tolist()),
        quotes=tuple(grid.quotes.tolist()),
    )


def _key(expiry: ExpiryRows) -> ExpiryKey:
    return expiry.chain, expiry.expiry_ns
