"""What the depth ladder shows, and when its prices move."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from core.domain.order import OrderType, Side
from tests.tui.fake_desk import FakeDesk, order
from tui.selection import Selection
from tui.views.ladder.view import LadderRow, LadderView, ladder_view

CALL = "BTC-25DEC26-70000-C"


@pytest.fixture
def fake() -> FakeDesk:
    made = FakeDesk.trading()
    fill(made, CALL, {0.0530: 10.0, 0.0525: 20.0, 0.0515: 30.0}, {0.0540: 5.0, 0.0545: 15.0})
    return made


@pytest.fixture
def selection(fake: FakeDesk) -> Selection:
    chosen = Selection()
    chosen.choose(fake.desk.board.catalog, CALL)
    return chosen


def fill(fake: FakeDesk, name: str, bids: dict[float, float], asks: dict[float, float]) -> None:
    book = fake.desk.board.book(name)
    assert book is not None
    book.snapshot(
        book.change_id + 1,
        [("new", price, amount) for price, amount in bids.items()],
        [("new", price, amount) for price, amount in asks.items()],
    )


def row_at(view: LadderView, price: str) -> LadderRow:
    return next(row for row in view.rows if row.price == Decimal(price))


def test_prices_stand_a_tick_apart_from_high_to_low(fake: FakeDesk, selection: Selection) -> None:
    view = ladder_view(fake.desk, selection, 9, None)
    prices = [row.price for row in view.rows]
    assert len(prices) == 9
    assert {a - b for a, b in pairwise(prices)} == {Decimal("0.0005")}
    assert view.spread.mid == "0.05350"
    assert prices[view.spread_at - 1] > Decimal("0.0535") >= prices[view.spread_at]


def test_the_finer_tick_is_kept_below_its_border(fake: FakeDesk, selection: Selection) -> None:
    fill(fake, CALL, {0.0049: 1.0}, {0.0055: 1.0})
    view = ladder_view(fake.desk, selection, 9, None)
    prices = [row.price for row in view.rows]
    at = prices.index(Decimal("0.0050"))
    assert prices[at - 1] == Decimal("0.0055")
    assert prices[at + 1] == Decimal("0.0049")


def test_the_ladder_stays_still_while_the_market_is_in_its_middle(
    fake: FakeDesk, selection: Selection
) -> None:
    top = ladder_view(fake.desk, selection, 12, None).top
    fill(fake, CALL, {0.0535: 10.0}, {0.0545: 5.0})
    assert ladder_view(fake.desk, selection, 12, top).top == top
    fill(fake, CALL, {0.0565: 10.0}, {0.0575: 5.0})
    moved = ladder_view(fake.desk, selection, 12, top)
    assert moved.top is not None
    assert top is not None
    assert moved.top > top
    assert 4 <= moved.spread_at <= 8


def test_sizes_carry_the_cumulative_depth(fake: FakeDesk, selection: Selection) -> None:
    view = ladder_view(fake.desk, selection, 12, None)
    assert (row_at(view, "0.0530").bid, row_at(view, "0.0525").bid) == ("10.0", "20.0")
    assert row_at(view, "0.0520").bid == ""
    assert row_at(view, "0.0530").bid_part == pytest.approx(10 / 60)
    assert row_at(view, "0.0520").bid_part == pytest.approx(30 / 60)
    assert row_at(view, "0.0515").bid_part == pytest.approx(1.0)
    assert row_at(view, "0.0545").ask_part == pytest.approx(20 / 60)
    assert row_at(view, "0.0530").ask_part == 0.0
    assert view.spread.bid_part == pytest.approx(60 / 80)


def test_sides_and_the_touch_are_known(fake: FakeDesk, selection: Selection) -> None:
    view = ladder_view(fake.desk, selection, 12, None)
    assert [row.side for row in view.rows if row.is_best] == ["ask", "bid"]
    assert row_at(view, "0.0535").side == ""


def test_own_orders_stand_beside_their_prices(fake: FakeDesk, selection: Selection) -> None:
    stop = replace(
        order("o9", CALL, Side.SELL, "2", "0", "0.0510", 1.0),
        type=OrderType.STOP_MARKET,
        price=None,
        trigger_price=Decimal("0.0510"),
    )
    partly = order("o8", CALL, Side.BUY, "4", "1.5", "0.0525", 1.0)
    other = order("o7", "BTC-PERPETUAL", Side.BUY, "10", "0", "0.0525", 1.0)
    fake.view = replace(fake.view, orders=(stop, partly, other))
    view = ladder_view(fake.desk, selection, 14, None)
    assert row_at(view, "0.0525").buying == "2.5"
    assert row_at(view, "0.0510").selling == "2.0"
    assert [row.price for row in view.rows if row.buying] == [Decimal("0.0525")]


def test_grouped_levels_add_up_away_from_the_touch(fake: FakeDesk, selection: Selection) -> None:
    selection.grouping = 2
    view = ladder_view(fake.desk, selection, 12, None)
    assert {row.price % Decimal("0.001") for row in view.rows} == {Decimal(0)}
    assert row_at(view, "0.0520").bid == "20.0"
    assert row_at(view, "0.0530").bid == "10.0"
    assert row_at(view, "0.0550").ask == "15.0"


def test_a_cursor_outside_comes_into_view_and_holds_the_prices(
    fake: FakeDesk, selection: Selection
) -> None:
    top = ladder_view(fake.desk, selection, 12, None).top
    selection.price = Decimal("0.0700")
    view = ladder_view(fake.desk, selection, 12, top)
    assert [row.price for row in view.rows if row.is_cursor] == [Decimal("0.0700")]
    assert ladder_view(fake.desk, selection, 12, view.top).top == view.top


def test_a_side_that_is_missing_is_said(fake: FakeDesk, selection: Selection) -> None:
    fill(fake, CALL, {}, {0.0545: 15.0})
    assert ladder_view(fake.desk, selection, 12, None).spread.mid == "no bid"
    fill(fake, CALL, {0.0545: 15.0}, {})
    assert ladder_view(fake.desk, selection, 12, None).spread.mid == "no ask"


def test_an_empty_book_is_drawn_around_the_mark(fake: FakeDesk, selection: Selection) -> None:
    fill(fake, CALL, {}, {})
    view = ladder_view(fake.desk, selection, 12, None)
    assert view.empty == ""
    assert all(not row.bid and not row.ask and row.bid_part == 0.0 for row in view.rows)


def test_prices_end_at_zero(fake: FakeDesk, selection: Selection) -> None:
    fill(fake, CALL, {0.0001: 3.0}, {0.0003: 1.0})
    view = ladder_view(fake.desk, selection, 20, None)
    assert view.rows[-1].price == Decimal("0.0001")


def test_without_an_instrument_the_ladder_asks_for_one(fake: FakeDesk) -> None:
    assert ladder_view(fake.desk, Selection(), 12, None).empty == "Choose an instrument."
    assert "No instruments" in ladder_view(FakeDesk.waiting().desk, Selection(), 9, None).empty
