"""Mass quotes and market-maker protection."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.simulator.rpc import RpcError
from tests.core.simulator.line import Line, touch
from tests.core.simulator.state.kept import kept, reborn
from tests.core.simulator.still import Desk

PERPETUAL, FUTURE = "BTC-PERPETUAL", "BTC-25DEC26"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def ann(desk: Desk) -> Line:
    """A market maker with a group on BTC."""
    line = Line(desk, desk.ann)
    line.cancel_on_disconnect = True
    configure(line)
    return line


def configure(line: Line, **changes: object) -> Any:
    """Set the protection of the group `one`."""
    settings: dict[str, object] = {
        "index_name": "btc_usd", "mmp_group": "one", "interval": 10, "frozen_time": 5,
        "quantity_limit": 0.5, "max_quote_quantity": 1.0,
    }  # fmt: skip
    return line.call("set_mmp_config", **(settings | changes))


def two_sided(line: Line, name: str = PERPETUAL, away: float = 100, **more: object) -> Any:
    """A quote around the market."""
    bid, ask = touch(line.desk.market(name))
    step = 2.5 if name == FUTURE else 0.5
    low, high = (round(price / step) * step for price in (bid - away, ask + away))
    return {
        "instrument_name": name, "quote_set_id": "near",
        "bid": {"price": low, "amount": 100}, "ask": {"price": high, "amount": 100},
    } | more  # fmt: skip


def quote(line: Line, *quotes: Any, **more: object) -> Any:
    """Send quotes and get all there is to know."""
    params: dict[str, object] = {"mmp_group": "one", "quote_id": "1", "detailed": True}
    return line.call("mass_quote", quotes=list(quotes), **(params | more))


def refusal(line: Line, *quotes: Any, **more: object) -> int:
    """The code of a request that falls as a whole."""
    with pytest.raises(RpcError) as refused:
        quote(line, *quotes, **more)
    return refused.value.code


def test_quotes_are_orders_with_their_tags(ann: Line) -> None:
    answer = quote(ann, two_sided(ann))
    assert (answer["errors"], answer["trades"]) == ([], [])
    assert [order["direction"] for order in answer["orders"]] == ["buy", "sell"]
    for order in answer["orders"]:
        assert order.items() >= {
            "quote": True, "quote_id": "1", "quote_set_id": "near", "mmp_group": "one",
            "mmp": True, "order_state": "open", "time_in_force": "good_til_cancelled",
        }.items()  # fmt: skip
    assert len(ann.call("get_open_orders")) == 2


def test_the_whole_request_needs_cancel_on_disconnect_a_group_and_its_index(
    ann: Line, desk: Desk
) -> None:
    good = two_sided(ann)
    assert refusal(ann, good, mmp_group="two") == 13040
    assert refusal(ann, good, two_sided(ann, "ETH-PERPETUAL", 5)) == 11043
    assert refusal(ann, {"instrument_name": "NOPE"}) == -32602
    assert refusal(ann, *[good] * 101) == 13903
    assert refusal(ann, good, valid_until=1) == 13888
    assert refusal(Line(desk, desk.ann), good) == 13042
    assert ann.call("get_open_orders") == []


def test_the_next_quote_replaces_the_one_on_its_side(ann: Line) -> None:
    first = quote(ann, two_sided(ann))["orders"]
    second = quote(ann, two_sided(ann, away=150), quote_id="2")["orders"]
    assert [order["order_id"] for order in second] == [order["order_id"] for order in first]
    assert [order["replaced"] for order in second] == [True, True]
    assert {order["quote_id"] for order in second} == {"2"}
    assert len(ann.call("get_open_orders")) == 2


def test_each_group_has_its_own_quotes(ann: Line) -> None:
    configure(ann, mmp_group="two")
    quote(ann, two_sided(ann))
    quote(ann, two_sided(ann), mmp_group="two")
    assert len(ann.call("get_open_orders")) == 4


def test_a_side_may_change_its_price_or_amount_alone_or_go(ann: Line) -> None:
    low, high = quote(ann, two_sided(ann))["orders"]
    changed = quote(ann, two_sided(ann, bid={"amount": 50}, ask={"price": high["price"] + 10}))
    assert [(o["amount"], o["price"]) for o in changed["orders"]] == [
        (50.0, low["price"]), (100.0, high["price"] + 10),
    ]  # fmt: skip
    gone = quote(ann, two_sided(ann, bid={"amount": 0}, ask={"amount": 0}))["orders"]
    assert [order["order_state"] for order in gone] == ["cancelled", "cancelled"]
    nothing = quote(ann, two_sided(ann, bid={"amount": 50}, ask={"amount": 0}))
    assert [error["error"]["code"] for error in nothing["errors"]] == [10004, 10004]


def test_each_side_stands_or_falls_alone(ann: Line, desk: Desk) -> None:
    resting = quote(ann, two_sided(ann))["orders"]
    answer = quote(ann, two_sided(ann, ask={"price": 1_000.0, "amount": 100}, bid={"amount": 90}))
    assert [(e["instrument_name"], e["side"]) for e in answer["errors"]] == [(PERPETUAL, "ask")]
    assert answer["errors"][0]["error"]["code"] == 10005
    assert [order["amount"] for order in answer["orders"]] == [90.0]
    assert ann.state(resting[1]["order_id"])["order_state"] == "cancelled"
    counted = quote(ann, two_sided(ann, ask={"price": 1_000.3, "amount": 100}), detailed=False)
    assert counted == {"errors_count": 1}
    sent = quote(ann, two_sided(ann), wait_for_response=False)
    assert [side["side"] for side in sent["pending_requests"]] == ["bid", "ask"]
    assert desk.ann.orders


def test_a_quote_that_crosses_itself_is_refused(ann: Line) -> None:
    bid, _ = touch(ann.desk.market(PERPETUAL))
    side = {"price": bid - 50, "amount": 100}
    answer = quote(ann, two_sided(ann, bid=side, ask=side))
    assert [error["error"]["code"] for error in answer["errors"]] == [13910, 13910]


def test_quotes_move_up_without_meeting(ann: Line) -> None:
    bid, ask = touch(ann.desk.market(PERPETUAL))
    low = {"price": bid - 300, "amount": 100}
    quote(ann, two_sided(ann, bid=low, ask={"price": ask + 10, "amount": 100}))
    moved = quote(
        ann, two_sided(ann, bid={"price": bid - 5, "amount": 100},
                       ask={"price": ask + 300, "amount": 100}),
    )  # fmt: skip
    assert [order["direction"] for order in moved["orders"]] == ["sell", "buy"]
    assert moved["errors"] == []


def test_the_same_quote_again_loses_its_place_and_less_keeps_it(ann: Line, desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    bid = quote(ann, two_sided(ann))["orders"][0]
    tick = int(bid["price"] / 0.5)
    desk.send(desk.ben, market, "buy", 5, "limit", tick)
    queue = market.book.queues[0][tick]

    def own_place() -> int:
        return [order is desk.ann.orders[bid["order_id"]] for order in queue].index(True)

    quote(ann, two_sided(ann, bid={"price": bid["price"], "amount": 90}, quote_set_id="far"))
    assert own_place() == 0
    quote(ann, two_sided(ann, bid={"price": bid["price"], "amount": 90}, quote_set_id="far"))
    assert own_place() == 1


def test_quotes_are_not_edited_but_cancelled_like_orders(ann: Line) -> None:
    order = quote(ann, two_sided(ann))["orders"][0]
    with pytest.raises(RpcError) as refused:
        ann.call("edit", order_id=order["order_id"], amount=50)
    assert refused.value.code == 11030
    assert ann.call("cancel_all") == 2


def test_quotes_are_cancelled_by_every_choice(ann: Line, desk: Desk) -> None:
    option = desk.option()
    delta = {"min_delta": 0.3, "max_delta": 0.7}
    price = option.instrument.price_of(option.book.best(0) or 1)
    contract = {
        "instrument_name": option.name, "quote_set_id": "far",
        "bid": {"price": round(price - 0.002, 4), "amount": 0.1},
    }  # fmt: skip
    ann.call("buy", instrument_name=PERPETUAL, amount=10, price=touch(desk.market(PERPETUAL))[0])
    for choice, count in (
        ({"cancel_type": "all"}, 5), ({"cancel_type": "quote_set_id", "quote_set_id": "far"}, 1),
        ({"cancel_type": "instrument", "instrument_name": FUTURE}, 2),
        ({"cancel_type": "kind", "kind": "future"}, 4),
        ({"cancel_type": "instrument_kind", "kind": "option"}, 1),
        ({"cancel_type": "currency", "currency": "BTC"}, 5),
        ({"cancel_type": "currency_pair", "currency_pair": "eth_usd"}, 0),
        ({"cancel_type": "delta", **delta}, 1),
        ({"cancel_type": "delta", "min_delta": 0.9, "max_delta": 1.0}, 0),
    ):  # fmt: skip
        answer = quote(ann, two_sided(ann), two_sided(ann, FUTURE), contract)
        assert answer["errors"] == []
        assert ann.call("cancel_quotes", **choice) == count, choice
        ann.call("cancel_quotes", cancel_type="all")
    assert len(ann.call("get_open_orders")) == 1


def test_frozen_quotes_come_back_after_a_second(ann: Line, desk: Desk) -> None:
    quote(ann, two_sided(ann))
    assert ann.call("cancel_quotes", cancel_type="all", freeze_quotes=True) == 2
    assert refusal(ann, two_sided(ann)) == 13043
    desk.clock.advance(1.1)
    assert quote(ann, two_sided(ann))["errors"] == []


class Heard:
    """Listens to user.mmp_trigger of ann."""

    def __init__(self, desk: Desk) -> None:
        self._frames: list[bytes] = []
        self._feed = desk.exchange.account_feed
        self._feed.subscribe("ann", self, "user.mmp_trigger.btc_usd")

    def send(self, frame: bytes) -> None:
        """One notification."""
        self._frames.append(frame)

    def rows(self) -> list[Any]:
        """What was said so far."""
        self._feed.flush(1)
        return [json.loads(frame)["params"]["data"] for frame in self._frames]


@pytest.fixture
def heard(desk: Desk) -> Heard:
    """What the client hears of its protection."""
    return Heard(desk)


def sell_to(line: Line, order: Any, coins: float) -> None:
    """Let ben sell coins to a quote."""
    desk, tick = line.desk, int(order["price"] / 0.5)
    market = desk.market(PERPETUAL)
    for quoted in [t for t in market.book.house[0] if t >= tick]:
        del market.book.house[0][quoted]
    units = int(coins * order["price"] / 10)
    desk.send(desk.ben, market, "sell", units, "limit", tick, tif="immediate_or_cancel")


def test_too_much_traded_freezes_the_group_and_cancels_its_quotes(
    ann: Line, desk: Desk, heard: Heard
) -> None:
    big = {"amount": 30_000}
    bid, ask = touch(desk.market(PERPETUAL))
    orders = quote(
        ann, two_sided(ann, bid={"price": bid - 50, **big}, ask={"price": ask + 50, **big}),
        two_sided(ann, FUTURE),
    )["orders"]  # fmt: skip
    kept = ann.call("buy", instrument_name=PERPETUAL, amount=10, price=bid - 500)["order"]
    sell_to(ann, orders[0], 0.2)
    assert len(ann.call("get_open_orders")) == 5
    quote(ann, {"instrument_name": PERPETUAL, "bid": {"amount": 30_000}})
    sell_to(ann, orders[0], 0.32)
    ended = ann.ended("mmp_trigger")
    assert len(ended) == 4
    assert all(ann.state(order.order_id)["mmp_cancelled"] for order in ended)
    assert [row["order_id"] for row in ann.call("get_open_orders")] == [kept["order_id"]]
    until = desk.clock.now_ms() + 5_000
    told = [{"index_name": "btc_usd", "frozen_until": until, "mmp_group": "one"}]
    assert heard.rows() == told
    assert ann.call("get_mmp_status", index_name="btc_usd") == told
    assert refusal(ann, two_sided(ann)) == 13043
    desk.clock.advance(5.0)
    assert quote(ann, two_sided(ann))["errors"] == []
    assert ann.call("get_mmp_status") == []


def test_what_was_traded_before_the_interval_does_not_count(ann: Line, desk: Desk) -> None:
    for _ in range(3):
        bid, _ = touch(desk.market(PERPETUAL))
        side = {"price": bid - 50, "amount": 30_000}
        order = quote(ann, {"instrument_name": PERPETUAL, "bid": side})["orders"][0]
        sell_to(ann, order, 0.3)
        desk.run(1.0)
        desk.clock.advance(10.0)
        desk.exchange.step()
    assert ann.ended("mmp_trigger") == []


def test_frozen_without_a_time_waits_for_a_reset(ann: Line, desk: Desk, heard: Heard) -> None:
    configure(ann, frozen_time=0, quantity_limit=0.5, delta_limit=0.1)
    bid, _ = touch(desk.market(PERPETUAL))
    side = {"price": bid - 50, "amount": 30_000}
    order = quote(ann, {"instrument_name": PERPETUAL, "bid": side})["orders"][0]
    sell_to(ann, order, 0.12)
    assert [row["frozen_until"] for row in heard.rows()] == [0]
    desk.clock.advance(10_000)
    assert refusal(ann, two_sided(ann)) == 13043
    assert ann.call("reset_mmp", index_name="btc_usd", mmp_group="one") == "ok"
    desk.exchange.step()
    assert quote(ann, two_sided(ann))["errors"] == []


def test_orders_with_the_flag_have_a_guard_of_their_own(ann: Line, desk: Desk) -> None:
    bid, _ = touch(desk.market(PERPETUAL))
    params: dict[str, Any] = {"instrument_name": PERPETUAL, "price": bid - 50, "mmp": True}
    with pytest.raises(RpcError) as nobody:
        ann.call("buy", amount=10_000, **params)
    ann.call("set_mmp_config", index_name="btc_usd", interval=5, frozen_time=0, quantity_limit=0.05)
    order = ann.call("buy", amount=10_000, **params)["order"]
    sell_to(ann, order, 0.08)
    with pytest.raises(RpcError) as frozen:
        ann.call("buy", amount=10_000, **params)
    assert (nobody.value.code, frozen.value.code) == (13040, 13030)
    assert ann.state(order["order_id"])["cancel_reason"] == "mmp_trigger"
    assert ann.call("buy", amount=10, **(params | {"mmp": False}))["order"]["mmp"] is False


def test_quotes_beyond_the_group_s_limits_are_refused(ann: Line) -> None:
    configure(ann, quantity_limit=0.01, max_quote_quantity=0.005)
    large = quote(ann, two_sided(ann, bid={"price": 50_000, "amount": 5_000}, ask={"amount": 0}))
    assert "quantity_limit_exceeded" in large["errors"][0]["error"]["message"]
    middle = quote(ann, two_sided(ann, bid={"price": 50_000, "amount": 400}, ask={"amount": 0}))
    assert "max_quote_quantity" in middle["errors"][0]["error"]["message"]


def test_a_smaller_limit_curtails_what_rests(ann: Line) -> None:
    quote(ann, two_sided(ann))
    configure(ann, quantity_limit=0.0001)
    assert len(ann.ended("mmp_config_curtailment")) == 2
    quote(ann, two_sided(ann))
    removed = configure(ann, interval=0)
    assert removed["interval"] == 0
    assert ann.call("get_mmp_config") == []


def test_a_configuration_is_read_back_and_forgets_what_is_not_named(ann: Line) -> None:
    assert configure(ann)["quantity_limit"] == 0.5
    assert configure(ann, quantity_limit=None, vega_limit=100) == {
        "index_name": "btc_usd", "interval": 10, "frozen_time": 5, "mmp_group": "one",
        "vega_limit": 100.0, "max_quote_quantity": 1.0,
    }  # fmt: skip
    found = ann.call("get_mmp_config", index_name="btc_usd", mmp_group="one")
    assert [row["vega_limit"] for row in found] == [100.0]
    assert ann.call("get_mmp_config", index_name="eth_usd") == []


def test_protection_and_its_freeze_survive_a_restart(ann: Line, desk: Desk, tmp_path: Path) -> None:
    ann.call("set_self_trading_config", mode="reject_taker")
    quote(ann, two_sided(ann))
    ann.account.guards["group:one"].frozen_until_ms = 0
    kept(desk, tmp_path / "state").flush()
    again = reborn(desk, tmp_path / "state")
    line = Line(again, again.ann)
    line.cancel_on_disconnect = True
    assert line.call("get_mmp_status")[0]["frozen_until"] == 0
    assert refusal(line, two_sided(line)) == 13043
    assert {order.quote_set_id for order in again.ann.orders.values()} == {"near"}
    assert again.ann.self_trading_mode == "reject_taker"


@pytest.mark.parametrize(
    "changes",
    [
        {"index_name": "x"}, {"interval": 3_601}, {"interval": -1}, {"mmp_group": ""},
        {"delta_limit": 0.5}, {"quantity_limit": None, "max_quote_quantity": None},
        {"quantity_limit": 0.00001}, {"index_name": "eth_usd"},
    ],
)  # fmt: skip
def test_malformed_configurations_are_refused(ann: Line, changes: dict[str, object]) -> None:
    with pytest.raises(RpcError) as refused:
        configure(ann, **changes)
    assert refused.value.code == -32602


def test_the_number_of_groups_is_limited(ann: Line) -> None:
    for number in range(15):
        configure(ann, mmp_group=f"g{number}")
    with pytest.raises(RpcError, match="too_many_mmp_groups"):
        configure(ann, mmp_group="one more")
