"""The whole adapter against the simulated exchange, faults included."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import websocket

from core.clock import SystemClock
from core.domain.events import (
    AccountChanged,
    Filled,
    LabelAnswered,
    OrderChanged,
    OutcomeArrived,
    Reconciled,
)
from core.domain.order import Amendment, NewOrder, OrderState, OrderType, Side
from core.domain.outcome import Accepted, Refused, Unknown
from core.market.board import Board
from core.market.book import BookState, Levels
from core.settings import VenueSettings
from core.venues.deribit.market_link import DeribitMarket
from tests.core.venues.deribit.trading_desk import TradingDesk
from tests.core.venues.simulator_child import Simulator
from tests.eventually import eventually

PERPETUAL = "BTC-PERPETUAL"
SETTINGS = VenueSettings(
    currencies=("ETH",), linear_perpetuals=("SOL",), linear_options=(), sockets=2
)


class Market:
    """A board filled from the simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self.board = Board(SystemClock())
        at = simulator.at.socket_url
        self.link = DeribitMarket(at, SETTINGS, self.board, SystemClock())

    def is_live(self) -> bool:
        names = list(self.board.catalog.by_name)
        return bool(names) and not any(self.board.is_stale(name) for name in names)

    def total(self, what: str) -> int:
        return sum(getattr(state, what) for state in self.link.states())

    def counts(self) -> dict[str, int]:
        """Everything counted so far."""
        return {one: self.total(one) for one in ("messages", "gaps", "resyncs", "reconnects")}


@pytest.fixture(scope="module")
def market(simulator: Simulator) -> Iterator[Market]:
    running = Market(simulator)
    running.link.start()
    eventually(running.is_live, within_s=15)
    yield running
    assert running.link.stop()


