"""Accounts that cannot bear their positions are closed, and nobody else pays for them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.simulator.accounts.account import Account
from core.simulator.accounts.funds import funds
from core.simulator.accounts.holdings import position_row
from core.simulator.accounts.order import order_row
from core.simulator.accounts.summary import portfolio_row, summary_row
from core.simulator.markets.market import Market
from tests.core.simulator.still import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def poor(desk: Desk, **funds: str) -> Account:
    """A client with little money."""
    money = {currency: Decimal(amount) for currency, amount in funds.items()}
    return desk.exchange.accounts.open("cat", money, desk.clock.now_ms())


def move(desk: Desk, market: Market, fraction: float) -> None:
    """Let the price of a market's coin jump."""
    desk.exchange.world.coins.jump(market.instrument.base, fraction)
    desk.run(0.2)


def watch(desk: Desk, times: int) -> None:
    """Let the liquidator look so often."""
    for _ in range(times):
        desk.run(0.1)
        desk.exchange.liquidator.watch(desk.clock.now_ms())


def test_a_long_that_fell_too_far_is_closed_step_by_step_for_one_percent(desk: Desk) -> None:
    market, cat = desk.market("BTC_USDC-PERPETUAL"), poor(desk, USDC="2000")
    desk.send(cat, market, "buy", 8_000)
    resting, _ = desk.send(cat, market, "buy", 1, "limit", int(market.mark * 9.8))
    move(desk, market, -0.018)
    watch(desk, 12)
    assert (resting.state, resting.cancel_reason) == ("cancelled", "autoliquidation")
    money = funds(cat, "USDC")
    assert money.margin_balance >= money.maintenance
    forced = [f for f in cat.fills if f.row.get("liquidation")]
    assert forced
    for fill in forced:
        row = fill.row
        assert row["liquidation"] == "T"
        assert row["fee"] == pytest.approx(0.01 * row["amount"] * row["price"], abs=1e-8)
    orders = [order for order in cat.closed if order.spec.is_liquidation]
    assert orders
    assert all(order_row(order)["is_liquidation"] for order in orders)
    assert desk.exchange.accounts.unaccounted("USDC") == 0


@pytest.mark.parametrize("direction", ["buy", "sell"])
def test_the_insurance_pays_what_a_bankrupt_client_owes(desk: Desk, direction: str) -> None:
    market, cat = desk.market("BTC-PERPETUAL"), poor(desk, BTC="0.02")
    till = desk.exchange.accounts.tills["BTC"]
    before = till.insurance
    desk.send(cat, market, "buy" if direction == "buy" else "sell", 5_000)
    move(desk, market, -0.2 if direction == "buy" else 0.25)
    watch(desk, 30)
    row = summary_row(cat, "BTC")
    assert not any(position.size for position in cat.positions.values())
    assert row["equity"] == 0.0
    rows = [record.row for record in cat.settlements if record.kind == "bankruptcy"]
    assert rows
    assert rows[0]["funded"] > 0.0
    assert till.insurance < before
    assert desk.exchange.accounts.unaccounted("BTC") == 0


def test_a_short_option_is_bought_back_even_without_free_money(desk: Desk) -> None:
    market, cat = desk.option("BTC"), poor(desk, BTC="0.5")
    desk.send(cat, market, "sell", 20)
    assert cat.size_in(market) < 0
    move(desk, market, 0.35)
    watch(desk, 20)
    money = funds(cat, "BTC")
    assert money.margin_balance >= money.maintenance
    assert any(f.row.get("liquidation") for f in cat.fills)
    assert desk.exchange.accounts.unaccounted("BTC") == 0


def test_the_estimated_price_is_where_margin_runs_out(desk: Desk) -> None:
    for name, direction, units in (
        ("BTC_USDC-PERPETUAL", "buy", 3_000), ("BTC_USDC-PERPETUAL", "sell", 6_000),
    ):  # fmt: skip
        market = desk.market(name)
        account = desk.exchange.accounts.open(direction, {"USDC": Decimal(4_000)}, 0)
        desk.send(account, market, "buy" if direction == "buy" else "sell", units)
        price = position_row(account, market)["estimated_liquidation_price"]
        money, size = funds(account, "USDC"), float(account.size_in(market))
        left = float(money.margin_balance) + size * (price - market.mark)
        assert left == pytest.approx(abs(size) * price * 0.02 * 0.6667, rel=1e-4)
        ratios = portfolio_row(account, "USDC")["estimated_liquidation_ratio_map"]
        assert ratios["btc_usdc"] == pytest.approx(price / market.mark, abs=1e-6)


def test_there_is_no_estimated_price_for_what_can_never_be_liquidated(desk: Desk) -> None:
    market = desk.market("BTC_USDC-PERPETUAL")
    desk.send(desk.ann, market, "buy", 1)
    assert position_row(desk.ann, market)["estimated_liquidation_price"] is None
    inverse = desk.market("BTC-PERPETUAL")
    desk.send(desk.ann, inverse, "sell", 10)
    assert position_row(desk.ann, inverse)["estimated_liquidation_price"] is None
    desk.send(desk.ben, inverse, "buy", 1_000)
    price = position_row(desk.ben, inverse)["estimated_liquidation_price"]
    assert 0 < price < 0.02 * inverse.mark


def test_long_options_alone_are_never_liquidated(desk: Desk) -> None:
    market, cat = desk.option("BTC"), poor(desk, BTC="0.5")
    desk.send(cat, market, "buy", 20)
    move(desk, market, -0.5)
    desk.run(5.0)
    assert cat.size_in(market) == 2
    assert not any(f.row.get("liquidation") for f in cat.fills)
