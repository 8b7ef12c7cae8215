from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from core.clock import NS_PER_S
from core.domain.position import AccountFigures
from core.pricing.service import Pricer
from core.pricing.view import MarketPricing
from core.recorder.snapshot import minute_batches
from core.settings import PricingSettings
from core.store.batch import pack
from core.store.tables.kinds import Table
from core.store.tables.minute import ACCOUNT_MINUTE, FUTURE_TOP, OPTION_QUOTE, SMILE, SURFACE
from tests.core.pricing.market import DAY_NS, FORWARD, NOW_NS, HandMarket, skewed

_1 = Decimal(1)
ACCOUNT = AccountFigures("BTC", _1, _1, _1, _1, _1, _1, _1, _1, _1)
GREEKS = ("delta", "gamma", "vega", "theta")


@pytest.fixture
def market() -> HandMarket:
    made = HandMarket()
    made.list_chain([7, 14, 30], strikes=range(80_000, 125_000, 5_000))
    made.quote_chain(skewed)
    made.quote("BTC-PERPETUAL", 99_990.0, 100_010.0, 5_000.0)
    made.ticker("BTC-PERPETUAL", None, mark_price=100_001.0, funding_8h=0.0001, open_interest=9.0)
    return made


def pricing(market: HandMarket) -> MarketPricing:
    return Pricer(market.board, market.clock, PricingSettings()).turn()


def columns(market: HandMarket, table: Table, priced: MarketPricing | None = None) -> Any:
    found = minute_batches(market.board, priced or pricing(market), [ACCOUNT], NOW_NS)
    return next((batch.columns for batch in found if batch.table is table), None)


def row(market: HandMarket, name: str) -> dict[str, Any]:
    table = columns(market, OPTION_QUOTE)
    at = list(table["instrument"]).index(name)
    return {key: values[at] for key, values in table.items()}


def test_every_live_option_has_one_row_with_our_volatilities(market: HandMarket) -> None:
    table = columns(market, OPTION_QUOTE)
    assert len(set(table["instrument"])) == len(table["instrument"]) == 3 * 9 * 2
    assert set(table["minute"]) == {NOW_NS}
    name = market.option(30, 110_000, True)
    found, priced = row(market, name), pricing(market).options[name]
    assert found["bid_iv"] == priced.bid_iv
    assert found["mid_iv"] == priced.mid_iv
    assert found["delta"] == priced.delta
    assert (found["bid_size"], found["open_interest"]) == (10.0, 2.0)
    assert (found["underlying"], found["index_price"]) == (FORWARD, FORWARD)
    assert found["mark_iv"] == pytest.approx(priced.mid_iv, abs=1e-3)


def test_the_row_of_a_stale_book_has_no_figure_at_all(market: HandMarket) -> None:
    name = market.option(30, 110_000, True)
    book = market.board.book(name)
    assert book is not None
    priced = pricing(market)
    book.drop()
    table = columns(market, OPTION_QUOTE, priced)
    at = list(table["instrument"]).index(name)
    figures = [table[key][at] for key in table if key not in ("minute", "instrument")]
    assert np.isnan(figures).all()


def test_a_silent_market_leaves_rows_without_figures_and_no_surface(market: HandMarket) -> None:
    market.clock.advance_s(60)
    table = columns(market, OPTION_QUOTE)
    assert len(table["instrument"]) == 54
    assert np.isnan(table["bid"]).all()
    assert columns(market, SURFACE) is None
    assert columns(market, SMILE) is None


def test_pricing_of_another_time_is_not_taken_for_the_minutes(market: HandMarket) -> None:
    old = replace(pricing(market), venue_ns=NOW_NS - 11 * NS_PER_S)
    table = columns(market, OPTION_QUOTE, old)
    assert np.isfinite(table["bid"]).all()
    assert np.isnan(table["mid_iv"]).all()
    assert np.isnan([table[greek] for greek in GREEKS]).all()
    assert columns(market, SURFACE, old) is None


def test_an_option_that_expires_at_the_minute_is_not_live(market: HandMarket) -> None:
    market.list_chain([0], strikes=(100_000,))
    assert len(columns(market, OPTION_QUOTE)["instrument"]) == 54


def test_futures_have_their_tops(market: HandMarket) -> None:
    table = columns(market, FUTURE_TOP)
    assert table["instrument"] == ["BTC-PERPETUAL"]
    found = {key: values[0] for key, values in table.items()}
    assert (found["bid"], found["ask"], found["bid_size"]) == (99_990.0, 100_010.0, 5_000.0)
    assert (found["mark"], found["funding_8h"], found["open_interest"]) == (100_001.0, 1e-4, 9.0)
    assert np.isnan(found["index_price"])


def test_the_surface_has_a_row_for_every_cell_with_a_value_and_no_other(
    market: HandMarket,
) -> None:
    priced = pricing(market)
    grid = priced.surfaces["BTC"]
    table = columns(market, SURFACE, priced)
    assert len(table["iv"]) == np.isfinite(grid.iv).sum() > 50
    assert np.isfinite(table["iv"]).all()
    cells = dict(zip(zip(table["tenor_days"], table["k"], strict=True), table["iv"], strict=True))
    assert cells[14.0, 0.0] == pytest.approx(0.60, abs=0.01)
    assert set(table["flag"]) == {"i"}
    assert min(table["quotes"]) > 0
    assert table["forward"] == pytest.approx([FORWARD] * len(table["iv"]))


def test_every_expiry_with_a_forward_has_its_smile(market: HandMarket) -> None:
    market.quote(market.option(30, 80_000, False), 0.0, 0.0)
    priced = pricing(market)
    table = columns(market, SMILE, priced)
    assert table["expiry"] == [NOW_NS + day * DAY_NS for day in (7, 14, 30)]
    smile = priced.smiles["BTC", NOW_NS + 30 * DAY_NS]
    assert table["atm"][2] == smile.atm
    assert table["rr25"][2] == smile.risk_reversal_25
    assert table["source"] == ["ticker"] * 3
    assert table["quotes"][2] == 8
    assert table["put_call_oi"] == pytest.approx([1.5] * 3)


def test_accounts_are_part_of_the_minute(market: HandMarket) -> None:
    assert columns(market, ACCOUNT_MINUTE)["equity"] == [_1]


def test_an_empty_board_is_no_minute() -> None:
    assert minute_batches(HandMarket().board, MarketPricing(), (), NOW_NS) == ()


def test_everything_can_be_packed(market: HandMarket) -> None:
    unit = pack(minute_batches(market.board, pricing(market), [ACCOUNT], NOW_NS))
    assert {part.table for part in unit.parts} == {
        "option_quote",
        "future_top",
        "surface",
        "smile",
        "account_minute",
    }
    assert unit.minute_ns == NOW_NS
