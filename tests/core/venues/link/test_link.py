"""The link thread with a core of its own: what it calls, in which order, and what it survives."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from core.venues.link.link import Link
from tests.core.venues.fake_deribit import FakeDeribit
from tests.eventually import eventually


class Recorder:
    """A core that writes down what it is told."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.broken = ""
        self.status = "talking"
        self.fails_on = b"no such frame"
        self._out: list[bytes] = []
        self._facts: list[str] = []

    def opened(self, now_s: float) -> None:  # noqa: ARG002
        self.broken = ""
        self.calls.append("opened")
        self.say("public/test")

    def received(self, payloads: Sequence[bytes], now_s: float) -> None:  # noqa: ARG002
        for payload in payloads:
            if self.fails_on in payload:
                raise KeyError("a mistake of ours")
            self.calls.append("received")
            self._facts.append(payload.decode())

    def passed(self, now_s: float) -> None:  # noqa: ARG002
        if self.calls[-1] != "passed":
            self.calls.append("passed")

    def lost(self, why: str) -> None:
        self.calls.append(f"lost: {why}")

    def outgoing(self) -> list[bytes]:
        found, self._out = self._out, []
        return found

    def facts(self) -> list[str]:
        found, self._facts = self._facts, []
        return found

    def say(self, method: str) -> None:
        self._out.append(b'{"id":1,"method":"%s","params":{}}' % method.encode())


@pytest.fixture
def venue() -> Iterator[FakeDeribit]:
    fake = FakeDeribit()
    with fake.running():
        yield fake


class Linked:
    """A running link and what it told."""

    def __init__(self, url: str) -> None:
        self.core = Recorder()
        self.told: list[str] = []
        self.tellers: set[str] = set()
        self.link = Link("a link", url, self.core, self._hear)

    def _hear(self, fact: str) -> None:
        self.told.append(fact)
        self.tellers.add(threading.current_thread().name)

    def __enter__(self) -> Linked:
        self.link.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.link.stop()


def test_a_core_hears_of_its_connection_its_frames_and_the_time(venue: FakeDeribit) -> None:
    linked = Linked(venue.url)
    assert linked.link.status == "not started"
    with linked:
        eventually(lambda: linked.told)
        eventually(lambda: linked.core.calls[-1] == "passed")
        assert linked.core.calls[0] == "opened"
        assert linked.link.status == "talking"
        assert '"version":"1"' in linked.told[0]
    assert linked.core.calls[-1] == "lost: the desk closed it"
    assert linked.link.status == "stopped"


def test_any_thread_may_say_something_and_it_is_sent_at_once(venue: FakeDeribit) -> None:
    with Linked(venue.url) as linked:
        eventually(lambda: linked.told)
        linked.link.say(lambda _: linked.core.say("public/hello"))
        eventually(lambda: venue.asked("public/hello") == [{}])


def test_what_is_said_without_a_connection_goes_nowhere_and_harms_nobody() -> None:
    linked = Linked("ws://127.0.0.1:1/ws/api/v2")
    linked.link.say(lambda _: linked.core.say("public/hello"))
    assert linked.core.outgoing() == []


def test_a_cut_connection_is_lost_and_opened_again(venue: FakeDeribit) -> None:
    with Linked(venue.url) as linked:
        eventually(lambda: linked.told)
        venue.cut()
        eventually(lambda: linked.core.calls.count("opened") == 2)
        lost = next(at for at, one in enumerate(linked.core.calls) if one.startswith("lost"))
        assert "opened" in linked.core.calls[lost:]
        assert linked.link.reconnects == 1


def test_a_core_that_is_broken_gets_a_new_connection_and_hears_why(venue: FakeDeribit) -> None:
    with Linked(venue.url) as linked:
        eventually(lambda: linked.told)
        linked.core.broken = "the login could not be renewed"
        eventually(lambda: "lost: the login could not be renewed" in linked.core.calls)
        eventually(lambda: linked.core.calls.count("opened") == 2)


def test_a_mistake_in_a_core_costs_one_connection(
    venue: FakeDeribit, caplog: pytest.LogCaptureFixture
) -> None:
    with Linked(venue.url) as linked:
        eventually(lambda: linked.told)
        linked.core.fails_on = b"poison"
        venue.say("poison")
        eventually(lambda: linked.core.calls.count("opened") == 2)
        assert linked.link.service_state().is_running
    assert "a mistake of ours" in caplog.text


def test_nobody_at_the_address_is_said_in_words() -> None:
    with Linked("ws://127.0.0.1:1/ws/api/v2") as linked:
        eventually(lambda: linked.link.status.startswith("down: nobody listens"))
        assert linked.core.calls == []
