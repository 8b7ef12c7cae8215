"""Orders that trigger others, orders that cancel each other, and both together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.simulator.markets.book import ASK, BID
from core.simulator.rpc import RpcError
from tests.core.simulator.line import Line, touch
from tests.core.simulator.state.kept import kept, reborn
from tests.core.simulator.still import Desk

PERPETUAL = "BTC-PERPETUAL"
OTO, OCO = "one_triggers_other", "one_cancels_other"
OTOCO = "one_triggers_one_cancels_other"


def leg(price: float, **more: object) -> dict[str, object]:
    """A sell that rests above the market."""
    return {"amount": 100, "direction": "sell", "price": price, **more}


def stop(price: float, **more: object) -> dict[str, object]:
    """A stop below the market."""
    return {
        "amount": 100, "direction": "sell", "type": "stop_market", "trigger": "mark_price",
        "trigger_price": price, **more,
    }  # fmt: skip


def enter(line: Line, price: float, link: str, legs: list[Any], **more: object) -> Any:
    """A buy of 100 at a price with its linked orders."""
    return line.call(
        "buy", instrument_name=PERPETUAL, amount=100, price=price, linked_order_type=link,
        otoco_config=legs, **more,
    )["order"]  # fmt: skip


def hit(desk: Desk, price: float, units: int) -> None:
    """Let ben sell into what rests at a price or above."""
    market = desk.market(PERPETUAL)
    desk.send(desk.ben, market, "sell", units, "limit", int(price / 0.5), tif="immediate_or_cancel")


def open_orders(line: Line) -> list[Any]:
    """Oldest first."""
    rows: list[Any] = line.call("get_open_orders")
    return rows[::-1]


def inside(desk: Desk) -> float:
    """A bid above the makers', which is first in the queue."""
    market = desk.market(PERPETUAL)
    price = touch(market)[1] - 0.5
    market.book.house[BID].pop(int(price / 0.5), None)
    return price


def test_a_primary_carries_the_ids_of_what_waits_for_it(ann: Line, desk: Desk) -> None:
    primary = enter(ann, inside(desk), OTO, [leg(200_000.0, label="tp")])
    waiting = ann.state(primary["oto_order_ids"][0])
    assert waiting["order_id"].startswith("OTO-")
    assert (waiting["order_state"], waiting["is_secondary_oto"]) == ("untriggered", True)
    assert waiting["primary_order_id"] == primary["order_id"]
    assert (waiting["order_type"], waiting["filled_amount"], waiting["label"]) == ("limit", 0, "tp")
    assert primary["trigger_fill_condition"] == "first_hit"
    assert "is_primary_otoco" not in primary


def test_the_first_fill_brings_all_to_market(ann: Line, desk: Desk) -> None:
    price = inside(desk)
    primary = enter(ann, price, OTO, [leg(price + 500), stop(price - 5_000)])
    hit(desk, price, 1)
    rows = open_orders(ann)
    placed = [row for row in rows if "primary_order_id" in row]
    assert sorted(row["order_type"] for row in placed) == ["limit", "stop_market"]
    assert {row["amount"] for row in placed} == {100.0}
    assert all(row["primary_order_id"] == primary["order_id"] for row in placed)
    assert not any(row["order_id"].startswith("OTO-") for row in rows)
    assert ann.state(primary["oto_order_ids"][0])["order_state"] == "triggered"


def test_a_complete_fill_is_waited_for(ann: Line, desk: Desk) -> None:
    price = inside(desk)
    enter(ann, price, OTO, [leg(price + 500)], trigger_fill_condition="complete_fill")
    hit(desk, price, 9)
    assert [row["order_state"] for row in open_orders(ann)] == ["untriggered", "open"]
    hit(desk, price, 1)
    assert [row["price"] for row in open_orders(ann)] == [price + 500]


def test_incremental_brings_the_share_that_filled_rounded_down(ann: Line, desk: Desk) -> None:
    price = inside(desk)
    legs = [leg(price + 500, amount=50)]
    enter(ann, price, OTO, legs, trigger_fill_condition="incremental")
    hit(desk, price, 3)
    first = [row for row in open_orders(ann) if row["direction"] == "sell"]
    assert [(row["order_state"], row["amount"]) for row in first] == [
        ("untriggered", 50.0), ("open", 10.0),
    ]  # fmt: skip
    hit(desk, price, 7)
    last = open_orders(ann)
    assert [(row["order_state"], row["amount"]) for row in last] == [("open", 50.0)]
    assert last[0]["order_id"] == first[1]["order_id"]


def test_what_waits_ends_with_a_cancelled_primary(ann: Line, desk: Desk) -> None:
    primary = enter(ann, inside(desk), OTOCO, [leg(200_000.0), stop(20_000.0)])
    ann.call("cancel", order_id=primary["order_id"])
    assert open_orders(ann) == []
    assert len(ann.ended("oto_primary_closed")) == 2


