from __future__ import annotations

from core.venues.link.credits import Pool


def test_a_burst_is_paid_from_the_pool_and_then_the_rate_holds() -> None:
    pool = Pool(20, 5, caution=1.0)
    assert sum(pool.take(1, 0.0) for _ in range(30)) == 20
    assert not pool.take(1, 0.1)
    assert pool.take(1, 0.2)
    assert sum(pool.take(1, 10.2) for _ in range(100)) == 20


def test_a_refused_request_costs_nothing() -> None:
    pool = Pool(10, 1, caution=1.0)
    assert not pool.take(11, 0.0)
    assert pool.take(10, 0.0)


def test_caution_keeps_below_the_venues_own_count() -> None:
    pool = Pool(20, 5)
    assert sum(pool.take(1, 0.0) for _ in range(30)) == 18


def test_drained_means_starting_from_nothing() -> None:
    pool = Pool(20, 5, caution=1.0)
    pool.drain(0.0)
    assert not pool.take(1, 0.1)
    assert pool.take(1, 0.2)


def test_new_limits_take_over_at_once() -> None:
    pool = Pool(20, 5, caution=1.0)
    pool.resize(250, 200)
    assert sum(pool.take(1, 0.0) for _ in range(30)) == 20
    assert sum(pool.take(1, 10.0) for _ in range(300)) == 250


def test_time_that_stands_still_or_runs_back_gives_no_credit() -> None:
    pool = Pool(1, 1, caution=1.0)
    assert pool.take(1, 5.0)
    assert not pool.take(1, 5.0)
    assert not pool.take(1, 4.0)
    assert pool.take(1, 6.0)
