"""Parent orders: filled + open + in flight + left is asked, whatever the venue does or says."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.order import Side, TimeInForce
from core.domain.parent import ParentOrder, ParentState
from core.settings import RiskSettings, WorkSettings
from core.trading.commands import (
    CancelOrder,
    CancelOrders,
    CancelScope,
    ClosePosition,
    Kill,
    WorkAmount,
)
from core.trading.journal import ParentRecord, Restored
from tests.core.trading.market import PERP, put_prices
from tests.core.trading.rig import Rig, limit


def begin(
    rig: Rig, amount: str = "300", side: Side = Side.BUY, duration_s: float = 0.0, slices: int = 0
) -> int:
    """Ask for an amount to be worked; the command's number."""
    return rig.ask(WorkAmount(PERP, side, Decimal(amount), duration_s, slices))


def only(rig: Rig) -> ParentOrder:
    (found,) = rig.view.parents
    return found


def test_it_rests_at_the_touch_moves_on_and_crosses_the_rest() -> None:
    rig = Rig()
    number = begin(rig)
    assert rig.replies(number)[0].text == "w1 works from now on"
    (order,) = rig.venue.placed
    assert order.post_only
    assert [order.price, order.amount] == [60_000, 300]
    put_prices(rig.board, PERP, 60_010.0, 60_010.5)
    rig.tick(times=31)
    assert [price for _, _, price in rig.venue.amended] == [60_010]
    rig.tick(times=95)
    assert rig.venue.placed[-1].time_in_force is TimeInForce.IOC
    assert only(rig).state is ParentState.FILLED
    assert rig.replies(number)[-1].text == "w1 work BUY 300 BTC-PERPETUAL: 300 filled, filled"
    assert rig.engine.parts.ledger.held("manual", PERP) == 300


def test_other_orders_of_the_hand_do_not_disturb_it() -> None:
    rig = Rig()
    rig.hold(PERP, "-500", "60000")
    rig.place(limit(Side.BUY, "70", "59000"))
    begin(rig)
    rig.tick(times=150)
    assert only(rig).filled == 300
    assert rig.engine.parts.ledger.held("manual", PERP) == -200
    assert [one.amount for one in rig.venue.working()] == [70]


def test_a_twap_spreads_its_amount_and_shows_where_it_is() -> None:
    rig = Rig()
    begin(rig, "600", duration_s=60, slices=6)
    rig.tick(seconds=0.2, times=100)
    half = only(rig)
    assert (half.slices, half.words) == (6, "twap 6 x")
    assert 0 < half.filled < 400
    rig.tick(seconds=0.2, times=300)
    assert only(rig).state is ParentState.FILLED
    assert rig.venue.positions[PERP] == 600


def test_there_are_never_more_slices_than_contracts() -> None:
    rig = Rig()
    begin(rig, "30", duration_s=600)
    assert only(rig).slices == 3


def test_it_pauses_on_a_stale_book_and_says_so_and_goes_on() -> None:
    rig = Rig()
    begin(rig)
    rig.is_feed_alive = False
    rig.tick(seconds=4)
    rig.tick(times=30)
    assert rig.venue.working() == []
    assert "stale" in only(rig).status
    assert only(rig).state is ParentState.WORKING
    placed = len(rig.venue.placed)
    rig.is_feed_alive = True
    rig.tick(times=10)
    assert len(rig.venue.placed) == placed + 1


def test_it_pauses_while_the_gate_is_closed_and_survives_the_loss_of_the_link() -> None:
    rig = Rig()
    begin(rig)
    rig.venue.trade(rig.venue.working()[0].order_id, Decimal(100))
    rig.drain()
    rig.venue.disconnect()
    rig.venue.cancel_all()
    rig.facts.popleft()
    rig.facts.clear()
    rig.engine.parts.conditions.is_link_up = False
    rig.tick(times=50)
    assert len(rig.venue.placed) == 1
    rig.connect()
    rig.tick(seconds=0.2, times=150)
    assert only(rig).state is ParentState.FILLED
    assert rig.venue.positions[PERP] == 300


def test_it_waits_at_a_closed_gate_and_names_the_reason() -> None:
    rig = Rig(risk=RiskSettings(max_position_usd=Decimal(200)))
    begin(rig)
    rig.tick(times=5)
    assert "max_position_usd" in only(rig).status
    assert rig.venue.placed == []


