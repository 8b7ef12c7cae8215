"""Margin, funding, simulated portfolios and the trade history: sections 15, 16 and 18."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.core.simulator.indoors import Indoors, indoors
from tests.core.simulator.printed import future_margin
from tests.core.simulator.still import Desk

PERPETUAL, LINEAR, ETHER = "BTC-PERPETUAL", "BTC_USDC-PERPETUAL", "ETH-PERPETUAL"


@pytest.fixture
def line() -> Iterator[Indoors]:
    """A session on an exchange of its own."""
    with indoors(Desk(3)) as opened:
        yield opened


def summary(line: Indoors, currency: str = "BTC") -> Any:
    """The account summary."""
    return line.call("private/get_account_summary", currency=currency)


def ticker(line: Indoors, name: str) -> Any:
    """The ticker."""
    return line.call("public/ticker", instrument_name=name)


def order(line: Indoors, side: str, name: str, amount: float, **more: object) -> Any:
    """The whole answer to an order."""
    return line.ask(f"private/{side}", instrument_name=name, amount=amount, **more)


def test_reduce_only_orders_bind_no_margin_however_many_there_are(line: Indoors) -> None:
    order(line, "sell", PERPETUAL, 40_000, type="market")
    bid = ticker(line, PERPETUAL)["best_bid_price"]
    bound = summary(line)["initial_margin"]
    for step in (100, 200, 300):
        order(line, "buy", PERPETUAL, 40_000, price=bid - step, reduce_only=True)
    assert summary(line)["initial_margin"] == bound
    order(line, "buy", PERPETUAL, 90_000, price=bid - 400)
    assert summary(line)["initial_margin"] > bound


def test_get_margins_is_what_comes_on_top_and_nothing_for_what_reduces(line: Indoors) -> None:
    order(line, "buy", PERPETUAL, 40_000, type="market")
    bid, before = ticker(line, PERPETUAL)["best_bid_price"], summary(line)["initial_margin"]
    asked = line.call(
        "private/get_margins", instrument_name=PERPETUAL, amount=30_000, price=bid - 100
    )
    assert asked["sell"] == 0.0
    order(line, "buy", PERPETUAL, 30_000, price=bid - 100)
    bound = summary(line)["initial_margin"] - before
    assert asked["buy"] == pytest.approx(bound, abs=2e-8)


@pytest.mark.parametrize("name", [PERPETUAL, LINEAR])
def test_funds_are_not_enough_exactly_where_available_would_be_negative(
    line: Indoors, name: str
) -> None:
    terms = line.call("public/get_instrument", instrument_name=name)
    one, lot = ticker(line, name), terms["min_trade_amount"]
    free = summary(line, terms["settlement_currency"])["available_funds"]
    low, high = 0, 10**9
    while high - low > 1:
        middle = (low + high) // 2
        fits = future_margin(terms, one, middle * lot)[0] <= free
        low, high = (middle, high) if fits else (low, middle)
    price = one["best_bid_price"] - 200
    refused = order(line, "buy", name, round(high * lot, 8), price=price)
    assert refused["error"]["code"] == 10009
    taken = order(line, "buy", name, round(low * lot, 8), price=price)
    assert taken["result"]["order"]["order_state"] == "open"
    left = summary(line, terms["settlement_currency"])["available_funds"]
    assert 0 <= left < future_margin(terms, one, 1000 * lot)[0]


def test_a_simulated_portfolio_binds_what_the_real_one_then_does(line: Indoors) -> None:
    call, put = line.desk.option().name, line.desk.option(is_call=False).name
    wanted = ((PERPETUAL, 50_000.0), (LINEAR, 0.5), (call, -2.0), (put, -3.0), (call, 5.0),
              (PERPETUAL, -90_000.0))  # fmt: skip
    for name, size in wanted:
        currency = "USDC" if "_" in name else "BTC"
        simulated = line.call(
            "private/simulate_portfolio", currency=currency, simulated_positions={name: size}
        )
        order(line, "buy" if size > 0 else "sell", name, abs(size), type="market")
        real = summary(line, currency)
        for key in ("initial_margin", "maintenance_margin", "options_delta", "options_value"):
            assert real[key] == pytest.approx(simulated[key], abs=1e-8), (name, key)


def test_funding_is_the_ticker_s_rate_times_the_position_through_time(line: Indoors) -> None:
    sizes, expected = {PERPETUAL: 200_000.0, LINEAR: -1.0}, {PERPETUAL: 0.0, LINEAR: 0.0}
    order(line, "buy", PERPETUAL, 200_000, type="market")
    order(line, "sell", LINEAR, 1.0, type="market")
    for premium in (0.003, -0.003, 0.0001, 0.008):
        line.desk.exchange.world.carry.state.premium[:] = premium
        for _ in range(50):
            line.run(10.0, 10.0)
            for name, size in sizes.items():
                one = ticker(line, name)
                coin = one["index_price"] if name == LINEAR else 1.0 / one["index_price"]
                expected[name] -= size * coin * one["current_funding"] * 10.0 / 28_800.0
    for name, paid in expected.items():
        row = line.call("private/get_position", instrument_name=name)
        assert row["realized_funding"] == pytest.approx(paid, rel=2e-3, abs=1e-7)
        assert summary(line, "USDC" if name == LINEAR else "BTC")["futures_session_rpl"] == (
            pytest.approx(row["realized_funding"] + row["realized_profit_loss"], abs=1e-8)
        )


@pytest.fixture(scope="module")
def many() -> Iterator[Indoors]:
    """A session after 130 executions, several of them in one millisecond."""
    with indoors(Desk(3)) as line:
        for i in range(130):
            name, amount = (PERPETUAL, 10) if i % 3 else (ETHER, 1)
            order(line, "buy" if i % 2 else "sell", name, amount, type="market")
            if i % 7 == 0:
                line.run(0.1)
        yield line


def done(line: Indoors) -> list[Any]:
    """Ids of all executions in the perpetual, oldest first."""
    return [f.row["trade_id"] for f in line.desk.ann.fills if f.instrument == PERPETUAL]


def test_paging_by_sequence_number_leaves_no_hole_and_no_double(many: Indoors) -> None:
    found: list[Any] = []
    start, more = 0, True
    while more:
        page = many.call(
            "private/get_user_trades_by_instrument", instrument_name=PERPETUAL,
            start_seq=start, count=7, sorting="asc",
        )  # fmt: skip
        found += [row["trade_id"] for row in page["trades"]]
        start, more = page["trades"][-1]["trade_seq"] + 1, page["has_more"]
    assert found == done(many)


@pytest.mark.parametrize("sorting", ["asc", "desc"])
def test_paging_by_id_leaves_no_hole(many: Indoors, sorting: str) -> None:
    found: list[Any] = []
    key, more = "start_id" if sorting == "asc" else "end_id", True
    edge: dict[str, Any] = {}
    while more:
        page = many.call(
            "private/get_user_trades_by_currency", currency="BTC", count=9, sorting=sorting, **edge
        )
        ids = [row["trade_id"] for row in page["trades"]]
        found += [one for one in ids if one not in found]
        more, edge = page["has_more"], {key: ids[-1]}
    assert found == (done(many) if sorting == "asc" else done(many)[::-1])


def test_paging_backwards_by_time_leaves_no_hole(many: Indoors) -> None:
    found: list[Any] = []
    end, more = many.desk.clock.now_ms(), True
    while more:
        page = many.call(
            "private/get_user_trades_by_currency_and_time", currency="BTC", start_timestamp=0,
            end_timestamp=end, count=20, sorting="desc",
        )  # fmt: skip
        found += [row["trade_id"] for row in page["trades"] if row["trade_id"] not in found]
        end, more = page["trades"][-1]["timestamp"], page["has_more"]
    assert found == done(many)[::-1]


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_no_order_that_was_accepted_leaves_less_than_nothing(seed: int) -> None:
    rng, desk = np.random.default_rng(seed), Desk(seed)
    names = [PERPETUAL, ETHER, LINEAR, desk.option().name, desk.option(is_call=False).name]
    outcomes: set[bool] = set()
    with indoors(desk) as line:
        for _ in range(60):
            name = names[int(rng.integers(len(names)))]
            terms = line.call("public/get_instrument", instrument_name=name)
            currency, one = terms["settlement_currency"], ticker(line, name)
            worth = 1.0 if terms["kind"] == "option" else one["mark_price"] / 30.0
            worth = 5.0 if name == LINEAR else worth
            lots = int(rng.integers(1, 400) * worth / terms["min_trade_amount"])
            side = ("buy", "sell")[int(rng.integers(2))]
            before = summary(line, currency)
            answer = order(
                line, side, name, round(max(1, lots) * terms["min_trade_amount"], 8), type="market"
            )
            after, accepted = summary(line, currency), "result" in answer
            outcomes.add(accepted)
            assert accepted or answer["error"]["code"] == 10009
            if after["initial_margin"] > before["initial_margin"]:
                assert after["available_funds"] >= 0, (name, side, lots)
    assert outcomes == {True, False}
