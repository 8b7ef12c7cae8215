from __future__ import annotations

import itertools
import threading

import pytest
import websocket

from core.errors import LinkError
from core.venues.link.backoff import delays, keep_connected, reason_of


def test_delays_grow_to_a_limit_and_vary() -> None:
    first = list(itertools.islice(delays(0.25, 2.0, 30.0, jitter=0.0), 10))
    assert first == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    jittered = {next(delays(1.0, jitter=0.3)) for _ in range(50)}
    assert len(jittered) > 10
    assert all(0.7 <= one <= 1.3 for one in jittered)


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
