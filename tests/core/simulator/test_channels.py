"""Subscriptions: chains, snapshots, cadence, private channels."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.core.simulator.running import Simulator, Wire, WireError, wire

PERPETUAL = "BTC-PERPETUAL"
Book = dict[str, dict[float, float]]


@pytest.fixture
def line(venue: Simulator) -> Iterator[Wire]:
    with wire(venue, "carol") as opened:
        yield opened


def fold(book: Book, frame: dict[str, Any]) -> None:
    """Apply one book frame as a client does."""
    for side in ("bids", "asks"):
        for action, price, amount in frame[side]:
            if action == "delete":
                assert amount == 0.0
                del book[side][price]
            else:
                assert (price in book[side]) == (action == "change")
                book[side][price] = amount


def test_book_changes_chain_from_the_snapshot_and_never_cross(line: Wire) -> None:
    names = [f"book.{PERPETUAL}.raw", f"book.{PERPETUAL}.100ms", "book.ETH_USDC-PERPETUAL.agg2"]
    assert sorted(line.call("private/subscribe", channels=names)) == sorted(names)
    for name in names:
        book: Book = {"bids": {}, "asks": {}}
        while len(line.seen(name)) < 4:
            line.data(name)
        first, *rest = line.seen(name)
        assert first["type"] == "snapshot"
        assert "prev_change_id" not in first
        fold(book, first)
        change_id = first["change_id"]
        for frame in rest:
            assert frame["prev_change_id"] == change_id < frame["change_id"]
            change_id = frame["change_id"]
            fold(book, frame)
            assert max(book["bids"]) < min(book["asks"])


def test_a_local_book_equals_a_fresh_snapshot(venue: Simulator, line: Wire) -> None:
    name = f"book.{PERPETUAL}.100ms"
    line.call("public/subscribe", channels=[name])
    while len(line.seen(name)) < 6:
        line.data(name)
    with wire(venue, "carol") as other:
        other.call("public/subscribe", channels=[name])
        snapshot = other.data(name)
    line.until(
        lambda f: f.get("params", {}).get("data", {}).get("change_id", 0) >= snapshot["change_id"]
    )
    book: Book = {"bids": {}, "asks": {}}
    for frame in line.seen(name):
        if frame["change_id"] <= snapshot["change_id"]:
            fold(book, frame)
    assert book["bids"] == {price: amount for _, price, amount in snapshot["bids"]}
    assert book["asks"] == {price: amount for _, price, amount in snapshot["asks"]}


def test_subscribing_again_sends_no_snapshot_but_leaving_and_coming_back_does(line: Wire) -> None:
    name = "book.BTC_USDC-PERPETUAL.100ms"
    for _ in range(2):
        line.call("public/subscribe", channels=[name])
    while len(line.seen(name)) < 3:
        line.data(name)
    assert [frame["type"] for frame in line.seen(name)].count("snapshot") == 1
    line.call("public/unsubscribe", channels=[name])
    line.call("public/subscribe", channels=[name])
    line.until(lambda f: f.get("params", {}).get("data", {}).get("type") == "snapshot")


def test_unknown_channels_are_dropped_and_raw_needs_a_login(venue: Simulator, line: Wire) -> None:
    wanted = ["ticker.NOPE.100ms", "ticker.BTC-PERPETUAL.5ms", "nonsense", "quote.BTC-PERPETUAL"]
    assert line.call("public/subscribe", channels=wanted) == ["quote.BTC-PERPETUAL"]
    with wire(venue) as stranger:
        with pytest.raises(WireError) as refused:
            stranger.call(
                "public/subscribe", channels=["quote.ETH-PERPETUAL", "ticker.ETH-PERPETUAL.raw"]
            )
        assert refused.value.code == 13778
        assert stranger.call("public/unsubscribe_all") == "ok"


@pytest.mark.parametrize(
    "name",
    [
        "ticker.BTC-PERPETUAL.100ms", "incremental_ticker.ETH-PERPETUAL", "quote.BTC-PERPETUAL",
        "book.BTC-PERPETUAL.none.10.100ms", "deribit_price_index.btc_usd",
        "deribit_volatility_index.btc_usd", "markprice.options.eth_usd",
        "perpetual.BTC-PERPETUAL.100ms", "estimated_expiration_price.btc_usd",
        "trades.future.any.100ms", "trades.BTC-PERPETUAL.100ms", "chart.trades.BTC-PERPETUAL.1",
    ],
)  # fmt: skip
def test_every_public_channel_speaks_by_itself(line: Wire, name: str) -> None:
    assert line.call("public/subscribe", channels=[name]) == [name]
    first = line.data(name)
    again = line.data(name) if not name.startswith("estimated") else first
    assert first
    assert again


def test_a_grouped_book_is_a_window_without_type(line: Wire) -> None:
    line.call("public/subscribe", channels=["book.BTC-PERPETUAL.10.10.100ms"])
    window = line.data("book.BTC-PERPETUAL.10.10.100ms")
    assert "type" not in window
    assert len(window["bids"]) == len(window["asks"]) == 10
    assert [price for price, _ in window["bids"]] == sorted(
        (price for price, _ in window["bids"]), reverse=True
    )


def test_platform_state_names_every_index_once(line: Wire) -> None:
    line.call("public/subscribe", channels=["platform_state"])
    names = line.call("public/get_index_price_names")
    while len(line.seen("platform_state")) < len(names):
        line.data("platform_state")
    assert {frame["price_index"] for frame in line.seen("platform_state")} == set(names)


def test_perpetual_books_move_several_times_a_second(line: Wire) -> None:
    name = "book.BTC-PERPETUAL.100ms"
    line.call("public/subscribe", channels=[name])
    end_s = time.monotonic() + 2.0
    while time.monotonic() < end_s:
        line.data(name)
    assert len(line.seen(name)) >= 8


def test_one_fill_shows_on_every_private_channel(line: Wire) -> None:
    names = [
        "user.orders.future.BTC.raw", "user.orders.BTC-PERPETUAL.100ms",
        "user.trades.any.any.raw", "user.changes.any.any.raw", "user.portfolio.btc",
    ]  # fmt: skip
    assert sorted(line.call("private/subscribe", channels=names)) == sorted(names)
    placed = line.call(
        "private/buy", instrument_name=PERPETUAL, amount=100, type="market", label="one"
    )
    while not all(line.seen(name) for name in names[:4]):
        line.until(lambda frame: "params" in frame)
    order = line.seen(names[0])[-1]
    listed = line.seen(names[1])[-1]
    trades = [trade for rows in line.seen(names[2]) for trade in rows]
    change = line.seen(names[3])[-1]
    assert order["order_id"] == placed["order"]["order_id"] == listed[-1]["order_id"]
    assert order["order_state"] == "filled"
    assert {trade["label"] for trade in trades} == {"one"}
    assert sum(trade["amount"] for trade in trades) == 100
    assert change["positions"][0]["size"] >= 100
    assert change["instrument_name"] == PERPETUAL
    assert line.seen("user.portfolio.btc")


def test_one_client_does_not_hear_of_another(venue: Simulator, line: Wire) -> None:
    line.call("private/subscribe", channels=["user.orders.any.any.raw"])
    with wire(venue, "dave") as other:
        other.call("private/buy", instrument_name=PERPETUAL, amount=10, type="market")
    line.call("private/buy", instrument_name=PERPETUAL, amount=20, type="market")
    line.data("user.orders.any.any.raw")
    assert {frame["amount"] for frame in line.seen("user.orders.any.any.raw")} == {20.0}


def test_an_order_of_one_s_own_shows_in_the_book(line: Wire) -> None:
    bid = line.call("public/ticker", instrument_name=PERPETUAL)["best_bid_price"]
    price = round(bid * 0.995 / 0.5) * 0.5
    before = dict(line.call("public/get_order_book", instrument_name=PERPETUAL, depth=1000)["bids"])
    line.call(
        "private/buy", instrument_name=PERPETUAL, amount=770, price=price, label="rest",
        post_only=True,
    )  # fmt: skip
    after = dict(line.call("public/get_order_book", instrument_name=PERPETUAL, depth=1000)["bids"])
    assert after[price] == pytest.approx(before.get(price, 0.0) + 770)
    assert line.call("private/cancel_by_label", label="rest") == 1
    assert line.call("private/cancel_by_label", label="rest") == 0


def test_raw_books_show_an_order_at_once(line: Wire) -> None:
    name = "book.DOT_USDC-PERPETUAL.raw"
    line.call("private/subscribe", channels=[name])
    mark = line.call("public/ticker", instrument_name="DOT_USDC-PERPETUAL")["mark_price"]
    price = round(round(mark * 0.95 / 0.0005) * 0.0005, 4)
    order = line.call(
        "private/buy", instrument_name="DOT_USDC-PERPETUAL", amount=3.3, price=price, post_only=True
    )["order"]
    frame = line.until(
        lambda f: any(
            row[1] == price for row in f.get("params", {}).get("data", {}).get("bids", [])
        )
    )
    rows = [row for row in frame["params"]["data"]["bids"] if row[1] == price]
    assert rows[0][2] >= 3.3
    line.call("private/cancel", order_id=order["order_id"])
