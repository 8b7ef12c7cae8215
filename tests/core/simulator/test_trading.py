"""Trading over the wire: shapes and rules of the answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.simulator.running import Simulator, Wire, WireError, wire
from tests.eventually import eventually

PERPETUAL = "BTC_USDC-PERPETUAL"


@pytest.fixture
def line(venue: Simulator) -> Iterator[Wire]:
    with wire(venue, "erin") as opened:
        yield opened
        opened.call("private/cancel_all")


def low_price(line: Wire, instrument: str = PERPETUAL) -> float:
    """A price that rests, on the tick."""
    mark = line.call("public/ticker", instrument_name=instrument)["mark_price"]
    return float(round(mark * 0.98))


def test_a_limit_order_has_the_recorded_shape(line: Wire) -> None:
    placed = line.call(
        "private/buy", instrument_name=PERPETUAL, amount=0.001, price=low_price(line), label="x"
    )
    assert placed["trades"] == []
    assert placed["order"].items() >= {
        "label": "x", "amount": 0.001, "contracts": 10.0, "direction": "buy",
        "order_state": "open", "order_type": "limit", "filled_amount": 0.0,
        "average_price": 0.0, "replaced": False, "time_in_force": "good_til_cancelled",
        "web": False, "api": True, "post_only": False, "reduce_only": False,
    }.items()  # fmt: skip
    assert placed["order"]["order_id"].startswith("USDC-")


def test_an_order_is_found_by_its_label_and_an_unknown_label_finds_nothing(line: Wire) -> None:
    line.call(
        "private/buy", instrument_name=PERPETUAL, amount=0.001, price=low_price(line), label="find"
    )
    found = line.call("private/get_order_state_by_label", currency="USDC", label="find")
    assert [order["label"] for order in found] == ["find"]
    assert line.call("private/get_order_state_by_label", currency="USDC", label="none") == []
    assert line.call("private/cancel_by_label", label="find", currency="USDC") == 1
    closed = line.call("private/get_order_state_by_label", currency="USDC", label="find")
    assert closed[0]["order_state"] == "cancelled"
    assert closed[0]["cancel_reason"] == "user_request"


def test_an_edit_keeps_the_id(line: Wire) -> None:
    price = low_price(line)
    order = line.call("private/buy", instrument_name=PERPETUAL, amount=0.001, price=price)["order"]
    edited = line.call("private/edit", order_id=order["order_id"], amount=0.002, price=price - 10)[
        "order"
    ]
    assert edited["order_id"] == order["order_id"]
    assert edited["replaced"]
    assert (edited["amount"], edited["price"]) == (0.002, price - 10)
    cancelled = line.call("private/cancel", order_id=order["order_id"])
    assert (cancelled["order_state"], cancelled["replaced"]) == ("cancelled", True)
    with pytest.raises(WireError) as again:
        line.call("private/cancel", order_id=order["order_id"])
    assert again.value.code == 11044


def test_cancels_count_exactly_their_set(line: Wire) -> None:
    price = low_price(line)
    for _ in range(3):
        line.call("private/buy", instrument_name=PERPETUAL, amount=0.001, price=price)
    line.call("private/buy", instrument_name="ETH-PERPETUAL", amount=1, price=100.0)
    line.call(
        "private/sell", instrument_name=PERPETUAL, amount=0.001, type="stop_market",
        trigger="mark_price", trigger_price=price,
    )  # fmt: skip
    orders = line.call("private/get_open_orders_by_currency", currency="USDC")
    assert [order["order_type"] for order in orders] == ["stop_market"] + ["limit"] * 3
    assert (
        line.call("private/cancel_all_by_instrument", instrument_name=PERPETUAL, type="limit") == 3
    )
    assert line.call("private/cancel_all_by_currency", currency="USDC", type="stop") == 1
    assert line.call("private/cancel_all") == 1
    assert line.call("private/get_open_orders") == []


def test_close_position_flattens(line: Wire) -> None:
    line.call("private/sell", instrument_name=PERPETUAL, amount=0.05, type="market")
    short = line.call("private/get_position", instrument_name=PERPETUAL)
    assert (short["direction"], short["size_currency"]) == ("sell", -0.05)
    line.call("private/close_position", instrument_name=PERPETUAL, type="market")
    flat = line.call("private/get_position", instrument_name=PERPETUAL)
    assert (flat["direction"], flat["size"]) == ("zero", 0.0)


def test_an_option_trade_moves_cash_at_once(line: Wire) -> None:
    names = [
        row["instrument_name"]
        for row in line.call("public/get_instruments", currency="BTC", kind="option")
    ]
    tickers = (line.call("public/ticker", instrument_name=name) for name in names[60:])
    ticker = next(one for one in tickers if 0.3 < one["greeks"]["delta"] < 0.7)
    before = line.call("private/get_account_summary", currency="BTC")
    done = line.call(
        "private/buy", instrument_name=ticker["instrument_name"], amount=0.5, type="market"
    )
    after = line.call("private/get_account_summary", currency="BTC")
    paid = sum(trade["price"] * trade["amount"] + trade["fee"] for trade in done["trades"])
    assert after["balance"] == pytest.approx(before["balance"] - paid, abs=1e-8)
    assert after["options_value"] > 0
    assert done["trades"][0]["iv"] > 0
    position = line.call("private/get_position", instrument_name=ticker["instrument_name"])
    assert position["size"] == 0.5
    assert position["delta"] == pytest.approx(0.5 * ticker["greeks"]["delta"], abs=0.05)
    assert position["average_price_usd"] > 0


def test_margins_and_simulated_portfolios_agree(line: Wire) -> None:
    mark = line.call("public/ticker", instrument_name="BTC-PERPETUAL")["mark_price"]
    margin = line.call(
        "private/get_margins", instrument_name="BTC-PERPETUAL", amount=100_000, price=round(mark)
    )
    if_held = line.call(
        "private/simulate_portfolio", currency="BTC", add_positions=False,
        simulated_positions={"BTC-PERPETUAL": 100_000.0},
    )  # fmt: skip
    coins = 100_000 / mark
    assert margin["buy"] == pytest.approx(coins * (0.02 + 0.00005 * coins), rel=1e-3)
    assert if_held["projected_initial_margin"] == pytest.approx(margin["buy"], rel=1e-3)


def test_the_log_explains_the_balance(line: Wire) -> None:
    start = line.call("public/get_time") - 1_000
    before = line.call("private/get_account_summary", currency="USDC")["balance"]
    line.call("private/buy", instrument_name="SOL_USDC-PERPETUAL", amount=3, type="market")
    line.call("private/sell", instrument_name="SOL_USDC-PERPETUAL", amount=3, type="market")
    after = line.call("private/get_account_summary", currency="USDC")["balance"]
    log = line.call(
        "private/get_transaction_log", currency="USDC", start_timestamp=start,
        end_timestamp=start + 60_000, query="trade",
    )["logs"]  # fmt: skip
    rows = [row for row in log if row["instrument_name"] == "SOL_USDC-PERPETUAL"]
    assert sum(row["change"] for row in rows) == pytest.approx(after - before, abs=1e-7)
    assert rows[0]["balance"] == pytest.approx(after)


def test_trades_are_read_back_by_order_currency_and_instrument(line: Wire) -> None:
    done = line.call("private/buy", instrument_name="ADA_USDC-PERPETUAL", amount=10, type="market")
    order_id = done["order"]["order_id"]
    by_order = line.call("private/get_user_trades_by_order", order_id=order_id)
    by_name = line.call(
        "private/get_user_trades_by_instrument", instrument_name="ADA_USDC-PERPETUAL"
    )
    by_currency = line.call("private/get_user_trades_by_currency", currency="USDC")
    assert by_order == done["trades"]
    assert by_name["trades"][0]["order_id"] == order_id
    assert by_currency["trades"][0]["order_id"] == order_id


def test_cancel_on_disconnect_takes_the_connection_s_orders(venue: Simulator, line: Wire) -> None:
    with wire(venue, "erin") as short:
        assert short.call("private/enable_cancel_on_disconnect") == "ok"
        answer = short.call("private/get_cancel_on_disconnect")
        assert answer == {"enabled": True, "scope": "connection"}
        order = short.call(
            "private/buy", instrument_name=PERPETUAL, amount=0.001, price=low_price(short)
        )["order"]
    kept = line.call("private/buy", instrument_name=PERPETUAL, amount=0.001, price=low_price(line))[
        "order"
    ]
    eventually(
        lambda: [o["order_id"] for o in line.call("private/get_open_orders")] == [kept["order_id"]]
    )
    ended = line.call("private/get_order_state", order_id=order["order_id"])
    assert ended["cancel_reason"] == "cancel_on_disconnect"


def test_labels_stay_and_ones_too_long_are_refused(line: Wire) -> None:
    with pytest.raises(WireError) as refused:
        line.call(
            "private/buy", instrument_name=PERPETUAL, amount=0.001, type="market", label="x" * 65
        )
    assert refused.value.code == -32602
