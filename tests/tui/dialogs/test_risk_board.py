"""The risk screen: every limit with its use, the gate with its causes, at every size."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from math import inf, nan

import pytest

from core.settings import RiskSettings
from core.trading.risk.view import Use
from core.trading.view import Gate
from tests.tui.driver import running
from tests.tui.fake_desk import FakeDesk
from tests.tui.panes.drawing import PALETTE, STATES, text
from tui.dialogs.risk_board import RiskBoard, RiskPane
from tui.panes.header import Header
from tui.views.risk import GROUPS, risk_screen_view
from tui.views.spans import Span

LOCK = "loss of 120,000 USD is above the limit of 100,000 USD (risk.max_daily_loss_usd)"
CAUSE = f"opening is locked: {LOCK}; `risk reset` lifts it"


def board(fake: FakeDesk) -> RiskPane:
    """The pane, not mounted anywhere."""
    pane = RiskPane(fake.desk)
    pane.palette = PALETTE
    return pane


def drawn(fake: FakeDesk, width: int, height: int) -> str:
    """What it says."""
    return "\n".join(text(line) for line in board(fake).build(width, height))


def locked() -> FakeDesk:
    """A desk that lost too much."""
    fake = FakeDesk.trading()
    risk = replace(fake.view.risk, lock=LOCK, causes=(CAUSE,))
    fake.view = replace(fake.view, risk=risk, gate=Gate(False, CAUSE), alarms=(CAUSE,))
    return fake


def test_every_limit_of_the_settings_has_a_line() -> None:
    named = [name for _, rows in GROUPS for name, _ in rows]
    assert sorted(named) == sorted(RiskSettings.__dataclass_fields__)


@pytest.mark.parametrize("state", [*STATES, "locked"])
@pytest.mark.parametrize(("width", "height"), [(80, 24), (112, 38), (60, 12), (200, 55)])
def test_it_is_drawn_in_every_state_at_every_size(state: str, width: int, height: int) -> None:
    fake = locked() if state == "locked" else STATES[state]()
    lines = board(fake).build(width, height)
    assert len(lines) == height
    assert {sum(len(words) for words, _ in line) for line in lines} == {width}


def test_at_80_by_24_every_limit_is_seen_at_once() -> None:
    shown = drawn(FakeDesk.trading(), 79, 24)
    for _, rows in GROUPS:
        for _, label in rows:
            assert label in shown
    assert "OPEN" in shown
    assert "cancel on disconnect on, the venue says so" in shown
    assert "scroll" not in shown


def test_what_does_not_fit_is_scrolled_to() -> None:
    pane = board(FakeDesk.trading())
    first = [text(line) for line in pane.build(79, 12)]
    assert "↑ ↓" in first[-1]
    pane.offset_lines = 999
    last = [text(line) for line in pane.build(79, 12)]
    assert "cancel on disconnect" in last[-2]
    assert pane.offset_lines == 10


def test_a_lock_says_why_and_what_lifts_it_once() -> None:
    shown = drawn(locked(), 160, 38)
    assert "LOCKED" in shown
    assert shown.count(LOCK) == 1
    assert "risk reset" in shown


def test_a_closed_gate_names_every_cause_and_alarm() -> None:
    fake = FakeDesk.trading()
    risk = replace(fake.view.risk, causes=("no market link is up", "the loop is 3.0 s behind"))
    alarms = ("X: the ledger holds 1, the venue says 2",)
    fake.view = replace(fake.view, risk=risk, gate=Gate(False, risk.causes[0]), alarms=alarms)
    shown = drawn(fake, 112, 38)
    assert "CLOSED" in shown
    for words in (*risk.causes, *alarms):
        assert words in shown


def test_what_is_unknown_is_said_and_draws_no_bar() -> None:
    fake = FakeDesk.trading()
    uses = (
        Use("max_delta_usd", nan, 4e6, what="BTC"),
        Use("max_vega_usd", 5.0, inf),
        Use("max_open_orders", 100, 100, "orders"),
        Use("max_total_usd", 75, 100),
    )
    fake.view = replace(fake.view, risk=replace(fake.view.risk, uses=uses))
    rows = {row.label: row for _, found in risk_screen_view(fake.desk).groups for row in found}
    assert (rows["delta of a coin"].used, rows["delta of a coin"].tone) == ("unknown", "warn")
    assert rows["vega a point"].cap == "no limit"
    assert rows["open"].tone == "down"
    assert (rows["total"].percent, rows["total"].tone) == ("75%", "warn")


def test_without_the_trading_link_nothing_is_promised() -> None:
    fake = FakeDesk.trading()
    fake.view = replace(fake.view, is_link_up=False)
    pulse = risk_screen_view(fake.desk).pulse
    spans = [span for line in pulse for one in line for span in one.spans]
    assert Span("not set: the link is down", "warn") in spans


def test_the_command_opens_it_and_any_way_out_leaves_it() -> None:
    async def scene() -> None:
        fake = FakeDesk.trading()
        async with running(fake, (80, 24)) as driver:
            for key in ("escape", "q", "enter"):
                await driver.enter("risk")
                screen = await driver.dialog()
                assert isinstance(screen, RiskBoard)
                await driver.press("down", "pageup", "x")
                assert driver.last is None
                await driver.press(key)
                await driver.until(lambda: not driver.is_open, "the risk screen leaves")

    asyncio.run(scene())


def test_the_kill_key_works_above_it() -> None:
    async def scene() -> None:
        fake = FakeDesk.trading()
        async with running(fake) as driver:
            await driver.enter("risk")
            await driver.dialog()
            await driver.press("ctrl+k")
            await driver.until(lambda: driver.last is not None, "the kill is sent")
            assert not driver.is_open

    asyncio.run(scene())


def test_the_header_says_locked() -> None:
    async def scene() -> None:
        async with running(locked()) as driver:
            header = driver.app.desk_screen.query_one("#header", Header)
            assert "LOCKED: loss of 120,000 USD" in header.shown()

    asyncio.run(scene())
