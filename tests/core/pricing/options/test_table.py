"""The table of options: rows made on demand are the columns' own figures."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from core.pricing.options.table import OptionTable
from core.pricing.view import OptionPricing
from core.quant.black import coin_greeks, greeks
from tests.core.pricing.market import FORWARD, HandMarket, skewed
from tests.core.pricing.priced import priced

TAU = 30 / 365


@pytest.fixture
def table() -> OptionTable:
    market = HandMarket()
    market.list_chain([7, 30])
    market.list_chain([30], chain="ETH_USDC", strikes=(90_000, 100_000, 110_000))
    market.quote_chain(skewed)
    found = priced(market).view.options
    assert isinstance(found, OptionTable)
    return found


def test_it_is_a_mapping_by_name_in_the_order_of_the_rows(table: OptionTable) -> None:
    names = list(table)
    assert len(table) == len(names) == table.columns.iv.size
    assert [table[name].name for name in names] == names
    assert table.get("BTC-PERPETUAL") is None
    assert names[0] in table
    at = names.index("ETH_USDC-" + names[-1].split("-", 1)[1])
    assert table[names[at]].mid_iv == table.columns.mid_iv[at]


def test_a_row_asked_for_twice_is_the_same_value(table: OptionTable) -> None:
    name = next(iter(table))
    assert table[name] is table[name]


def option_at(table: OptionTable, chain: str, is_call: bool) -> OptionPricing:
    end = "-110000-C" if is_call else "-110000-P"
    return next(
        one
        for one in reversed(list(table.values()))
        if one.name.endswith(end) and one.name.startswith(f"{chain}-")
    )


@pytest.mark.parametrize("chain", ["BTC", "ETH_USDC"])
def test_all_greeks_are_closed_forms_in_usd_and_coin(table: OptionTable, chain: str) -> None:
    found = option_at(table, chain, True)
    usd = greeks(FORWARD, 110_000.0, TAU, found.iv, True)
    coin = coin_greeks(usd, FORWARD)
    for name in ("delta", "gamma", "vega", "theta", "theta_raw", "rho", "vanna", "volga"):
        assert getattr(found, name) == pytest.approx(float(getattr(usd, name)), rel=1e-12)
    for name in ("gamma", "vega", "theta", "vanna", "volga"):
        value = float(getattr(coin, name))
        assert getattr(found, f"{name}_coin") == pytest.approx(value, rel=1e-12)
    exposure = usd.net_delta if chain == "BTC" else usd.delta
    assert found.net_delta == pytest.approx(float(exposure), rel=1e-12)


def test_every_field_of_a_row_is_filled(table: OptionTable) -> None:
    found = option_at(table, "BTC", True)
    numbers = [getattr(found, one.name) for one in fields(found) if one.type == "float"]
    assert np.isfinite(numbers).all()
    assert len(numbers) == 19
