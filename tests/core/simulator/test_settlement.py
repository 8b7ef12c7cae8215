"""08:00 UTC: what accounts are paid, and the rows they read afterwards, against recordings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from core.simulator.accounts.account import Account
from core.simulator.accounts.holdings import position_row
from core.simulator.accounts.summary import portfolio_row
from core.simulator.markets.market import Market
from core.simulator.world.makers.options import OptionBoard
from tests.core.simulator.still import Desk
from tests.core.simulator.wire import ask
from tests.shared_data import shared

TO_EIGHT_S = 20 * 3_600
DAY_S = 86_400
EXTRA = {"estimated_liquidation_ratio", "estimated_liquidation_ratio_map"}
CORE = {"starbase_order_id", "starbase_match_id", "starbase_timestamp", "ip"}
"""What only the venue's own machinery adds to a row."""


@pytest.fixture
def desk() -> Desk:
    return Desk()


def recorded(name: str) -> Any:
    """The result of a recorded call."""
    return json.loads(shared(f"fixtures/deribit/qkt/{name}.json").read_text())["response"]["result"]


def near_option(desk: Desk, *, deep: bool) -> Market:
    """A call of the next expiry, far in or far out of the money."""
    chain = desk.exchange.floor.options_of("BTC")
    first = min(m.instrument.expiry_ms for m in chain)
    calls = [m for m in chain if m.instrument.expiry_ms == first and m.instrument.is_call]
    calls = [m for m in calls if m.instrument.settlement == "BTC"]
    return (min if deep else max)(calls, key=lambda m: m.instrument.strike)


def log_of(account: Account, kind: str) -> list[dict[str, Any]]:
    """Transaction log rows of one type."""
    return [record.row for record in account.log if record.row["type"] == kind]


def test_summaries_have_the_fields_of_the_recorded_ones(desk: Desk) -> None:
    row = ask(desk, "private/get_account_summary", currency="USDC")
    assert set(row) == set(recorded("private_get_account_summary"))
    assert set(portfolio_row(desk.ann, "BTC")) - EXTRA < set(row)
    both = ask(desk, "private/get_account_summaries", extended=True)
    assert [one["currency"] for one in both["summaries"]] == ["BTC", "ETH", "USDC"]
    assert {fee["kind"] for fee in both["summaries"][0]["fees"]} == {
        "perpetual",
        "future",
        "option",
    }


def test_a_future_position_has_the_fields_of_the_recorded_one(desk: Desk) -> None:
    market = desk.market("BTC_USDC-PERPETUAL")
    desk.send(desk.ann, market, "buy", 1)
    assert set(position_row(desk.ann, market)) == set(
        recorded("private_get_positions_linear_future")[0]
    )


def test_the_rows_of_a_settlement_are_those_recorded(desk: Desk) -> None:
    option, market = near_option(desk, deep=False), desk.market("BTC-PERPETUAL")
    desk.send(desk.ann, market, "buy", 100)
    closed = desk.market("BTC_USDC-PERPETUAL")
    desk.send(desk.ann, closed, "buy", 10)
    desk.send(desk.ann, closed, "sell", 10)
    desk.send(desk.ann, option, "buy", 10)
    desk.clock.advance(TO_EIGHT_S)
    desk.run(0.2)
    logs = recorded("private_get_transaction_log_expiry")["logs"]
    held = recorded("private_get_transaction_log_funding")["logs"][1]
    for kind in ("options_settlement_summary", "expiry"):
        right = next(row for row in logs if row["type"] == kind)
        assert set(log_of(desk.ann, kind)[0]) == set(right), kind
    for row in log_of(desk.ann, "settlement"):
        assert set(row) == set(held)
        if row["position"]:
            assert row["side"] == "long"
            assert row["change"] == pytest.approx(
                row["session_rpl"] + row["session_upl"], abs=1e-12
            )
        else:
            assert (row["side"], row["session_rpl"]) == ("-", None)
    settled = ask(desk, "private/get_settlement_history_by_currency", currency="BTC", count=20)
    right = recorded("private_get_settlement_history_by_currency")["settlements"]
    for kind in ("settlement", "exercise"):
        ours = next(row for row in settled["settlements"] if row["type"] == kind)
        assert set(ours) == set(next(r for r in right if r["type"] == kind and "funding" in r)
                                if kind == "settlement" else right[-1])  # fmt: skip
    assert settled["continuation"] == "none"


