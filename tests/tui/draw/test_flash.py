"""A changed price flashes in two steps and no longer than 300 ms."""

from __future__ import annotations

from math import nan

from tui.draw.flash import Flashes

KEY = ("BTC-PERPETUAL", "bid")


class Seconds:
    """A clock the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def steps(prices: list[float], apart_s: float) -> list[int]:
    """What one price shows, frame after frame."""
    clock = Seconds()
    flashes = Flashes(clock)
    found = []
    for price in prices:
        flashes.begin()
        found.append(flashes.step(KEY, price))
        clock.now += apart_s
    return found


def test_a_rise_flashes_in_two_steps_and_is_gone() -> None:
    assert steps([10.0, 11.0, 11.0, 11.0, 11.0, 11.0], 0.08) == [0, 2, 2, 1, 1, 0]


def test_a_fall_has_the_other_sign() -> None:
    assert steps([10.0, 9.0, 9.0], 0.2) == [0, -2, -1]


def test_the_first_price_and_a_missing_one_do_not_flash() -> None:
    assert steps([10.0, nan, 11.0], 0.08) == [0, 0, 0]


def test_a_price_that_was_not_shown_does_not_flash() -> None:
    clock = Seconds()
    flashes = Flashes(clock)
    flashes.begin()
    flashes.step(KEY, 10.0)
    flashes.begin()  # scrolled away
    flashes.begin()
    assert flashes.step(KEY, 11.0) == 0
