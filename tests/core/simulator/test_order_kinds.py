"""Icebergs, advanced option orders, self-matching, market remainders, and what edits do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.simulator.accounts.order import OrderSpec, order_row
from core.simulator.markets.book import ASK, BID
from core.simulator.rpc import RpcError
from core.simulator.world.makers.options import OptionBoard
from tests.core.simulator.line import Line, touch
from tests.core.simulator.still import Desk

PERPETUAL = "BTC-PERPETUAL"
FAR = 500


def low(desk: Desk) -> float:
    """A bid that rests far below the market."""
    return touch(desk.market(PERPETUAL))[0] - FAR


def clear(desk: Desk, price: float) -> int:
    """Take the makers' bids at one price and above away; the tick."""
    tick = int(price / 0.5)
    house = desk.market(PERPETUAL).book.house[BID]
    for quoted in [t for t in house if t >= tick]:
        del house[quoted]
    return tick


# Icebergs


def test_an_iceberg_shows_its_part_and_refreshes_behind_the_queue(ann: Line, desk: Desk) -> None:
    market, price = desk.market(PERPETUAL), low(desk)
    tick = clear(desk, price)
    berg = ann.call(
        "buy", instrument_name=PERPETUAL, amount=5_000, price=price, display_amount=1_000
    )["order"]  # fmt: skip
    behind, _ = desk.send(desk.ben, market, "buy", 50, "limit", tick)
    assert (berg["display_amount"], berg["refresh_amount"]) == (1_000.0, 1_000.0)
    assert market.book.units_at(BID, tick) == 150
    cat = desk.exchange.accounts.open("cat", {"BTC": Decimal(5)}, 0)
    desk.send(cat, market, "sell", 120, "limit", tick)
    assert behind.left == 30
    assert ann.state(berg["order_id"])["filled_amount"] == 1_000.0
    desk.send(cat, market, "sell", 50, "limit", tick)
    assert behind.state == "filled"
    assert ann.state(berg["order_id"])["display_amount"] == 800.0
    assert market.book.units_at(BID, tick) == 80


@pytest.mark.parametrize(
    ("amount", "shown", "code"),
    [
        (5_000, 990, 10036), (200_000, 1_990, 10036), (900, 900, 10036), (5_000, 6_000, 10036),
        (5_000, 1_005, -32602),
    ],
)  # fmt: skip
def test_an_iceberg_shows_enough_or_is_refused(
    ann: Line, desk: Desk, amount: int, shown: int, code: int
) -> None:
    with pytest.raises(RpcError) as refused:
        ann.call(
            "buy", instrument_name=PERPETUAL, amount=amount, price=low(desk), display_amount=shown
        )
    assert refused.value.code == code


def test_an_edit_of_the_shown_part_goes_to_the_back(ann: Line, desk: Desk) -> None:
    market, price = desk.market(PERPETUAL), low(desk)
    berg = ann.call("buy", instrument_name=PERPETUAL, amount=5_000, price=price)["order"]
    other, _ = desk.send(desk.ben, market, "buy", 50, "limit", int(price / 0.5))
    edited = ann.call("edit", order_id=berg["order_id"], display_amount=2_000)["order"]
    assert edited["display_amount"] == 2_000.0
    queue = market.book.queues[BID][int(price / 0.5)]
    assert queue[0] is other


def test_fill_or_kill_reaches_what_icebergs_hide(ann: Line, desk: Desk) -> None:
    market, price = desk.market(PERPETUAL), low(desk)
    tick = clear(desk, price)
    ann.call("buy", instrument_name=PERPETUAL, amount=5_000, price=price, display_amount=1_000)
    order, fills = desk.send(desk.ben, market, "sell", 500, "limit", tick, tif="fill_or_kill")
    assert (order.state, sum(fill.row["amount"] for fill in fills)) == ("filled", 5_000.0)


# Advanced orders


def test_a_volatility_order_follows_the_market(ann: Line, desk: Desk) -> None:
    market = desk.option()
    board = market.board
    assert isinstance(board, OptionBoard)
    percent = float(board.iv[market.row]) * 0.9
    order = ann.call(
        "buy", instrument_name=market.name, amount=1, price=percent, advanced="implv"
    )["order"]  # fmt: skip
    assert (order["advanced"], order["implv"], order["auto_replaced"]) == ("implv", percent, False)
    assert 0 < order["price"] < market.mark
    desk.exchange.world.coins.jump("BTC", 0.02)
    desk.run(2.5)
    moved = ann.state(order["order_id"])
    assert moved["price"] > order["price"]
    assert (moved["auto_replaced"], moved["replaced"], moved["implv"]) == (True, True, percent)
    assert moved["order_id"] == order["order_id"]


