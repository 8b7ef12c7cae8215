"""Lists are filtered, ordered, cut and continued as asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.simulator.markets.book import ASK
from tests.core.simulator.indoors import Indoors, indoors

PERPETUAL, LINEAR = "BTC-PERPETUAL", "SOL_USDC-PERPETUAL"
DAY_MS = 86_400_000


@pytest.fixture
def line() -> Iterator[Indoors]:
    with indoors() as opened:
        yield opened


def buy(line: Indoors, count: int, name: str = PERPETUAL) -> list[dict[str, Any]]:
    """Executions of our own, one each tenth of a second."""
    rows = []
    for _ in range(count):
        size = {PERPETUAL: 10, LINEAR: 0.001}[name]
        rows += line.call("private/buy", instrument_name=name, amount=size, type="market")["trades"]
        line.run(0.1)
    return rows


@pytest.mark.parametrize("whose", ["private/get_user_trades", "public/get_last_trades"])
def test_executions_are_paged_by_id_sequence_and_time(line: Indoors, whose: str) -> None:
    mine = buy(line, 7)
    by_id = f"{whose}_by_currency"
    first = line.call(by_id, currency="BTC", kind="future", sorting="asc", count=3,
                      start_id=mine[0]["trade_id"], end_id=mine[-1]["trade_id"])  # fmt: skip
    assert first["has_more"] is True
    ids = [int(row["trade_id"]) for row in first["trades"]]
    assert ids == sorted(ids)
    assert first["trades"][0]["trade_id"] == mine[0]["trade_id"]
    rest = line.call(by_id, currency="BTC", kind="future", sorting="asc", count=1000,
                     start_id=first["trades"][-1]["trade_id"])  # fmt: skip
    assert rest["trades"][0]["trade_id"] == first["trades"][-1]["trade_id"]
    by_seq = line.call(f"{whose}_by_instrument", instrument_name=PERPETUAL, count=1000,
                       start_seq=mine[2]["trade_seq"], end_seq=mine[4]["trade_seq"])  # fmt: skip
    seqs = [row["trade_seq"] for row in by_seq["trades"]]
    assert seqs[0] == mine[2]["trade_seq"]
    assert seqs[-1] == mine[4]["trade_seq"]
    newest = line.call(f"{whose}_by_instrument", instrument_name=PERPETUAL, count=1)
    assert newest["trades"][0]["trade_seq"] >= mine[-1]["trade_seq"]
    at = mine[3]["timestamp"]
    then = line.call(f"{whose}_by_instrument_and_time", instrument_name=PERPETUAL,
                     start_timestamp=at, end_timestamp=at)  # fmt: skip
    assert mine[3]["trade_id"] in [row["trade_id"] for row in then["trades"]]


def test_recent_executions_are_of_a_day_and_the_archive_has_all(line: Indoors) -> None:
    old = buy(line, 1)
    line.run(DAY_MS / 1000.0 + 60.0, DAY_MS / 1000.0 + 60.0)
    line.run(3.0, 0.5)
    new = buy(line, 1, LINEAR)
    recent = line.call("private/get_user_trades_by_currency", currency="BTC")
    archive = line.call("private/get_user_trades_by_currency", currency="BTC", historical=True)
    assert recent["trades"] == []
    assert [row["trade_id"] for row in archive["trades"]] == [old[0]["trade_id"]]
    fresh = line.call("private/get_user_trades_by_currency", currency="USDC")
    assert [row["trade_id"] for row in fresh["trades"]] == [row["trade_id"] for row in new]


def test_order_history_shows_filled_ones_and_the_others_on_request(line: Indoors) -> None:
    buy(line, 2)
    price = line.call("public/ticker", instrument_name=PERPETUAL)["min_price"]
    order = line.call("private/buy", instrument_name=PERPETUAL, amount=10, price=price)["order"]
    line.call("private/cancel", order_id=order["order_id"])
    ask = "private/get_order_history_by_currency"
    assert len(line.call(ask, currency="BTC")) == 2
    everything = line.call(ask, currency="BTC", include_unfilled=True)
    assert [row["order_state"] for row in everything] == ["cancelled", "filled", "filled"]
    assert line.call(ask, currency="BTC", include_unfilled=True, offset=1, count=1) == [
        everything[1]
    ]
    by_name = "private/get_order_history_by_instrument"
    assert line.call(by_name, instrument_name=PERPETUAL, include_unfilled=True) == everything
    line.run(3 * DAY_MS / 1000.0, 3 * DAY_MS / 1000.0)
    assert line.call(ask, currency="BTC") == []
    assert len(line.call(ask, currency="BTC", include_old=True)) == 2


def test_a_label_is_found_for_half_an_hour_after_the_end(line: Indoors) -> None:
    line.call("private/buy", instrument_name=PERPETUAL, amount=10, type="market", label="mine")
    ask = "private/get_order_state_by_label"
    line.run(27 * 60.0, 27 * 60.0)
    assert len(line.call(ask, currency="BTC", label="mine")) == 1
    line.run(33 * 60.0, 33 * 60.0)
    assert line.call(ask, currency="BTC", label="mine") == []


def test_trigger_orders_that_ended_are_listed_page_by_page(line: Indoors) -> None:
    mark = line.call("public/ticker", instrument_name=PERPETUAL)["mark_price"]
    stop = {"instrument_name": PERPETUAL, "amount": 10, "type": "stop_market",
            "trigger": "index_price"}  # fmt: skip
    for n in range(3):
        line.call("private/buy", trigger_price=round(mark * 1.2), label=f"far-{n}", **stop)
    line.call("private/cancel_all")
    line.call("private/buy", trigger_price=round(mark * 1.004), label="near", **stop)
    line.desk.exchange.world.coins.jump("BTC", 0.01)
    line.run(0.3)
    ask = "private/get_trigger_order_history"
    first = line.call(ask, currency="BTC", count=2)
    second = line.call(ask, currency="BTC", count=2, continuation=first["continuation"])
    entries = first["entries"] + second["entries"]
    assert [row["label"] for row in entries] == ["near", "far-2", "far-1", "far-0"]
    assert second["continuation"] is None
    assert entries[0]["request"] == "trigger:order"
    placed = line.call("private/get_order_state", order_id=entries[0]["order_id"])
    assert placed["trigger_order_id"] == entries[0]["trigger_order_id"]
    assert entries[1]["request"] == "cancel"
    assert entries[1]["order_id"] is None


def test_a_book_is_found_by_its_instrument_s_number(line: Indoors) -> None:
    number = line.call("public/get_instrument", instrument_name=PERPETUAL)["instrument_id"]
    by_name = line.call("public/get_order_book", instrument_name=PERPETUAL, depth=10)
    assert line.call("public/get_order_book_by_instrument_id", instrument_id=number,
                     depth=10) == by_name  # fmt: skip
    refused = line.ask("public/get_order_book_by_instrument_id", instrument_id=1)["error"]
    assert refused["data"] == {"reason": "instrument not found", "param": "instrument_id"}


def test_index_names_come_plain_extended_and_by_use(line: Indoors) -> None:
    names = line.call("public/get_index_price_names")
    extended = line.call("public/get_index_price_names", extended=True)
    assert [row["name"] for row in extended] == names
    used = line.call("public/get_supported_index_names", type="derivative")
    unused = line.call("public/get_supported_index_names", type="spot")
    assert sorted(used + unused) == names
    assert "btc_usd" in used


@pytest.mark.parametrize(
    ("method", "params", "param"),
    [
        ("get_book_summary_by_currency", {"currency": "any"}, "currency"),
        ("get_book_summary_by_currency", {}, "currency"),
        ("get_instruments", {"currency": "XYZ"}, "currency"),
        ("get_order_book", {"instrument_name": PERPETUAL, "depth": 7}, "depth"),
        ("ticker", {"instrument_name": "NOPE"}, "instrument_name"),
        ("get_tradingview_chart_data", {"instrument_name": PERPETUAL, "resolution": "7",
                                        "start_timestamp": 0, "end_timestamp": 1}, "resolution"),
        ("get_volatility_index_data", {"currency": "BTC", "resolution": "60"}, "start_timestamp"),
        ("get_index_price", {"index_name": "nope"}, "index_name"),
        ("get_last_trades_by_currency", {"currency": "BTC", "sorting": "up"}, "sorting"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_parameter(
    line: Indoors, method: str, params: dict[str, object], param: str
) -> None:
    error = line.ask(f"public/{method}", **params)["error"]
    assert error["code"] == -32602
    assert error["message"] == "Invalid params"
    assert error["data"]["param"] == param


def test_candles_are_cut_filled_and_absent_before_the_listing(line: Indoors) -> None:
    now = line.desk.clock.now_ms()
    ask = "public/get_tradingview_chart_data"
    whole = line.call(ask, instrument_name=PERPETUAL, resolution="1",
                      start_timestamp=now - 30 * DAY_MS, end_timestamp=now)  # fmt: skip
    assert len(whole["ticks"]) <= 5001
    assert whole["ticks"][-1] == now - now % 60_000
    chain = line.desk.exchange.floor.options_of("BTC")
    option = next(m.name for m in chain if m.tape.last_price is None and m.book.best(ASK))
    none = line.call(ask, instrument_name=option, resolution="60", start_timestamp=now - DAY_MS,
                     end_timestamp=now)  # fmt: skip
    assert none == {"status": "no_data", "ticks": [], "open": [], "high": [], "low": [],
                    "close": [], "volume": [], "cost": []}  # fmt: skip
    line.desk.send(line.desk.ben, line.desk.market(option), "buy", 1)
    line.run(180.0, 10.0)
    end = line.desk.clock.now_ms()
    filled = line.call(ask, instrument_name=option, resolution="1", start_timestamp=now,
                       end_timestamp=end)  # fmt: skip
    assert [t % 60_000 for t in filled["ticks"]] == [0] * len(filled["ticks"])
    assert len(filled["ticks"]) == 4
    for n in range(1, 4):
        if filled["volume"][n] == 0.0:
            assert filled["open"][n] == filled["high"][n] == filled["close"][n - 1]


def test_settlements_and_deliveries_are_public_page_by_page(line: Indoors) -> None:
    listed = line.call("public/get_instruments", currency="BTC")
    first = min(row["expiration_timestamp"] for row in listed)
    now_s = line.desk.clock.at_ns / 1e9
    left_s = 86_400.0 - (now_s - 28_800.0) % 86_400.0
    line.run(left_s - 1.0, left_s - 1.0)
    line.run(5.0)
    ask = "public/get_last_settlements_by_currency"
    rows: list[dict[str, Any]] = []
    asked: dict[str, object] = {"currency": "BTC", "count": 20}
    while asked.get("continuation") != "none":
        page = line.call(ask, **asked)
        rows += page["settlements"]
        asked["continuation"] = page["continuation"]
    gone = {row["instrument_name"] for row in listed if row["expiration_timestamp"] == first}
    futures = {row["instrument_name"] for row in listed if row["kind"] == "future"}
    kinds = {row["instrument_name"]: row["type"] for row in rows}
    assert len(rows) == len(kinds)
    assert {name for name, kind in kinds.items() if kind == "delivery"} == gone
    assert {name for name, kind in kinds.items() if kind == "settlement"} == futures - gone
    delivery = line.call("public/get_delivery_prices", index_name="btc_usd")
    prices = {row["index_price"] for row in rows if row["type"] == "delivery"}
    assert prices == {delivery["data"][0]["delivery_price"]}
    assert delivery["records_total"] > len(delivery["data"]) == 10
    one = line.call("public/get_last_settlements_by_instrument", instrument_name=PERPETUAL)
    assert "funding" in one["settlements"][0]
    assert line.call(ask, currency="BTC", type="bankruptcy")["settlements"] == []
