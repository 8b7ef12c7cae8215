"""Sessions across 08:00 UTC and deliveries, recomputed from printed numbers: sections 16 and 18."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from core.simulator.markets.book import ASK, BID
from tests.core.simulator.indoors import Indoors, indoors
from tests.core.simulator.printed import Row, worth
from tests.core.simulator.still import Desk

PERPETUAL, LINEAR = "BTC-PERPETUAL", "BTC_USDC-PERPETUAL"
FRIDAY_MS = int(datetime(2026, 11, 20, 8, 0, tzinfo=UTC).timestamp() * 1000)


def sleep_until(line: Indoors, at_ms: int) -> None:
    """One long step, then one short one."""
    line.desk.clock.advance((at_ms - line.desk.clock.now_ms()) / 1000.0 - 0.1)
    line.run(0.1)
    line.run(0.1)


def trade(line: Indoors, side: str, name: str, amount: float) -> Any:
    """Trades of a market order."""
    answer = line.call(f"private/{side}", instrument_name=name, amount=amount, type="market")
    assert answer["order"]["order_state"] == "filled"
    return answer["trades"]


def position(line: Indoors, name: str) -> Any:
    """One position."""
    return line.call("private/get_position", instrument_name=name)


def test_a_short_across_settlement_counts_from_its_price_and_flips(
    session: tuple[Indoors, str],
) -> None:
    line, option = session
    for name, amount in ((PERPETUAL, 1000.0), (LINEAR, 0.5), (option, 2.0)):
        terms = line.call("public/get_instrument", instrument_name=name)
        row, size = position(line, name), -amount
        assert row["realized_profit_loss"] == 0.0
        now, start = worth(terms, size, row["mark_price"]), row["settlement_price"]
        tolerance = 1e-7 if name == option else 2e-8
        assert row["floating_profit_loss"] == pytest.approx(
            now - worth(terms, size, start), abs=tolerance
        )
        total = now - worth(terms, size, row["average_price"])
        assert row["total_profit_loss"] == pytest.approx(total, abs=1e-6)
        fills, left, gained = trade(line, "buy", name, 1.5 * amount), amount, 0.0
        for fill in fills:
            closed = min(left, fill["amount"])
            left -= closed
            won = worth(terms, closed, start) - worth(terms, closed, fill["price"])
            assert fill["profit_loss"] == pytest.approx(won, abs=tolerance)
            gained += won
        row = position(line, name)
        assert row["realized_profit_loss"] == pytest.approx(gained, abs=2 * tolerance)
        assert row["direction"] == "buy"
        assert row["floating_profit_loss"] == row["total_profit_loss"]


@pytest.fixture
def session() -> Iterator[tuple[Indoors, str]]:
    """Shorts in a perpetual of each kind and an option, held across one settlement."""
    desk = Desk(3)
    option = desk.option().name
    with indoors(desk) as line:
        for name, amount in ((PERPETUAL, 1000.0), (LINEAR, 0.5), (option, 2.0)):
            trade(line, "sell", name, amount)
        sleep_until(line, FRIDAY_MS - 86_400_000)
        line.run(5.0)
        yield line, option


@pytest.fixture(scope="module")
def delivered() -> Iterator[tuple[Indoors, dict[str, Row]]]:
    """Options of both kinds, in and out of the money, long and short, and a future, delivered."""
    with indoors(Desk(3)) as line:
        sleep_until(line, FRIDAY_MS - 20 * 3_600_000)
        terms: dict[str, Row] = {}
        for n, name in enumerate(expiring(line)):
            terms[name] = line.call("public/get_instrument", instrument_name=name)
            lots = 10 if terms[name]["instrument_type"] == "reversed" else 1
            amount = round(terms[name]["min_trade_amount"] * lots, 8)
            trade(line, "sell" if n % 3 else "buy", name, amount)
        for at_ms in range(FRIDAY_MS - 1_900_000, FRIDAY_MS, 20_000):
            sleep_until(line, at_ms)
        sleep_until(line, FRIDAY_MS)
        yield line, terms


def expiring(line: Indoors) -> list[str]:
    """Near the money on both sides, of the inverse and the linear chain, and the future."""
    ended = [m for m in line.desk.exchange.floor.markets if m.instrument.expiry_ms == FRIDAY_MS]
    names: list[str] = []
    for chain in ("BTC", "BTC_USDC"):
        for is_call in (True, False):
            options = [m for m in ended if m.instrument.chain == chain and m.instrument.is_option]
            options = [m for m in options if m.instrument.is_call == is_call]
            options = [m for m in options if None not in (m.book.best(BID), m.book.best(ASK))]
            options.sort(key=lambda m: abs(m.instrument.strike - m.index))
            names += [m.name for m in options[:4]]
    futures = [m.name for m in ended if m.instrument.kind == "future"]
    return names + futures


def test_every_delivery_pays_what_the_rules_say(
    delivered: tuple[Indoors, dict[str, Row]],
) -> None:
    line, terms = delivered
    logs = [r for c in ("BTC", "ETH", "USDC") for r in line.call(
        "private/get_transaction_log", currency=c, start_timestamp=FRIDAY_MS,
        end_timestamp=FRIDAY_MS + 5_000,
    )["logs"] if r["type"] in ("expiry", "delivery")]  # fmt: skip
    assert {row["instrument_name"] for row in logs} == set(terms)
    paid = 0
    for row in logs:
        it, delivery = terms[row["instrument_name"]], row["settlement_price"]
        if it["kind"] == "future":
            assert (row["commission"], row["price"]) == (0.0, delivery)
            continue
        sign = 1 if it["option_type"] == "call" else -1
        intrinsic = max(0.0, sign * (delivery - it["strike"]))
        is_linear = it["instrument_type"] == "linear"
        each = intrinsic if is_linear else intrinsic / delivery
        size = row["amount"] if row["side"] == "close sell" else -row["amount"]
        coin = delivery if is_linear else 1.0
        fee = row["amount"] * min(0.00015 * coin, 0.125 * each)
        assert row["cashflow"] == pytest.approx(size * each, abs=1e-8)
        assert row["commission"] == pytest.approx(fee, abs=1e-8)
        assert row["change"] == pytest.approx(row["cashflow"] - row["commission"], abs=1e-12)
        paid += each > 0
    assert paid >= 4


def test_settlement_rows_show_the_delivery_price_and_what_was_earned(
    delivered: tuple[Indoors, dict[str, Row]],
) -> None:
    line, terms = delivered
    index = line.call("public/get_delivery_prices", index_name="btc_usd", count=1)["data"][0]
    rows = line.call("private/get_settlement_history_by_currency", currency="BTC")["settlements"]
    rows = [row for row in rows if row["type"] != "settlement"]
    for row in rows:
        is_option = terms[row["instrument_name"]]["kind"] == "option"
        assert row["type"] == ("exercise" if is_option else "delivery")
        assert row["index_price"] == index["delivery_price"]
        assert row["mark_price"] == (0.0 if is_option else index["delivery_price"])
        assert 0 <= row["timestamp"] - FRIDAY_MS <= 1_200
    assert {row["instrument_name"] for row in rows} == {
        n for n, it in terms.items() if it["settlement_currency"] == "BTC"
    }


def test_orders_are_refused_for_the_seconds_after_settlement_and_day_orders_end(
    line: Indoors,
) -> None:
    sleep_until(line, FRIDAY_MS - 86_400_000 - 5_000)
    bid = line.call("public/ticker", instrument_name=PERPETUAL)["best_bid_price"]
    params: Row = {"instrument_name": PERPETUAL, "amount": 10, "price": bid - 500}
    kept = line.call("private/buy", **params)["order"]["order_id"]
    day = line.call("private/buy", **params, time_in_force="good_til_day")["order"]["order_id"]
    sleep_until(line, FRIDAY_MS - 86_400_000)
    asked: tuple[tuple[str, Row], ...] = (
        ("private/buy", params), ("private/edit", {"order_id": kept, "amount": 20}),
        ("private/close_position", {"instrument_name": PERPETUAL, "type": "market"}),
    )  # fmt: skip
    for method, more in asked:
        assert line.ask(method, **more)["error"]["code"] == 10041
    states = [
        line.call("private/get_order_state", order_id=one)["order_state"] for one in (kept, day)
    ]
    assert states == ["open", "cancelled"]
    line.run(3.0)
    assert line.call("private/edit", order_id=kept, amount=20)["order"]["amount"] == 20.0


@pytest.fixture
def line() -> Iterator[Indoors]:
    """A session on an exchange of its own."""
    with indoors(Desk(3)) as opened:
        yield opened
