"""The whole market at one moment: a pure function of the board."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from types import MappingProxyType

import numpy as np

from core.clock import years_between
from core.market.board import Board
from core.pricing.forwards import expiry_forwards
from core.pricing.quotes import read_quotes
from core.pricing.rows import OptionRows
from core.pricing.smiles import PricedSmile, price_smile
from core.pricing.view import MarketPricing, SurfaceGrid
from core.pricing.volatility import ENGINES, Invert, option_pricings, price_rows
from core.quant.surface.grid import CLASSIC_K, CLASSIC_TENORS, classic_grid
from core.quant.surface.svi import SviRaw

ExpiryKey = tuple[str, int]
"""(chain, expiry_ns)."""


@dataclass(frozen=True, slots=True)
class PricedMarket:
    """What is published, and the fits the next turn starts from."""

    view: MarketPricing
    fits: Mapping[ExpiryKey, SviRaw] = field(default_factory=dict)


def price_market(
    board: Board,
    rows: OptionRows,
    now_ns: int,
    last: Mapping[ExpiryKey, SviRaw],
    invert: Invert = ENGINES["own"],
) -> PricedMarket:
    """Price every option of `rows`, fit every expiry, draw every chain's surface.

    Args:
        last: The fits of the turn before; any of them may be missing.
    """
    quotes = read_quotes(board, rows)
    forwards = expiry_forwards(board, rows, quotes, now_ns)
    taus = np.array([years_between(now_ns, expiry.expiry_ns) for expiry in rows.expiries])
    values = np.array([nan if forward is None else forward.value for forward in forwards])
    priced = price_rows(rows, quotes, values[rows.expiry], taus[rows.expiry], invert)
    smiles: dict[ExpiryKey, PricedSmile] = {}
    neighbour: PricedSmile | None = None
    for expiry, forward, tau in zip(rows.expiries, forwards, taus.tolist(), strict=True):
        key = (expiry.chain, expiry.expiry_ns)
        is_same = neighbour is not None and neighbour.view.chain == expiry.chain
        shape = neighbour.fit if neighbour is not None and is_same else None
        neighbour = smiles[key] = price_smile(
            expiry, forward, tau, priced.judged, quotes, rows.strike, last.get(key), shape
        )
    view = MarketPricing(
        at_ns=now_ns,
        options=MappingProxyType(option_pricings(rows, priced)),
        smiles=MappingProxyType({key: one.view for key, one in smiles.items()}),
        surfaces=MappingProxyType(_surfaces(smiles)),
    )
    return PricedMarket(view, {key: one.fit for key, one in smiles.items() if one.fit})


def _surfaces(smiles: Mapping[ExpiryKey, PricedSmile]) -> dict[str, SurfaceGrid]:
    """The classic grid of every chain; expiries ascend within a chain already."""
    chains = dict.fromkeys(chain for chain, _ in smiles)
    return {chain: _surface(chain, smiles) for chain in chains}


def _surface(chain: str, smiles: Mapping[ExpiryKey, PricedSmile]) -> SurfaceGrid:
    slices = [one.slice for (of, _), one in smiles.items() if of == chain and one.slice]
    grid = classic_grid(slices)
    return SurfaceGrid(
        chain=chain,
        tenors_days=tuple(float(tenor) for tenor in CLASSIC_TENORS),
        log_moneyness=tuple(CLASSIC_K),
        iv=grid.vol,
        forwards=tuple(grid.forward.tolist()),
        quotes=tuple(grid.quotes.tolist()),
    )