def test_a_refused_primary_leaves_nothing_behind(ann: Line) -> None:
    with pytest.raises(RpcError, match="price_too_high"):
        enter(ann, 900_000.0, OTO, [leg(950_000.0)])
    assert open_orders(ann) == []
    assert not ann.account.closed


def test_a_bracket_closes_its_other_side_when_one_trades(ann: Line, desk: Desk) -> None:
    price = inside(desk)
    legs = [leg(price + 1, reduce_only=True), stop(price - 5_000, reduce_only=True)]
    primary = enter(ann, price, OTOCO, legs)
    assert primary["is_primary_otoco"]
    hit(desk, price, 10)
    rows = open_orders(ann)
    assert len({row["oco_ref"] for row in rows}) == 1
    market = desk.market(PERPETUAL)
    desk.send(desk.ben, market, "buy", market.book.available(ASK, int((price + 1) / 0.5)), "limit",
              int((price + 1) / 0.5), tif="immediate_or_cancel")  # fmt: skip
    assert len(ann.ended("oco_other_closed")) == 1
    assert ann.ended("oco_other_closed")[0].order_type == "stop_market"


def test_a_stop_that_fires_closes_the_target(ann: Line, desk: Desk) -> None:
    price = inside(desk)
    enter(ann, price, OTOCO, [leg(price + 1_000), stop(price - 300)])
    hit(desk, price, 10)
    desk.exchange.world.coins.jump("BTC", -0.006)
    desk.run(0.2)
    assert open_orders(ann) == []
    assert [order.order_type for order in ann.ended("oco_other_closed")] == ["limit"]
    assert desk.ann.size_in(desk.market(PERPETUAL)) == 0


def pair(line: Line, low: float, high: float, **more: object) -> Any:
    """A buy far below and one closer to the market, which cancel each other."""
    return line.call(
        "buy", instrument_name=PERPETUAL, amount=100, price=low, linked_order_type=OCO,
        otoco_config=[{"price": high}], **more,
    )["order"]  # fmt: skip


@pytest.fixture
def two(ann: Line, desk: Desk) -> list[Any]:
    """A resting pair: the first far away, the second first in its queue."""
    price = inside(desk)
    pair(ann, price - 500, price)
    return open_orders(ann)


def test_a_pair_shares_its_reference_and_its_amount(two: list[Any]) -> None:
    assert [row["amount"] for row in two] == [100.0, 100.0]
    assert two[0]["oco_ref"] == two[1]["oco_ref"]


def test_a_partial_fill_cancels_the_other_and_keeps_its_own_rest(
    ann: Line, desk: Desk, two: list[Any]
) -> None:
    hit(desk, two[1]["price"], 4)
    rows = open_orders(ann)
    assert [(row["order_id"], row["filled_amount"]) for row in rows] == [(two[1]["order_id"], 40.0)]
    assert ann.state(two[0]["order_id"])["cancel_reason"] == "oco_other_closed"


def test_a_user_s_cancel_closes_both(ann: Line, two: list[Any]) -> None:
    ann.call("cancel", order_id=two[0]["order_id"])
    assert ann.state(two[0]["order_id"])["cancel_reason"] == "user_request"
    assert ann.state(two[1]["order_id"])["cancel_reason"] == "oco_other_closed"
    assert ann.call("cancel_all") == 0


def test_cancelling_all_counts_each_order_once(ann: Line, two: list[Any]) -> None:
    assert ann.call("cancel_all") == len(two) == 2
    ended = [order.order_id for order in ann.account.closed]
    assert sorted(ended) == sorted(row["order_id"] for row in two)


def test_a_broken_connection_takes_what_it_placed_and_what_that_brought(
    ann: Line, desk: Desk
) -> None:
    price = inside(desk)
    enter(ann, price, OTOCO, [leg(price + 500), stop(price - 5_000)])
    hit(desk, price, 3)
    assert len(open_orders(ann)) == 3
    desk.exchange.cancel_of(ann)
    assert open_orders(ann) == []
    assert len({order.order_id for order in ann.account.closed}) == len(ann.account.closed) == 5


def test_links_survive_a_restart(ann: Line, desk: Desk, tmp_path: Path) -> None:
    price = inside(desk)
    primary = enter(ann, price, OTOCO, [leg(price + 500), stop(price - 5_000)])
    kept(desk, tmp_path / "state").flush()
    again = reborn(desk, tmp_path / "state")
    line = Line(again, again.ann)
    assert [row["order_id"] for row in open_orders(line)][-1] == primary["order_id"]
    hit(again, price, 10)
    assert sorted(row["order_type"] for row in open_orders(line)) == ["limit", "stop_market"]
    line.call("cancel", order_id=open_orders(line)[0]["order_id"])
    assert open_orders(line) == []


