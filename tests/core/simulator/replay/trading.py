"""Recorded orders, executions, positions and ledgers, done again."""

from __future__ import annotations

from typing import Any

from tests.core.simulator.replay.scenes import Pair, Scene, answer, body, provokes

LINEAR = "BTC_USDC-PERPETUAL"


@provokes("qkt/private_buy_market_filled.json")
def market_order(scene: Scene) -> list[Pair]:
    ours = scene.line.ask(
        "private/buy", instrument_name=LINEAR, amount=0.0001, type="market", label="open"
    )
    assert ours["result"]["order"]["order_state"] == "filled"
    return [(answer("qkt/private_buy_market_filled.json"), ours)]


@provokes("qkt/private_buy_market_remainder.json", "qkt/private_cancel_closed_order_error.json")
def remainder(scene: Scene) -> list[Pair]:
    name = "DOT_USDC-PERPETUAL"
    deep = sum(amount for _, amount in _asks(scene, name))
    amount = round(deep * 1.05, 1)
    ours = scene.line.ask(
        "private/buy", instrument_name=name, amount=amount, type="market", label="rest"
    )
    order = ours["result"]["order"]
    assert order["order_state"] == "open"
    assert order["original_order_type"] == "market"
    scene.line.call("private/cancel", order_id=order["order_id"])
    again = scene.line.ask("private/cancel", order_id=order["order_id"])
    theirs = answer("qkt/private_cancel_closed_order_error.json")
    assert again["error"] == theirs["error"]
    size = scene.desk.ann.size_in(scene.desk.market(name))
    scene.line.call("private/sell", instrument_name=name, amount=float(size), type="market")
    scene.line.call("private/cancel_all")
    return [(answer("qkt/private_buy_market_remainder.json"), ours), (theirs, again)]


def _asks(scene: Scene, name: str) -> list[list[float]]:
    asks: list[list[float]] = scene.line.call(
        "public/get_order_book", instrument_name=name, depth=1000
    )["asks"]
    return asks


@provokes("qkt/private_buy_stop_limit_untriggered.json")
def stop_limit(scene: Scene) -> list[Pair]:
    price = scene.price(LINEAR, 1.5)
    ours = scene.line.ask(
        "private/buy", instrument_name=LINEAR, amount=0.0001, type="stop_limit",
        trigger="last_price", trigger_price=price, price=price, label="far",
    )  # fmt: skip
    scene.line.call("private/cancel", order_id=ours["result"]["order"]["order_id"])
    return [(answer("qkt/private_buy_stop_limit_untriggered.json"), ours)]


@provokes("qkt/private_error_invalid_amount.json", "qkt/private_error_trigger_price_too_low.json")
def refusals(scene: Scene) -> list[Pair]:
    size = scene.line.ask(
        "private/buy", instrument_name=LINEAR, amount=0.00015, type="limit",
        price=scene.price(LINEAR, 0.6), label="bad",
    )  # fmt: skip
    trigger = scene.line.ask(
        "private/buy", instrument_name=LINEAR, amount=0.0001, type="stop_market",
        trigger="last_price", trigger_price=scene.price(LINEAR, 0.8),
    )  # fmt: skip
    pairs = [(answer("qkt/private_error_invalid_amount.json"), size),
             (answer("qkt/private_error_trigger_price_too_low.json"), trigger)]  # fmt: skip
    assert all(theirs["error"] == ours["error"] for theirs, ours in pairs)
    return pairs


@provokes("qkt/private_get_open_orders_by_currency.json")
def open_orders(scene: Scene) -> list[Pair]:
    scene.line.call("private/cancel_all")
    stop = {"instrument_name": LINEAR, "amount": 0.0001, "trigger": "last_price",
            "trigger_price": scene.price(LINEAR, 1.5)}  # fmt: skip
    scene.line.call("private/buy", type="stop_market", label="b", **stop)
    scene.line.call(
        "private/buy", type="stop_limit", price=scene.price(LINEAR, 1.5), label="c", **stop
    )
    scene.line.call(
        "private/buy", instrument_name=LINEAR, amount=0.0001, price=scene.price(LINEAR, 0.6),
        time_in_force="good_til_day", label="d",
    )  # fmt: skip
    ours = scene.line.ask("private/get_open_orders_by_currency", currency="USDC")
    scene.line.call("private/cancel_all")
    assert [order["label"] for order in ours["result"]] == ["d", "c", "b"]
    return [(answer("qkt/private_get_open_orders_by_currency.json"), ours)]