def test_a_dollar_order_keeps_its_dollars(ann: Line, desk: Desk) -> None:
    market = desk.option()
    usd = round(0.8 * market.mark * market.index)
    order = ann.call("buy", instrument_name=market.name, amount=1, price=usd, advanced="usd")[
        "order"
    ]
    assert order["usd"] == usd
    assert 0 <= usd / market.index - order["price"] < 0.0006
    plain = ann.call("edit", order_id=order["order_id"], price=order["price"] - 0.0005)["order"]
    assert "advanced" not in plain
    with pytest.raises(RpcError) as refused:
        ann.call("edit", order_id=order["order_id"], price=usd, advanced="usd")
    assert (refused.value.code, refused.value.message) == (11041, "not_adv_order")


@pytest.mark.parametrize(
    ("name", "params", "code"),
    [
        (PERPETUAL, {"advanced": "usd"}, 11038),
        ("", {"advanced": "usd", "post_only": True}, 11039),
        ("", {"advanced": "usd", "type": "market"}, 11047),
        ("", {"advanced": "vol"}, -32602),
    ],
)
def test_advanced_orders_are_for_plain_option_limits(
    ann: Line, desk: Desk, name: str, params: dict[str, object], code: int
) -> None:
    with pytest.raises(RpcError) as refused:
        ann.call(
            "buy", instrument_name=name or desk.option().name, amount=10 if name else 1,
            price=100, **params,
        )  # fmt: skip
    assert refused.value.code == code


def test_a_volatility_order_on_the_last_minute_is_refused(ann: Line, desk: Desk) -> None:
    first = min(desk.exchange.floor.options_of("BTC"), key=lambda m: m.instrument.expiry_ms)
    desk.clock.at_ns = (first.instrument.expiry_ms - 30_000) * 1_000_000
    with pytest.raises(RpcError, match="outdated_instrument_for_IV_order"):
        ann.call("buy", instrument_name=first.name, amount=1, price=50, advanced="implv")


# Self-matching


