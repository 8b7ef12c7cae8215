"""What the guard does when too much is lost: programs off, orders gone, hedges pass."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.domain.label import new_label
from core.domain.order import Side
from core.settings import RiskSettings
from core.trading.commands import ResetRisk, SwitchAutomation
from core.trading.journal import AutomationRecord, KeptRecord, NoteRecord, Restored
from core.trading.risk.losses import KEPT
from core.trading.strategy import Execution
from tests.core.trading.market import LINEAR, OPTION, PERP, put_ticker
from tests.core.trading.programs import Wants
from tests.core.trading.rig import Rig, limit
from tests.core.trading.risk.asking import refusal

LIMITS = RiskSettings(max_daily_loss_usd=Decimal(60_000), max_sleeve_loss_usd=Decimal(500))
REST = Execution(passive_s=60.0)


def lock(rig: Rig) -> None:
    """Lose more than a day may."""
    rig.venue.worth("BTC", "8")
    rig.drain()
    rig.tick(seconds=0.6)


def running(*names: str, risk: RiskSettings = LIMITS) -> Rig:
    """A desk with programs on, each resting with an order of 100 USD."""
    rig = Rig([Wants("100", name, execution=REST) for name in names], risk=risk)
    for name in names:
        rig.ask(SwitchAutomation(name, True))
    rig.tick(times=3)
    return rig


def test_a_lock_switches_programs_off_and_cancels_their_orders() -> None:
    rig = running("pair")
    rig.place(limit(Side.BUY))
    assert len(rig.venue.working()) == 2
    lock(rig)
    (state,) = rig.view.automations
    assert not state.is_on
    assert state.status.startswith("switched off: opening is locked: loss of 120,000 USD")
    assert [one.label.partition(":")[0] for one in rig.venue.working()] == ["manual"]
    assert rig.journal.of(AutomationRecord)[-1] == AutomationRecord("pair", False)


def test_the_hedger_stays_on_under_a_lock() -> None:
    rig = running("hedger", "pair")
    lock(rig)
    assert {one.name: one.is_on for one in rig.view.automations} == {
        "hedger": True,
        "pair": False,
    }


def test_no_program_but_the_hedger_is_switched_on_under_a_lock() -> None:
    rig = running("hedger", "pair")
    lock(rig)
    reply = rig.say(SwitchAutomation("pair", True))
    assert not reply.is_ok
    assert reply.text.startswith("pair stays off: opening is locked: loss of")
    rig.ask(SwitchAutomation("hedger", False))
    assert rig.say(SwitchAutomation("hedger", True)).is_ok
    rig.ask(ResetRisk())
    assert not rig.engine.parts.automations.is_on("pair")
    assert rig.say(SwitchAutomation("pair", True)).is_ok


def test_a_program_that_was_on_is_off_after_a_restart_into_a_lock() -> None:
    first = running("pair")
    lock(first)
    text = [one.text for one in first.journal.of(KeptRecord)][-1]
    restored = Restored(kept=((KEPT, text),), automations_on=frozenset({"pair"}))
    second = Rig([Wants("100", "pair", execution=REST)], risk=LIMITS, restored=restored)
    second.tick()
    assert not second.view.automations[0].is_on
    assert second.venue.placed == []


@pytest.mark.parametrize(
    ("side", "amount", "passes"),
    [
        (Side.BUY, "50000", True),
        (Side.BUY, "110000", True),
        (Side.BUY, "120000", False),
        (Side.SELL, "10", False),
    ],
)
def test_under_a_lock_a_hedge_passes_when_it_brings_the_delta_nearer_to_zero(
    side: Side, amount: str, passes: bool
) -> None:
    rig = Rig(risk=LIMITS)
    rig.hold(OPTION, "2", "0.03")
    lock(rig)
    order = limit(side, amount, "60000", label=new_label("hedger"))
    assert (refusal(rig, order) == "") == passes
    assert "locked" in refusal(rig, limit(side, amount, "60000", label=new_label("pair")))
    assert "locked" in refusal(rig, limit(side, amount, "60000"))


def test_two_hedges_together_may_not_overshoot_under_a_lock() -> None:
    rig = Rig(risk=LIMITS)
    rig.hold(OPTION, "2", "0.03")
    lock(rig)
    rig.place(limit(Side.BUY, "57000", "59000", label=new_label("hedger")))
    assert "locked" in refusal(rig, limit(Side.BUY, "2000", label=new_label("hedger")))
    assert refusal(rig, limit(Side.BUY, "500", label=new_label("hedger"))) == ""


def test_a_hedge_keeps_every_other_limit_under_a_lock() -> None:
    rig = Rig(risk=RiskSettings(max_daily_loss_usd=Decimal(1), max_order_usd=Decimal(10_000)))
    rig.hold(OPTION, "2", "0.03")
    lock(rig)
    order = limit(Side.BUY, "50000", "60000", label=new_label("hedger"))
    assert "risk.max_order_usd" in refusal(rig, order)


def test_a_hedge_of_unknown_effect_waits_under_a_lock() -> None:
    rig = Rig(risk=LIMITS)
    rig.hold(OPTION, "2", "0.03")
    lock(rig)
    rig.board.list_instruments(one for one in rig.board.catalog.by_name.values())
    put_ticker(rig.board, OPTION, float("nan"), rig.clock.now_ns())
    order = limit(Side.BUY, "500", "60000", label=new_label("hedger"))
    assert "locked" in refusal(rig, order)


def test_a_hedge_waits_for_the_ledger_even_when_it_reduces() -> None:
    rig = Rig(risk=LIMITS)
    rig.hold(OPTION, "2", "0.03")
    rig.venue.positions[PERP] = Decimal(350)
    rig.tick(seconds=1, times=20)
    order = limit(Side.BUY, "50000", "60000", label=new_label("hedger"))
    assert "ledger and venue disagree" in refusal(rig, order)


def test_a_program_that_lost_too_much_is_switched_off_alone() -> None:
    rig = Rig([Wants("1", "pair", LINEAR), Wants("0", "other", LINEAR)], risk=LIMITS)
    for name in ("pair", "other"):
        rig.ask(SwitchAutomation(name, True))
    rig.tick(seconds=0.6, times=3)
    assert rig.engine.parts.ledger.held("pair", LINEAR) == 1
    put_ticker(rig.board, LINEAR, 2_505.0, rig.clock.now_ns())
    rig.tick(seconds=0.6)
    states = {one.name: one for one in rig.view.automations}
    assert (states["pair"].is_on, states["other"].is_on) == (False, True)
    assert states["pair"].status == (
        "switched off: it lost 501 USD, the limit is 500 USD (risk.max_sleeve_loss_usd)"
    )
    notes = [one.text for one in rig.journal.of(NoteRecord) if one.kind == "risk"]
    assert notes == [
        "pair is switched off: it lost 501 USD, the limit is 500 USD (risk.max_sleeve_loss_usd)"
    ]
    assert rig.engine.parts.ledger.held("pair", LINEAR) == 1


def test_switched_on_again_a_program_starts_from_what_it_holds_now() -> None:
    rig = Rig([Wants("1", "pair", LINEAR)], risk=LIMITS)
    rig.ask(SwitchAutomation("pair", True))
    rig.tick(seconds=0.6, times=3)
    put_ticker(rig.board, LINEAR, 2_000.0, rig.clock.now_ns())
    rig.tick(seconds=0.6)
    assert not rig.view.automations[0].is_on
    rig.ask(SwitchAutomation("pair", True))
    rig.tick(seconds=0.6, times=2)
    assert rig.view.automations[0].is_on


def test_the_hedgers_sleeve_may_lose_what_its_options_earn() -> None:
    rig = Rig([Wants("1", "hedger", LINEAR)], risk=LIMITS)
    rig.ask(SwitchAutomation("hedger", True))
    rig.tick(seconds=0.6, times=3)
    put_ticker(rig.board, LINEAR, 2_000.0, rig.clock.now_ns())
    rig.tick(seconds=0.6)
    assert rig.view.automations[0].is_on
