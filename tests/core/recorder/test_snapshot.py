from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from core.clock import NS_PER_MINUTE, NS_PER_S
from core.domain.position import AccountFigures, Position
from core.pricing.service import Pricer
from core.recorder.snapshot import Moment, minute_batches
from core.settings import PricingSettings
from core.store.batch import Batch, pack
from core.store.tables.kinds import Table
from core.store.tables.minute import (
    ACCOUNT_MINUTE,
    FUTURE_TOP,
    MINUTE_LOG,
    OPTION_QUOTE,
    POSITION_MINUTE,
    SMILE,
    SURFACE_TENOR,
)
from core.trading.view import TradingView
from tests.core.pricing.market import FORWARD, NOW_NS, HandMarket, skewed

_1 = Decimal(1)
ACCOUNT = AccountFigures("BTC", _1, _1, _1, _1, _1, _1, _1, _1, _1)
PERPETUAL = "BTC-PERPETUAL"
OPTIONS = 3 * 9 * 2


@pytest.fixture
def market() -> HandMarket:
    made = HandMarket()
    made.list_chain([7, 14, 30], strikes=range(80_000, 125_000, 5_000))
    made.quote_chain(skewed)
    made.quote(PERPETUAL, 99_990.0, 100_010.0, 5_000.0)
    made.ticker(PERPETUAL, None, mark_price=100_001.0, funding_8h=0.0001, open_interest=9.0)
    return made


def moment(market: HandMarket, **trading: Any) -> Moment:
    """The market as it is now, priced."""
    board = market.board.still()
    pricing = Pricer(market.board, market.clock, PricingSettings()).turn(board)
    return Moment(board, pricing, TradingView(**{"is_link_up": True, **trading}))


def columns_of(batches: Sequence[Batch], table: Table) -> Any:
    return next((batch.columns for batch in batches if batch.table is table), None)


def columns(market: HandMarket, table: Table, **trading: Any) -> Any:
    return columns_of(minute_batches(moment(market, **trading), NOW_NS), table)


def row(market: HandMarket, name: str) -> dict[str, Any]:
    table = columns(market, OPTION_QUOTE)
    at = list(table["instrument"]).index(name)
    return {key: values[at] for key, values in table.items()}


def test_every_live_option_has_one_row_with_our_volatilities(market: HandMarket) -> None:
    table = columns(market, OPTION_QUOTE)
    assert len(set(table["instrument"])) == len(table["instrument"]) == OPTIONS
    assert set(table["minute"]) == {NOW_NS}
    name = market.option(30, 110_000, True)
    found, priced = row(market, name), moment(market).pricing.options[name]
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
    book.drop()
    found = row(market, name)
    assert np.isnan([found[key] for key in found if key not in ("minute", "instrument")]).all()


def test_a_silent_market_leaves_rows_without_figures_and_no_surface(market: HandMarket) -> None:
    market.clock.advance_s(60)
    found = minute_batches(moment(market), NOW_NS + NS_PER_MINUTE)
    table = columns_of(found, OPTION_QUOTE)
    assert len(table["instrument"]) == OPTIONS
    assert np.isnan(table["bid"]).all()
    assert columns_of(found, SURFACE_TENOR) is None
    assert columns_of(found, SMILE) is None
    assert columns_of(found, MINUTE_LOG)["stale"] == [OPTIONS]


def test_a_minute_that_could_not_be_priced_keeps_its_quotes(market: HandMarket) -> None:
    found = minute_batches(Moment(market.board.still()), NOW_NS)
    table = columns_of(found, OPTION_QUOTE)
    assert np.isfinite(table["bid"]).all()
    assert np.isnan(table["mid_iv"]).all()
    assert np.isnan([table[greek] for greek in ("delta", "gamma", "vega", "theta")]).all()
    assert columns_of(found, SURFACE_TENOR) is None


