"""Sums over the levels of a book."""

from __future__ import annotations

from math import isnan

import pytest

from core.market.book import BookState, Level, Levels
from core.market.depth import cumulative, imbalance


def levels(bids: list[float], asks: list[float]) -> Levels:
    """A book with these amounts, best first, a price apart."""
    return Levels(
        tuple(Level(100.0 - i, amount) for i, amount in enumerate(bids)),
        tuple(Level(101.0 + i, amount) for i, amount in enumerate(asks)),
        BookState.LIVE,
        1,
    )


def test_running_sums_start_at_the_best_level() -> None:
    assert cumulative([3.0, 0.0, 1.5]) == (3.0, 3.0, 4.5)
    assert cumulative([]) == ()


def test_the_imbalance_is_the_bids_part_of_the_best_levels() -> None:
    assert imbalance(levels([3.0, 1.0], [1.0, 1.0, 100.0]), depth=2) == pytest.approx(4 / 6)
    assert imbalance(levels([2.0], [])) == 1.0
    assert imbalance(levels([], [2.0])) == 0.0


def test_an_empty_book_has_no_imbalance() -> None:
    assert isnan(imbalance(levels([], [])))
