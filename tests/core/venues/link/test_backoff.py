from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence

import pytest
import websocket

from core.errors import LinkError
from core.venues.link.backoff import Waits, keep_connected, reason_of


def waits_after(lived_s: Sequence[float], factor: float = 1.8) -> list[float]:
    """What is waited after connections that lived so long, without the dice."""
    waits = Waits(factor=factor, jitter=0.0)
    return [round(waits.after(one), 3) for one in lived_s]


def test_waits_grow_to_a_limit_and_vary() -> None:
    first = waits_after([0.0] * 10, factor=2.0)
    assert first == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    jittered = {Waits(1.0, jitter=0.3).after(0.0) for _ in range(50)}
    assert len(jittered) > 10
    assert all(0.7 <= one <= 1.3 for one in jittered)


def test_a_link_that_stood_for_hours_comes_back_at_once_though_cut_again_and_again() -> None:
    assert waits_after([36_000.0, 10.0, 10.0, 5.0]) == [0.25, 0.25, 0.25, 0.25]
    assert waits_after([36_000.0, 2.0, 2.0, 2.0])[-1] < 1.0


def test_a_long_outage_is_forgotten_step_by_step() -> None:
    outage = [0.0] * 20
    after_10_s, after_30_s, after_60_s = (waits_after([*outage, one])[-1] for one in (10, 30, 60))
    assert 5 < after_10_s < 20
    assert 0.25 < after_30_s < 3
    assert after_60_s == 0.25


def test_a_connection_that_ends_at_once_each_time_is_asked_for_ever_less_often() -> None:
    flapping = waits_after([1.0] * 30)
    assert flapping == sorted(flapping)
    assert flapping[-1] == 30.0
    assert waits_after([-4.0] * 30)[-1] == 30.0


def test_a_lost_connection_is_made_again_until_asked_to_stop() -> None:
    stopping, tries, why = threading.Event(), itertools.count(1), list[str]()

    def connect_once(stop: threading.Event) -> None:
        if next(tries) == 3:
            stop.set()
            return
        raise LinkError("no message for 15 s")

    keep_connected(stopping, connect_once, why.append)
    assert why == ["no message for 15 s"] * 2


def test_a_mistake_of_ours_is_logged_and_ends_the_connection_but_not_the_link(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries, why = itertools.count(1), list[str]()

    def connect_once(stop: threading.Event) -> None:
        if next(tries) == 2:
            stop.set()
            return
        raise KeyError("a mistake of ours")

    keep_connected(threading.Event(), connect_once, why.append)
    assert why == ["'a mistake of ours'"]
    assert "Traceback" in caplog.text


def test_reasons_are_words() -> None:
    assert reason_of(ConnectionRefusedError(111, "Connection refused")).startswith("nobody")
    assert reason_of(websocket.WebSocketTimeoutException("x")) == "the venue did not answer in time"
    assert reason_of(LinkError("two\nlines")) == "two"
    assert reason_of(websocket.WebSocketException()) == "WebSocketException"