def test_refused_again_and_again_it_is_given_up() -> None:
    rig = Rig()
    rig.venue.mode = "refuse"
    number = begin(rig)
    rig.tick(seconds=1, times=200)
    assert only(rig).state is ParentState.FAILED
    assert len(rig.venue.placed) == 8
    last = rig.replies(number)[-1]
    assert (last.is_ok, "not_enough_funds" in last.text) == (False, True)


@pytest.mark.parametrize(
    "request_",
    [
        CancelOrder("w1"),
        CancelOrders(CancelScope.ALL),
        CancelOrders(CancelScope.LAST),
        CancelOrders(CancelScope.BUYS),
        Kill(),
    ],
    ids=str,
)
def test_it_is_ended_by_name_by_set_and_by_kill(
    request_: CancelOrder | CancelOrders | Kill,
) -> None:
    rig = Rig()
    begin(rig)
    rig.venue.trade(rig.venue.working()[0].order_id, Decimal(100))
    rig.ask(request_)
    rig.tick(times=50)
    assert only(rig).state is ParentState.CANCELLED
    assert [only(rig).filled, only(rig).left] == [100, 200]
    assert (rig.venue.working(), len(rig.venue.placed)) == ([], 1)


def test_cancelling_its_order_by_hand_ends_it() -> None:
    rig = Rig()
    begin(rig)
    rig.ask(CancelOrder(rig.venue.working()[0].order_id))
    rig.tick(times=50)
    assert only(rig).state is ParentState.CANCELLED
    assert len(rig.venue.placed) == 1


@pytest.mark.parametrize("scope", [CancelScope.SELLS, CancelScope.STOPS])
def test_another_set_leaves_it_alone(scope: CancelScope) -> None:
    rig = Rig()
    begin(rig)
    rig.ask(CancelOrders(scope))
    rig.tick()
    assert only(rig).state is ParentState.WORKING


def test_the_last_order_is_the_newest_of_both() -> None:
    rig = Rig()
    begin(rig)
    rig.tick()
    rig.place(limit(Side.BUY, "70", "59000"))
    rig.ask(CancelOrders(CancelScope.LAST))
    rig.tick()
    assert only(rig).state is ParentState.WORKING
    assert [one.amount for one in rig.venue.working()] == [300]


def test_closing_the_position_ends_what_builds_it_up() -> None:
    rig = Rig()
    rig.hold(PERP, "200", "60000")
    begin(rig)
    rig.ask(ClosePosition(PERP))
    rig.tick(times=50)
    assert only(rig).state is ParentState.CANCELLED
    assert rig.venue.positions[PERP] == 0


def test_the_end_of_the_desk_cancels_what_it_has_open_and_the_next_run_says_so() -> None:
    rig = Rig()
    begin(rig)
    rig.venue.trade(rig.venue.working()[0].order_id, Decimal(100))
    rig.drain()
    rig.engine.end(rig.clock.now_ns())
    rig.drain()
    rig.tick(times=10)
    assert rig.engine.is_clear
    assert (rig.venue.working(), len(rig.venue.placed)) == ([], 1)

    left = rig.journal.of(ParentRecord)[-1].parent
    assert left.filled == 100
    assert left.state is ParentState.WORKING
    again = Rig(restored=Restored(parents=(left,)))
    again.tick(times=50)
    assert only(again).state is ParentState.INTERRUPTED
    assert again.venue.placed == []
    assert again.journal.of(ParentRecord)[-1].parent.state is ParentState.INTERRUPTED
    begin(again)
    assert [one.name for one in again.view.parents] == ["w2", "w1"]


