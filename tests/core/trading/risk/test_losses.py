"""Losses: counted in USD from the venue's day start, kept across a restart, never guessed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.clock import NS_PER_S
from core.domain.order import Side
from core.settings import RiskSettings
from core.trading.commands import ResetRisk
from core.trading.journal import KeptRecord, NoteRecord, Restored
from core.trading.risk.losses import KEPT, day_of
from tests.core.trading.rig import START_NS, Rig, limit
from tests.core.trading.risk.asking import refusal

LIMITS = RiskSettings(max_daily_loss_usd=Decimal(60_000), max_drawdown_usd=Decimal(90_000))
TO_NEXT_DAY_S = (86_400 * NS_PER_S - (START_NS - 8 * 3_600 * NS_PER_S) % (86_400 * NS_PER_S)) / 1e9


def worth(rig: Rig, equity: str, currency: str = "BTC") -> None:
    """The account's equity becomes this; the desk has looked at it. It starts at 10 BTC."""
    rig.venue.worth(currency, equity)
    rig.drain()
    rig.tick(seconds=0.6)


def kept(rig: Rig) -> Restored:
    """What a restart would be given of it."""
    text = [one.text for one in rig.journal.of(KeptRecord) if one.name == KEPT][-1]
    return Restored(kept=((KEPT, text),))


def test_the_venues_day_begins_at_eight() -> None:
    hour = 3_600 * NS_PER_S
    assert day_of(32 * hour) == day_of(31 * hour) + 1
    assert day_of(32 * hour) == day_of(55 * hour)


def test_a_daily_loss_locks_opening_with_the_numbers() -> None:
    rig = Rig(risk=LIMITS)
    worth(rig, "9")
    assert refusal(rig, limit(Side.BUY)) == ""
    worth(rig, "8.9")
    text = (
        "opening is locked: loss of 66,000 USD is above the limit of 60,000 USD "
        "(risk.max_daily_loss_usd); `risk reset` lifts it"
    )
    assert refusal(rig, limit(Side.BUY)) == f"nothing can be opened: {text}"
    assert rig.view.alarms == (text,)
    assert not rig.view.gate.is_open
    assert rig.view.gate.reason == text


def test_a_drawdown_is_measured_from_the_days_best_moment() -> None:
    rig = Rig(risk=LIMITS)
    worth(rig, "11")
    worth(rig, "9.5")
    assert refusal(rig, limit(Side.BUY)) == ""
    worth(rig, "9.4")
    assert "drawdown of 96,000 USD is above the limit of 90,000 USD (risk.max_drawdown_usd)" in (
        refusal(rig, limit(Side.BUY))
    )


def test_the_lock_stays_when_the_money_comes_back() -> None:
    rig = Rig(risk=LIMITS)
    worth(rig, "8")
    worth(rig, "10")
    assert "locked" in refusal(rig, limit(Side.BUY))


def test_the_fall_of_the_collateral_is_no_loss() -> None:
    rig = Rig(risk=LIMITS)
    rig.board.put_index("btc_usd", 30_000.0, rig.clock.now_ns())
    worth(rig, "10")
    assert rig.engine.parts.losses.profit_usd == 0
    worth(rig, "9")
    assert rig.engine.parts.losses.profit_usd == -30_000


def test_all_currencies_count_and_a_new_one_is_no_profit() -> None:
    rig = Rig(risk=LIMITS)
    worth(rig, "5000", "USDC")
    worth(rig, "10.5")
    worth(rig, "4000", "USDC")
    assert rig.engine.parts.losses.profit_usd == 30_000 - 1_000


def test_without_an_index_nothing_is_guessed_and_programs_wait() -> None:
    rig = Rig(risk=LIMITS)
    worth(rig, "100", "SOL")
    assert rig.view.gate.is_open
    worth(rig, "90", "SOL")
    assert rig.view.gate.reason == ("losses cannot be counted: there is no index price of SOL yet")
    assert rig.engine.parts.losses.profit_usd is None
    assert rig.engine.parts.losses.drawdown_usd is None
    assert refusal(rig, limit(Side.BUY)) == ""
    rig.board.put_index("sol_usdc", 200.0, rig.clock.now_ns())
    rig.tick(seconds=0.6)
    assert rig.view.gate.is_open
    assert rig.engine.parts.losses.profit_usd == -2_000


