"""Sizes: per coin, in greeks, per program, and how many at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.domain.label import new_label
from core.domain.order import NewOrder, Side
from core.market.ticker import Ticker
from core.settings import RiskSettings
from tests.core.trading.market import LINEAR, OPTION, PERP
from tests.core.trading.rig import Rig, limit
from tests.core.trading.risk.asking import refusal


def pair(side: Side, amount: str, name: str = PERP, price: str = "59000") -> NewOrder:
    """An order of the pair."""
    return limit(side, amount, price, name, new_label("pair"))


def test_the_net_futures_of_a_coin_are_limited_in_either_direction() -> None:
    rig = Rig(risk=RiskSettings(max_net_usd=Decimal(1_000)))
    rig.place(limit(Side.BUY, "600"), limit(Side.SELL, "900", "61000"))
    assert refusal(rig, limit(Side.BUY, "400")) == ""
    assert refusal(rig, limit(Side.BUY, "410")) == (
        "BTC net position of 1,010 USD is above the limit of 1,000 USD (risk.max_net_usd)"
    )
    assert "BTC net position of 1,010" in refusal(rig, limit(Side.SELL, "110", "61000"))


def test_the_gross_position_of_a_coin_counts_options_too() -> None:
    rig = Rig(risk=RiskSettings(max_gross_usd=Decimal(70_000)))
    rig.hold(OPTION, "-1", "0.03")
    rig.hold(LINEAR, "-50", "3000")
    assert refusal(rig, limit(Side.BUY, "10000")) == ""
    assert refusal(rig, limit(Side.SELL, "10010", "61000")) == (
        "BTC gross position of 70,010 USD is above the limit of 70,000 USD (risk.max_gross_usd)"
    )


def test_an_order_that_adds_nothing_to_the_sum_passes_above_it() -> None:
    rig = Rig(risk=RiskSettings(max_total_usd=Decimal(1_000), max_gross_usd=Decimal(1_000)))
    rig.hold(PERP, "5000", "60000")
    assert "total" in refusal(rig, limit(Side.BUY, "0.01", "3000", LINEAR))
    assert refusal(rig, pair(Side.SELL, "1000", price="61000")) == ""


def test_the_delta_of_a_coin_is_limited_over_options_and_futures() -> None:
    rig = Rig(risk=RiskSettings(max_delta_usd=Decimal(60_000)))
    rig.hold(OPTION, "-2", "0.03")
    assert refusal(rig, limit(Side.BUY, "2000")) == ""
    assert refusal(rig, limit(Side.BUY, "3000")) == (
        "BTC delta of 60,630 USD is above the limit of 60,000 USD (risk.max_delta_usd)"
    )
    assert refusal(rig, limit(Side.SELL, "100000", "61000")) == ""
    assert refusal(rig, limit(Side.BUY, "10", "3000", LINEAR)) == ""


def test_vega_is_limited_and_only_options_have_it() -> None:
    rig = Rig(risk=RiskSettings(max_vega_usd=Decimal(180)))
    rig.hold(OPTION, "1", "0.03")
    assert refusal(rig, limit(Side.BUY, "1", "0.03", OPTION)) == ""
    assert refusal(rig, limit(Side.BUY, "1.1", "0.03", OPTION)) == (
        "vega of 189 USD is above the limit of 180 USD (risk.max_vega_usd)"
    )
    assert refusal(rig, limit(Side.SELL, "3", "0.03", OPTION)) == ""
    assert refusal(rig, limit(Side.SELL, "3.1", "0.03", OPTION)) != ""


def test_an_option_without_greeks_stops_openings_of_its_coin_only() -> None:
    rig = Rig()
    rig.hold(OPTION, "1", "0.03")
    rig.board.put_ticker(Ticker(OPTION, 0, mark_price=0.03, index_price=6e4), rig.clock.now_ns())
    assert refusal(rig, limit(Side.BUY)) == (
        "BTC-25DEC26-64000-P has no delta yet: it cannot be checked"
    )
    assert refusal(rig, limit(Side.BUY, "1", "3000", LINEAR)) == ""
    assert refusal(rig, limit(Side.SELL, "1", "0.03", OPTION)) == ""


def test_so_many_instruments_may_be_held_or_opened_at_once() -> None:
    rig = Rig(risk=RiskSettings(max_positions=2))
    rig.hold(OPTION, "1", "0.03")
    rig.place(limit(Side.BUY))
    assert refusal(rig, limit(Side.BUY)) == ""
    assert refusal(rig, limit(Side.BUY, "1", "3000", LINEAR)) == (
        "2 instruments are held or being opened, the limit is 2 (risk.max_positions)"
    )


def test_orders_of_one_instrument_are_counted_apart() -> None:
    rig = Rig(risk=RiskSettings(max_open_per_instrument=2))
    rig.place(limit(Side.BUY), limit(Side.BUY))
    assert refusal(rig, limit(Side.BUY)) == (
        "2 orders are open in BTC-PERPETUAL, the limit is 2 (risk.max_open_per_instrument)"
    )
    assert refusal(rig, limit(Side.BUY, "1", "3000", LINEAR)) == ""


def test_a_programs_sleeve_is_limited_over_all_it_holds() -> None:
    rig = Rig(risk=RiskSettings(max_sleeve_usd=Decimal(5_000)))
    rig.hold(LINEAR, "1", "3000", "pair")
    rig.hold(PERP, "90000", "60000")
    assert refusal(rig, pair(Side.BUY, "1990")) == ""
    assert refusal(rig, pair(Side.BUY, "2000")) == (
        "sleeve pair position of 5,000 USD is above the limit of 5,000 USD (risk.max_sleeve_usd)"
    )
    assert refusal(rig, pair(Side.SELL, "1", LINEAR, "3000")) == ""
    assert refusal(rig, pair(Side.SELL, "2", LINEAR, "3000")) == ""
    assert refusal(rig, limit(Side.BUY, "2000")) == ""


@pytest.mark.parametrize("amount", ["100", "900"])
def test_an_amended_order_counts_once(amount: str) -> None:
    rig = Rig(risk=RiskSettings(max_net_usd=Decimal(1_000)))
    rig.place(limit(Side.BUY, "800"))
    (machine,) = rig.engine.parts.blotter.working()
    gate, now_ns = rig.engine.parts.gate, rig.clock.now_ns()
    order = limit(Side.BUY, amount, label=machine.report.label)
    assert gate.refusal(order, now_ns, replaces=machine) is None


def test_every_order_of_a_ladder_is_checked_after_the_ones_before_it() -> None:
    rig = Rig(risk=RiskSettings(max_net_usd=Decimal(1_000)))
    number = rig.place(*(limit(Side.BUY, "400", str(59_000 - step)) for step in range(4)))
    assert len(rig.venue.placed) == 2
    refused = [one.text for one in rig.replies(number) if not one.is_ok]
    assert len(refused) == 2
    assert all("BTC net position of 1,200 USD" in text for text in refused)
