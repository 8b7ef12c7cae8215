"""Services: start twice, stop twice, stop while failing."""

from __future__ import annotations

import threading

from core.service import Service


def test_started_twice_it_runs_once_and_stopped_twice_it_stays_stopped() -> None:
    runs: list[int] = []

    def body(stopping: threading.Event) -> None:
        runs.append(1)
        stopping.wait(5)

    service = Service("one", body)
    service.start()
    service.start()
    assert service.is_running
    assert service.stop()
    assert service.stop()
    assert runs == [1]


def test_a_failing_body_is_visible_and_can_be_started_again() -> None:
    outcomes = iter([ValueError("no such thing"), None])

    def body(_stopping: threading.Event) -> None:
        if (error := next(outcomes)) is not None:
            raise error

    service = Service("two", body)
    service.start()
    assert service.stop()
    assert service.state().last_error == "ValueError: no such thing"
    service.start()
    assert service.stop()
    assert service.state().last_error == ""


def test_it_can_be_stopped_from_its_own_thread() -> None:
    stopped: list[bool] = []
    service = Service("three", lambda _stopping: stopped.append(service.stop()))
    service.start()
    assert service.stop()
    assert stopped == [True]