def test_an_edit_leaves_the_pair_together(ann: Line, desk: Desk, two: list[Any]) -> None:
    ann.call("edit", order_id=two[0]["order_id"], amount=50, price=two[0]["price"] - 10)
    assert [row["oco_ref"] for row in open_orders(ann)] == [two[0]["oco_ref"]] * 2
    hit(desk, two[1]["price"], 1)
    assert ann.state(two[0]["order_id"])["cancel_reason"] == "oco_other_closed"


def test_an_incremental_pair_shrinks_in_proportion(ann: Line, desk: Desk) -> None:
    price = inside(desk)
    pair(ann, price - 500, price, trigger_fill_condition="incremental")
    hit(desk, price, 3)
    assert [(row["amount"], row["filled_amount"]) for row in open_orders(ann)] == [
        (70.0, 0.0), (100.0, 30.0),
    ]  # fmt: skip
    hit(desk, price, 7)
    assert open_orders(ann) == []
    assert len(ann.ended("oco_other_closed")) == 1


def test_one_taker_never_fills_both_of_a_pair(ann: Line, desk: Desk) -> None:
    price = inside(desk)
    pair(ann, price - 0.5, price)
    market = desk.market(PERPETUAL)
    desk.send(desk.ben, market, "sell", market.book.available(BID, int((price - 1) / 0.5)), "limit",
              int((price - 1) / 0.5), tif="immediate_or_cancel")  # fmt: skip
    assert desk.ann.size_in(market) == 100
    assert len(ann.ended("oco_other_closed")) == 1


def test_a_pair_whose_first_trades_at_once_never_shows_the_second(ann: Line, desk: Desk) -> None:
    _, ask = touch(desk.market(PERPETUAL))
    done = pair(ann, ask, ask - 500)
    assert done["order_state"] == "filled"
    assert open_orders(ann) == []
    assert [order.amount for order in ann.ended("oco_other_closed")] == [100]


def test_a_pair_closes_when_a_reduce_only_leg_has_nothing_left(ann: Line, desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    desk.send(desk.ann, market, "buy", 10)
    _, ask = touch(market)
    ann.call(
        "sell", instrument_name=PERPETUAL, amount=100, price=ask + 500, reduce_only=True,
        linked_order_type=OCO, otoco_config=[{"price": ask + 900, "reduce_only": True}],
    )  # fmt: skip
    desk.send(desk.ann, market, "sell", 10)
    assert open_orders(ann) == []
    assert len(ann.ended("risk_mitigation")) == 1
    assert len(ann.ended("oco_other_closed")) == 1


def test_a_stop_as_primary_hands_its_orders_to_what_it_becomes(ann: Line, desk: Desk) -> None:
    price = inside(desk)
    primary = ann.call(
        "buy", instrument_name=PERPETUAL, amount=100, type="stop_market", trigger="mark_price",
        trigger_price=price + 200, linked_order_type=OTO, otoco_config=[leg(price + 2_000)],
    )["order"]  # fmt: skip
    assert primary["order_state"] == "untriggered"
    desk.exchange.world.coins.jump("BTC", 0.005)
    desk.run(0.2)
    rows = open_orders(ann)
    assert [row["price"] for row in rows] == [price + 2_000]
    assert rows[0]["primary_order_id"] != primary["order_id"]


def test_the_number_of_waiting_orders_is_limited(ann: Line, desk: Desk) -> None:
    price = inside(desk) - 500
    for _ in range(10):
        enter(ann, price, OTO, [leg(200_000.0)] * 10)
    with pytest.raises(RpcError) as refused:
        enter(ann, price, OTO, [leg(200_000.0)])
    assert (refused.value.code, refused.value.message) == (13901, "no_more_oto_orders")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"linked_order_type": OTO}, -32602),
        ({"linked_order_type": "both", "otoco_config": [leg(1.0)]}, -32602),
        ({"linked_order_type": OTOCO, "otoco_config": [leg(200_000.0)]}, -32602),
        ({"linked_order_type": OTO, "otoco_config": [{"price": 200_000}]}, -32602),
        ({"otoco_config": [leg(200_000.0)]}, 11047),
        ({"linked_order_type": OTO, "otoco_config": "[]]"}, -32602),
        (
            {"linked_order_type": OTO, "otoco_config": [leg(2e5)], "trigger_fill_condition": "x"},
            -32602,
        ),
    ],
)
def test_malformed_links_are_refused(
    ann: Line, desk: Desk, params: dict[str, object], code: int
) -> None:
    with pytest.raises(RpcError) as refused:
        ann.call("buy", instrument_name=PERPETUAL, amount=100, price=inside(desk) - 500, **params)
    assert refused.value.code == code
    assert open_orders(ann) == []