def test_trades_in_the_log_have_the_recorded_fields_and_show_profit_as_cashflow(desk: Desk) -> None:
    market = desk.market("ETH_USDC-PERPETUAL")
    desk.send(desk.ann, market, "buy", 500)
    desk.send(desk.ann, market, "sell", 500)
    opened, closed = log_of(desk.ann, "trade")[0], log_of(desk.ann, "trade")[-1]
    right = recorded("private_get_transaction_log_funding")["logs"][0]
    assert set(right) - CORE <= set(closed) | {"info"}
    assert (opened["cashflow"], opened["profit_as_cashflow"]) == (0.0, False)
    assert closed["profit_as_cashflow"]
    assert closed["cashflow"] < 0.0
    assert closed["change"] == -closed["commission"]


def test_missed_days_are_settled_one_by_one_in_order(desk: Desk) -> None:
    market = desk.market("BTC-PERPETUAL")
    desk.send(desk.ann, market, "buy", 100)
    desk.clock.advance(TO_EIGHT_S + 3 * DAY_S + 3_600)
    desk.run(0.1)
    rows = [record.row for record in desk.ann.settlements if record.kind == "settlement"]
    stamps = [datetime.fromtimestamp(row["timestamp"] / 1000, UTC) for row in rows]
    assert [(t.day, t.hour, t.minute, t.second) for t in stamps] == [
        (19, 8, 0, 1), (20, 8, 0, 1), (21, 8, 0, 1), (22, 8, 0, 1),
    ]  # fmt: skip
    assert [row["date"] for row in desk.exchange.rollover.delivery_rows("btc_usd")] == [
        "2026-11-22", "2026-11-21", "2026-11-20", "2026-11-19",
    ]  # fmt: skip
    assert desk.exchange.accounts.unaccounted("BTC") == 0
    assert all(m.instrument.expiry_ms > desk.clock.now_ms() for m in desk.exchange.floor.markets)


def test_an_expired_instrument_stays_readable_and_is_archived_later(desk: Desk) -> None:
    market = near_option(desk, deep=True)
    desk.clock.advance(TO_EIGHT_S + 60)
    desk.run(0.1)
    row = ask(desk, "public/get_instrument", instrument_name=market.name)
    assert (row["state"], row["is_active"]) == ("delivered", False)
    desk.clock.advance(2 * 3_600)
    desk.run(0.1)
    row = ask(desk, "public/get_instrument", instrument_name=market.name)
    assert (row["state"], row["is_active"]) == ("archivized", False)
    gone = ask(desk, "public/get_instruments", currency="BTC", kind="option", expired=True)
    assert market.name in {one["instrument_name"] for one in gone}


def test_the_history_of_settlements_can_be_read_in_parts(desk: Desk) -> None:
    desk.send(desk.ann, desk.market("BTC-PERPETUAL"), "buy", 100)
    desk.clock.advance(TO_EIGHT_S + 4 * DAY_S)
    desk.run(0.1)
    method, rows, token = "private/get_settlement_history_by_currency", [], None
    for _ in range(4):
        extra: dict[str, Any] = {"continuation": token} if token else {}
        part = ask(desk, method, currency="BTC", count=2, type="settlement", **extra)
        rows += part["settlements"]
        token = part["continuation"]
        if token == "none":
            break
    stamps = [row["timestamp"] for row in rows]
    assert len(stamps) == 5
    assert stamps == sorted(stamps, reverse=True)
    assert ask(desk, method, currency="BTC", type="bankruptcy")["settlements"] == []