@provokes("qkt/private_get_order_state_by_label_stop_triggered.json")
def fired_stop(scene: Scene) -> list[Pair]:
    file = "qkt/private_get_order_state_by_label_stop_triggered.json"
    stop = {"instrument_name": LINEAR, "amount": 0.0001, "trigger": "last_price",
            "type": "stop_market", "label": "trig"}  # fmt: skip
    scene.line.call("private/buy", trigger_price=scene.price(LINEAR, 1.2), **stop)
    scene.line.run(0.1)
    scene.line.call("private/sell", trigger_price=scene.price(LINEAR, 0.999), **stop)
    scene.desk.exchange.world.coins.jump("BTC", -0.005)
    scene.line.run(0.3)
    scene.trade(LINEAR)
    scene.line.run(0.3)
    ours = scene.line.ask("private/get_order_state_by_label", currency="USDC", label="trig")
    scene.line.call("private/cancel_all")
    assert [row["triggered"] for row in ours["result"]] == [True, False]
    return [(answer(file)["result"], ours["result"])]


@provokes("qkt/private_get_positions_linear_future.json")
def position(scene: Scene) -> list[Pair]:
    scene.line.call("private/buy", instrument_name=LINEAR, amount=0.0001, type="market")
    ours = scene.line.ask("private/get_positions", currency="USDC", kind="future")
    return [(answer("qkt/private_get_positions_linear_future.json"), ours)]


@provokes("qkt/private_get_account_summary.json")
def summary(scene: Scene) -> list[Pair]:
    option = scene.linear_option()
    scene.line.call("private/buy", instrument_name=option.name, type="market",
                    amount=float(option.instrument.terms.min_amount))  # fmt: skip
    ours = scene.line.ask("private/get_account_summary", currency="USDC")
    assert ours["result"]["options_value"] > 0.0
    return [(answer("qkt/private_get_account_summary.json"), ours)]


@provokes("nautilus/http_get_account_summaries.json")
def summaries(scene: Scene) -> list[Pair]:
    theirs = body("nautilus/http_get_account_summaries.json")
    ours = scene.line.ask("private/get_account_summaries", extended=True)
    first = {**theirs["result"], "summaries": [theirs["result"]["summaries"][0]]}
    return [({**theirs, "result": first}, ours)]


@provokes(
    "qkt/private_get_settlement_history_by_currency.json",
    "qkt/private_get_transaction_log_expiry.json",
)
def expiry(scene: Scene) -> list[Pair]:
    fresh = scene.fresh()
    line, near = fresh.line, fresh.linear_option().instrument
    first = min(
        (m for m in fresh.desk.exchange.floor.markets
         if m.instrument.is_option and m.instrument.settlement == "USDC"
         and m.instrument.base == near.base),
        key=lambda m: (m.instrument.expiry_ms, abs(m.instrument.strike - m.index)),
    )  # fmt: skip
    line.call("private/buy", instrument_name=LINEAR, amount=0.01, type="market")
    line.call("private/buy", instrument_name=first.name, type="market",
              amount=float(first.instrument.terms.min_amount))  # fmt: skip
    while fresh.now_ms() < first.instrument.expiry_ms:
        fresh.to_the_morning()
    history = answer("qkt/private_get_settlement_history_by_currency.json")
    ours = line.get("private/get_settlement_history_by_currency", currency="USDC", count=20)
    log = answer("qkt/private_get_transaction_log_expiry.json")
    now = fresh.now_ms()
    rows = line.get("private/get_transaction_log", currency="USDC", count=100,
                    start_timestamp=now - 60_000, end_timestamp=now)  # fmt: skip
    return [*by_type(history["result"], ours["result"], "settlements"),
            *by_type(log["result"], rows["result"], "logs")]  # fmt: skip


def by_type(theirs: dict[str, Any], ours: dict[str, Any], key: str) -> list[Pair]:
    """The rows of each recorded type against ours of the same type, and what is around them."""
    mine = {_sort_of(row): row for row in ours[key]}
    # Dated linear futures, of which one settlement was recorded, are not listed here.
    wanted = [row for row in theirs[key] if row["instrument_name"] != "BTC_USDC-30OCT26"]
    rows: list[Pair] = [(row, mine.get(_sort_of(row))) for row in wanted]
    return [({**theirs, key: []}, {**ours, key: []}), *rows]


def _sort_of(row: dict[str, Any]) -> tuple[str, bool, object]:
    """Type, whether of a perpetual, and the role in a trade."""
    name = row["instrument_name"] or ""
    return row["type"], name.endswith("PERPETUAL"), row.get("user_role")


@provokes("qkt/private_get_transaction_log_funding.json")
def ledger(scene: Scene) -> list[Pair]:
    fresh = scene.fresh()
    line, name = fresh.line, "SOL_USDC-PERPETUAL"
    bid = line.call("public/ticker", instrument_name=name)["best_bid_price"]
    line.call("private/buy", instrument_name=name, amount=20.0, price=bid, post_only=True)
    fresh.desk.exchange.world.coins.jump("SOL", -0.01)
    line.run(0.5)
    fresh.to_the_morning()
    line.call("private/sell", instrument_name=name, amount=5.0, type="market")
    now = fresh.now_ms()
    ours = line.get("private/get_transaction_log", currency="USDC", count=100,
                    start_timestamp=0, end_timestamp=now)  # fmt: skip
    theirs = answer("qkt/private_get_transaction_log_funding.json")
    return by_type(theirs["result"], ours["result"], "logs")


