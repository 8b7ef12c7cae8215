"""What a hundred orders leave behind fits together: sections 12 to 18 of the protocol reference.

Everything is recomputed from printed numbers by `printed.py`; it shares nothing with the exchange.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.core.simulator.indoors import Indoors, indoors
from tests.core.simulator.printed import (
    Ledger,
    Row,
    fee,
    future_margin,
    greeks,
    is_reversed_future,
    short_margin,
)
from tests.core.simulator.still import Desk

CHANNELS = ("user.orders.", "user.trades.", "user.changes.")


@dataclass
class Busy:
    """A session that heard everything of a hundred orders."""

    line: Indoors
    names: list[str]
    answers: list[Any]

    @property
    def trades(self) -> list[Row]:
        """Every execution, in order."""
        return [row for rows in self.line.data("user.trades.any.any.raw") for row in rows]

    def terms(self, name: str) -> Row:
        """The instrument."""
        found: Row = _terms(self.line, name)
        return found

    def ticker(self, name: str) -> Row:
        """The ticker of this moment."""
        found: Row = self.line.call("public/ticker", instrument_name=name)
        return found

    def position(self, name: str) -> Row:
        """The position of this moment."""
        found: Row = self.line.call("private/get_position", instrument_name=name)
        return found

    def ledger(self) -> Ledger:
        """All executions added up."""
        ledger = Ledger(self.terms)
        for trade in self.trades:
            ledger.book(trade)
        return ledger


@cache
def _terms(line: Indoors, name: str) -> Any:
    return line.call("public/get_instrument", instrument_name=name)


@pytest.fixture(scope="module")
def busy() -> Iterator[Busy]:
    """Market and limit orders in eight kinds of contracts while prices move."""
    desk = Desk(3)
    with indoors(desk) as line:
        names = traded_names(desk)
        line.subscribe("user.portfolio.any")
        for kind in CHANNELS:
            topics = ("any.any", "option.BTC", "any.USDC", "future.any", *names)
            line.subscribe(*(f"{kind}{t}.{i}" for t in topics for i in ("raw", "100ms")))
        scene = Busy(line, names, [])
        rng = np.random.default_rng(5)
        for i in range(110):
            one_order(scene, rng)
            if i % 10 == 0:
                desk.exchange.world.coins.jump("BTC", float(rng.uniform(-0.003, 0.003)))
            line.run(0.2)
        yield scene


def traded_names(desk: Desk) -> list[str]:
    """Two inverse perpetuals, a linear one, a dated future, and four kinds of options."""
    markets = [m for m in desk.exchange.floor.markets if not m.instrument.is_perpetual]
    dated = min(
        (m for m in markets if m.instrument.kind == "future" and m.instrument.settlement == "BTC"),
        key=lambda m: m.instrument.expiry_ms,
    )
    chain = [m for m in markets if m.instrument.chain == "BTC_USDC" and m.instrument.is_option]
    near = min(chain, key=lambda m: abs(m.instrument.strike - m.index))
    far = next(
        m
        for m in desk.exchange.floor.options_of("BTC")
        if m.instrument.is_call and m.instrument.strike > 1.1 * m.index
    )
    call, put = desk.option(), desk.option(is_call=False)
    perpetuals = ["BTC-PERPETUAL", "ETH-PERPETUAL", "BTC_USDC-PERPETUAL"]
    return [*perpetuals, *(m.name for m in (dated, call, put, near, far))]


def one_order(scene: Busy, rng: np.random.Generator) -> None:
    """Any order near the market; refusals are part of life."""
    name = scene.names[int(rng.integers(len(scene.names)))]
    side = ("buy", "sell")[int(rng.integers(2))]
    amount = scene.terms(name)["min_trade_amount"] * int(rng.choice([1, 3, 10, 50]))
    extra: Row = {"type": "market"}
    if rng.random() < 0.6:
        ticker = scene.ticker(name)
        extra = {"price": ticker["best_bid_price" if side == "buy" else "best_ask_price"]}
    answer = scene.line.ask(
        f"private/{side}", instrument_name=name, amount=round(amount, 8), **extra
    )
    if "result" in answer:
        scene.answers.append(answer["result"])


def test_fees_are_the_instrument_s_rates_with_the_cap_to_8_decimals(busy: Busy) -> None:
    kinds = set()
    for trade in busy.trades:
        terms = busy.terms(trade["instrument_name"])
        assert trade["fee"] == pytest.approx(fee(terms, trade), abs=6e-9)
        assert trade["fee_currency"] == terms["settlement_currency"]
        kinds.add((terms["kind"], terms["instrument_type"], trade["liquidity"]))
    assert len(kinds) >= 7


def test_the_profit_of_every_trade_is_what_the_trades_before_make_it(busy: Busy) -> None:
    ledger, flips = Ledger(busy.terms), 0
    for trade in busy.trades:
        name = trade["instrument_name"]
        before = ledger.sizes[name]
        assert trade["profit_loss"] == pytest.approx(ledger.book(trade), rel=1e-9, abs=1e-8)
        flips += before * ledger.sizes[name] < 0
    assert flips


def test_positions_are_the_sum_of_the_trades(busy: Busy) -> None:
    ledger = busy.ledger()
    for name in busy.names:
        row, size = busy.position(name), ledger.sizes[name]
        assert row["average_price"] == pytest.approx(ledger.average(name), abs=1e-7)
        assert row["realized_profit_loss"] == pytest.approx(ledger.gains[name], abs=2e-8)
        profit = ledger.profit(name, row["mark_price"])
        assert row["total_profit_loss"] == pytest.approx(profit, abs=2e-8)
        assert row["floating_profit_loss"] == row["total_profit_loss"]
        assert row["direction"] == ("sell" if size < -1e-9 else "buy" if size > 1e-9 else "zero")


def test_sizes_are_usd_for_futures_coins_for_options_and_negative_when_short(busy: Busy) -> None:
    ledger, mark = busy.ledger(), 0.0
    for name in busy.names:
        row, size, terms = busy.position(name), ledger.sizes[name], busy.terms(name)
        mark = row["mark_price"]
        if terms["kind"] == "option":
            assert row["size"] == pytest.approx(size, abs=1e-9)
            continue
        usd, coins = (size, size / mark) if is_reversed_future(terms) else (size * mark, size)
        assert row["size"] == pytest.approx(usd, abs=1e-6)
        assert row["size_currency"] == pytest.approx(coins, abs=6e-9)
        assert row["delta"] == row["size_currency"]


def test_greeks_of_an_option_position_are_totals(busy: Busy) -> None:
    ledger = busy.ledger()
    for name in busy.names[4:]:
        row, one, size = busy.position(name), busy.ticker(name), ledger.sizes[name]
        own = greeks(busy.terms(name), one)
        assert row["delta"] == pytest.approx(size * own["delta"], abs=1e-3 * abs(size))
        for greek in ("delta", "gamma", "vega", "theta"):
            assert row[greek] == pytest.approx(
                size * one["greeks"][greek], abs=6e-6 * (1 + abs(size))
            )


def test_margins_are_those_of_the_tables(busy: Busy) -> None:
    busy.line.call("private/cancel_all")
    totals = {"BTC": 0.0, "ETH": 0.0, "USDC": 0.0}
    for name in busy.names:
        row, one, terms = busy.position(name), busy.ticker(name), busy.terms(name)
        size = busy.ledger().sizes[name]
        if terms["kind"] == "option":
            short = max(0.0, -size)
            initial, maintenance = (short * m for m in short_margin(terms, one, row["mark_price"]))
        else:
            initial, maintenance = future_margin(terms, one, size)
        assert row["initial_margin"] == pytest.approx(initial, rel=1e-6, abs=1e-8)
        assert row["maintenance_margin"] == pytest.approx(maintenance, rel=1e-6, abs=1e-8)
        totals[terms["settlement_currency"]] += initial
    for currency, initial in totals.items():
        summary = busy.line.call("private/get_account_summary", currency=currency)
        assert summary["initial_margin"] == pytest.approx(initial, rel=1e-6, abs=1e-8)


def test_orders_trades_and_changes_tell_one_story_in_every_channel(busy: Busy) -> None:
    line = busy.line
    orders, changes = line.data("user.orders.any.any.raw"), line.data("user.changes.any.any.raw")
    assert [order for frame in changes for order in frame["orders"]] == orders
    assert [trade for frame in changes for trade in frame["trades"]] == busy.trades
    assert all(
        [p["instrument_name"] for p in frame["positions"]] == [frame["instrument_name"]]
        for frame in changes
    )
    for name in busy.names:
        assert line.data(f"user.orders.{name}.raw") == of(name, orders)
        assert line.data(f"user.changes.{name}.raw") == of(name, changes)
        assert [t for f in line.data(f"user.trades.{name}.raw") for t in f] == of(name, busy.trades)


def of(name: str, rows: list[Row]) -> list[Row]:
    """Rows of one instrument."""
    return [row for row in rows if row["instrument_name"] == name]


@pytest.mark.parametrize("topic", ["any.any", "option.BTC", "any.USDC", "future.any"])
def test_batched_channels_hold_what_the_raw_ones_did(busy: Busy, topic: str) -> None:
    busy.line.run(0.2)
    for kind in ("orders", "trades"):
        batched = [r for f in busy.line.data(f"user.{kind}.{topic}.100ms") for r in f]
        raw = busy.line.data(f"user.{kind}.{topic}.raw")
        assert batched == (raw if kind == "orders" else [row for rows in raw for row in rows])
        assert batched


def test_what_was_announced_and_answered_is_what_is_read_later(busy: Busy) -> None:
    last = {order["order_id"]: order for order in busy.line.data("user.orders.any.any.raw")}
    for order_id, order in last.items():
        assert busy.line.call("private/get_order_state", order_id=order_id) == order
    for answer in busy.answers:
        done = [t for t in busy.trades if t["order_id"] == answer["order"]["order_id"]]
        assert answer["trades"] == done[: len(answer["trades"])]
        read = busy.line.call(
            "private/get_user_trades_by_order", order_id=answer["order"]["order_id"]
        )
        assert read == done


def test_an_order_s_average_and_filled_amount_are_those_of_its_trades(busy: Busy) -> None:
    for answer in busy.answers:
        order = busy.line.call("private/get_order_state", order_id=answer["order"]["order_id"])
        done = [t for t in busy.trades if t["order_id"] == order["order_id"]]
        ledger = Ledger(busy.terms)
        for trade in done:
            ledger.book(trade)
        assert order["filled_amount"] == pytest.approx(sum(t["amount"] for t in done))
        average = ledger.average(order["instrument_name"])
        assert order["average_price"] == pytest.approx(average, abs=1e-7)
        if done:
            is_whole = order["filled_amount"] == order["amount"]
            assert done[-1]["state"] == ("filled" if is_whole else "open")


def test_the_last_portfolio_frame_is_the_summary(busy: Busy) -> None:
    busy.line.run(1.0)
    busy.line.call("private/buy", instrument_name="BTC-PERPETUAL", amount=10, type="market")
    busy.line.run(0.1)
    for currency in ("BTC", "ETH", "USDC"):
        frames = [f for f in busy.line.data("user.portfolio.any") if f["currency"] == currency]
        summary = busy.line.call("private/get_account_summary", currency=currency)
        shared_keys = frames[-1].keys() & summary.keys()
        assert {k: frames[-1][k] for k in shared_keys} == {k: summary[k] for k in shared_keys}