def test_every_record_of_one_is_later_than_the_one_before() -> None:
    rig = Rig()
    begin(rig)
    rig.venue.trade(rig.venue.working()[0].order_id, Decimal(100))
    rig.venue.trade(rig.venue.working()[0].order_id, Decimal(200))
    rig.drain()
    times = [one.parent.changed_ns // 1_000 for one in rig.journal.of(ParentRecord)]
    assert len(times) >= 3
    assert times == sorted(set(times))


class Storm:
    """A venue that fills, refuses, loses, delays and repeats; the same seed, the same weather."""

    def __init__(self, seed: int, duration_s: float) -> None:
        self.dice = random.Random(seed)
        self.rig = Rig(work=WorkSettings(jitter=0.0))
        self.asked = Decimal(10 * self.dice.randint(1, 40))
        self.side = self.dice.choice(list(Side))
        begin_side = self.side
        self.rig.venue.mode = self.dice.choice(["accept", "mute", "drop", "lose"])
        self.rig.ask(WorkAmount(PERP, begin_side, self.asked, duration_s, 4), is_drained=False)

    def step(self) -> None:
        rig, venue = self.rig, self.rig.venue
        venue.mode = self.dice.choice(["accept", "accept", "mute", "drop", "lose", "refuse"])
        venue.takes = self.dice.choice([None, Decimal(0), Decimal(10), Decimal(30)])
        venue.is_deaf_to_cancels = self.dice.random() < 0.5
        venue.is_deaf_to_amends = self.dice.random() < 0.5
        getattr(self, self.dice.choice(["_fill", "_fill", "_move", "_cut", "_wait"]))()
        self._garble()
        for _ in range(len(rig.facts)):
            rig.post(rig.facts.popleft())
            self.check()
        rig.tick(seconds=self.dice.choice([0.1, 0.5, 2.0]))
        self.check()

    def _fill(self) -> None:
        for one in self.rig.venue.working():
            units = self.dice.randint(0, int(one.remaining / 10))
            if units:
                self.rig.venue.trade(one.order_id, Decimal(10 * units))

    def _move(self) -> None:
        bid = 60_000.0 + 0.5 * self.dice.randint(-40, 40)
        put_prices(self.rig.board, PERP, bid, bid + 0.5)

    def _cut(self) -> None:
        self.rig.venue.disconnect()
        self._garble()
        self.rig.drain()
        self.rig.tick(seconds=1)
        self.rig.venue.connect()

    def _wait(self) -> None:
        self.rig.is_feed_alive = self.dice.random() < 0.5
        self.rig.tick(seconds=4)
        self.check()

    def _garble(self) -> None:
        """Some of what is said is lost, some said twice, and all of it in another order."""
        facts = list(self.rig.facts)
        kept = [one for one in facts if self.dice.randint(0, 6) != 0]
        kept += [one for one in facts if self.dice.randint(0, 4) == 0]
        self.rig.facts.clear()
        self.dice.shuffle(kept)
        self.rig.facts.extend(kept)

    def check(self) -> None:
        """The sums of the desk, and the venue's own: never more than asked."""
        one = only(self.rig)
        assert one.filled + one.open + one.in_flight + one.left == one.asked == self.asked
        assert min(one.filled, one.open, one.in_flight, one.left) >= 0
        venue = self.rig.venue
        filled = sum(abs(fill.amount) for fill in venue.fills)
        working = sum(order.remaining for order in venue.working())
        assert filled + working <= self.asked
        assert one.filled <= filled
        assert len([order for order in venue.working() if order.remaining]) <= 1

    def calm_down(self) -> None:
        rig, venue = self.rig, self.rig.venue
        venue.mode, venue.takes = "accept", None
        venue.is_deaf_to_cancels = venue.is_deaf_to_amends = False
        rig.is_feed_alive = True
        rig.connect()
        rig.tick(seconds=0.5, times=200)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 15), st.sampled_from([0.0, 20.0]), st.booleans())
def test_never_more_than_asked_and_all_accounted_for(
    seed: int, steps: int, duration_s: float, is_cancelled: bool
) -> None:
    storm = Storm(seed, duration_s)
    for _ in range(steps):
        storm.step()
    if is_cancelled:
        storm.rig.ask(CancelOrder("w1"))
    storm.calm_down()
    storm.check()
    one, venue = only(storm.rig), storm.rig.venue
    assert not one.state.is_standing
    assert [one.open, one.in_flight] == [0, 0]
    assert not venue.working()
    assert one.filled == sum(abs(fill.amount) for fill in venue.fills)
    assert storm.rig.engine.parts.ledger.total(PERP) == venue.positions[PERP]
    if one.state is ParentState.FILLED:
        assert one.filled == storm.asked
    labels = [order.label for order in venue.placed]
    assert len(labels) == len(set(labels))