def test_a_currency_the_venue_states_no_more_is_not_taken_for_zero() -> None:
    rig = Rig(risk=LIMITS, restored=kept(_with_two_currencies()))
    assert rig.view.gate.reason == "losses cannot be counted: the venue states no USDC equity"


def _with_two_currencies() -> Rig:
    rig = Rig(risk=LIMITS)
    worth(rig, "5000", "USDC")
    return rig


def test_a_new_day_counts_anew_but_lifts_no_lock() -> None:
    rig = Rig(risk=LIMITS)
    worth(rig, "9.1")
    rig.tick(seconds=TO_NEXT_DAY_S + 1)
    worth(rig, "8.2")
    assert rig.engine.parts.losses.profit_usd == -54_000
    assert rig.engine.parts.losses.lock == ""
    worth(rig, "8")
    assert rig.engine.parts.losses.lock
    rig.tick(seconds=86_400)
    assert rig.engine.parts.losses.lock


def test_a_restart_on_the_same_day_goes_on_counting() -> None:
    first = Rig(risk=LIMITS)
    worth(first, "11")
    worth(first, "9.6")
    first.tick(seconds=1, times=11)
    second = Rig(risk=LIMITS, restored=kept(first))
    worth(second, "9.6")
    assert second.engine.parts.losses.profit_usd == -24_000
    assert second.engine.parts.losses.drawdown_usd == 84_000


def test_a_restart_does_not_lift_the_lock() -> None:
    first = Rig(risk=LIMITS)
    worth(first, "8")
    second = Rig(risk=LIMITS, restored=kept(first))
    assert "locked" in refusal(second, limit(Side.BUY))


@pytest.mark.parametrize("text", ["nonsense", '{"day": "x"}', ""])
def test_what_was_kept_and_cannot_be_read_counts_anew(text: str) -> None:
    rig = Rig(risk=LIMITS, restored=Restored(kept=((KEPT, text),)))
    assert rig.engine.parts.losses.profit_usd == 0


def test_a_reset_lifts_the_lock_counts_anew_and_is_written_down() -> None:
    rig = Rig(risk=LIMITS)
    worth(rig, "8")
    reply = rig.say(ResetRisk())
    assert reply.is_ok
    assert reply.text.startswith("the lock is lifted (loss of 120,000 USD")
    assert refusal(rig, limit(Side.BUY)) == ""
    assert rig.view.alarms == ()
    worth(rig, "7.5")
    assert refusal(rig, limit(Side.BUY)) == ""
    assert [one.kind for one in rig.journal.of(NoteRecord)].count("reset") == 1
    again = Rig(risk=LIMITS, restored=kept(rig))
    assert again.engine.parts.losses.lock == ""


def test_a_reset_without_a_lock_only_counts_anew() -> None:
    rig = Rig(risk=LIMITS)
    worth(rig, "9.5")
    assert rig.say(ResetRisk()).text == "no lock stood; losses count from now on"
    assert rig.engine.parts.losses.profit_usd == 0


def test_losses_are_not_judged_while_positions_are_unknown() -> None:
    rig = Rig(risk=LIMITS)
    rig.venue.disconnect()
    rig.drain()
    rig.venue.equity["BTC"] = Decimal(1)
    rig.tick(seconds=1)
    assert rig.engine.parts.losses.lock == ""
    rig.connect()
    assert rig.engine.parts.losses.lock != ""


def test_a_limit_of_infinity_never_locks() -> None:
    off = replace(LIMITS, max_daily_loss_usd=Decimal("inf"), max_drawdown_usd=Decimal("inf"))
    rig = Rig(risk=off)
    worth(rig, "0")
    assert refusal(rig, limit(Side.BUY)) == ""
