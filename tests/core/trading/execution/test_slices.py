"""The schedule: never more than the whole, one slice a slot, no burst after a pause."""

from __future__ import annotations

import random
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import NS_PER_S
from core.trading.execution.slices import CATCH_UP, Slices

START_NS = 1_790_000_000 * NS_PER_S
STEP = Decimal(10)


def at(seconds: float) -> int:
    return START_NS + int(seconds * NS_PER_S)


def worked(slices: Slices, total: Decimal, seconds: list[float]) -> list[tuple[float, Decimal]]:
    """(second, amount) of every slice when each is filled the moment it is allowed."""
    left, found = total, []
    for second in seconds:
        amount = slices.allowed(left, STEP, at(second))
        if amount:
            left -= amount
            found.append((second, amount))
    return found


def every_second(until: int) -> list[float]:
    return [float(second) for second in range(until)]


def test_equal_slices_come_at_equal_distances_and_sum_to_the_whole() -> None:
    found = worked(Slices(6, 60), Decimal(600), every_second(60))
    assert found == [(10.0 * i, Decimal(100)) for i in range(6)]


def test_what_does_not_divide_is_rounded_up_and_the_last_takes_less() -> None:
    found = worked(Slices(4, 40), Decimal(100), every_second(40))
    assert [amount for _, amount in found] == [30, 30, 20, 20]


def test_after_a_pause_larger_slices_catch_up_without_a_burst() -> None:
    slices = Slices(10, 100)
    seconds = [*every_second(15), *(float(s) for s in range(55, 130))]
    found = worked(slices, Decimal(1_000), seconds)
    assert sum(amount for _, amount in found) == 1_000
    assert [second for second, _ in found] == [0, 10, 55, 60, 70, 80, 90]
    assert [amount for _, amount in found] == [100, 100, 160, 160, 160, 160, 160]


def test_after_a_pause_past_the_end_slices_stay_small_and_end_late() -> None:
    found = worked(Slices(4, 40), Decimal(400), [0.0, *(float(s) for s in range(95, 140))])
    assert found == [(0, Decimal(100)), (95, Decimal(200)), (100, Decimal(100))]


def test_a_slice_that_is_not_filled_keeps_its_own_size() -> None:
    slices = Slices(4, 40)
    assert slices.allowed(Decimal(400), STEP, at(0)) == 100
    assert slices.allowed(Decimal(370), STEP, at(5)) == 70
    assert slices.allowed(Decimal(370), STEP, at(25)) == 70
    assert slices.begun == 1
    assert slices.allowed(Decimal(300), STEP, at(25)) == 150


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 60),
    st.floats(0, 0.9),
    st.lists(st.floats(0, 30), min_size=5, max_size=60),
    st.lists(st.integers(0, 9), min_size=5, max_size=60),
    st.integers(),
)
def test_however_it_is_paused_and_filled_no_slice_is_too_large_or_too_soon(
    count: int, units: int, jitter: float, gaps: list[float], fills: list[int], seed: int
) -> None:
    total = STEP * units
    slices = Slices(count, 60.0, jitter, random.Random(seed))
    interval_ns = int(60 * NS_PER_S / count)
    usual = -(-units // count) * STEP
    left, now_ns, slots = total, START_NS, []
    for gap, part in zip(gaps, fills, strict=False):
        begun = slices.begun
        amount = slices.allowed(left, STEP, now_ns)
        assert 0 <= amount <= min(left, CATCH_UP * usual)
        assert amount % STEP == 0
        if slices.begun > begun:
            slots.append((now_ns - START_NS) // interval_ns)
        left -= min(amount, STEP * part)
        now_ns += int(gap * NS_PER_S)
    assert len(slots) == len(set(slots))
    assert left >= 0
