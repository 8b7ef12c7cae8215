"""Both legs through router and venue: whatever gets lost, the pair ends even or flat."""

from __future__ import annotations

from decimal import Decimal

from core.settings import PairSettings
from core.strategies.pair.legs import SLEEVE, PairLegs
from core.trading.commands import SwitchAutomation
from core.trading.strategy import Context, Target
from tests.core.trading.market import LINEAR, PERP
from tests.core.trading.rig import Rig

RATIO = Decimal(3_000)
ONE = Decimal(1)


class Pair:
    """Wishes one unit of leg z against its hedge, once."""

    name = SLEEVE

    def __init__(self) -> None:
        self.legs = PairLegs(PairSettings(leg_z=LINEAR, leg_h=PERP))
        self.events: list[str] = []

    def start(self, context: Context) -> None:
        self.legs.wish(ONE, RATIO, "test", context.now_ns)

    def stop(self, context: Context) -> None:
        assert context.now_ns
        self.legs.reset()

    def on_time(self, context: Context) -> tuple[Target, ...]:
        targets = self.legs.follow(context)
        if self.legs.event:
            self.events.append(self.legs.event)
        return targets

    def status(self) -> str:
        return "test"


def running() -> tuple[Rig, Pair]:
    pair = Pair()
    rig = Rig([pair])
    rig.ask(SwitchAutomation(SLEEVE, True))
    return rig, pair


def held(rig: Rig) -> list[Decimal]:
    ledger = rig.engine.parts.ledger
    return [ledger.held(SLEEVE, LINEAR), ledger.held(SLEEVE, PERP)]


def test_the_entry_rests_and_the_second_leg_crosses_for_each_part_of_the_first() -> None:
    rig, _ = running()
    rig.tick()
    (order,) = rig.venue.placed
    assert order.post_only
    rig.venue.trade(order_id := rig.venue.working()[0].order_id, Decimal("0.4"))
    rig.tick(times=3)
    assert held(rig) == [Decimal("0.4"), Decimal(-1_200)]
    rig.venue.trade(order_id, Decimal("0.6"))
    rig.tick(times=10)
    assert held(rig) == [ONE, Decimal(-3_000)]
    assert not rig.venue.placed[-1].post_only


def test_lost_replies_of_both_legs_neither_double_nor_break_them() -> None:
    rig, pair = running()
    rig.venue.mode = "mute"
    rig.tick(times=300)
    assert held(rig) == [ONE, Decimal(-3_000)]
    assert [rig.venue.positions[LINEAR], rig.venue.positions[PERP]] == held(rig)
    assert not any("broken" in one for one in pair.events)


def test_a_cut_between_the_legs_is_made_good_when_the_link_returns() -> None:
    rig, _ = running()
    rig.tick()
    rig.venue.trade(rig.venue.working()[0].order_id, ONE)
    rig.venue.disconnect()
    rig.drain()
    rig.tick(seconds=0.5, times=6)
    assert rig.venue.positions[PERP] == 0
    rig.connect()
    rig.tick(seconds=0.2, times=30)
    assert held(rig) == [ONE, Decimal(-3_000)]


def test_a_cut_longer_than_the_second_leg_has_unwinds_the_pair() -> None:
    rig, pair = running()
    rig.tick()
    rig.venue.trade(rig.venue.working()[0].order_id, ONE)
    rig.venue.disconnect()
    rig.drain()
    rig.tick(seconds=1, times=15)
    rig.connect()
    rig.tick(seconds=0.2, times=60)
    assert held(rig) == [0, 0]
    assert rig.venue.positions[LINEAR] == 0
    assert any("broken pair" in one for one in pair.events)


def test_a_second_leg_that_is_refused_unwinds_the_first() -> None:
    rig, pair = running()
    rig.tick()
    rig.venue.trade(rig.venue.working()[0].order_id, ONE)
    rig.venue.mode = "refuse"
    rig.tick(seconds=0.5, times=25)
    rig.venue.mode = "accept"
    rig.tick(seconds=1, times=60)
    assert held(rig) == [0, 0]
    assert any("broken pair" in one for one in pair.events)
