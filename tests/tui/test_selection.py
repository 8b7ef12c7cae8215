"""The selection moves over what is listed, and nowhere else."""

from __future__ import annotations

import pytest

from core.clock import ManualClock
from core.market.board import Board
from tests.tui.fake_market import EXPIRIES, SPOTS, FakeMarket
from tui.selection import Selection, nearest, neighbour


@pytest.fixture(scope="module")
def board() -> Board:
    market = FakeMarket()
    market.open()
    return market.board


@pytest.fixture
def selection(board: Board) -> Selection:
    chosen = Selection()
    chosen.settle(board)
    return chosen


def test_a_new_selection_settles_on_the_first_chain_at_the_money(selection: Selection) -> None:
    assert (selection.chain, selection.expiry_ns, selection.side) == ("BTC", EXPIRIES[0], "call")
    assert selection.strike is not None
    assert abs(selection.strike - SPOTS["BTC"]) <= 500
    assert selection.instrument == "BTC-27NOV26-67000-C"


def test_nothing_listed_leaves_nothing_selected() -> None:
    chosen = Selection()
    chosen.settle(Board(ManualClock()))
    assert (chosen.chain, chosen.expiry_ns, chosen.strike, chosen.instrument) == (
        "",
        None,
        None,
        "",
    )


def test_strikes_move_by_steps_and_stop_at_the_ends(board: Board, selection: Selection) -> None:
    selection.move_strike(board.catalog, 2)
    assert selection.instrument == "BTC-27NOV26-69000-C"
    selection.move_strike(board.catalog, 999)
    assert selection.strike == max(pair.strike for pair in selection.pairs(board.catalog))


def test_the_other_side_keeps_the_strike(board: Board, selection: Selection) -> None:
    selection.turn(board.catalog)
    assert selection.instrument == "BTC-27NOV26-67000-P"
    selection.turn(board.catalog)
    assert selection.instrument == "BTC-27NOV26-67000-C"


def test_the_next_expiry_keeps_the_nearest_strike(board: Board, selection: Selection) -> None:
    selection.choose_expiry(board.catalog, EXPIRIES[3])  # strikes 2000 apart
    assert selection.strike == 66_000
    selection.next_expiry(board.catalog, -99)
    assert selection.expiry_ns == EXPIRIES[3 - 1 - 2]


def test_the_next_chain_keeps_the_expiry(board: Board, selection: Selection) -> None:
    selection.choose_expiry(board.catalog, EXPIRIES[2])
    selection.next_chain(board.catalog)
    selection.settle(board)
    assert (selection.chain, selection.expiry_ns) == ("ETH", EXPIRIES[2])
    assert selection.instrument == "ETH-25DEC26-3500-C"


def test_an_option_chosen_by_name_takes_the_chain_along(board: Board, selection: Selection) -> None:
    assert selection.choose(board.catalog, "ETH-26MAR27-3500-P")
    assert (selection.chain, selection.side, selection.strike) == ("ETH", "put", 3500)
    assert not selection.choose(board.catalog, "ETH-1JAN00-1-P")
    assert selection.instrument == "ETH-26MAR27-3500-P"


def test_a_future_leaves_the_chain_where_it_is(board: Board, selection: Selection) -> None:
    assert selection.choose(board.catalog, "ETH-PERPETUAL")
    assert (selection.chain, selection.instrument) == ("BTC", "ETH-PERPETUAL")
    selection.settle(board)
    assert selection.instrument == "ETH-PERPETUAL"


def test_an_expired_choice_settles_on_what_is_left(selection: Selection) -> None:
    market = FakeMarket()
    market.open()
    left = [one for one in market.board.catalog.by_name.values() if one.expiry_ns != EXPIRIES[0]]
    market.board.list_instruments(left)
    selection.settle(market.board)
    assert selection.expiry_ns == EXPIRIES[1]
    assert selection.instrument in market.board.catalog.by_name


def test_another_instrument_forgets_the_cursor_of_the_ladder(
    board: Board, selection: Selection
) -> None:
    one = board.catalog.by_name[selection.instrument]
    selection.price = one.tick
    selection.move_strike(board.catalog, 1)
    assert selection.price is None


def test_rows_of_orders_and_positions_are_walked(selection: Selection) -> None:
    selection.next_order(("a", "b", "c"))
    assert selection.order_id == "a"
    selection.next_order(("a", "b", "c"), 2)
    assert selection.order_id == "c"
    selection.next_order(())
    assert selection.order_id == ""
    selection.next_position(("x", "y"), 1)
    assert selection.position == "x"


def test_columns_and_grouping_go_round_and_stop(selection: Selection) -> None:
    for expected in ("greeks", "vols", "quotes"):
        selection.next_columns()
        assert selection.columns == expected
    selection.next_grouping(-1)
    assert selection.grouping == 1
    selection.next_grouping(1)
    assert selection.grouping == 2


def test_neighbours_of_what_is_not_there_start_at_the_first() -> None:
    assert neighbour((1, 2, 3), 9, 1) == 1
    assert neighbour((), 9, 1) is None
    assert neighbour((1, 2, 3), 3, 1) == 1
    assert neighbour((1, 2, 3), 3, 1, wraps=False) == 3


def test_the_lower_of_two_equally_near_strikes_is_taken() -> None:
    assert nearest([100.0, 110.0], 105.0) == 100.0
    assert nearest([], 105.0) is None
