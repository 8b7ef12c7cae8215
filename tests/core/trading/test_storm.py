"""A venue that loses, repeats and reorders what it says: in the end both sides agree."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from core.domain.label import new_label
from core.domain.order import Side
from core.trading.commands import CancelOrders, CancelScope, SwitchAutomation
from core.trading.strategy import Execution
from tests.core.trading.market import PERP
from tests.core.trading.programs import Wants
from tests.core.trading.rig import Rig, limit


class Storm:
    """Random weather over a rig; the same seed gives the same storm."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.program = Wants("0", execution=Execution(passive_s=0.4))
        self.rig = Rig([self.program])
        self.rig.ask(SwitchAutomation("hedger", True))

    def step(self) -> None:
        """One thing happens, and what the venue said about it is garbled."""
        dice, rig = self.dice, self.rig
        rig.venue.mode = dice.choice(["accept", "accept", "mute", "drop", "lose", "refuse"])
        rig.venue.takes = dice.choice([None, Decimal(0), Decimal(30)])
        action = dice.choice(["place", "place", "trade", "trade", "cancel", "want", "cut", "time"])
        getattr(self, f"_{action}")()
        self._garble()
        rig.drain()
        rig.tick(seconds=dice.choice([0.1, 0.1, 0.5, 2.0]))

    def calm_down(self) -> None:
        """The weather clears: the venue answers everything from now on."""
        self.rig.venue.mode, self.rig.venue.takes = "accept", None
        self.program.amount = None
        self.rig.connect()
        self.rig.tick(seconds=1, times=60)

    def _place(self) -> None:
        side = self.dice.choice([Side.BUY, Side.SELL])
        price = "59900" if side is Side.BUY else "60100"
        amount = str(10 * self.dice.randint(1, 20))
        order = limit(side, amount, price, label=new_label("manual"))
        self.rig.ask_undrained(order)

    def _trade(self) -> None:
        working = self.rig.venue.working()
        if working:
            one = self.dice.choice(working)
            most = int(one.remaining / 10)
            self.rig.venue.trade(one.order_id, Decimal(10 * self.dice.randint(1, most)))

    def _cancel(self) -> None:
        self.rig.ask(CancelOrders(self.dice.choice(list(CancelScope))), is_drained=False)

    def _want(self) -> None:
        self.program.amount = Decimal(10 * self.dice.randint(-30, 30))

    def _cut(self) -> None:
        self.rig.venue.disconnect()
        self._garble()
        self.rig.drain()
        self.rig.tick(seconds=1, times=2)
        self.rig.venue.connect()

    def _time(self) -> None:
        self.rig.tick(seconds=1, times=5)

    def _garble(self) -> None:
        facts = list(self.rig.facts)
        kept = [one for one in facts if self.dice.random() > 0.15]
        kept += [one for one in facts if self.dice.random() < 0.2]
        if self.dice.random() < 0.5:
            self.dice.shuffle(kept)
        self.rig.facts.clear()
        self.rig.facts.extend(kept)


@pytest.mark.parametrize("seed", range(25))
def test_after_any_storm_ledger_orders_and_venue_agree(seed: int) -> None:
    storm = Storm(seed)
    for _ in range(60):
        storm.step()
    storm.calm_down()
    rig, view = storm.rig, storm.rig.view
    assert rig.engine.parts.ledger.total(PERP) == rig.venue.positions[PERP]
    assert {one.order_id for one in view.working} == {one.order_id for one in rig.venue.working()}
    assert view.alarms == ()
    assert view.gate.is_open
    labels = [one.label for one in rig.venue.placed]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize("seed", range(25, 35))
def test_sleeves_own_exactly_the_fills_of_their_labels(seed: int) -> None:
    storm = Storm(seed)
    for _ in range(60):
        storm.step()
    storm.calm_down()
    for sleeve in ("manual", "hedger"):
        filled = sum(
            one.amount for one in storm.rig.venue.fills if one.label.startswith(f"{sleeve}:")
        )
        assert storm.rig.engine.parts.ledger.held(sleeve, PERP) == filled


@pytest.mark.parametrize("seed", range(35, 45))
def test_after_the_storm_the_program_reaches_its_target(seed: int) -> None:
    storm = Storm(seed)
    for _ in range(40):
        storm.step()
    storm.calm_down()
    storm.program.amount = Decimal(200)
    storm.rig.tick(seconds=0.2, times=300)
    assert storm.rig.engine.parts.ledger.held("hedger", PERP) == 200
