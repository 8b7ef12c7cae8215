"""Orders against a still exchange: matching, time in force, post-only, reduce-only, stops."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.simulator.accounts.order import order_row
from core.simulator.markets.book import ASK, BID
from core.simulator.rpc import RpcError
from tests.core.simulator.still import Desk

PERPETUAL = "BTC-PERPETUAL"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_market_order_takes_best_prices_first_and_shows_the_band_as_its_price(desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    asks = list(market.book.levels(ASK).items())
    order, fills = desk.send(desk.ann, market, "buy", asks[0][1] + 1)
    assert [fill.row["price"] for fill in fills] == [t * 0.5 for t, _ in asks[:2]]
    assert [fill.row["amount"] for fill in fills] == [asks[0][1] * 10.0, 10.0]
    assert order.state == "filled"
    assert order_row(order)["order_type"] == "market"
    assert order_row(order)["price"] > asks[-1][0] * 0.5


def test_the_rest_of_a_market_order_stays_as_a_limit_order(desk: Desk) -> None:
    market = desk.market("ETH-27NOV26")
    for account in (desk.ann, desk.ben):
        account.purses["ETH"].balance = Decimal(1_000_000)
    total = sum(market.book.levels(ASK).values())
    order, fills = desk.send(desk.ann, market, "buy", total + 5_000_000)
    row = order_row(order)
    assert (row["order_state"], row["order_type"]) == ("open", "limit")
    assert row["original_order_type"] == "market"
    assert 0 < row["filled_amount"] < row["amount"]
    _, maker = desk.send(desk.ben, market, "sell", 10, "limit", order.tick)
    assert maker[0].row["liquidity"] == "T"
    assert desk.ann.fills[-1].row["liquidity"] == "M"
    assert fills[0].row["order_type"] == "market"


def test_orders_at_one_price_fill_in_order_of_time(desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    bid = market.book.best(BID)
    assert bid is not None
    first, _ = desk.send(desk.ann, market, "buy", 3, "limit", bid + 1, post_only=True)
    second, _ = desk.send(desk.ben, market, "buy", 3, "limit", first.tick, post_only=True)
    seller = desk.exchange.accounts.open("cat", {"BTC": Decimal(5)}, 0)
    desk.send(seller, market, "sell", 4, "limit", first.tick, tif="immediate_or_cancel")
    assert (first.state, second.left) == ("filled", 2)


def test_makers_who_came_first_are_filled_first(desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    bid = market.book.best(BID)
    assert bid is not None
    house = market.book.house[BID][bid]
    order, _ = desk.send(desk.ann, market, "buy", 5, "limit", bid)
    desk.send(desk.ben, market, "sell", house, "limit", bid, tif="immediate_or_cancel")
    assert order.left == 5
    desk.send(desk.ben, market, "sell", 2, "limit", bid, tif="immediate_or_cancel")
    assert order.left == 3


def test_a_move_of_the_market_fills_what_rests_in_its_way(desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    bid = market.book.best(BID)
    assert bid is not None
    order, _ = desk.send(desk.ann, market, "buy", 3, "limit", bid - 100)
    desk.exchange.world.coins.jump("BTC", -0.01)
    desk.run(0.2)
    assert order.state == "filled"
    assert desk.ann.fills[-1].row["price"] == order.tick * 0.5
    assert desk.ann.fills[-1].row["liquidity"] == "M"


def test_immediate_or_cancel_and_fill_or_kill_leave_nothing_behind(desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    ask = market.book.best(ASK)
    assert ask is not None
    units = market.book.units_at(ASK, ask)
    kill, none = desk.send(desk.ann, market, "buy", units + 1, "limit", ask, tif="fill_or_kill")
    take, some = desk.send(
        desk.ann, market, "buy", units + 1, "limit", ask, tif="immediate_or_cancel"
    )
    assert (kill.state, none) == ("cancelled", [])
    assert (take.state, take.left, len(some)) == ("cancelled", 1, 1)
    assert not desk.ann.orders


def test_post_only_slides_one_tick_inside_or_is_refused(desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    ask = market.book.best(ASK)
    assert ask is not None
    order, fills = desk.send(desk.ann, market, "buy", 1, "limit", ask + 3, post_only=True)
    assert (order.tick, order.state, fills) == (ask - 1, "open", [])
    with pytest.raises(RpcError) as refused:
        desk.send(
            desk.ann, market, "buy", 1, "limit", ask + 3, post_only=True, reject_post_only=True
        )
    assert refused.value.code == 11054


def test_post_only_slides_by_the_coarse_tick_of_dear_options(desk: Desk) -> None:
    market = desk.option()
    ask = market.book.best(ASK)
    assert ask is not None
    assert ask > 50
    order, _ = desk.send(desk.ann, market, "buy", 1, "limit", ask, post_only=True)
    assert order.tick == ask - 5


def test_reduce_only_needs_a_position_and_never_exceeds_it(desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    with pytest.raises(RpcError) as refused:
        desk.send(desk.ann, market, "sell", 1, reduce_only=True)
    desk.send(desk.ann, market, "buy", 5)
    order, _ = desk.send(desk.ann, market, "sell", 9, reduce_only=True)
    assert refused.value.message == "other_reject invalid_reduce_only_order"
    assert (order.units, order.state) == (5, "filled")
    assert desk.ann.size_in(market) == 0


def test_a_resting_reduce_only_order_shrinks_with_the_position(desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    desk.send(desk.ann, market, "buy", 6)
    ask = market.book.best(ASK)
    assert ask is not None
    order, _ = desk.send(desk.ann, market, "sell", 6, "limit", ask + 50, reduce_only=True)
    desk.send(desk.ann, market, "sell", 4)
    assert order.left == 2
    desk.send(desk.ann, market, "sell", 2)
    assert order.state == "cancelled"


def test_prices_beyond_the_band_are_refused_with_the_limit(desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    mark_ticks = int(market.mark / 0.5)
    with pytest.raises(RpcError, match="price_too_high"):
        desk.send(desk.ann, market, "buy", 1, "limit", int(mark_ticks * 1.03))
    with pytest.raises(RpcError, match="price_too_low"):
        desk.send(desk.ann, market, "sell", 1, "limit", int(mark_ticks * 0.97))
    order, _ = desk.send(desk.ann, market, "buy", 1, "limit", int(mark_ticks * 0.9))
    assert order.state == "open"


def test_one_does_not_trade_with_oneself(desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    bid, ask = market.book.best(BID), market.book.best(ASK)
    assert bid is not None
    assert ask is not None
    resting, _ = desk.send(desk.ann, market, "sell", 5, "limit", ask, post_only=True)
    _, fills = desk.send(desk.ann, market, "buy", market.book.units_at(ASK, ask), "limit", ask)
    assert resting.state == "cancelled"
    assert sum(fill.row["amount"] for fill in fills) > 0
    assert len(desk.ann.fills) == len(fills)


def test_an_edit_keeps_the_place_only_for_less_at_the_same_price(desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    bid = market.book.best(BID)
    assert bid is not None
    first, _ = desk.send(desk.ann, market, "buy", 4, "limit", bid - 20)
    second, _ = desk.send(desk.ben, market, "buy", 4, "limit", bid - 20)
    queue = market.book.queues[BID][bid - 20]
    desk.edit(first, units=3)
    assert queue == [first, second]
    desk.edit(first, units=5)
    assert queue == [second, first]
    assert first.replaced
    assert order_row(first)["amount"] == 50.0


def test_a_refused_edit_changes_nothing(desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    bid = market.book.best(BID)
    assert bid is not None
    order, _ = desk.send(desk.ann, market, "buy", 4, "limit", bid - 20)
    with pytest.raises(RpcError) as refused:
        desk.edit(order, units=10_000_000)
    assert refused.value.code == 10009
    assert (order.units, order.left, order.replaced) == (4, 4, False)
    assert market.book.queues[BID][bid - 20] == [order]


def test_a_stop_fires_into_a_new_order_with_the_label_and_time_of_the_old(desk: Desk) -> None:
    market = desk.market(PERPETUAL)
    stop = desk.stop(desk.ann, market, "buy", 2, int(market.mark / 0.5) + 200)
    row = order_row(stop)
    assert row["price"] == "market_price"
    assert row["order_id"].startswith("BTC-SLMB-")
    assert "filled_amount" not in row
    desk.exchange.world.coins.jump("BTC", 0.005)
    desk.run(0.2)
    entered = next(o for o in desk.ann.closed if o.trigger_order_id == stop.order_id)
    assert stop.state == "triggered"
    assert (entered.state, entered.created_ms) == ("filled", stop.created_ms)
    assert order_row(entered)["triggered"]


@pytest.mark.parametrize(
    ("direction", "kind", "shift", "code"),
    [
        ("buy", "stop_market", -10, 10035),
        ("sell", "stop_market", 10, 10034),
        ("buy", "take_market", 10, 10034),
        ("sell", "take_market", -10, 10035),
    ],
)
def test_a_stop_past_its_trigger_is_refused(
    desk: Desk, direction: str, kind: str, shift: int, code: int
) -> None:
    market = desk.market(PERPETUAL)
    tick = int(market.mark / 0.5) + shift
    with pytest.raises(RpcError) as refused:
        desk.stop(
            desk.ann, market, "buy" if direction == "buy" else "sell", 1, tick,
            order_type="stop_market" if kind == "stop_market" else "take_market",
        )  # fmt: skip
    assert refused.value.code == code


def test_options_fees_are_capped_at_an_eighth_of_the_price(desk: Desk) -> None:
    chain = desk.exchange.floor.options_of("BTC")
    cheap = next(m for m in chain if m.book.best(ASK) in (1, 2, 3, 4))
    ask = cheap.book.best(ASK)
    assert ask is not None
    _, fills = desk.send(desk.ann, cheap, "buy", 1, "limit", ask)
    assert fills[0].row["fee"] == pytest.approx(0.1 * 0.125 * ask * 0.0001)
    _, dear = desk.send(desk.ann, desk.option(), "buy", 1)
    assert dear[0].row["fee"] == pytest.approx(0.1 * 0.0003)


def test_what_margin_cannot_carry_is_refused(desk: Desk) -> None:
    poor = desk.exchange.accounts.open("poor", {"BTC": Decimal("0.01")}, 0)
    with pytest.raises(RpcError) as refused:
        desk.send(poor, desk.market(PERPETUAL), "buy", 20_000)
    assert refused.value.code == 10009
    with pytest.raises(RpcError):
        desk.send(poor, desk.option(), "sell", 10)
    with pytest.raises(RpcError):
        desk.send(poor, desk.option(), "buy", 100)


def test_an_account_below_maintenance_is_closed(desk: Desk) -> None:
    thin = desk.exchange.accounts.open("thin", {"BTC": Decimal("0.1")}, 0)
    market = desk.market(PERPETUAL)
    desk.send(thin, market, "buy", 30_000)
    desk.exchange.world.coins.jump("BTC", -0.025)
    desk.run(15.0)
    assert thin.size_in(market) < 300_000
    assert any(order.spec.is_liquidation for order in thin.closed)


def test_books_are_never_crossed(desk: Desk) -> None:
    for _ in range(30):
        desk.run(0.3)
        for market in list(desk.exchange.floor.markets)[::7]:
            bid, ask = market.book.best(BID), market.book.best(ASK)
            assert bid is None or ask is None or bid < ask, market.name
