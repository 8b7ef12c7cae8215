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
from core.pricing.grids import classic_surfaces, wide_surfaces
from core.pricing.index import Realised, chain_indices
from core.pricing.options.engine import ENGINES, Invert
from core.pricing.options.table import OptionTable
from core.pricing.quotes import read_quotes
from core.pricing.rows import OptionRows
from core.pricing.smiles import fit_smiles, smile_views
from core.pricing.terms import term_points
from core.pricing.view import MarketPricing
from core.pricing.volatility import RowMarket, price_rows
from core.quant.forward import Forward
from core.quant.surface.fitted_slice import FittedSlice
from core.quant.types import FloatArray

ExpiryKey = tuple[str, int]
"""(chain, expiry_ns)."""


@dataclass(frozen=True, slots=True)
class PricedMarket:
    """What is published, and the fits the next turn starts from."""

    view: MarketPricing
    fits: Mapping[ExpiryKey, FittedSlice] = field(default_factory=dict)


def price_market(
    board: MarketReading,
    rows: OptionRows,
    now_ns: int,
    last: Mapping[ExpiryKey, FittedSlice],
    invert: Invert = ENGINES["own"],
    realised: Realised = MappingProxyType({}),
    challenged: str = "",
) -> PricedMarket:
    """Price every option of `rows`, fit every expiry, draw every chain's surface.

    Args:
        now_ns: The venue's time.
        last: The fits of the turn before; any of them may be missing.
        realised: How much each chain's index moved; it goes into the volatility index.
        challenged: The chain whose surface is searched anew as well.
    """
    quotes = read_quotes(board, rows)
    forwards = expiry_forwards(board, rows, quotes, now_ns)
    taus = np.array([years_between(now_ns, expiry.expiry_ns) for expiry in rows.expiries])
    priced = price_rows(rows, quotes, _row_market(rows, forwards, taus), invert)
    fitted = fit_smiles(rows, forwards, taus, priced.judged, last, challenged)
    smiles = smile_views(fitted, quotes)
    view = MarketPricing(
        venue_ns=now_ns,
        options=OptionTable(rows.place, priced.columns),
        smiles=MappingProxyType(smiles),
        surfaces=MappingProxyType(classic_surfaces(fitted)),
        wide_surfaces=MappingProxyType(wide_surfaces(fitted)),
        terms=MappingProxyType(term_points(smiles.values())),
        indices=MappingProxyType(chain_indices(board, rows, quotes, fitted, realised)),
    )
    return PricedMarket(view, {one.expiry.key: one.fit for one in fitted if one.fit})


def _row_market(
    rows: OptionRows, forwards: Sequence[Forward | None], taus: FloatArray
) -> RowMarket:
    value = np.array([nan if forward is None else forward.value for forward in forwards])
    share = np.array([1.0 if forward is None else forward.open_share for forward in forwards])
    return RowMarket(value[rows.expiry], taus[rows.expiry], share[rows.expiry])
