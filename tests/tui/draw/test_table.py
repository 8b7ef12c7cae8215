"""Columns of plain tables."""

from __future__ import annotations

from tui.draw.table import Column, fit_columns

COLUMNS = (
    Column("name", 10, 0, True, 0),
    Column("price", 8, 1, False, 1),
    Column("age", 6, 2, False, 2),
)


def titles(width: int, rows: tuple[tuple[str, ...], ...] = ()) -> list[str]:
    return [one.title for one in fit_columns(COLUMNS, rows, width)]


def test_the_highest_rank_gives_way_first() -> None:
    assert titles(24) == ["name", "price", "age"]
    assert titles(23) == ["name", "price"]
    assert titles(17) == ["name"]


def test_a_column_is_as_wide_as_its_longest_text() -> None:
    rows = (("BTC", "123,456,789.5", "1 s"),)
    kept = fit_columns(COLUMNS, rows, 30, 0)
    assert [one.width for one in kept] == [10, 14, 6]
    assert titles(29, rows) == ["name", "price"]


def test_spare_cells_are_shared_out_up_to_a_limit() -> None:
    assert [one.width for one in fit_columns(COLUMNS, (), 60, 2)] == [12, 10, 8]


def test_numbers_stand_right_and_words_left() -> None:
    assert COLUMNS[1].fill("12.5") == "    12.5"
    assert COLUMNS[0].fill("BTC") == "BTC       "
    assert COLUMNS[0].fill("BTC-PERPETUAL") == "BTC-PERP… "
