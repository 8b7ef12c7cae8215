"""Money: identities, conservation, settlement, delivery, funding, margin."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.simulator.accounts.account import Account
from core.simulator.accounts.holdings import position_row
from core.simulator.accounts.money import payoff
from core.simulator.accounts.summary import summary_row
from core.simulator.markets.book import ASK, BID
from core.simulator.markets.tape import Direction
from core.simulator.rpc import RpcError
from core.simulator.world.listing.instruments import CURRENCIES
from tests.core.simulator.still import Desk

NAMES = (
    "BTC-PERPETUAL",
    "ETH-PERPETUAL",
    "BTC_USDC-PERPETUAL",
    "ETH_USDC-PERPETUAL",
    "BTC-27NOV26",
)
SIDES: st.SearchStrategy[Direction] = st.sampled_from(["buy", "sell"])
STEP = st.tuples(
    st.booleans(), st.integers(0, 6), SIDES, st.integers(1, 400), st.floats(-0.01, 0.01)
)


def near(value: float) -> object:
    """Equal to eight decimals."""
    return pytest.approx(value, abs=2e-8)


def identities(row: dict[str, Any]) -> None:
    """Section 16 of the protocol reference."""
    session = row["futures_session_upl"] + row["futures_session_rpl"]
    assert row["equity"] == near(row["balance"] + session + row["options_value"])
    assert row["margin_balance"] == near(row["equity"] - row["options_value"])
    assert row["available_funds"] == near(row["margin_balance"] - row["initial_margin"])
    assert row["session_upl"] == near(row["futures_session_upl"] + row["options_session_upl"])
    assert row["total_pl"] == near(row["futures_pl"] + row["options_pl"])
    if row["currency"] != "USDC":
        deltas = sum(row["delta_total_map"].values())
        assert row["delta_total"] == near(deltas - row["options_value"])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 100), st.lists(STEP, min_size=4, max_size=12))
def test_trading_keeps_identities_and_creates_no_money(
    seed: int, steps: list[tuple[bool, int, Direction, int, float]]
) -> None:
    desk = Desk(seed)
    everyone = [desk.ann, desk.ben, desk.exchange.accounts.house]
    for is_ann, which, side, units, move in steps:
        trade_somehow(desk, desk.ann if is_ann else desk.ben, which, side, units)
        desk.exchange.world.coins.jump("BTC", move)
        desk.run(0.3)
        check_books(desk, everyone)
    desk.clock.advance(20 * 3_600)
    desk.run(0.3)
    check_books(desk, everyone)


def trade_somehow(desk: Desk, account: Account, which: int, side: Direction, units: int) -> None:
    """A market or limit order in one of seven instruments; refusals are part of life."""
    if which < len(NAMES):
        market = desk.market(NAMES[which])
    else:
        market = desk.option("BTC" if which == len(NAMES) else "ETH", units % 2 == 0)
    touch = market.book.best(BID if side == "buy" else ASK)
    with suppress(RpcError):
        if units % 3 or touch is None:
            desk.send(account, market, side, units)
        else:
            desk.send(account, market, side, units, "limit", touch)


def check_books(desk: Desk, everyone: list[Account]) -> None:
    """Identities hold, no money appeared, positions sum to zero."""
    for account in (desk.ann, desk.ben):
        for currency in CURRENCIES:
            identities(summary_row(account, currency))
    for currency in CURRENCIES:
        assert desk.exchange.accounts.unaccounted(currency) == 0
    sizes: dict[str, Decimal] = {}
    for account in everyone:
        for name, position in account.positions.items():
            sizes[name] = sizes.get(name, Decimal(0)) + position.size
    assert all(size == 0 for size in sizes.values())


def test_settlement_moves_the_session_into_the_balance(desk: Desk) -> None:
    market = desk.market("BTC-PERPETUAL")
    desk.send(desk.ann, market, "buy", 1_000)
    desk.clock.advance(20 * 3_600 - 1)
    desk.run(0.2)
    average = desk.ann.position(market).average_price
    desk.exchange.world.coins.jump("BTC", float(average) * 1.01 / market.mark - 1.0)
    desk.run(2.0)
    row = summary_row(desk.ann, "BTC")
    position = desk.ann.position(market)
    assert market.settlement_mark is not None
    start = position.size / -position.session_cost
    assert start == pytest.approx(Decimal(market.settlement_mark), abs=Decimal("1e-6"))
    assert row["balance"] > 10.0
    assert abs(row["futures_session_rpl"]) < 1e-6
    assert position_row(desk.ann, market)["total_profit_loss"] > 0.001
    assert any(log.row["type"] == "settlement" for log in desk.ann.log)
    identities(row)


def test_an_expired_option_pays_its_intrinsic_value_in_cash(desk: Desk) -> None:
    chain = desk.exchange.floor.options_of("BTC")
    first = min(m.instrument.expiry_ms for m in chain)
    calls = [m for m in chain if m.instrument.expiry_ms == first and m.instrument.is_call]
    deep = min(calls, key=lambda m: m.instrument.strike)
    desk.send(desk.ann, deep, "buy", 10)
    balance = desk.ann.purses["BTC"].balance
    desk.clock.advance((first - desk.clock.now_ms()) / 1000.0 + 1.0)
    desk.run(0.2)
    assert deep.delivery_price is not None
    paid = payoff(deep.instrument, Decimal(repr(deep.delivery_price)))
    assert desk.ann.purses["BTC"].balance - balance == pytest.approx(paid, abs=Decimal("1e-7"))
    assert deep.state == "delivered"
    assert desk.exchange.floor.markets.find(deep.name) is None
    assert deep.name not in desk.ann.positions
    assert desk.ann.settlements[-1].kind in ("exercise", "settlement")


def test_new_contracts_are_listed_seconds_after_an_expiry(desk: Desk) -> None:
    before = {m.instrument.expiry_ms for m in desk.exchange.floor.options_of("BTC")}
    desk.clock.advance(20 * 3_600 + 1)
    desk.run(0.2)
    at_once = {m.instrument.expiry_ms for m in desk.exchange.floor.options_of("BTC")}
    desk.run(40.0, 5.0)
    after = {m.instrument.expiry_ms for m in desk.exchange.floor.options_of("BTC")}
    assert len(at_once) == len(before) - 1
    assert len(after) >= len(before)
    assert max(after) >= max(before)


def test_orders_in_expired_contracts_and_day_orders_end_at_settlement(desk: Desk) -> None:
    chain = desk.exchange.floor.options_of("BTC")
    expiring = min(chain, key=lambda m: (m.instrument.expiry_ms, m.instrument.strike))
    option, _ = desk.send(desk.ann, expiring, "buy", 1, "limit", 5)
    day, _ = desk.send(desk.ann, desk.market("BTC-PERPETUAL"), "buy", 1, "limit", 150_000,
                       tif="good_til_day")  # fmt: skip
    kept, _ = desk.send(desk.ann, desk.market("BTC-PERPETUAL"), "buy", 1, "limit", 150_000)
    desk.clock.advance(20 * 3_600 + 1)
    desk.run(0.2)
    assert (option.state, option.cancel_reason) == ("cancelled", "settlement")
    assert day.state == "cancelled"
    assert kept.state == "open"


def test_longs_pay_funding_when_the_premium_is_high(desk: Desk) -> None:
    market = desk.market("BTC_USDC-PERPETUAL")
    desk.send(desk.ann, market, "buy", 10_000)
    desk.exchange.world.carry.state.premium[:] = 0.004
    desk.run(60.0, 10.0)
    funding = summary_row(desk.ann, "USDC")["futures_session_rpl"]
    per_minute = 0.00375 / 480.0 * market.index
    assert -1.3 * per_minute < funding < -0.5 * per_minute
    assert position_row(desk.ann, market)["realized_funding"] == pytest.approx(funding)


def test_linear_positions_are_sized_in_usd_and_shorts_negative(desk: Desk) -> None:
    market = desk.market("ETH_USDC-PERPETUAL")
    desk.send(desk.ann, market, "sell", 500)
    row = position_row(desk.ann, market)
    assert row["direction"] == "sell"
    assert row["size_currency"] == -0.5
    assert row["size"] == pytest.approx(-0.5 * row["mark_price"])
    assert row["initial_margin"] == pytest.approx(0.02 * abs(row["size"]), rel=1e-6)


def test_the_average_of_an_inverse_future_is_harmonic(desk: Desk) -> None:
    market = desk.market("BTC-PERPETUAL")
    _, first = desk.send(desk.ann, market, "buy", 100)
    desk.exchange.world.coins.jump("BTC", 0.02)
    desk.run(0.2)
    _, second = desk.send(desk.ann, market, "buy", 300)
    parts = [(f.row["amount"], f.row["price"]) for f in [*first, *second]]
    right = sum(a for a, _ in parts) / sum(a / p for a, p in parts)
    assert float(desk.ann.position(market).average_price) == pytest.approx(right)


def test_a_flip_realises_the_old_side_and_opens_at_the_new_price(desk: Desk) -> None:
    market = desk.market("BTC_USDC-PERPETUAL")
    desk.send(desk.ann, market, "buy", 10)
    entry = desk.ann.position(market).average_price
    _, fills = desk.send(desk.ann, market, "sell", 25)
    position = desk.ann.position(market)
    assert position.size == Decimal("-0.0015")
    assert position.average_price < entry
    gained = sum(fill.row["profit_loss"] for fill in fills)
    assert gained == pytest.approx(float(position.average_price - entry) * 0.001, abs=1e-6)


@pytest.fixture
def desk() -> Desk:
    return Desk()