def test_the_mode_reject_taker_refuses_only_what_would_meet_itself(ann: Line, desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    ask = market.book.best(ASK)
    assert ask is not None
    assert ann.call("set_self_trading_config", mode="reject_taker") == "ok"
    own, _ = desk.send(desk.ann, market, "sell", 5, "limit", ask)
    front = market.book.in_front(ASK, own)
    with pytest.raises(RpcError) as refused:
        desk.send(desk.ann, market, "buy", front + 1, "limit", ask)
    assert (refused.value.code, refused.value.message) == (10003, "order_overlap")
    order, _ = desk.send(desk.ann, market, "buy", front, "limit", ask)
    assert (order.state, own.state) == ("filled", "open")


def test_the_mode_cancel_maker_cancels_only_what_it_meets(ann: Line, desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    ask = market.book.best(ASK)
    assert ask is not None
    own, _ = desk.send(desk.ann, market, "sell", 5, "limit", ask)
    desk.send(desk.ann, market, "buy", market.book.in_front(ASK, own), "limit", ask)
    assert own.is_live
    desk.send(desk.ann, market, "buy", 1, "limit", ask)
    assert not own.is_live
    summary = ann.call("get_account_summary", currency="BTC", extended=True)
    assert summary["self_trading_reject_mode"] == "cancel_maker"


# Fills of rests, forced trades


def test_a_market_order_s_rest_trades_as_a_maker_later(ann: Line, desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    market.book.house[ASK].clear()
    bought = ann.call("buy", instrument_name=PERPETUAL, amount=100, type="market")["order"]
    assert (bought["order_state"], bought["order_type"]) == ("open", "limit")
    assert bought["original_order_type"] == "market"
    desk.send(desk.ben, market, "sell", 10, "limit", int(bought["price"] / 0.5))
    fill = desk.ann.fills[-1].row
    assert (fill["liquidity"], fill["order_type"], fill["price"]) == (
        "M",
        "market",
        bought["price"],
    )


def test_market_limit_rests_at_the_price_it_met(ann: Line, desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    best = market.book.best(ASK)
    assert best is not None
    amount = 10.0 * (market.book.units_at(ASK, best) + 7)
    order = ann.call("buy", instrument_name=PERPETUAL, amount=amount, type="market_limit")["order"]
    assert (order["price"], order["order_state"]) == (best * 0.5, "open")
    assert (order["original_order_type"], order["filled_amount"]) == ("market_limit", amount - 70)


def forced(desk: Desk, direction: str, tick: int) -> OrderSpec:
    """An order of the exchange's own."""
    return OrderSpec(
        desk.market(PERPETUAL), "buy" if direction == "buy" else "sell", 5, "limit", tick,
        is_liquidation=True,
    )  # fmt: skip


def test_forced_orders_mark_their_trades_and_cannot_be_touched(ann: Line, desk: Desk) -> None:
    market, engine = desk.market(PERPETUAL), desk.exchange.engine
    tick = clear(desk, low(desk))
    resting, _ = engine.place(desk.ann, forced(desk, "buy", tick))
    for method, code in (("cancel", 10045), ("edit", 10046)):
        with pytest.raises(RpcError) as refused:
            ann.call(method, order_id=resting.order_id, amount=10)
        assert refused.value.code == code
    assert ann.call("cancel_all") == 0
    engine.place(desk.ben, OrderSpec(market, "sell", 2, "limit", tick))
    assert desk.ann.fills[-1].row["liquidation"] == "M"
    engine.place(desk.ben, forced(desk, "sell", tick))
    assert desk.ann.fills[-1].row["liquidation"] == "MT"
    assert order_row(resting)["is_liquidation"]


# Edits


def test_a_crossing_edit_of_a_rejecting_post_only_order_ends_it(ann: Line, desk: Desk) -> None:
    _, ask = touch(desk.market(PERPETUAL))
    order = ann.call(
        "buy", instrument_name=PERPETUAL, amount=100, price=low(desk), post_only=True,
        reject_post_only=True,
    )["order"]  # fmt: skip
    with pytest.raises(RpcError) as refused:
        ann.call("edit", order_id=order["order_id"], amount=100, price=ask + 5)
    assert refused.value.code == 11054
    assert ann.state(order["order_id"])["cancel_reason"] == "edit_post_only_reject"


def test_post_only_below_the_first_tick_is_impossible(desk: Desk) -> None:
    market = desk.option()
    market.book.requote(({}, {1: 5}))
    with pytest.raises(RpcError) as refused:
        desk.send(desk.ann, market, "buy", 1, "limit", 1, post_only=True)
    assert refused.value.code == 11021


def test_an_edit_to_less_than_filled_is_refused(ann: Line, desk: Desk) -> None:
    price = low(desk)
    tick = clear(desk, price)
    order = ann.call("buy", instrument_name=PERPETUAL, amount=100, price=price)["order"]
    desk.send(desk.ben, desk.market(PERPETUAL), "sell", 4, "limit", tick)
    with pytest.raises(RpcError) as refused:
        ann.call("edit", order_id=order["order_id"], amount=40)
    assert refused.value.code == 10002
    left = ann.call("edit", order_id=order["order_id"], amount=50)["order"]
    assert (left["amount"], left["filled_amount"], left["order_state"]) == (50.0, 40.0, "open")


def test_an_edit_can_make_an_order_reduce_only_and_counts_contracts(ann: Line, desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    desk.send(desk.ann, market, "sell", 3)
    order = ann.call("buy", instrument_name=PERPETUAL, amount=100, price=low(desk))["order"]
    edited = ann.call("edit", order_id=order["order_id"], contracts=8, reduce_only=True)["order"]
    assert (edited["amount"], edited["reduce_only"]) == (30.0, True)


def test_a_position_is_closed_at_a_price_or_at_market(ann: Line, desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    with pytest.raises(RpcError, match="invalid_reduce_only_order"):
        ann.call("close_position", instrument_name=PERPETUAL, type="market")
    desk.send(desk.ann, market, "buy", 7)
    _, ask = touch(market)
    order = ann.call(
        "close_position", instrument_name=PERPETUAL, type="limit", price=ask + 500
    )["order"]  # fmt: skip
    assert (order["direction"], order["amount"], order["reduce_only"]) == ("sell", 70.0, True)
    ann.call("close_position", instrument_name=PERPETUAL, type="market")
    assert desk.ann.size_in(market) == 0
    assert ann.call("get_open_orders") == []
    with pytest.raises(RpcError) as no_price:
        ann.call("close_position", instrument_name=PERPETUAL, type="limit")
    assert no_price.value.code == -32602


def test_an_edit_by_label_needs_exactly_one(ann: Line, desk: Desk) -> None:
    params: dict[str, Any] = {"instrument_name": PERPETUAL, "amount": 10, "price": low(desk)}
    with pytest.raises(RpcError) as unknown:
        ann.call("edit_by_label", label="a", **params)
    for _ in range(2):
        ann.call("buy", label="a", **params)
    with pytest.raises(RpcError) as several:
        ann.call("edit_by_label", label="a", **params)
    assert (unknown.value.code, several.value.code) == (10004, 13032)


# Refusals of books and times


@pytest.mark.parametrize(("state", "code"), [("delivered", 10012), ("halted", 13019)])
def test_books_that_do_not_trade_refuse(ann: Line, desk: Desk, state: str, code: int) -> None:
    market = desk.market(PERPETUAL)
    order = ann.call("buy", instrument_name=PERPETUAL, amount=10, price=low(desk))["order"]
    market.state = state
    for method, params in (
        ("buy", {"instrument_name": PERPETUAL, "price": 1}),
        ("edit", {"order_id": order["order_id"]}),
    ):
        with pytest.raises(RpcError) as refused:
            ann.call(method, amount=10, **params)
        assert refused.value.code == code


def test_the_settlement_pause_counts_for_edits_too(ann: Line, desk: Desk) -> None:
    order = ann.call("buy", instrument_name=PERPETUAL, amount=10, price=low(desk))["order"]
    day = ann.call(
        "buy", instrument_name=PERPETUAL, amount=10, price=low(desk), time_in_force="good_til_day"
    )["order"]  # fmt: skip
    desk.clock.advance(20 * 3600 - 0.5)
    desk.exchange.step()
    assert ann.state(day["order_id"])["order_state"] == "open"
    desk.run(0.6)
    with pytest.raises(RpcError) as refused:
        ann.call("edit", order_id=order["order_id"], amount=20)
    assert refused.value.code == 10041
    assert ann.state(day["order_id"])["cancel_reason"] == "settlement"


def test_what_comes_too_late_is_refused(ann: Line, desk: Desk) -> None:
    with pytest.raises(RpcError) as refused:
        ann.call(
            "buy", instrument_name=PERPETUAL, amount=10, price=low(desk),
            valid_until=desk.clock.now_ms() - 1,
        )  # fmt: skip
    assert (refused.value.code, refused.value.message) == (13888, "timed_out")


def test_checks_come_in_the_venue_s_order(ann: Line, desk: Desk) -> None:
    wrong: dict[str, Any] = {"instrument_name": "NOPE", "amount": 13, "price": 999_999.3}
    reasons = []
    for fix in (
        {"instrument_name": PERPETUAL}, {"amount": 10}, {"price": 999_999.5},
        {"price": low(desk), "amount": 10**12},
    ):  # fmt: skip
        with pytest.raises(RpcError) as refused:
            ann.call("buy", **wrong)
        data = refused.value.data
        reasons.append(data["reason"] if isinstance(data, dict) else refused.value.code)
        wrong |= fix
    with pytest.raises(RpcError) as poor:
        ann.call("buy", **wrong)
    assert reasons == [
        "instrument not found", "must be a multiple of contract size",
        "must conform to tick size", 10007,
    ]  # fmt: skip
    assert poor.value.code == 10009


# Cancels in bulk


def test_cancels_choose_by_pair_kind_and_type(ann: Line, desk: Desk) -> None:
    ann.call("buy", instrument_name=PERPETUAL, amount=10, price=low(desk))
    ann.call("buy", instrument_name="ETH-PERPETUAL", amount=1, price=100)
    option = desk.option()
    ann.call("buy", instrument_name=option.name, amount=0.1, price=0.0005)
    _, ask = touch(desk.market(PERPETUAL))
    ann.call(
        "buy", instrument_name=PERPETUAL, amount=10, type="stop_market", trigger="last_price",
        trigger_price=ask + 5_000,
    )  # fmt: skip
    assert ann.call("cancel_all_by_currency_pair", currency_pair="eth_usd") == 1
    assert ann.call("cancel_all_by_currency", currency="BTC", kind="option") == 1
    report = ann.call(
        "cancel_all_by_kind_or_type", currency=["BTC", "ETH"], kind=["future", "option"],
        type=["limit", "stop"], detailed=True,
    )  # fmt: skip
    assert [(row["type"], row["currency"]) for row in report] == [
        ("limit", "BTC"), ("trigger", "BTC"),
    ]  # fmt: skip
    assert set(report[0]) == {"instrument_name", "currency", "type", "result"}
    assert report[0]["result"][0]["cancel_reason"] == "user_request"
    for params in ({"type": "x"}, {"kind": "y"}):
        with pytest.raises(RpcError, match="Invalid params"):
            ann.call("cancel_all_by_currency", currency="BTC", **params)