@provokes("qkt/private_get_user_trades_by_currency_and_time.json")
def user_trades(scene: Scene) -> list[Pair]:
    fresh = scene.fresh()
    for side, reduce in (("buy", False), ("sell", True)):
        fresh.line.call(f"private/{side}", instrument_name=LINEAR, amount=0.0001, type="market",
                        label="t", reduce_only=reduce)  # fmt: skip
    ours = fresh.line.ask(
        "private/get_user_trades_by_currency_and_time", currency="USDC", count=100, sorting="asc",
        start_timestamp=fresh.now_ms() - 1000, end_timestamp=fresh.now_ms(),
    )  # fmt: skip
    assert [row["direction"] for row in ours["result"]["trades"]] == ["buy", "sell"]
    return [(answer("qkt/private_get_user_trades_by_currency_and_time.json"), ours)]


@provokes("deribit-http/get_user_trades_2025.part.json")
def maker_trades(scene: Scene) -> list[Pair]:
    name = "ETH-PERPETUAL"
    bid = scene.line.call("public/ticker", instrument_name=name)["best_bid_price"]
    scene.line.call("private/buy", instrument_name=name, amount=100, price=bid, post_only=True,
                    label="maker")  # fmt: skip
    scene.desk.exchange.world.coins.jump("ETH", -0.01)
    scene.line.run(0.5)
    ours = scene.line.call("private/get_user_trades_by_instrument", instrument_name=name)
    assert {row["liquidity"] for row in ours["trades"]} == {"M"}
    return [(body("deribit-http/get_user_trades_2025.part.json"), ours)]


@provokes("qkt/ws_user_notifications.json")
def notifications(scene: Scene) -> list[Pair]:
    theirs = body("qkt/ws_user_notifications.json")["notifications"]
    line = scene.fresh().line
    channels = ["user.orders.future.USDC.raw", "user.trades.future.USDC.raw"]
    line.subscribe(*channels)
    order = line.call("private/buy", instrument_name=LINEAR, amount=0.0001,
                      price=round(line.desk.market(LINEAR).mark * 0.6, 1))["order"]  # fmt: skip
    line.call("private/cancel", order_id=order["order_id"])
    line.call("private/buy", instrument_name=LINEAR, amount=0.0001, type="market")
    line.call("private/sell", instrument_name=LINEAR, amount=0.0001, type="market",
              reduce_only=True)  # fmt: skip
    return [
        pair
        for channel in channels
        for pair in zip(
            [f for f in theirs if f["params"]["channel"] == channel],
            line.seen(channel), strict=True,
        )
    ]  # fmt: skip


@provokes("nautilus/ws_order_buy_response.json", "nautilus/ws_order_cancel_response.json")
def post_only_order(scene: Scene) -> list[Pair]:
    name = "ETH_USDC-PERPETUAL"
    placed = scene.line.ask("private/buy", instrument_name=name, amount=0.001, type="limit",
                            price=scene.price(name, 0.98), post_only=True, label="O-1")  # fmt: skip
    order_id = placed["result"]["order"]["order_id"]
    scene.line.call("private/edit", order_id=order_id, amount=0.001, price=scene.price(name, 0.985))
    gone = scene.line.ask("private/cancel", order_id=order_id)
    assert gone["result"]["replaced"] is True
    return [(body("nautilus/ws_order_buy_response.json"), placed),
            (body("nautilus/ws_order_cancel_response.json"), gone)]  # fmt: skip


@provokes("nautilus/ws_order_stop_market_no_filled_amount.json")
def protective_stop(scene: Scene) -> list[Pair]:
    scene.line.call("private/buy", instrument_name=LINEAR, amount=0.01, type="market")
    ours = scene.line.ask(
        "private/sell", instrument_name=LINEAR, amount=0.01, type="stop_market", reduce_only=True,
        trigger="mark_price", trigger_price=scene.price(LINEAR, 0.9), reject_post_only=False,
    )  # fmt: skip
    scene.line.call("private/cancel_all")
    return [(body("nautilus/ws_order_stop_market_no_filled_amount.json"), ours)]


@provokes("gocryptotrader/ws_cancel_all_detailed_2024.json")
def cancel_all_detailed(scene: Scene) -> list[Pair]:
    scene.line.call("private/cancel_all")
    scene.line.call("private/buy", instrument_name=LINEAR, amount=0.0001, label="test",
                    price=scene.price(LINEAR, 0.6))  # fmt: skip
    theirs = body("gocryptotrader/ws_cancel_all_detailed_2024.json")
    ours = scene.line.ask("private/cancel_all", detailed=True)
    return [(theirs["result"], ours["result"])]
