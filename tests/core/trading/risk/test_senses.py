"""The dead-man: the gate closes when something stops talking, and opens again by itself."""

from __future__ import annotations

import pytest

from core.domain.label import new_label
from core.domain.order import Side
from core.market.platform import Access, PlatformState
from core.venues.base import LinkState
from tests.core.trading.market import LINEAR, PERP
from tests.core.trading.rig import Rig, limit
from tests.core.trading.risk.asking import refusal


def test_silent_market_links_close_the_gate_until_one_speaks() -> None:
    rig = Rig()
    rig.tick()
    rig.is_feed_alive = False
    rig.tick(seconds=5)
    assert rig.view.gate.reason == "every market link has been silent for 5 s"
    rig.is_feed_alive = True
    rig.tick()
    assert rig.view.gate.is_open


def test_no_market_link_at_all_closes_the_gate() -> None:
    rig = Rig()
    rig.is_feed_alive = False
    rig.board.drop_feed("feed")
    rig.tick()
    assert rig.view.gate.reason == "no market link is up"


@pytest.mark.parametrize(("age_ms", "is_open"), [(11_000.0, True), (13_000.0, False)])
def test_a_missed_heartbeat_of_the_trading_link_closes_the_gate(
    age_ms: float, is_open: bool
) -> None:
    rig = Rig()
    state = rig.venue.state()
    rig.venue.link = LinkState(state.name, True, "live", 0, 0, 0, 0, age_ms, state.latency_ms)
    rig.tick()
    assert rig.view.gate.is_open == is_open
    assert is_open or rig.view.gate.reason == "the trading link has been silent for 13 s"
    rig.venue.link = state
    rig.tick()
    assert rig.view.gate.is_open


def test_a_journal_that_keeps_nothing_closes_the_gate() -> None:
    rig = Rig()
    rig.journal.trouble = "no space left on device"
    rig.tick()
    reason = "what happens is not written down: no space left on device"
    assert rig.view.gate.reason == reason
    assert refusal(rig, limit(Side.BUY)) == ""
    assert reason in refusal(rig, limit(Side.BUY, label=new_label("pair")))
    rig.journal.trouble = ""
    rig.tick()
    assert rig.view.gate.is_open


@pytest.mark.parametrize(
    ("access", "reason"),
    [
        (Access.LOCKED, "the venue has locked trading"),
        (Access.MAINTENANCE, "the venue is in maintenance"),
    ],
)
def test_a_venue_that_is_locked_opens_nothing_and_lets_exits_pass(
    access: Access, reason: str
) -> None:
    rig = Rig()
    rig.hold(PERP, "500", "60000")
    rig.board.put_platform(PlatformState(access))
    rig.tick()
    assert rig.view.gate.reason == reason
    assert refusal(rig, limit(Side.BUY)) == f"nothing can be opened: {reason}"
    assert refusal(rig, limit(Side.SELL, "100", "61000")) == ""
    rig.board.put_platform(PlatformState(Access.OPEN))
    rig.tick()
    assert rig.view.gate.is_open


def test_a_venue_locked_in_part_opens_what_is_not_locked() -> None:
    rig = Rig()
    rig.board.put_platform(PlatformState(Access.PARTLY_LOCKED, ("btc_usd",)))
    rig.tick()
    assert rig.view.gate.is_open
    assert refusal(rig, limit(Side.BUY)) == "the venue has locked btc_usd"
    assert refusal(rig, limit(Side.BUY, "1", "2999.95", LINEAR)) == ""
