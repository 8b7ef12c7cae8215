"""The router: one order at a time towards each target, passive first, then across."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.domain.events import Filled, OrderChanged, OutcomeArrived
from core.domain.order import OrderState, TimeInForce
from core.domain.outcome import Accepted
from core.settings import RiskSettings
from core.trading.commands import CancelOrders, CancelScope, ClosePosition, SwitchAutomation
from core.trading.execution.work import Progress
from core.trading.journal import DecisionRecord
from core.trading.strategy import Execution
from tests.core.trading.market import LINEAR, OPTION, PERP, put_prices
from tests.core.trading.programs import Wants
from tests.core.trading.rig import Rig, decimals

PASSIVE = Execution(passive_s=1.5)


def running(program: Wants, risk: RiskSettings | None = None) -> Rig:
    """A rig whose program is on."""
    rig = Rig([program], risk=risk)
    rig.ask(SwitchAutomation(program.name, True))
    return rig


def test_a_burst_of_ticks_yields_one_order_in_flight() -> None:
    rig = running(Wants("500"))
    rig.venue.mode = "lose"
    for _ in range(1_000):
        rig.tick(seconds=0.001)
    assert len(rig.venue.placed) == 1
    assert rig.engine.parts.holdings.is_in_flight("hedger", PERP)


def test_a_target_said_again_after_it_is_reached_sends_nothing() -> None:
    rig = running(Wants("500"))
    rig.tick(times=50)
    assert [one.amount for one in rig.venue.placed] == [500]
    assert rig.engine.parts.ledger.held("hedger", PERP) == 500


def test_a_crossing_order_is_capped_beyond_the_touch() -> None:
    rig = running(Wants("-500", execution=Execution(price_cap_pct=Decimal("0.2"))))
    rig.tick()
    (order,) = rig.venue.placed
    assert order.time_in_force is TimeInForce.IOC
    assert order.price == Decimal(59_880)
    assert not order.post_only


def test_it_rests_at_the_touch_and_then_crosses() -> None:
    rig = running(Wants("500", execution=PASSIVE))
    rig.tick()
    (resting,) = rig.venue.placed
    assert (resting.post_only, resting.price) == (True, Decimal("60000.0"))

    rig.tick(times=14)
    assert rig.venue.cancelled == []
    rig.tick(times=2)
    assert len(rig.venue.cancelled) == 1
    crossing = rig.venue.placed[1]
    assert crossing.time_in_force is TimeInForce.IOC
    assert len(rig.venue.placed) == 2
    assert rig.view.positions[0].amount == 500


def test_it_does_not_cross_before_the_cancel_is_confirmed() -> None:
    rig = running(Wants("500", execution=PASSIVE))
    rig.tick()
    rig.venue.is_deaf_to_cancels = True
    rig.tick(times=100)
    assert len(rig.venue.placed) == 1
    assert len(rig.venue.cancelled) > 1

    rig.venue.is_deaf_to_cancels = False
    rig.tick(seconds=1, times=10)
    assert len(rig.venue.placed) == 2


def test_only_the_rest_crosses_after_a_part_was_filled() -> None:
    rig = running(Wants("500", execution=PASSIVE))
    rig.tick()
    rig.venue.trade(rig.venue.working()[0].order_id, Decimal(200))
    rig.drain()
    rig.tick(times=20)

    assert [one.amount for one in rig.venue.placed] == [500, 300]
    assert rig.venue.positions[PERP] == 500
    progress = rig.engine.parts.router.progress("hedger", PERP)
    assert progress == Progress(*decimals(800, 500, 0, 300))


def test_filled_and_open_and_cancelled_are_always_what_was_asked() -> None:
    rig = running(Wants("500", execution=PASSIVE))
    rig.venue.takes = Decimal(70)
    for round_ in range(200):
        rig.tick()
        working = rig.venue.working()
        if round_ % 9 == 3 and working:
            rig.venue.trade(working[0].order_id, Decimal(10))
            rig.drain()
        progress = rig.engine.parts.router.progress("hedger", PERP)
        assert progress.filled + progress.open + progress.cancelled == progress.asked
    assert rig.venue.positions[PERP] == 500


def test_a_target_that_is_not_said_any_more_is_withdrawn() -> None:
    program = Wants("500", execution=Execution(passive_s=60))
    rig = running(program)
    rig.tick()
    rig.venue.trade(rig.venue.working()[0].order_id, Decimal(200))
    rig.drain()
    program.amount = None
    rig.tick(times=30)
    assert rig.venue.working() == []
    assert len(rig.venue.placed) == 1
    assert rig.engine.parts.ledger.held("hedger", PERP) == 200


def test_nothing_is_sent_while_fills_of_an_ended_order_are_missing() -> None:
    rig = running(Wants("500"))
    rig.venue.mode = "lose"
    rig.tick()
    (order,) = rig.venue.placed
    report = next(iter(rig.venue.orders.values()))
    assert report.state is OrderState.FILLED
    rig.post(OrderChanged(report))
    rig.tick(times=5)
    assert len(rig.venue.placed) == 1
    assert rig.engine.parts.holdings.is_in_flight("hedger", PERP)

    rig.tick(times=10)
    assert rig.venue.asked == [order.label]
    assert rig.engine.parts.ledger.held("hedger", PERP) == 500
    rig.tick(times=10)
    assert len(rig.venue.placed) == 1


def test_a_fill_told_in_every_way_counts_once() -> None:
    rig = running(Wants("500"))
    rig.tick()
    fill, report = rig.venue.fills[0], next(iter(rig.venue.orders.values()))
    rig.post(Filled(fill))
    rig.post(OutcomeArrived(Accepted(report.label, report, (fill,))))
    rig.post(rig.venue.truth())
    rig.tick(times=10)
    assert rig.engine.parts.ledger.held("hedger", PERP) == 500
    assert len(rig.venue.placed) == 1


def test_an_order_larger_than_the_cap_is_sliced() -> None:
    rig = running(Wants("500", execution=Execution(max_order=Decimal(200))))
    rig.tick(times=5)
    assert [one.amount for one in rig.venue.placed] == [200, 200, 100]


def test_the_limit_of_the_gate_slices_as_well() -> None:
    rig = running(Wants("2500"), risk=RiskSettings(max_order_usd=Decimal(1_000)))
    rig.tick(times=5)
    assert [one.amount for one in rig.venue.placed] == [1_000, 1_000, 500]


def test_amounts_are_rounded_to_the_contract() -> None:
    rig = running(Wants("-0.0126", instrument=LINEAR))
    rig.tick(times=3)
    assert [one.amount for one in rig.venue.placed] == [Decimal("0.013")]


def test_a_difference_below_half_a_contract_sends_nothing() -> None:
    rig = running(Wants("4"))
    rig.tick(times=3)
    assert rig.venue.placed == []


def test_an_option_is_crossed_at_least_at_its_touch() -> None:
    rig = running(Wants("0.5", instrument=OPTION))
    rig.tick()
    assert rig.venue.placed[0].price == Decimal("0.0305")


def test_a_reversed_target_cancels_what_rests_at_once() -> None:
    program = Wants("500", execution=Execution(passive_s=60))
    rig = running(program)
    rig.tick()
    program.amount = Decimal(-500)
    rig.tick(times=10)
    assert [one.signed_amount for one in rig.venue.placed] == [500, -500]
    assert len(rig.venue.working()) == 1


def test_a_smaller_target_never_lets_too_much_fill() -> None:
    program = Wants("500", execution=Execution(passive_s=60))
    rig = running(program)
    rig.tick()
    program.amount = Decimal(300)
    rig.tick(times=10)
    assert [one.amount for one in rig.venue.working()] == [300]


def test_a_refusal_is_retried_at_growing_distances() -> None:
    rig = running(Wants("500"))
    rig.venue.mode = "refuse"
    rig.tick(times=100)
    assert 3 <= len(rig.venue.placed) <= 6
    assert "not_enough_funds" in rig.view.automations[0].status


def test_nothing_is_sent_on_a_stale_book_and_it_goes_on_when_it_lives() -> None:
    rig = running(Wants("500"))
    rig.is_feed_alive = False
    rig.tick(seconds=5, times=2)
    assert rig.venue.placed == []
    assert "stale" in rig.view.automations[0].status
    rig.is_feed_alive = True
    rig.tick()
    assert len(rig.venue.placed) == 1


@pytest.mark.parametrize(("bid", "ask"), [(0.0, 0.0), (60_000.0, 0.0)])
def test_without_a_price_it_waits(bid: float, ask: float) -> None:
    rig = running(Wants("500"))
    put_prices(rig.board, PERP, bid, ask)
    rig.tick(times=5)
    assert rig.venue.placed == []
    assert "no price" in rig.view.automations[0].status


def test_two_strategies_on_one_instrument_keep_their_own_positions() -> None:
    hedger, pair = Wants("500"), Wants("-300", name="pair")
    rig = Rig([hedger, pair])
    rig.ask(SwitchAutomation("hedger", True))
    rig.ask(SwitchAutomation("pair", True))
    rig.tick(times=5)
    ledger = rig.engine.parts.ledger
    assert (ledger.held("hedger", PERP), ledger.held("pair", PERP)) == decimals(500, -300)
    assert rig.venue.positions[PERP] == 200

    pair.amount = Decimal(0)
    rig.tick(times=5)
    assert (ledger.held("hedger", PERP), ledger.held("pair", PERP)) == decimals(500, 0)


def test_closing_by_hand_ends_the_work_on_that_instrument() -> None:
    program = Wants("500", execution=Execution(passive_s=60))
    rig = running(program)
    rig.hold(PERP, "200", "60000", sleeve="hedger")
    rig.tick()
    assert len(rig.venue.working()) == 1
    program.amount = None
    rig.ask(ClosePosition(PERP))
    rig.tick(times=20)
    assert rig.venue.working() == []
    assert rig.venue.positions[PERP] == 0


def test_a_resting_order_cancelled_by_hand_comes_back_only_after_a_pause() -> None:
    rig = running(Wants("500", execution=Execution(passive_s=60)))
    rig.tick()
    rig.ask(CancelOrders(CancelScope.ALL))
    rig.tick(times=3)
    assert len(rig.venue.placed) == 1
    rig.tick(times=5)
    assert len(rig.venue.placed) == 2


def test_every_order_sent_has_its_reason_in_the_journal() -> None:
    rig = running(Wants("500"))
    rig.tick(times=5)
    assert rig.journal.of(DecisionRecord) == [
        DecisionRecord("hedger", PERP, Decimal(500), Decimal(0), "test")
    ]


def test_a_program_may_not_trade_by_hand() -> None:
    rig = Rig([Wants("500", sleeve="manual")])
    rig.ask(SwitchAutomation("hedger", True))
    with pytest.raises(ValueError, match="manual"):
        rig.tick()
    assert rig.venue.placed == []


def repricing(reprices: int = 2, passive_s: float = 1.0) -> Rig:
    """A rig whose program rests at 60,000 and follows the touch."""
    rig = running(Wants("500", execution=Execution(passive_s, reprices=reprices)))
    rig.tick()
    return rig


def test_a_resting_order_follows_the_touch_by_amending_and_then_crosses() -> None:
    rig = repricing()
    (order,) = rig.venue.working()
    put_prices(rig.board, PERP, 60_010.0, 60_010.5)
    rig.tick(times=10)
    assert rig.venue.amended == [(order.order_id, Decimal(500), Decimal("60010.0"))]
    put_prices(rig.board, PERP, 60_020.0, 60_020.5)
    rig.tick(times=10)
    assert [price for _, _, price in rig.venue.amended] == decimals_list("60010.0", "60020.0")
    assert rig.venue.cancelled == []
    rig.tick(times=12)
    assert [one.time_in_force for one in rig.venue.placed] == [TimeInForce.GTC, TimeInForce.IOC]
    assert rig.venue.positions[PERP] == 500


def decimals_list(*values: str) -> list[Decimal]:
    return [Decimal(one) for one in values]


def test_a_touch_that_stands_is_not_amended_and_uses_up_the_patience_all_the_same() -> None:
    rig = repricing(reprices=1)
    rig.tick(times=15)
    assert (rig.venue.amended, len(rig.venue.placed)) == ([], 1)
    rig.tick(times=10)
    assert len(rig.venue.placed) == 2


def test_an_amend_without_an_answer_is_not_repeated_but_the_order_withdrawn() -> None:
    rig = repricing()
    rig.venue.is_deaf_to_amends = True
    put_prices(rig.board, PERP, 60_010.0, 60_010.5)
    rig.tick(times=30)
    assert len(rig.venue.amended) == 1
    assert rig.venue.cancelled == []
    rig.tick(times=15)
    assert len(rig.venue.cancelled) == 1
    rig.tick(times=60)
    assert rig.venue.positions[PERP] == 500


def test_a_fill_while_the_amend_is_under_way_leaves_only_the_rest() -> None:
    rig = repricing()
    put_prices(rig.board, PERP, 60_010.0, 60_010.5)
    rig.venue.trade(rig.venue.working()[0].order_id, Decimal(200))
    rig.tick(times=60)
    assert rig.venue.positions[PERP] == 500
    assert rig.engine.parts.ledger.held("hedger", PERP) == 500


def test_a_resting_order_leaves_a_book_that_fell_silent_and_comes_back() -> None:
    rig = repricing()
    rig.is_feed_alive = False
    rig.tick(seconds=4)
    rig.tick()
    assert rig.venue.working() == []
    rig.tick(times=30)
    assert len(rig.venue.placed) == 1
    rig.is_feed_alive = True
    rig.tick(times=10)
    assert len(rig.venue.working()) == 1


def test_a_target_in_slices_is_reached_over_its_time() -> None:
    rig = running(Wants("600", execution=Execution(slices=6, duration_s=60)))
    held = []
    for _ in range(6):
        rig.tick(seconds=0.5)
        held.append(rig.engine.parts.ledger.held("hedger", PERP))
        rig.tick(seconds=0.5, times=19)
    assert held == [100, 200, 300, 400, 500, 600]
    assert len(rig.venue.placed) == 6
