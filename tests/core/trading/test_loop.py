"""The thread: it ticks, it publishes, it survives errors, and it leaves nothing resting."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator

import pytest

from core.clock import SystemClock
from core.domain.events import TradingLinkChanged
from core.domain.order import Side
from core.settings import RiskSettings
from core.trading.commands import Command, Kill, PlaceOrders, Request, SwitchAutomation
from core.trading.journal import AutomationRecord
from core.trading.loop import TradingLoop
from core.trading.strategy import Execution, Strategy
from core.venues.base import Emit
from tests.core.trading.fake_venue import FakeVenue
from tests.core.trading.market import PERP, live_board
from tests.core.trading.programs import Breaks, Wants
from tests.core.trading.rig import MemoryJournal, limit
from tests.eventually import eventually

RESTING = Execution(passive_s=60)


class Running:
    """A loop with its venue and a feed that stays alive for the test."""

    def __init__(self, *strategies: Strategy) -> None:
        clock = SystemClock()
        self.board = live_board(clock)
        self.board.touch("feed", clock.now_ns() + 60_000_000_000)
        self.journal = MemoryJournal()
        self.venue: FakeVenue

        def new_venue(emit: Emit) -> FakeVenue:
            self.venue = FakeVenue(emit, clock)
            return self.venue

        self.loop = TradingLoop(
            clock, self.board, new_venue, RiskSettings(), strategies, self.journal
        )
        self._numbers = itertools.count(1)

    def ask(self, request: Request) -> int:
        number = next(self._numbers)
        self.loop.post(Command(number, request))
        return number

    def switch_on(self, name: str = "hedger") -> None:
        self.ask(SwitchAutomation(name, True))
        eventually(lambda: (state := self.loop.view.automation(name)) is not None and state.is_on)


@pytest.fixture
def running() -> Iterator[Callable[..., Running]]:
    """Starts loops and stops them at the end."""
    started: list[Running] = []

    def start(*strategies: Strategy) -> Running:
        one = Running(*strategies)
        started.append(one)
        one.loop.start()
        eventually(lambda: one.loop.view.is_reconciled)
        return one

    yield start
    for one in started:
        one.loop.stop()


Start = Callable[..., Running]


def test_a_command_is_carried_out_and_shown(running: Start) -> None:
    one = running()
    number = one.ask(PlaceOrders((limit(Side.BUY),)))
    eventually(lambda: len(one.loop.view.working) == 1)
    eventually(lambda: [reply.number for reply in one.loop.view.replies] == [number])
    assert one.loop.view.gate.is_open


def test_programs_are_asked_on_time_without_any_event(running: Start) -> None:
    one = running(Wants("500"))
    one.switch_on()
    eventually(lambda: one.loop.view.position(PERP) is not None)
    assert len(one.venue.placed) == 1


def test_stopping_leaves_no_order_of_a_program_resting(running: Start) -> None:
    one = running(Wants("500", execution=RESTING))
    one.switch_on()
    one.ask(PlaceOrders((limit(Side.BUY),)))
    eventually(lambda: len(one.loop.view.working) == 2)

    assert one.loop.stop()
    left = one.venue.working()
    assert [order.label.partition(":")[0] for order in left] == ["manual"]
    assert len(one.loop.view.working) == 1
    assert not one.venue.is_started
    assert one.journal.of(AutomationRecord) == [AutomationRecord("hedger", True)]


def test_stopping_waits_no_longer_than_it_promises(
    running: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.trading.loop.END_S", 0.3)
    one = running(Wants("500", execution=RESTING))
    one.switch_on()
    eventually(lambda: len(one.loop.view.working) == 1)
    one.venue.is_deaf_to_cancels = True
    begin_s = time.monotonic()
    assert one.loop.stop()
    assert 0.25 < time.monotonic() - begin_s < 1.5


def test_stopping_does_not_wait_for_a_link_that_is_down(running: Start) -> None:
    one = running(Wants("500", execution=RESTING))
    one.switch_on()
    eventually(lambda: len(one.loop.view.working) == 1)
    one.venue.is_deaf_to_cancels = True
    one.venue.disconnect()
    eventually(lambda: not one.loop.view.is_link_up)
    begin_s = time.monotonic()
    assert one.loop.stop()
    assert time.monotonic() - begin_s < 1.0


def test_it_can_be_started_and_stopped_twice(running: Start) -> None:
    program = Wants("500", execution=RESTING)
    one = running(program)
    one.switch_on()
    one.loop.start()
    eventually(lambda: len(one.venue.working()) == 1)
    assert one.loop.stop()
    assert one.loop.stop()
    assert not one.loop.state().is_running

    one.loop.start()
    eventually(lambda: len(one.venue.working()) == 1)
    assert program.starts == 2


def test_a_failing_program_is_switched_off_and_the_loop_lives(running: Start) -> None:
    bad = Breaks("500", execution=RESTING)
    one = running(bad)
    one.switch_on()
    eventually(lambda: len(one.venue.working()) == 1)
    bad.is_broken = True
    eventually(lambda: not one.loop.view.automations[0].is_on)
    eventually(lambda: one.venue.working() == [])
    assert "ZeroDivisionError" in one.loop.view.alarms[0]
    assert one.loop.state().is_running

    one.ask(PlaceOrders((limit(Side.BUY),)))
    eventually(lambda: len(one.loop.view.working) == 1)


def test_kill_works_through_the_thread(running: Start) -> None:
    one = running(Wants("500", execution=RESTING))
    one.switch_on()
    one.ask(PlaceOrders((limit(Side.BUY),)))
    eventually(lambda: len(one.loop.view.working) == 2)
    one.ask(Kill())
    eventually(lambda: one.loop.view.working == ())
    assert one.venue.working() == []
    assert not one.loop.view.automations[0].is_on


def test_a_flood_of_facts_is_shown_in_few_pictures(running: Start) -> None:
    one = running()
    before, begin_s = one.loop.view.sequence, time.monotonic()
    for index in range(5_000):
        one.loop.post(TradingLinkChanged(True, str(index)))
    done = one.ask(PlaceOrders((limit(Side.BUY),)))
    eventually(lambda: any(reply.number == done for reply in one.loop.view.replies))
    pictures = one.loop.view.sequence - before
    assert pictures <= 5 + 31 * (time.monotonic() - begin_s)


def test_the_view_is_a_value_that_is_replaced_not_changed(running: Start) -> None:
    one = running()
    first = one.loop.view
    one.ask(PlaceOrders((limit(Side.BUY),)))
    eventually(lambda: one.loop.view.sequence > first.sequence)
    assert first.working == ()
