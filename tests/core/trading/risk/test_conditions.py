"""When programs must wait, and what the screen says about it."""

from __future__ import annotations

from core.clock import NS_PER_S
from core.domain.order import Side
from core.trading.commands import SwitchAutomation
from core.trading.inbox import Tick
from core.trading.journal import NoteRecord
from core.trading.risk.conditions import Conditions
from tests.core.trading.programs import Wants
from tests.core.trading.rig import Rig, limit


def test_the_reasons_come_in_the_order_of_weight() -> None:
    conditions = Conditions(lag_ms=5_000, alarm="X differs", is_in_doubt=True)
    reasons = [conditions.gate(0).reason]
    conditions.is_link_up = True
    reasons.append(conditions.gate(0).reason)
    conditions.is_reconciled = True
    reasons.append(conditions.gate(0).reason)
    conditions.alarm = ""
    reasons.append(conditions.gate(0).reason)
    conditions.is_in_doubt = False
    reasons.append(conditions.gate(0).reason)
    conditions.lag_ms = 3.0
    assert reasons == [
        "the trading link is down: not connected yet",
        "positions are not reconciled with the venue yet",
        "ledger and venue disagree: X differs",
        "positions differed, the venue is being asked again",
        "the loop is 5.0 s behind",
    ]
    assert conditions.gate(0).is_open
    assert not conditions.gate(100 * NS_PER_S).is_open


def test_programs_wait_while_the_loop_lags_and_people_do_not() -> None:
    rig = Rig([Wants("500")])
    rig.ask(SwitchAutomation("hedger", True))
    rig.engine.handle(Tick(), rig.clock.now_ns(), lag_ms=2_500)
    assert rig.venue.placed == []
    assert rig.view.gate.reason == "the loop is 2.5 s behind"
    assert "behind" in rig.view.automations[0].status

    rig.place(limit(Side.BUY))
    assert len(rig.venue.placed) >= 1
    rig.tick()
    assert rig.view.gate.is_open


def test_the_gate_says_when_it_opens_and_closes() -> None:
    rig = Rig()
    rig.tick()
    rig.venue.disconnect("no route")
    rig.drain()
    rig.tick()
    rig.connect()
    rig.tick()
    assert [one.text for one in rig.journal.of(NoteRecord) if one.kind == "gate"] == [
        "programs may trade",
        "programs wait: the trading link is down: no route",
        "programs may trade",
    ]


def test_before_the_first_answer_the_view_says_so() -> None:
    rig = Rig(is_connected=False)
    assert not rig.view.is_link_up
    assert rig.view.gate.reason == "the trading link is down: not connected yet"
