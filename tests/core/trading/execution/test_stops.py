"""Stops of the desk: each kind fires once when it must, and none when it must not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.domain.order import OrderType, Side
from core.domain.stop import LotStop, StopKind, StopRule, StopState
from core.settings import RiskSettings
from core.trading.commands import (
    ArmStop,
    CancelOrder,
    CancelOrders,
    CancelScope,
    ClosePosition,
    Kill,
    Request,
    WorkAmount,
)
from core.trading.journal import Restored, StopRecord
from tests.core.trading.market import PERP, put_prices, put_ticker
from tests.core.trading.rig import Rig, limit


def move(rig: Rig, mark: float) -> None:
    """Book and mark go there, and the loop looks."""
    put_prices(rig.board, PERP, mark - 0.5, mark + 0.5)
    put_ticker(rig.board, PERP, mark, rig.clock.now_ns())
    rig.tick()


def wait(rig: Rig, seconds: int, mark: float = 60_000.0) -> None:
    """Time goes by with a living ticker."""
    for _ in range(seconds):
        put_ticker(rig.board, PERP, mark, rig.clock.now_ns())
        rig.tick(seconds=1)


def holding(amount: str = "300", risk: RiskSettings | None = None) -> Rig:
    rig = Rig(risk=risk)
    rig.hold(PERP, amount, "60000")
    move(rig, 60_000)
    return rig


def arm(rig: Rig, kind: StopKind, value: str) -> str:
    """Arm a stop; what was said to it."""
    return rig.say(ArmStop(PERP, StopRule(kind, Decimal(value)))).text


def exits(rig: Rig) -> list[Decimal]:
    """The signed amounts of everything sent that only reduces."""
    return [one.signed_amount for one in rig.venue.placed if one.reduce_only]


def states(rig: Rig) -> list[StopState]:
    return [one.stop.state for one in rig.journal.of(StopRecord)]


@pytest.mark.parametrize(
    ("amount", "kind", "value", "quiet", "fatal"),
    [
        ("300", StopKind.PRICE, "59500", [59_500.5, 61_000], 59_500),
        ("-300", StopKind.PRICE, "60500", [60_499.5, 59_000], 60_500),
        ("300", StopKind.PERCENT, "1", [59_400.5], 59_399),
        ("-300", StopKind.PERCENT, "1", [60_599], 60_600),
        ("300", StopKind.TRAIL, "200", [59_801, 60_100, 59_901], 59_900),
        ("-300", StopKind.TRAIL, "200", [60_199, 59_900, 60_099], 60_100),
        ("300", StopKind.TRAIL_PERCENT, "1", [59_401, 62_000, 61_381], 61_380),
        ("-300", StopKind.TRAIL_PERCENT, "1", [60_599, 58_000, 58_579], 58_580),
    ],
)
def test_a_stop_by_price_fires_at_its_price_and_not_before(
    amount: str, kind: StopKind, value: str, quiet: list[float], fatal: float
) -> None:
    rig = holding(amount)
    arm(rig, kind, value)
    for mark in quiet:
        move(rig, mark)
    assert exits(rig) == []
    move(rig, fatal)
    assert exits(rig) == [-Decimal(amount)]
    rig.tick(times=20)
    move(rig, 60_000)
    move(rig, fatal)
    assert len(exits(rig)) == 1
    assert rig.venue.positions[PERP] == 0
    assert states(rig)[-2:] == [StopState.FIRED, StopState.DONE]


@pytest.mark.parametrize("kind", [StopKind.ATR, StopKind.TRAIL_ATR])
def test_a_stop_by_true_range_stands_that_far_from_mark(kind: StopKind) -> None:
    rig = holding()
    assert "of 14 minutes yet" in arm(rig, kind, "2")
    for _ in range(16):
        wait(rig, 59, 60_000.0)
        wait(rig, 1, 60_050.0)
    move(rig, 60_000)
    arm(rig, kind, "2")
    edge = 60_000 - 2 * 50  # every bar is 50 from high to low
    move(rig, edge + 0.6)
    assert exits(rig) == []
    move(rig, edge - 0.6)
    assert exits(rig) == [-300]


def test_a_time_stop_fires_when_its_time_is_up_even_on_a_stale_feed() -> None:
    rig = holding()
    arm(rig, StopKind.TIME, "60")
    wait(rig, 59)
    assert exits(rig) == []
    rig.is_feed_alive = False
    rig.tick(seconds=5)
    assert exits(rig) == [-300]
    assert rig.venue.positions[PERP] == 0


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        (StopKind.PRICE, "60001", "would fire at once"),
        (StopKind.PRICE, "60000", "would fire at once"),
        (StopKind.TRAIL, "60001", "below any price"),
    ],
)
def test_a_stop_on_the_wrong_side_is_refused(kind: StopKind, value: str, why: str) -> None:
    rig = holding()
    assert why in arm(rig, kind, value)
    assert rig.view.stops == ()


def test_nothing_to_guard_is_refused_also_when_another_sleeve_holds_it() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000", sleeve="hedger")
    assert "nothing is held" in arm(rig, StopKind.PERCENT, "1")


def test_a_stale_price_never_fires_it_and_the_first_live_one_does() -> None:
    rig = holding()
    arm(rig, StopKind.PRICE, "59500")
    rig.is_feed_alive = False
    rig.tick(seconds=5)
    put_ticker(rig.board, PERP, 59_000, rig.clock.now_ns())
    rig.tick(times=20)
    assert exits(rig) == []
    assert "no live mark price" in rig.view.stops[0].blind
    assert any("s1 stop 59500 of BTC-PERPETUAL is blind" in one for one in rig.view.alarms)
    rig.is_feed_alive = True
    rig.tick()
    assert exits(rig) == [-300]
    assert rig.view.alarms == ()


def test_an_old_ticker_on_a_living_feed_counts_as_no_mark() -> None:
    rig = holding()
    arm(rig, StopKind.PRICE, "59500")
    rig.tick(seconds=1, times=12)
    assert rig.view.stops[0].blind


def test_without_the_trading_link_it_waits_and_judges_by_the_mark_of_its_return() -> None:
    rig = holding()
    arm(rig, StopKind.PRICE, "59500")
    rig.venue.disconnect()
    rig.drain()
    move(rig, 59_000)
    assert exits(rig) == []
    assert rig.view.stops[0].blind == "the trading link is down"
    move(rig, 60_000)
    rig.connect()
    rig.tick()
    assert exits(rig) == []
    move(rig, 59_000)
    assert exits(rig) == [-300]


def test_it_closes_what_the_lot_holds_then_and_leaves_other_sleeves_alone() -> None:
    rig = holding()
    rig.hold(PERP, "500", "60000", sleeve="hedger")
    arm(rig, StopKind.PRICE, "59500")
    rig.hold(PERP, "-100", "60000")
    move(rig, 59_400)
    rig.tick(times=5)
    assert exits(rig) == [-200]
    assert rig.engine.parts.ledger.held("hedger", PERP) == 500
    assert rig.venue.positions[PERP] == 500


def test_a_lot_that_another_sleeve_faces_is_closed_without_the_venues_help() -> None:
    rig = holding()
    rig.hold(PERP, "-300", "60000", sleeve="hedger")
    arm(rig, StopKind.PRICE, "59500")
    move(rig, 59_400)
    rig.tick(times=5)
    order = rig.venue.placed[-1]
    assert [order.signed_amount, rig.venue.positions[PERP]] == [-300, -300]
    assert not order.reduce_only
    assert order.type is OrderType.LIMIT
    assert rig.engine.parts.ledger.held("manual", PERP) == 0
    assert rig.engine.parts.ledger.held("hedger", PERP) == -300


def test_partial_fills_are_followed_until_the_lot_is_gone() -> None:
    rig = holding()
    arm(rig, StopKind.PRICE, "59500")
    rig.venue.takes = Decimal(40)
    move(rig, 59_400)
    rig.tick(seconds=0.5, times=25)
    assert rig.view.stops[0].state is StopState.FIRED
    rig.venue.takes = None
    wait(rig, 20, 59_400)
    assert rig.venue.positions[PERP] == 0
    assert rig.view.stops == ()
    assert states(rig).count(StopState.FIRED) == 1


def test_it_passes_at_a_closed_gate_and_over_every_limit() -> None:
    rig = holding()
    arm(rig, StopKind.PRICE, "59500")
    rig.engine.parts.conditions.alarm = "ledger and venue differ"
    rig.engine.parts.conditions.is_reconciled = False
    move(rig, 59_400)
    assert exits(rig) == [-300]


def test_a_lost_reply_of_the_exit_sends_no_second_one() -> None:
    rig = holding()
    arm(rig, StopKind.PRICE, "59500")
    rig.venue.mode = "mute"
    move(rig, 59_400)
    wait(rig, 20, 59_400)
    assert exits(rig) == [-300]
    assert rig.venue.positions[PERP] == 0


@pytest.mark.parametrize("turn", ["-300", "-400"])
def test_a_lot_that_goes_flat_or_turns_takes_its_stop_along(turn: str) -> None:
    rig = holding()
    arm(rig, StopKind.PRICE, "59500")
    rig.hold(PERP, turn, "60000")
    rig.tick()
    assert rig.view.stops == ()
    move(rig, 59_000)
    assert exits(rig) == []
    assert states(rig)[-1] is StopState.ENDED


@pytest.mark.parametrize(
    "request_",
    [
        CancelOrder("s1"),
        CancelOrders(CancelScope.STOPS),
        CancelOrders(CancelScope.SELLS),
        CancelOrders(CancelScope.ALL),
        Kill(),
    ],
    ids=str,
)
def test_it_is_taken_back(request_: Request) -> None:
    rig = holding()
    arm(rig, StopKind.PRICE, "59500")
    rig.ask(request_)
    move(rig, 59_000)
    assert (rig.view.stops, exits(rig)) == ((), [])


@pytest.mark.parametrize("scope", [CancelScope.BUYS, CancelScope.LAST])
def test_another_set_leaves_it(scope: CancelScope) -> None:
    rig = holding()
    arm(rig, StopKind.PRICE, "59500")
    rig.ask(CancelOrders(scope))
    assert len(rig.view.stops) == 1


def test_a_new_one_takes_the_place_of_its_kind_and_others_stay() -> None:
    rig = holding()
    arm(rig, StopKind.PRICE, "59500")
    arm(rig, StopKind.TRAIL, "400")
    assert "replaces s1" in arm(rig, StopKind.PERCENT, "2")
    assert [one.rule.words for one in rig.view.stops] == ["trail 400", "stop 2%"]


def test_firing_ends_what_would_build_the_lot_up_again() -> None:
    rig = holding()
    arm(rig, StopKind.PRICE, "59500")
    rig.ask(WorkAmount(PERP, Side.BUY, Decimal(500)))
    rig.tick()
    move(rig, 59_400)
    wait(rig, 20, 59_400)
    assert rig.venue.working() == []
    assert rig.venue.positions[PERP] == 0


def test_closing_by_hand_while_it_fires_closes_once() -> None:
    rig = holding()
    arm(rig, StopKind.PRICE, "59500")
    rig.venue.mode = "lose"
    move(rig, 59_400)
    rig.venue.mode = "accept"
    rig.ask(ClosePosition(PERP))
    wait(rig, 30, 59_400)
    assert exits(rig) == [-300]
    assert rig.venue.positions[PERP] == 0


def restart(rig: Rig, stop: LotStop) -> Rig:
    """A new desk on the same account."""
    again = Rig(restored=Restored(stops=(stop,)), is_connected=False)
    again.venue.positions.update(rig.venue.positions)
    again.connect()
    return again


def test_an_armed_stop_goes_on_after_a_restart_with_the_best_mark_it_had() -> None:
    rig = holding()
    arm(rig, StopKind.TRAIL, "200")
    wait(rig, 3, 61_000)
    stop = rig.journal.of(StopRecord)[-1].stop
    assert stop.best == 61_000
    again = restart(rig, stop)
    move(again, 60_801)
    assert exits(again) == []
    move(again, 60_799)
    assert exits(again) == [-300]


def test_a_stop_that_had_fired_is_finished_after_a_restart_and_not_fired_anew() -> None:
    rig = holding()
    arm(rig, StopKind.PRICE, "59500")
    rig.venue.takes = Decimal(0)
    move(rig, 59_400)
    again = restart(rig, rig.journal.of(StopRecord)[-1].stop)
    move(again, 60_000)
    again.tick(times=5)
    assert exits(again) == [-300]
    assert states(again) == [StopState.DONE]


def test_a_restored_stop_without_its_lot_ends_and_does_nothing() -> None:
    rig = holding()
    arm(rig, StopKind.PRICE, "59500")
    stop = rig.journal.of(StopRecord)[-1].stop
    again = restart(Rig(), stop)
    move(again, 59_000)
    assert again.venue.placed == []
    assert states(again) == [StopState.ENDED]


def test_it_is_written_down_as_fired_before_the_exit_leaves() -> None:
    rig = holding()
    arm(rig, StopKind.PRICE, "59500")
    known = len(rig.journal.records)
    move(rig, 59_400)
    kinds = [kind for kind, _ in rig.journal.records[known:]]
    assert kinds.index("stop") < kinds.index("order")


def test_a_resting_order_of_the_hand_survives_the_stop() -> None:
    rig = holding()
    rig.place(limit(Side.BUY, "100", "50000"))
    arm(rig, StopKind.PRICE, "59500")
    move(rig, 59_400)
    rig.tick(times=5)
    assert [one.amount for one in rig.venue.working()] == [100]