def test_a_weekly_future_is_delivered_free_at_the_delivery_price(desk: Desk) -> None:
    floor = desk.exchange.floor
    weekly = next(m for m in floor.markets
                  if m.instrument.kind == "future" and m.instrument.period == "week")  # fmt: skip
    desk.send(desk.ann, weekly, "sell", 200)
    fees = desk.ann.purses[weekly.instrument.settlement].fees
    desk.clock.advance((weekly.instrument.expiry_ms - desk.clock.now_ms()) / 1000.0)
    desk.run(0.1)
    assert desk.ann.purses[weekly.instrument.settlement].fees == fees
    row = log_of(desk.ann, "delivery")[0]
    assert row["price"] == row["settlement_price"] == weekly.delivery_price
    assert row["commission"] == 0.0
    assert desk.ann.settlements[-1].kind == "delivery"
    assert weekly.open_interest == 0.0


def test_a_linear_option_is_paid_bought_and_delivered_in_usdc(desk: Desk) -> None:
    chain = [m for m in desk.exchange.floor.markets
             if m.instrument.is_option and m.instrument.is_linear]  # fmt: skip
    if not chain:
        pytest.skip("no linear options are listed")
    first = min(m.instrument.expiry_ms for m in chain)
    calls = [m for m in chain if m.instrument.expiry_ms == first and m.instrument.is_call]
    market = min((m for m in calls if m.book.best(1)), key=lambda m: m.instrument.strike)
    before = desk.ann.purses["USDC"].balance
    _, fills = desk.send(desk.ann, market, "buy", 5)
    paid = sum(Decimal(repr(f.row["amount"])) * Decimal(repr(f.row["price"])) for f in fills)
    fees = sum(Decimal(repr(f.row["fee"])) for f in fills)
    assert desk.ann.purses["USDC"].balance == before - paid - fees
    size = desk.ann.size_in(market)
    desk.clock.advance((first - desk.clock.now_ms()) / 1000.0)
    desk.run(0.1)
    row = log_of(desk.ann, "expiry")[0]
    price = Decimal(repr(market.delivery_price))
    intrinsic = max(Decimal(0), price - Decimal(repr(market.instrument.strike)))
    assert row["cashflow"] == pytest.approx(float(size * intrinsic), abs=1e-8)
    assert row["currency"] == "USDC"
    assert desk.exchange.accounts.unaccounted("USDC") == 0


def test_a_simulated_portfolio_shows_margins_and_greeks_of_what_is_asked(desk: Desk) -> None:
    option, perpetual = desk.option("BTC"), desk.market("BTC-PERPETUAL")
    desk.send(desk.ann, perpetual, "buy", 100)
    wanted = {option.name: -3.0, perpetual.name: 5_000}
    row = ask(desk, "private/simulate_portfolio", currency="BTC", simulated_positions=wanted)
    assert row["options_delta"] < -0.5
    assert row["options_gamma"] <= 0.0 < row["initial_margin"]
    assert row["delta_total_map"]["btc_usd"] == pytest.approx(
        row["options_delta"] + 6_000 / perpetual.mark, abs=1e-6
    )
    alone = ask(desk, "private/simulate_portfolio", currency="BTC", add_positions=False,
                simulated_positions={perpetual.name: 1_000})  # fmt: skip
    held = ask(desk, "private/get_account_summary", currency="BTC")
    assert alone["initial_margin"] == pytest.approx(held["initial_margin"], abs=1e-8)
    assert alone["equity"] == pytest.approx(held["equity"], abs=1e-8)
    assert set(alone) == set(held)


def test_in_the_last_half_hour_options_are_priced_on_what_they_are_delivered_at(
    desk: Desk,
) -> None:
    market = near_option(desk, deep=True)
    desk.clock.advance(TO_EIGHT_S - 900)
    desk.run(1.5)
    board, row = market.board, market.row
    assert isinstance(board, OptionBoard)
    share = (market.instrument.expiry_ms - board.at_ms[row]) / 1_800_000
    assert 0.49 < share < 0.51
    average = market.estimated_delivery()
    held = (1 - share) * average + share * board.forward[row]
    assert board.delivered[row] == pytest.approx(held, rel=1e-4)
    deep_itm = 1.0 - market.instrument.strike / board.delivered[row]
    assert market.mark == pytest.approx(deep_itm, abs=1e-4)
    later = board.expiry_ms > board.expiry_ms[row]
    np.testing.assert_array_equal(board.delivered[later], board.forward[later])