def test_what_moves_after_the_cut_is_not_in_the_minute(market: HandMarket) -> None:
    cut = moment(market)
    before = columns_of(minute_batches(cut, NOW_NS), OPTION_QUOTE)
    market.quote_chain(skewed, forward=FORWARD * 1.1)
    market.board.list_instruments(market.instruments[:2])
    after = columns_of(minute_batches(cut, NOW_NS), OPTION_QUOTE)
    assert after["instrument"] == before["instrument"]
    for figure in ("bid", "mid_iv", "underlying"):
        np.testing.assert_array_equal(after[figure], before[figure])


def test_at_eight_the_expired_are_gone_and_the_new_have_a_row(market: HandMarket) -> None:
    expiry_ns = NOW_NS + 7 * 86_400 * NS_PER_S
    market.clock.set_ns(expiry_ns)
    market.list_chain([28], strikes=(100_000,))
    found = minute_batches(moment(market), expiry_ns)
    names = columns_of(found, OPTION_QUOTE)["instrument"]
    assert len(names) == len(set(names)) == 2 * 9 * 2 + 2
    assert not any("-22JAN27-" in name for name in names)
    new = names.index(market.option(28, 100_000, True))
    assert np.isnan(columns_of(found, OPTION_QUOTE)["bid"][new])
    assert expiry_ns not in columns_of(found, SMILE)["expiry"]


def test_futures_have_their_tops(market: HandMarket) -> None:
    table = columns(market, FUTURE_TOP)
    assert table["instrument"] == [PERPETUAL]
    found = {key: values[0] for key, values in table.items()}
    assert (found["bid"], found["ask"], found["bid_size"]) == (99_990.0, 100_010.0, 5_000.0)
    assert (found["mark"], found["funding_8h"], found["open_interest"]) == (100_001.0, 1e-4, 9.0)
    assert np.isnan(found["index_price"])


def test_the_log_says_how_the_minute_went(market: HandMarket) -> None:
    market.quote(market.option(30, 80_000, False), 0.0, 0.0)
    book = market.board.book(market.option(30, 80_000, True))
    assert book is not None
    book.drop()
    market.clock.advance_s(0.25)
    found = {name: values[0] for name, values in columns(market, MINUTE_LOG).items()}
    assert (found["minute"], found["recorded"]) == (NOW_NS, NOW_NS + NS_PER_S // 4)
    assert found["lateness_ms"] == 250.0
    assert (found["options"], found["quoted"], found["stale"]) == (OPTIONS, OPTIONS - 2, 1)
    assert found["skipped"] == ""


def test_accounts_and_positions_are_part_of_the_minute(market: HandMarket) -> None:
    sleeves = (("manual", Position(PERPETUAL, Decimal(5000), Decimal(99_000))),)
    own = {"accounts": (ACCOUNT,), "sleeves": sleeves, "is_reconciled": True}
    assert columns(market, ACCOUNT_MINUTE, **own)["equity"] == [_1]
    table = columns(market, POSITION_MINUTE, **own)
    assert (table["sleeve"], table["amount"], table["mark"]) == (["manual"], [5000], [100_001.0])
    assert table["delta"] == [pytest.approx(5000 / 100_001)]


@pytest.mark.parametrize("unknown", [{"is_link_up": False}, {"is_reconciled": False}])
def test_old_holdings_do_not_stand_under_a_new_minute(
    market: HandMarket, unknown: dict[str, bool]
) -> None:
    sleeves = (("manual", Position(PERPETUAL, Decimal(5000), Decimal(99_000))),)
    own = {"accounts": (ACCOUNT,), "sleeves": sleeves, "is_reconciled": True, **unknown}
    assert columns(market, POSITION_MINUTE, **own) is None
    has_accounts = columns(market, ACCOUNT_MINUTE, **own) is not None
    assert has_accounts is unknown.get("is_link_up", True)


def test_an_empty_board_is_no_minute() -> None:
    assert minute_batches(Moment(HandMarket().board.still()), NOW_NS) == ()


def test_everything_can_be_packed(market: HandMarket) -> None:
    made = moment(market, accounts=(ACCOUNT,))
    unit = pack(minute_batches(replace(made), NOW_NS))
    names = {part.table for part in unit.parts}
    assert names >= {"option_quote", "future_top", "surface_tenor", "smile", "account_minute"}
    assert unit.parts[-1].table == "minute_log"
    assert unit.minute_ns == NOW_NS
