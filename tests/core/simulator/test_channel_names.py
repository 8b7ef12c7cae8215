"""Which channels exist, what each says first, and what the silent ones do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.core.simulator.indoors import Indoors, indoors

PERPETUAL = "BTC-PERPETUAL"
SILENT = (
    "announcements", "block_trade_confirmations", "block_trade_confirmations.BTC", "rfq.ETH",
    "user.lock", "user.access_log", "user.mmp_trigger.btc_usd", "user.mmp_trigger.any",
    "user.combo_trades.any.any.raw", "user.combo_trades.option_combo.BTC.100ms",
)  # fmt: skip
UNKNOWN = (
    "ticker.NOPE.raw", "ticker.BTC-PERPETUAL", "book.BTC-PERPETUAL.7.10.100ms",
    "book.BTC-PERPETUAL.none.7.100ms", "book.BTC-PERPETUAL.none.10.raw",
    "book.ETH-PERPETUAL.1.10.100ms", "trades.future.XYZ.raw", "trades.swap.BTC.raw",
    "perpetual.BTC-25DEC26.raw", "chart.trades.BTC-PERPETUAL.7", "deribit_price_index.nope",
    "deribit_price_ranking.nope", "deribit_volatility_index.sol_usdc", "markprice.options.ada_usd",
    "instrument.creation.any", "instrument.birth.any.any", "platform_state.nope",
    "user.mmp_trigger.nope", "user.orders.NOPE.raw", "user.portfolio.xyz", "user.nope", "", ".",
)  # fmt: skip


@pytest.fixture
def line() -> Iterator[Indoors]:
    with indoors() as opened:
        yield opened


def first(line: Indoors, channel: str) -> Any:
    """What a channel says at once."""
    assert line.subscribe(channel)["result"] == [channel]
    return line.data(channel)[0]


def test_silent_channels_are_accepted_and_say_nothing(line: Indoors) -> None:
    assert line.subscribe(*SILENT)["result"] == sorted(SILENT)
    line.call("private/buy", instrument_name=PERPETUAL, amount=10, type="market")
    line.run(2.0)
    assert line.frames == []


def test_unknown_and_malformed_names_are_dropped(line: Indoors) -> None:
    assert line.subscribe(*UNKNOWN)["result"] == []


def test_strangers_may_call_the_public_methods(line: Indoors) -> None:
    name = "platform_state.public_methods_state"
    assert first(line, name) == {"allow_unauthenticated_public_requests": True}
    line.run(3.0)
    assert len(line.data(name)) == 1


def test_every_resolution_of_a_chart_shows_the_running_candle(line: Indoors) -> None:
    resolutions = ("1", "3", "5", "10", "15", "30", "60", "120", "180", "360", "720", "1D")
    names = [f"chart.trades.{PERPETUAL}.{resolution}" for resolution in resolutions]
    assert line.subscribe(*names)["result"] == sorted(names)
    line.desk.send(line.desk.ben, line.desk.market(PERPETUAL), "buy", 5)
    line.run(1.1)
    now = line.desk.clock.now_ms()
    for name, resolution in zip(names, resolutions, strict=True):
        candle = line.data(name)[-1]
        asked = line.call(
            "public/get_tradingview_chart_data", instrument_name=PERPETUAL, resolution=resolution,
            start_timestamp=candle["tick"], end_timestamp=now,
        )  # fmt: skip
        assert asked["ticks"] == [candle["tick"]]
        assert asked["open"] == [candle["open"]]


def test_a_new_listing_is_told_whole_and_then_as_open(line: Indoors) -> None:
    created, state = "instrument.creation.option.BTC", "instrument.state.any.any"
    line.subscribe(created, state)
    now_s = line.desk.clock.at_ns / 1e9
    line.run(86_400.0 - (now_s - 28_800.0) % 86_400.0 - 1.0, 90_000.0)
    line.run(40.0, 1.0)
    row = line.data(created)[0]
    assert row == line.call("public/get_instrument", instrument_name=row["instrument_name"])
    states = {(frame["instrument_name"], frame["state"]) for frame in line.data(state)}
    assert (row["instrument_name"], "open") in states
    gone = line.call("public/get_instruments", currency="BTC", expired=True)[0]
    assert (gone["instrument_name"], "delivered") in states
    for each in line.data(created):
        assert each["kind"] == "option"
        assert each["settlement_currency"] == "BTC"


@pytest.mark.parametrize(
    ("name", "group", "step"), [(PERPETUAL, "10", 10.0), ("ETH-PERPETUAL", "250", 2.5)]
)
def test_grouped_books_lie_on_their_grid_and_keep_the_amounts(
    line: Indoors, name: str, group: str, step: float
) -> None:
    window = first(line, f"book.{name}.{group}.20.100ms")
    whole = line.call("public/get_order_book", instrument_name=name, depth=10000)
    assert window["timestamp"] == line.desk.clock.now_ms()
    for side in ("bids", "asks"):
        prices = [price for price, _ in window[side]]
        assert all(price % step == 0 for price in prices)
        assert prices == sorted(prices, reverse=side == "bids")
        edge = prices[-1]
        covered = [a for p, a in whole[side] if (p >= edge if side == "bids" else p <= edge)]
        assert sum(amount for _, amount in window[side]) == pytest.approx(sum(covered))
    assert window["bids"][0][0] <= whole["best_bid_price"]
    assert window["asks"][0][0] >= whole["best_ask_price"]


def test_a_portfolio_is_named_in_either_case_and_any_is_every_currency(line: Indoors) -> None:
    for name in ("user.portfolio.btc", "user.portfolio.BTC"):
        assert first(line, name)["currency"] == "BTC"
    line.subscribe("user.portfolio.any")
    assert [row["currency"] for row in line.data("user.portfolio.any")] == ["BTC", "ETH", "USDC"]


def test_an_execution_reaches_every_topic_it_belongs_to_once(line: Indoors) -> None:
    topics = (PERPETUAL, "future.BTC", "future.any", "any.BTC", "any.any")
    names = [f"{kind}.{topic}.raw" for topic in topics
             for kind in ("trades", "user.trades", "user.orders", "user.changes")]  # fmt: skip
    others = ["trades.option.any.raw", "user.trades.future.ETH.raw", "user.orders.option.any.raw"]
    assert sorted(line.subscribe(*names, *others)["result"]) == sorted(names + others)
    order = line.call("private/buy", instrument_name=PERPETUAL, amount=10, type="market")["order"]
    line.run(0.1)
    for topic in topics:
        fills = [row for rows in line.data(f"user.trades.{topic}.raw") for row in rows]
        assert [row["order_id"] for row in fills] == [order["order_id"]]
        public = [row for rows in line.data(f"trades.{topic}.raw") for row in rows]
        assert fills[0]["trade_id"] in [row["trade_id"] for row in public]
        assert line.data(f"user.orders.{topic}.raw")[-1]["order_state"] == "filled"
        assert len(line.data(f"user.changes.{topic}.raw")) == 1
    assert line.data(others[1]) == line.data(others[2]) == []


def test_marks_of_a_chain_come_whole_and_then_by_what_changed(line: Indoors) -> None:
    name = "markprice.options.eth_usd"
    chain = line.call("public/get_instruments", currency="ETH", kind="option")
    whole = first(line, name)
    assert {row["instrument_name"] for row in whole} == {row["instrument_name"] for row in chain}
    assert all(0.0 < row["iv"] < 10.0 for row in whole)
    line.run(3.0)
    assert 2 <= len(line.data(name)) <= 5


def test_every_book_with_options_has_a_channel_of_marks(line: Indoors) -> None:
    listed = line.call("public/get_instruments", kind="option")
    names = sorted({f"markprice.options.{row['price_index']}" for row in listed})
    assert line.subscribe(*names)["result"] == sorted(names)
    assert all(line.data(name) for name in names)
