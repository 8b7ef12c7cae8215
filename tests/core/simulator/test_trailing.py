"""Triggers: trailing stops, sources and directions, refusals, edits, cancels."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.simulator.rpc import RpcError
from tests.core.simulator.line import Line, touch
from tests.core.simulator.state.kept import kept, reborn
from tests.core.simulator.still import Desk

PERPETUAL = "BTC-PERPETUAL"


def trail(line: Line, method: str = "sell", offset: float = 200.0) -> dict[str, object]:
    """A trailing stop on the mark."""
    row: dict[str, object] = line.call(
        method, instrument_name=PERPETUAL, amount=100, type="trailing_stop", trigger="mark_price",
        trigger_offset=offset, label="trail",
    )["order"]  # fmt: skip
    return row


def jump(desk: Desk, share: float) -> None:
    """Move the coin and let the triggers look."""
    desk.exchange.world.coins.jump("BTC", share)
    desk.run(0.2)


def test_a_trailing_stop_prints_its_reference_and_offset(ann: Line, desk: Desk) -> None:
    mark = desk.market(PERPETUAL).mark
    row = trail(ann)
    assert str(row["order_id"]).startswith("BTC-TSMS-")
    assert (row["order_type"], row["order_state"], row["triggered"]) == (
        "trailing_stop", "untriggered", False,
    )  # fmt: skip
    assert (row["trigger_reference_price"], row["trigger_offset"]) == (mark, 200.0)
    assert (row["price"], row["trigger_price"]) == ("market_price", pytest.approx(mark - 200))


@pytest.mark.parametrize(("method", "sign"), [("sell", 1), ("buy", -1)])
def test_a_trailing_stop_follows_the_best_price_and_fires_at_market(
    ann: Line, desk: Desk, method: str, sign: int
) -> None:
    market = desk.market(PERPETUAL)
    first = trail(ann, method, 400.0)
    jump(desk, 0.01 * sign)
    best = market.mark
    followed = ann.state(str(first["order_id"]))
    assert followed["trigger_reference_price"] == pytest.approx(best, rel=2e-3)
    assert (followed["trigger_reference_price"] - float(str(first["trigger_reference_price"]))) * (
        sign
    ) > 0
    jump(desk, -0.001 * sign)
    kept = ann.state(str(first["order_id"]))
    assert kept["order_state"] == "untriggered"
    assert kept["trigger_reference_price"] == followed["trigger_reference_price"]
    jump(desk, -0.006 * sign)
    assert ann.state(str(first["order_id"]))["order_state"] == "triggered"
    fired = ann.call("get_order_state_by_label", currency="BTC", label="trail")
    assert [(row["order_type"], row["triggered"]) for row in fired] == [("market", True)]
    assert fired[0]["trigger_order_id"] == first["order_id"]
    assert desk.ann.size_in(market) == -100 * sign


def test_the_offset_can_be_edited_but_not_past_the_price(ann: Line, desk: Desk) -> None:
    order_id = str(trail(ann, offset=1_000.0)["order_id"])
    jump(desk, -0.002)
    edited = ann.call("edit", order_id=order_id, amount=50, trigger_offset=600)["order"]
    assert (edited["trigger_offset"], edited["amount"], edited["replaced"]) == (600.0, 50.0, True)
    with pytest.raises(RpcError) as refused:
        ann.call("edit", order_id=order_id, amount=50, trigger_offset=10)
    assert refused.value.code == 10034
    assert ann.state(order_id)["trigger_offset"] == 600.0


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"type": "trailing_stop"}, -32602),
        ({"type": "trailing_stop", "trigger_offset": 0}, 11036),
        ({"type": "trailing_stop", "trigger_offset": 10.3}, 10044),
        ({"type": "stop_market"}, -32602),
        ({"type": "stop_market", "trigger_price": -5}, 11036),
        ({"type": "stop_market", "trigger_price": 20_000.3}, 10044),
        ({"type": "stop_market", "trigger_price": 200_000}, 10034),
        ({"type": "take_market", "trigger_price": 20_000}, 10035),
        ({"type": "stop_limit", "trigger_price": 20_000}, -32602),
        ({"type": "stop_market", "trigger_price": 20_000, "time_in_force": "fill_or_kill"}, 11047),
    ],
)
def test_malformed_triggers_are_refused(ann: Line, params: dict[str, object], code: int) -> None:
    with pytest.raises(RpcError) as refused:
        ann.call("sell", instrument_name=PERPETUAL, amount=100, trigger="index_price", **params)
    assert refused.value.code == code
    assert ann.call("get_open_orders") == []


@pytest.mark.parametrize("source", ["mark_price", "index_price", "last_price"])
@pytest.mark.parametrize(
    ("method", "kind", "sign"),
    [("buy", "stop", 1), ("sell", "stop", -1), ("buy", "take", -1), ("sell", "take", 1)],
)
def test_triggers_fire_on_their_source_in_their_direction(
    ann: Line, desk: Desk, source: str, method: str, kind: str, sign: int
) -> None:
    market = desk.market(PERPETUAL)
    desk.send(desk.ben, market, "buy", 1)
    row = ann.call(
        method, instrument_name=PERPETUAL, amount=100, type=f"{kind}_market", trigger=source,
        trigger_price=round(market.index) + 250 * sign,
    )["order"]  # fmt: skip
    letters = {"stop": "SL", "take": "TP"}[kind] + {"m": "M", "i": "I", "l": "T"}[source[0]]
    assert row["order_id"].startswith(f"BTC-{letters}{method[0].upper()}-")
    jump(desk, -0.008 * sign)
    assert ann.state(row["order_id"])["order_state"] == "untriggered"
    jump(desk, 0.016 * sign)
    desk.send(desk.ben, market, "buy", 1)
    desk.run(0.1)
    assert ann.state(row["order_id"])["order_state"] == "triggered"
    assert desk.ann.size_in(market) != 0


def test_a_waiting_order_is_cancelled_with_its_reason(ann: Line, desk: Desk) -> None:
    order_id = str(trail(ann)["order_id"])
    ended = ann.call("cancel", order_id=order_id)
    assert (ended["order_state"], ended["cancel_reason"]) == ("cancelled", "user_request")
    jump(desk, -0.02)
    assert desk.ann.size_in(desk.market(PERPETUAL)) == 0
    with pytest.raises(RpcError) as again:
        ann.call("cancel", order_id=order_id)
    assert again.value.code == 11044


def test_a_trailing_stop_remembers_its_best_price_over_a_restart(
    ann: Line, desk: Desk, tmp_path: Path
) -> None:
    order_id = str(trail(ann, offset=2_000.0)["order_id"])
    jump(desk, 0.01)
    best = ann.state(order_id)["trigger_reference_price"]
    kept(desk, tmp_path / "state").flush()
    again = reborn(desk, tmp_path / "state")
    assert Line(again, again.ann).state(order_id)["trigger_reference_price"] == best
    jump(again, -0.04)
    assert Line(again, again.ann).state(order_id)["order_state"] == "triggered"


def test_the_number_of_triggers_is_limited(ann: Line) -> None:
    for _ in range(100):
        trail(ann)
    with pytest.raises(RpcError, match="no_more_triggers 100"):
        trail(ann)


def test_a_trigger_whose_order_is_refused_ends_as_rejected(ann: Line, desk: Desk) -> None:
    bid, _ = touch(desk.market(PERPETUAL))
    ann.call(
        "sell", instrument_name=PERPETUAL, amount=100, type="stop_market", trigger="mark_price",
        trigger_price=bid - 200, reduce_only=True, label="late",
    )  # fmt: skip
    jump(desk, -0.01)
    rows = ann.call("get_order_state_by_label", currency="BTC", label="late")
    assert [row["order_state"] for row in rows] == ["rejected"]
    assert "cancel_reason" not in rows[0]
