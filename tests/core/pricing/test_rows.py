from __future__ import annotations

import numpy as np

from core.pricing.rows import option_rows
from tests.core.pricing.market import HandMarket


def test_rows_go_by_chain_expiry_and_strike_with_the_call_first() -> None:
    market = HandMarket()
    market.list_chain([30, 7], strikes=(90_000, 110_000), chain="ETH")
    market.list_chain([7], strikes=(90_000,), chain="BTC")
    rows = option_rows(market.board.catalog)
    week, month = "22JAN27", "14FEB27"
    assert rows.names == (
        f"BTC-{week}-90000-C",
        f"BTC-{week}-90000-P",
        *(f"ETH-{day}-{k}-{f}" for day in (week, month) for k in (90000, 110000) for f in "CP"),
    )
    assert rows.is_call.tolist() == [True, False] * 5
    assert rows.expiry.tolist() == [0, 0, 1, 1, 1, 1, 2, 2, 2, 2]
    assert [(one.chain, one.rows) for one in rows.expiries] == [
        ("BTC", slice(0, 2)),
        ("ETH", slice(2, 6)),
        ("ETH", slice(6, 10)),
    ]


def test_a_strike_with_one_side_points_to_the_option_it_has() -> None:
    market = HandMarket()
    market.list_chain([7], strikes=(90_000, 100_000, 110_000))
    gone = {market.option(7, 90_000, False), market.option(7, 110_000, True)}
    market.instruments = [one for one in market.instruments if one.name not in gone]
    market.relist()
    expiry = option_rows(market.board.catalog).expiries[0]
    assert expiry.calls.tolist() == [0, 1, -1]
    assert expiry.puts.tolist() == [-1, 2, 3]
    assert expiry.out_of_the_money(100_000.0).tolist() == [0, 1, 3]
    assert expiry.out_of_the_money(105_000.0).tolist() == [0, 2, 3]


def test_ticks_follow_the_price() -> None:
    market = HandMarket()
    market.list_chain([7], strikes=(90_000, 100_000))
    ticks = option_rows(market.board.catalog).ticks
    prices = np.array([0.001, 0.0049, 0.005, np.nan])
    assert ticks.at(prices).tolist() == [0.0001, 0.0001, 0.0005, 0.0001]


def test_a_linear_chain_is_marked_and_the_dated_future_found() -> None:
    market = HandMarket()
    market.list_chain([7], chain="BTC")
    market.list_chain([7], chain="BTC_USDC")
    name = market.list_future(7)
    inverse, linear = option_rows(market.board.catalog).expiries
    assert (inverse.is_inverse, inverse.future) == (True, name)
    assert (linear.is_inverse, linear.future) == (False, "")


def test_an_empty_catalog_has_no_rows() -> None:
    rows = option_rows(HandMarket().board.catalog)
    assert rows.names == ()
    assert rows.expiries == ()