def test_every_book_equals_a_fresh_snapshot(simulator: Simulator, market: Market) -> None:
    names = list(market.board.catalog.by_name)
    for name in [*names[:: len(names) // 10], "SOL_USDC-PERPETUAL", "ETH-PERPETUAL"]:
        assert_equals_snapshot(simulator, market.board, name)


def assert_equals_snapshot(simulator: Simulator, board: Board, name: str) -> None:
    """Waits until ours and a new subscriber's snapshot stand at the same change, and compares."""
    eventually(lambda: _equals_snapshot(simulator, board, name), within_s=8)


def _equals_snapshot(simulator: Simulator, board: Board, name: str) -> bool:
    theirs = _fresh_snapshot(simulator, f"book.{name}.100ms")
    ours = board.levels(name, 10_000)
    for _ in range(50):
        if ours is None or ours.change_id >= theirs["change_id"]:
            break
        threading.Event().wait(0.004)
        ours = board.levels(name, 10_000)
    assert ours is not None
    if ours.change_id != theirs["change_id"]:
        return False
    assert [["new", one.price, one.amount] for one in ours.bids] == theirs["bids"]
    assert [["new", one.price, one.amount] for one in ours.asks] == theirs["asks"]
    return True


def _fresh_snapshot(simulator: Simulator, channel: str) -> Any:
    with closing(websocket.create_connection(simulator.at.socket_url, timeout=5)) as socket:
        request = {"id": 1, "method": "public/subscribe", "params": {"channels": [channel]}}
        socket.send(json.dumps(request))
        while True:
            message = json.loads(socket.recv())
            if message.get("method") == "subscription":
                return message["params"]["data"]


def test_a_dropped_message_makes_that_book_stale_and_it_recovers_alone(
    simulator: Simulator, market: Market
) -> None:
    before = market.counts()
    simulator.fault("gap", channel="book.ETH-PERPETUAL.100ms")
    eventually(lambda: market.total("gaps") == before["gaps"] + 1)
    eventually(lambda: market.total("resyncs") == before["resyncs"] + 1)
    eventually(lambda: not market.board.is_stale("ETH-PERPETUAL"))
    assert_equals_snapshot(simulator, market.board, "ETH-PERPETUAL")
    assert market.total("reconnects") == before["reconnects"]


def test_a_book_that_lost_its_last_frame_and_stays_quiet_is_found_by_its_ticker(
    simulator: Simulator, market: Market
) -> None:
    name = next(one.name for one in market.board.catalog.by_name.values() if one.is_option)
    before = market.counts()
    simulator.fault("gap", channel=f"book.{name}.100ms")
    simulator.fault("empty", instrument=name, seconds=60)
    eventually(lambda: market.board.levels(name, 1) == _empty_book(market, name), within_s=20)
    assert market.total("gaps") == before["gaps"] + 1
    assert market.total("resyncs") == before["resyncs"] + 1
    assert market.total("reconnects") == before["reconnects"]


def _empty_book(market: Market, name: str) -> Levels:
    stamps = market.board.stamps(name)
    assert stamps is not None
    return Levels((), (), BookState.LIVE, stamps.change_id)


@pytest.mark.parametrize("kind", ["duplicate", "reorder"])
def test_a_doubled_or_swapped_message_never_leaves_a_wrong_book(
    simulator: Simulator, market: Market, kind: str
) -> None:
    before = market.total("messages")
    simulator.fault(kind, channel="book.ETH-PERPETUAL.100ms")
    eventually(lambda: market.total("messages") > before + 500)
    eventually(lambda: not market.board.is_stale("ETH-PERPETUAL"))
    assert_equals_snapshot(simulator, market.board, "ETH-PERPETUAL")


def test_a_cut_reconnects_and_resubscribes_everything(simulator: Simulator, market: Market) -> None:
    before = market.counts()
    simulator.fault("cut")
    eventually(lambda: not market.is_live(), within_s=1)
    eventually(lambda: market.total("reconnects") == before["reconnects"] + 2)
    eventually(market.is_live, within_s=15)


def test_malformed_frames_are_dropped(simulator: Simulator, market: Market) -> None:
    before = market.counts()
    simulator.fault("malformed")
    eventually(lambda: market.total("messages") > before["messages"] + 200)
    eventually(market.is_live)
    assert market.total("reconnects") == before["reconnects"]


def market_order(label: str, amount: int = 100, side: Side = Side.BUY) -> NewOrder:
    return NewOrder(PERPETUAL, side, Decimal(amount), label, OrderType.MARKET)


def low_limit(label: str) -> NewOrder:
    return NewOrder(PERPETUAL, Side.BUY, Decimal(100), label, price=Decimal(20_000))


def desk_of(simulator: Simulator, client: str, **settings: Any) -> TradingDesk:
    return TradingDesk(simulator.at.socket_url, simulator.key(client), **settings)


def test_orders_are_accepted_amended_filled_refused_and_cancelled(simulator: Simulator) -> None:
    with desk_of(simulator, "amanda") as desk:
        desk.link.place(market_order("manual:a1"))
        filled = desk.outcome("manual:a1")
        assert isinstance(filled, Accepted)
        assert filled.report.state is OrderState.FILLED
        assert sum(fill.amount for fill in filled.fills) == 100
        eventually(lambda: [one.fill for one in desk.facts(Filled)] == list(filled.fills))

        desk.link.place(replace(low_limit("manual:a2"), post_only=True))
        resting = desk.outcome("manual:a2")
        assert isinstance(resting, Accepted)
        desk.link.amend(
            Amendment(resting.report.order_id, Decimal(200), Decimal(20_001), post_only=True)
        )
        eventually(lambda: _last(desk, "manual:a2").price == Decimal(20_001))
        assert _last(desk, "manual:a2").post_only
        desk.link.cancel(resting.report.order_id)
        eventually(lambda: _last(desk, "manual:a2").state is OrderState.CANCELLED)

        desk.link.place(NewOrder(PERPETUAL, Side.BUY, Decimal(7), "manual:a3", OrderType.MARKET))
        refused = desk.outcome("manual:a3")
        assert isinstance(refused, Refused)
        assert refused.reason == "amount: must be a multiple of contract size"
        eventually(lambda: desk.facts(AccountChanged))

        desk.link.reconcile()
        eventually(lambda: len(desk.facts(Reconciled)) == 2)
        truth = desk.facts(Reconciled)[-1]
        assert [(one.instrument, one.amount) for one in truth.positions] == [
            (PERPETUAL, Decimal(100))
        ]
        assert [one.trade_id for one in truth.fills] == [one.trade_id for one in filled.fills]
        assert {one.currency for one in truth.accounts} >= {"BTC", "ETH", "USDC"}


def _last(desk: TradingDesk, label: str) -> Any:
    reports = [one.report for one in desk.facts(OrderChanged) if one.report.label == label]
    return reports[-1] if reports else desk.outcome(label)


def test_a_lost_reply_is_unknown_and_its_label_finds_exactly_one_order(
    simulator: Simulator,
) -> None:
    with desk_of(simulator, "boris") as desk:
        simulator.fault("lost_reply")
        desk.link.place(low_limit("manual:b1"))
        assert isinstance(desk.outcome("manual:b1"), Unknown)
        desk.link.ask_label("manual:b1", PERPETUAL)
        eventually(lambda: desk.facts(LabelAnswered))
        (answer,) = desk.facts(LabelAnswered)
        assert [(one.label, one.state) for one in answer.reports] == [
            ("manual:b1", OrderState.OPEN)
        ]
        desk.link.cancel_all()
        eventually(lambda: _last(desk, "manual:b1").state is OrderState.CANCELLED)


def test_a_socket_cut_after_the_send_leaves_exactly_one_order(simulator: Simulator) -> None:
    with desk_of(simulator, "chloe", request_timeout_s=5.0) as desk:
        simulator.fault("silent", seconds=3)
        desk.link.place(market_order("manual:c1"))
        eventually(lambda: _trades(simulator, "chloe"), every_s=0.06)
        simulator.fault("cut")
        assert isinstance(desk.outcome("manual:c1"), Unknown)
        desk.wait_up(times=2)
        desk.link.ask_label("manual:c1", PERPETUAL)
        eventually(lambda: desk.facts(LabelAnswered))
        (answer,) = desk.facts(LabelAnswered)
        assert [one.state for one in answer.reports] == [OrderState.FILLED]
        assert sum(fill.amount for fill in answer.fills) == 100
        truth = desk.facts(Reconciled)[-1]
        assert [one.amount for one in truth.positions] == [100]
        assert {one.order_id for one in truth.fills} == {answer.reports[0].order_id}


def _trades(simulator: Simulator, client: str) -> Any:
    method = "private/get_user_trades_by_currency"
    return simulator.call(method, client, currency="BTC")["trades"]


def test_a_label_that_never_arrived_is_answered_with_nothing(simulator: Simulator) -> None:
    with desk_of(simulator, "dora") as desk:
        desk.link.ask_label("manual:never", PERPETUAL)
        eventually(lambda: desk.facts(LabelAnswered))
        assert desk.facts(LabelAnswered) == [LabelAnswered("manual:never", ())]


def test_an_expired_token_costs_one_order_and_not_the_session(simulator: Simulator) -> None:
    with desk_of(simulator, "emil") as desk:
        simulator.fault("expire_tokens")
        desk.link.place(low_limit("manual:e1"))
        refused = desk.outcome("manual:e1")
        assert isinstance(refused, Refused)
        assert refused.code == 13009

        def is_accepted() -> bool:
            label = f"manual:e{len(desk.facts(OutcomeArrived)) + 1}"
            desk.link.place(low_limit(label))
            return isinstance(desk.outcome(label), Accepted)

        eventually(is_accepted)


def test_a_dropped_client_leaves_no_resting_order(simulator: Simulator) -> None:
    with desk_of(simulator, "fanny") as desk:
        desk.link.place(low_limit("manual:f1"))
        assert isinstance(desk.outcome("manual:f1"), Accepted)
        assert len(simulator.call("private/get_open_orders", "fanny")) == 1
    eventually(lambda: simulator.call("private/get_open_orders", "fanny") == [], every_s=0.06)


def test_a_fired_stop_ends_and_goes_on_as_a_new_order(simulator: Simulator) -> None:
    with desk_of(simulator, "gus") as desk:
        mark = simulator.call("public/ticker", instrument_name=PERPETUAL)["mark_price"]
        trigger = Decimal(str(round(mark * 1.0001)))
        stop = NewOrder(
            PERPETUAL,
            Side.BUY,
            Decimal(100),
            "manual:g1",
            OrderType.STOP_MARKET,
            trigger_price=trigger,
        )
        desk.link.place(stop)
        placed = desk.outcome("manual:g1")
        assert isinstance(placed, Accepted)
        assert placed.report.state is OrderState.UNTRIGGERED
        simulator.fault("jump", coin="BTC", fraction=0.01)
        eventually(lambda: _state_of(desk, placed.report.order_id) is OrderState.CANCELLED)
        eventually(lambda: [one.fill.label for one in desk.facts(Filled)][:1] == ["manual:g1"])


def _state_of(desk: TradingDesk, order_id: str) -> OrderState | None:
    reports = [one.report for one in desk.facts(OrderChanged)]
    return next((one.state for one in reversed(reports) if one.order_id == order_id), None)


def test_queued_cancels_never_trip_the_limiter(simulator: Simulator) -> None:
    with desk_of(simulator, "hana") as desk:
        for number in range(26):
            desk.link.cancel(str(number))
        eventually(lambda: len([f for f in desk.told if "CancelFailed" in repr(f)]) == 26, 15)
        assert desk.link.state().reconnects == 0
