from __future__ import annotations

from math import isnan

import pytest

from core.venues.link.traffic import WINDOW_S, Delays, Traffic


def test_rates_are_those_of_the_last_full_seconds() -> None:
    traffic = Traffic()
    for second in range(100, 110):
        for tenth in range(10):
            traffic.took([b"12345"] * second, second + tenth / 10)
    rates = traffic.rates(110.5)
    assert rates.messages_per_s == pytest.approx(10 * sum(range(105, 110)) / 5)
    assert rates.bytes_per_s == pytest.approx(5 * rates.messages_per_s)
    assert traffic.messages == 10 * sum(range(100, 110))


def test_silence_lowers_the_rate_to_nothing() -> None:
    traffic = Traffic()
    traffic.took([b"x"] * 50, 100.0)
    assert traffic.rates(101.0).messages_per_s == 10
    assert traffic.rates(104.0).messages_per_s == 10
    assert traffic.rates(100.0 + WINDOW_S + 1).messages_per_s == 0


def test_before_the_first_frame_no_rate_is_known() -> None:
    assert isnan(Traffic().rates(100.0).messages_per_s)
    assert isnan(Traffic().rates(100.0).bytes_per_s)


def test_delays_have_a_median_and_a_worst_percent() -> None:
    delays = Delays()
    for number in range(1_000):
        delays.add(float(number), 100.0 + number / 1_000)
    lately = delays.lately(101.0)
    assert (lately.median_ms, lately.p99_ms) == (500.0, 990.0)


def test_old_delays_are_forgotten() -> None:
    delays = Delays(window_s=5.0)
    delays.add(7.0, 100.0)
    assert delays.lately(104.0).median_ms == 7.0
    assert isnan(delays.lately(105.1).median_ms)
