from __future__ import annotations

import threading
from math import isnan

from hypothesis import given
from hypothesis import strategies as st

from core.market.book import Book, BookState, Row

SNAPSHOT_BIDS: list[Row] = [("new", 100.0, 5.0), ("new", 99.0, 7.0)]
SNAPSHOT_ASKS: list[Row] = [("new", 101.0, 3.0), ("new", 103.0, 1.0)]


def live_book() -> Book:
    book = Book()
    book.snapshot(10, SNAPSHOT_BIDS, SNAPSHOT_ASKS)
    return book


def test_an_empty_book_has_no_prices() -> None:
    book = Book()
    assert book.state is BookState.EMPTY
    assert all(isnan(value) for value in book.top())


def test_a_change_sets_and_deletes_levels() -> None:
    book = live_book()
    assert book.change(10, 11, [("delete", 100.0, 0.0), ("change", 99.0, 8.0)], [("new", 100.5, 2)])
    assert book.top() == (99.0, 8.0, 100.5, 2)
    assert [level.price for level in book.levels(5).asks] == [100.5, 101.0, 103.0]


def test_new_and_change_both_set_and_deleting_what_is_not_there_is_harmless() -> None:
    book = live_book()
    assert book.change(10, 11, [("new", 100.0, 6.0), ("change", 98.0, 1.0)], [("delete", 500.0, 0)])
    assert book.top() == (100.0, 6.0, 101.0, 3.0)


def test_a_gap_makes_the_book_stale_and_keeps_its_levels_for_the_eye() -> None:
    book = live_book()
    assert not book.change(11, 12, [("delete", 100.0, 0.0)], [])
    assert book.state is BookState.STALE
    assert book.top() == (100.0, 5.0, 101.0, 3.0)


def test_after_a_gap_changes_are_ignored_until_a_snapshot() -> None:
    book = live_book()
    book.change(11, 12, [], [])
    assert book.change(10, 11, [("new", 100.5, 1.0)], [])
    assert book.levels(1).state is BookState.STALE
    assert book.top()[0] == 100.0
    book.snapshot(20, [("new", 90.0, 1.0)], [])
    assert book.levels(1).state is BookState.LIVE
    assert book.top()[:2] == (90.0, 1.0)


def test_the_last_frame_twice_changes_nothing() -> None:
    book = live_book()
    for _ in range(2):
        assert book.change(10, 11, [("delete", 100.0, 0.0)], [])
    assert book.state is BookState.LIVE
    assert book.top()[0] == 99.0


def test_an_older_frame_is_a_gap() -> None:
    book = live_book()
    assert book.change(10, 11, [], [])
    assert book.change(11, 12, [], [])
    assert not book.change(10, 11, [], [])
    assert book.state is BookState.STALE


def test_dropping_an_empty_book_leaves_it_empty() -> None:
    book = Book()
    book.drop()
    assert book.state is BookState.EMPTY


def test_the_best_is_never_one_that_was_deleted() -> None:
    book = live_book()
    assert book.top()[0] == 100.0
    book.change(10, 11, [("delete", 100.0, 0.0)], [("delete", 101.0, 0.0)])
    assert book.top() == (99.0, 7.0, 103.0, 1.0)


rows = st.lists(
    st.tuples(st.sampled_from(["new", "change", "delete"]), st.integers(1, 20), st.integers(1, 9)),
    max_size=8,
)


@given(st.lists(st.tuples(rows, rows), max_size=20))
def test_any_run_of_changes_equals_a_plain_replay(
    frames: list[tuple[list[Row], list[Row]]],
) -> None:
    book, plain_bids, plain_asks = Book(), dict[float, float](), dict[float, float]()
    book.snapshot(0, [], [])
    for number, (bids, asks) in enumerate(frames):
        assert book.change(number, number + 1, bids, asks)
        for plain, side in ((plain_bids, bids), (plain_asks, asks)):
            for action, price, amount in side:
                plain.pop(price, None)
                if action != "delete":
                    plain[price] = amount
        top = book.top()
        assert top[0] == max(plain_bids) if plain_bids else isnan(top[0])
        assert top[2] == min(plain_asks) if plain_asks else isnan(top[2])
    assert (book.bids, book.asks) == (plain_bids, plain_asks)


def test_a_reader_in_another_thread_never_sees_a_book_without_its_best() -> None:
    book = Book()
    book.snapshot(0, [("new", 1.0, 1.0)], [("new", 2.0, 1.0)])
    ended = threading.Event()

    def write() -> None:
        for number in range(20_000):
            gone, come = (1.0, 0.5) if number % 2 == 0 else (0.5, 1.0)
            book.change(number, number + 1, [("new", come, 1.0), ("delete", gone, 0.0)], [])
        ended.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not ended.is_set():
        seen.add(book.top()[0])
    writer.join()
    assert seen <= {1.0, 0.5}
    assert book.top()[0] == 1.0
