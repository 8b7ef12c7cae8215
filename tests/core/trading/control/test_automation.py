"""Strategies: on, off, resumed, and off when they fail."""

from __future__ import annotations

import pytest

from core.domain.label import new_label
from core.domain.order import Side
from core.trading.commands import Kill, SwitchAutomation
from core.trading.journal import AutomationRecord, Restored, SignalRecord
from core.trading.strategy import Context, Execution, Target
from core.trading.view import AutomationState
from tests.core.trading.market import LINEAR, PERP
from tests.core.trading.programs import Breaks, Wants
from tests.core.trading.rig import Rig, limit

RESTING = Execution(passive_s=60)
SEEN = SignalRecord("pair", "Z/H", 5, 1.5, 0.8, 0.0, 0.1, 0.2, 1.0, -1, "calm", "off")


def test_targets_count_only_while_it_is_on() -> None:
    rig = Rig([Wants("500")])
    rig.tick(times=5)
    assert rig.venue.placed == []
    rig.ask(SwitchAutomation("hedger", True))
    rig.tick()
    assert len(rig.venue.placed) == 1


def test_switching_off_cancels_its_orders_and_leaves_its_position() -> None:
    program = Wants("500", execution=RESTING)
    rig = Rig([program])
    rig.ask(SwitchAutomation("hedger", True))
    rig.tick()
    rig.place(limit(Side.BUY))
    rig.venue.trade(rig.view.working[-1].order_id, rig.venue.placed[0].amount / 5)
    rig.drain()

    reply = rig.say(SwitchAutomation("hedger", False))
    rig.tick(times=20)

    assert reply.text == "hedger is off"
    assert [one.label for one in rig.venue.working()] == [rig.venue.placed[1].label]
    assert rig.engine.parts.ledger.held("hedger", PERP) == 100
    assert len(rig.venue.placed) == 2
    assert (program.starts, program.stops) == (1, 1)


def test_switching_off_leaves_the_orders_of_another_strategy() -> None:
    hedger = Wants("500", execution=RESTING)
    pair = Wants("1", name="pair", instrument=LINEAR, execution=RESTING, sleeve="pair-ETH")
    rig = Rig([hedger, pair])
    rig.ask(SwitchAutomation("hedger", True))
    rig.ask(SwitchAutomation("pair", True))
    rig.tick()
    rig.ask(SwitchAutomation("hedger", False))
    assert [one.instrument for one in rig.venue.working()] == [LINEAR]
    rig.ask(SwitchAutomation("pair", False))
    assert rig.venue.working() == []


def test_orders_of_an_earlier_run_go_when_their_strategy_is_switched_off() -> None:
    rig = Rig([Wants("0")])
    rig.venue.place(limit(Side.BUY, label=new_label("hedger")))
    rig.drain()
    rig.ask(SwitchAutomation("hedger", False))
    assert rig.venue.working() == []


def test_every_switch_is_written_down_once() -> None:
    rig = Rig([Wants("0")])
    for is_on in (True, True, False, False):
        rig.ask(SwitchAutomation("hedger", is_on))
    assert rig.journal.of(AutomationRecord) == [
        AutomationRecord("hedger", True),
        AutomationRecord("hedger", False),
    ]


def test_what_was_on_resumes_after_a_restart_once_positions_are_known() -> None:
    program = Wants("500")
    rig = Rig(
        [program], restored=Restored(automations_on=frozenset({"hedger"})), is_connected=False
    )
    rig.tick(times=3)
    assert rig.view.automations == (AutomationState("hedger", True, "wants 500"),)
    assert (program.starts, rig.venue.placed) == (0, [])
    rig.connect()
    rig.tick()
    assert program.starts == 1
    assert len(rig.venue.placed) == 1
    assert rig.journal.of(AutomationRecord) == []


def test_a_strategy_that_fails_is_switched_off_and_the_others_go_on() -> None:
    bad, good = Breaks("0"), Wants("1", name="pair", instrument=LINEAR, execution=RESTING)
    rig = Rig([bad, good])
    rig.ask(SwitchAutomation("hedger", True))
    rig.ask(SwitchAutomation("pair", True))
    bad.is_broken = True
    with pytest.raises(ZeroDivisionError) as caught:
        rig.tick()
    rig.engine.fail(ZeroDivisionError(str(caught.value)), rig.clock.now_ns())
    rig.tick(times=3)

    assert [one.is_on for one in rig.view.automations] == [False, True]
    assert "a bug in a strategy" in rig.view.automations[0].status
    assert "hedger switched off" in rig.view.alarms[0]
    assert len(rig.venue.working()) == 1


def test_a_strategy_that_failed_can_be_switched_on_again() -> None:
    bad = Breaks("500")
    rig = Rig([bad])
    rig.ask(SwitchAutomation("hedger", True))
    bad.is_broken = True
    with pytest.raises(ZeroDivisionError):
        rig.tick()
    rig.engine.fail(ZeroDivisionError("x"), rig.clock.now_ns())
    bad.is_broken = False
    rig.ask(SwitchAutomation("hedger", True))
    rig.tick()
    assert len(rig.venue.placed) == 1


def test_an_error_outside_of_any_strategy_switches_all_off() -> None:
    rig = Rig([Wants("0"), Wants("0", name="pair")])
    rig.ask(SwitchAutomation("hedger", True))
    rig.ask(SwitchAutomation("pair", True))
    rig.engine.fail(ValueError("broken"), rig.clock.now_ns())
    assert [one.is_on for one in rig.view.automations] == [False, False]


def test_a_strategy_that_fails_in_stop_does_not_hinder_a_kill() -> None:
    class Stubborn(Wants):
        def stop(self, context: Context) -> None:
            super().stop(context)
            raise RuntimeError("will not stop")

    rig = Rig([Stubborn("500", execution=RESTING)])
    rig.ask(SwitchAutomation("hedger", True))
    rig.hold(PERP, "300", "60000")
    rig.tick()
    rig.ask(Kill(flatten=True))
    assert rig.venue.working() == []
    assert rig.venue.positions[PERP] == 0
    assert not rig.engine.parts.automations.is_on("hedger")


def test_what_a_strategy_says_of_itself_is_written_down_on_or_off() -> None:
    class Talks(Wants):
        def on_time(self, context: Context) -> tuple[Target, ...]:
            context.tell(SEEN)
            return super().on_time(context)

    rig = Rig([Talks()])
    rig.tick(times=3)
    assert rig.journal.of(SignalRecord) == [SEEN] * 3
    assert ("signal", SEEN) in rig.journal.records
