from __future__ import annotations

from dataclasses import replace
from math import isnan, nan
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from core.pricing.service import Pricer
from core.pricing.view import MarketPricing, RealisedVol, SliceFit, SurfaceGrid, VolIndex
from core.recorder.volatility import volatility_batches
from core.settings import PricingSettings
from core.store.batch import pack
from core.store.tables.kinds import Table
from core.store.tables.minute import FIT, REALISED_VOL, SMILE, SURFACE_TENOR, VOL_INDEX
from tests.core.pricing.market import DAY_NS, FORWARD, NOW_NS, HandMarket, skewed

FIT_OF_30_DAYS = SliceFit("svi", 0.01, 0.1, -0.3, 0.0, 0.2, 0.1, 0.3, 0.9, 0.4, 0.0, True, 0.8)
REALISED = RealisedVol(30.0, 30, 0.5, 0.51, 0.52, 0.53, nan)
INDEX = VolIndex(
    "BTC", 0.6, 0.61, 0.605, NOW_NS + DAY_NS, NOW_NS + 30 * DAY_NS, realised=(REALISED,)
)


@pytest.fixture
def pricing() -> MarketPricing:
    market = HandMarket()
    market.list_chain([7, 14, 30], strikes=range(80_000, 125_000, 5_000))
    market.quote_chain(skewed)
    market.quote(market.option(30, 80_000, False), 0.0, 0.0)
    return Pricer(market.board, market.clock, PricingSettings()).turn()


def columns(pricing: MarketPricing, table: Table) -> Any:
    found = volatility_batches(pricing, NOW_NS)
    return next(batch.columns for batch in found if batch.table is table)


def test_a_maturity_with_a_value_has_a_row_and_no_other(pricing: MarketPricing) -> None:
    grid = pricing.surfaces["BTC"]
    only = replace(pricing, wide_surfaces=MappingProxyType({}))
    table = columns(only, SURFACE_TENOR)
    assert len(table["iv"]) == np.isfinite(grid.iv).any(axis=1).sum() > 5
    tenors = list(table["tenor_days"])
    cells = table["iv"][tenors.index(14.0)]
    assert cells[list(table["axis"][0]).index(0.0)] == pytest.approx(0.60, abs=0.01)
    assert set(table["grid"]) == {"classic"}
    assert table["extrapolated"] == [None] * len(tenors)
    assert min(table["quotes"]) > 0
    assert table["forward"] == pytest.approx([FORWARD] * len(tenors))


def test_the_wide_grid_says_which_cells_no_quotes_reach(pricing: MarketPricing) -> None:
    iv, outside = np.full((2, 9), 0.5), np.zeros((2, 9), np.bool_)
    outside[1, 8] = True
    axis = tuple(np.linspace(-1, 1, 9).tolist())
    grid = SurfaceGrid("BTC", (1.0, 2.0), axis, iv, (FORWARD,) * 2, (3, 4), outside)
    made = replace(pricing, wide_surfaces=MappingProxyType({"BTC": grid}))
    table = columns(made, SURFACE_TENOR)
    wide = [row for row, kind in enumerate(table["grid"]) if kind == "wide"]
    assert [table["extrapolated"][row] for row in wide] == [None, b"\0\1"]
    assert [table["quotes"][row] for row in wide] == [3, 4]


def test_every_expiry_with_a_forward_has_its_smile(pricing: MarketPricing) -> None:
    table = columns(pricing, SMILE)
    assert table["expiry"] == [NOW_NS + day * DAY_NS for day in (7, 14, 30)]
    smile = pricing.smiles["BTC", NOW_NS + 30 * DAY_NS]
    assert table["atm"][2] == smile.atm
    assert table["rr25"][2] == smile.risk_reversal_25
    assert table["bf10"][2] == (smile.call_10 + smile.put_10) / 2 - smile.atm
    assert table["source"] == ["ticker"] * 3
    assert table["quotes"][2] == 8
    assert table["put_call_oi"] == pytest.approx([1.5] * 3)


def test_every_fitted_expiry_has_the_curve_it_was_drawn_with(pricing: MarketPricing) -> None:
    key = "BTC", NOW_NS + 30 * DAY_NS
    smiles = {name: replace(smile, fit=None) for name, smile in pricing.smiles.items()}
    smiles[key] = replace(smiles[key], fit=FIT_OF_30_DAYS)
    table = columns(replace(pricing, smiles=MappingProxyType(smiles)), FIT)
    assert (table["chain"], table["expiry"]) == ([key[0]], [key[1]])
    assert table["tau_years"] == [pytest.approx(30 / 365)]
    found = SliceFit(**{name: table[name][0] for name in SliceFit.__slots__})
    assert found == FIT_OF_30_DAYS


def test_an_index_stands_beside_the_venues_own(pricing: MarketPricing) -> None:
    empty = VolIndex("ETH", reason="too few expiries", realised=(REALISED,))
    made = replace(pricing, indices=MappingProxyType({"BTC": INDEX, "ETH": empty}))
    table = columns(made, VOL_INDEX)
    assert (table["chain"], table["value"], table["venue"]) == (["BTC"], [0.6], [0.605])
    assert (table["near"], table["next"]) == ([INDEX.near_ns], [INDEX.next_ns])
    realised = columns(made, REALISED_VOL)
    assert (realised["chain"], realised["bars"]) == (["BTC", "ETH"], [30, 30])
    assert isnan(realised["yang_zhang"][0])
    pack(volatility_batches(made, NOW_NS))


def test_an_expiry_that_ends_at_the_minute_has_no_row(pricing: MarketPricing) -> None:
    found = volatility_batches(pricing, NOW_NS + 14 * DAY_NS)
    smiles = next(batch.columns for batch in found if batch.table is SMILE)
    assert list(smiles["expiry"]) == [NOW_NS + 30 * DAY_NS]
