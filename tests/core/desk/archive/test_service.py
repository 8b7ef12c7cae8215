"""The archive's thread: who asks never waits, questions replace each other, errors are words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import pytest

from core.clock import ManualClock
from core.desk.archive.service import MOST_KEYS, RETRY_S, Answer, Archive, NoArchive
from core.errors import StoreError
from core.store.queries.queries import Queries
from tests.eventually import eventually


@dataclass
class Store:
    """What the questions of this test ask: it can be slow, and it can be down."""

    gate: threading.Event = field(default_factory=threading.Event)
    is_down: bool = False
    asked: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Word:
    """Answers with itself, twice."""

    text: str

    def ask(self, queries: Queries) -> str:
        store = cast(Store, queries)
        assert store.gate.wait(10)
        store.asked.append(self.text)
        if store.is_down:
            raise StoreError("the database does not answer: connection refused")
        if self.text == "bug":
            raise ZeroDivisionError("a mistake of ours")
        return self.text * 2


@dataclass
class Room:
    """An archive over a store of the test's own."""

    clock: ManualClock = field(default_factory=ManualClock)
    store: Store = field(default_factory=Store)

    def __post_init__(self) -> None:
        self.archive = Archive(self.clock, lambda: cast(Queries, self.store))

    def ask(self, key: str, text: str, max_age_s: float = 60.0) -> Answer[str] | None:
        return self.archive.ask(key, Word(text), max_age_s)

    def answered(self, key: str, text: str) -> Answer[str]:
        eventually(lambda: self.ask(key, text) is not None, within_s=10)
        answer = self.ask(key, text)
        assert answer is not None
        return answer


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    made.archive.start()
    yield made
    made.store.gate.set()
    assert made.archive.stop()


def test_who_asks_gets_nothing_at_first_and_the_answer_later(room: Room) -> None:
    assert room.ask("map", "a") is None
    room.store.gate.set()
    answer = room.answered("map", "a")
    assert (answer.value, answer.error) == ("aa", "")


def test_a_question_is_asked_once_however_often_the_screen_asks(room: Room) -> None:
    for _ in range(50):
        room.ask("map", "a")
    room.store.gate.set()
    room.answered("map", "a")
    for _ in range(50):
        room.ask("map", "a")
    assert room.store.asked == ["a"]


def test_a_new_question_under_a_key_replaces_one_that_waits(room: Room) -> None:
    room.ask("first", "x")
    eventually(lambda: room.archive._in_hand is not None, within_s=10)
    for text in "abc":
        room.ask("map", text)
    room.store.gate.set()
    room.answered("map", "c")
    assert room.store.asked == ["x", "c"]


def test_an_answer_to_another_question_is_no_answer(room: Room) -> None:
    room.store.gate.set()
    room.answered("map", "a")
    assert room.ask("map", "b") is None
    assert room.answered("map", "b").value == "bb"


def test_an_old_answer_stands_until_the_new_one_comes(room: Room) -> None:
    room.store.gate.set()
    room.answered("map", "a")
    room.store.gate.clear()
    room.clock.advance_s(61)
    answer = room.ask("map", "a")
    assert answer is not None
    assert answer.value == "aa"
    room.store.gate.set()
    eventually(lambda: room.store.asked == ["a", "a"], within_s=10)


def test_a_store_that_is_down_is_said_in_words_and_asked_again_soon(room: Room) -> None:
    room.store.is_down = True
    room.store.gate.set()
    answer = room.answered("map", "a")
    assert (answer.value, answer.error) == (
        None,
        "the database does not answer: connection refused",
    )
    room.store.is_down = False
    assert room.answered("map", "a").error
    room.clock.advance_s(RETRY_S)

    def is_back() -> bool:
        found = room.ask("map", "a")
        return found is not None and found.value == "aa"

    eventually(is_back, within_s=10)


def test_what_was_answered_once_stands_with_the_error_beside_it(room: Room) -> None:
    room.store.gate.set()
    room.answered("map", "a")
    room.store.is_down = True
    room.clock.advance_s(61)

    def is_told() -> bool:
        found = room.ask("map", "a")
        return found is not None and bool(found.error)

    eventually(is_told, within_s=10)
    assert room.answered("map", "a").value == "aa"


def test_questions_and_answers_are_bounded_and_the_oldest_go(room: Room) -> None:
    room.ask("0", "x")
    eventually(lambda: room.archive._in_hand is not None, within_s=10)
    for number in range(1, 2 * MOST_KEYS + 1):
        room.ask(str(number), "x")
    assert len(room.archive._waiting) == MOST_KEYS
    room.store.gate.set()
    eventually(lambda: not room.archive._waiting, within_s=10)
    eventually(lambda: room.archive._in_hand is None, within_s=10)
    assert len(room.archive._answers) == MOST_KEYS


def test_a_mistake_of_ours_is_told_and_not_waited_for_for_ever(room: Room) -> None:
    room.store.gate.set()
    room.ask("map", "bug")
    eventually(lambda: not room.archive.service.is_running, within_s=10)
    answer = room.ask("map", "bug")
    assert answer is not None
    assert "the archive stopped: ZeroDivisionError" in answer.error


def test_without_a_store_every_question_gets_the_same_words() -> None:
    answer = NoArchive().ask("map", Word("a"))
    assert answer is not None
    assert answer.error == "the store is off"
