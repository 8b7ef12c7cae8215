"""Worked amounts and stops stand in the panes beside what they belong to."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from core.domain.order import Side
from core.domain.parent import ParentOrder, ParentState
from core.domain.stop import LotStop, StopKind, StopRule
from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_market import NOW_NS
from tui.selection import Selection
from tui.views.orders import OrderRow, orders_view, row_instruments
from tui.views.positions import positions_view

STOP = LotStop(
    "s", "s1", "manual", "BTC-PERPETUAL", -1, StopRule(StopKind.TRAIL_PERCENT, Decimal("1.5")),
    NOW_NS - 30_000_000_000, NOW_NS, trigger=Decimal(68_400),
)  # fmt: skip
PARENT = ParentOrder(
    "w", "w1", "BTC-PERPETUAL", Side.BUY, Decimal(1000), Decimal(300), Decimal(0), Decimal(0), 60.0,
    12, ParentState.WORKING, "slice 4 of 12", NOW_NS - 20_000_000_000, NOW_NS,
)  # fmt: skip


def rows(*stops: LotStop, parents: tuple[ParentOrder, ...] = ()) -> list[OrderRow]:
    fake = FakeDesk.trading()
    fake.view = replace(fake.view, stops=stops, parents=parents)
    return list(orders_view(fake.desk, Selection(order_id="s1")).rows)


def test_they_stand_between_the_working_and_the_ended_orders() -> None:
    found = rows(STOP, parents=(PARENT,))
    assert [row.order_id for row in found] == ["o1", "o2", "o3", "w1", "s1", "o4", "o5"]
    work, stop = found[3], found[4]
    assert (work.kind, work.amount, work.filled, work.reason) == (
        "w1 twap", "1,000", "300", "slice 4 of 12",
    )  # fmt: skip
    assert (stop.side, stop.price, stop.kind, stop.state) == (
        "BUY", "≥68,400.0", "s1 trail 1.5%", "armed",
    )  # fmt: skip
    assert stop.is_chosen


def test_a_blind_stop_and_a_work_cut_off_are_warnings() -> None:
    cut = replace(PARENT, state=ParentState.INTERRUPTED)
    found = rows(replace(STOP, blind="the feed is silent"), parents=(cut,))
    assert [(row.state, row.state_tone) for row in found[3:5]] == [
        ("BLIND", "warn"),
        ("CUT OFF", "warn"),
    ]
    assert found[3].reason == "the feed is silent"


def test_the_selection_walks_over_them_as_they_stand() -> None:
    fake = FakeDesk.trading()
    view = replace(fake.view, stops=(STOP,), parents=(PARENT,))
    assert list(row_instruments(view)) == ["o1", "o2", "o3", "w1", "s1", "o4", "o5"]


def test_what_stands_comes_before_what_is_over() -> None:
    over = replace(PARENT, name="w2", state=ParentState.CANCELLED)
    found = rows(STOP, parents=(over, PARENT))
    assert [row.order_id for row in found] == ["o1", "o2", "o3", "w1", "s1", "w2", "o4", "o5"]
    view = replace(FakeDesk.trading().view, stops=(STOP,), parents=(over, PARENT))
    assert list(row_instruments(view)) == [row.order_id for row in found]


def test_a_position_shows_its_stops() -> None:
    fake = FakeDesk.trading()
    fake.view = replace(fake.view, stops=(STOP,))
    guards = {row.name: row.guard for row in positions_view(fake.desk, Selection()).rows}
    assert guards["BTC-PERPETUAL"] == "s1 trail 1.5%"
    assert guards["ETH_USDC-PERPETUAL"] == ""
