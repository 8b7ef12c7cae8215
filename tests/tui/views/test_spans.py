"""What gives way when a line has too little room."""

from __future__ import annotations

from tui.views.spans import Span, fit, item


def test_the_highest_ranks_give_way_first_and_the_order_stays() -> None:
    items = [item(2, Span("cc")), item(0, Span("aaaa")), item(1, Span("bbb"))]
    assert fit(items, 13) == tuple(items)
    assert fit(items, 12) == (items[1], items[2])
    assert fit(items, 8) == (items[1],)


def test_of_equal_ranks_the_last_gives_way() -> None:
    items = [item(1, Span("aaa")), item(1, Span("bbb"))]
    assert fit(items, 5) == (items[0],)


def test_nothing_fits_into_nothing() -> None:
    assert fit([item(0, Span("aaa"))], 2) == ()


def test_empty_items_take_no_room() -> None:
    assert fit([item(0), item(1, Span("a"))], 1) == (item(1, Span("a")),)
