"""The thread that asks the store what screens want to know of the past."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from core.clock import NS_PER_S, Clock
from core.errors import StoreError
from core.service import Service

if TYPE_CHECKING:
    from core.store.queries.queries import Queries

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
RETRY_S = 3.0
"""So long an answer that is an error stands before the store is asked again."""
MOST_KEYS = 16
"""Questions that wait, and answers that are kept: the oldest go first."""
_LOOK_S = 0.2


class Question(Protocol[T_co]):
    """A frozen value that knows how to ask the store; equal questions are the same question."""

    def ask(self, queries: Queries) -> T_co:
        """The answer; StoreError when the store has none to give."""
        ...


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What came of a question."""

    question: Question[T]
    value: T | None
    """None while the store has not answered; after an error the last one it gave."""
    error: str = ""
    """Why there is no answer now, in words."""
    at_ns: int = 0
    """When it was given, on the clock nobody sets."""


class Asker(Protocol):
    """What a screen sees of the archive."""

    def ask(self, key: str, question: Question[T], max_age_s: float = inf) -> Answer[T] | None:
        """The newest answer to exactly this question; None while there is none. Never waits."""
        ...


class Archive:
    """Keeps one question and one answer a key: a new question under a key replaces the last."""

    def __init__(self, clock: Clock, queries: Callable[[], Queries]) -> None:
        self._clock = clock
        self._queries = queries
        self._gate = threading.Lock()
        self._wake = threading.Event()
        self._waiting: dict[str, Question[Any]] = {}
        self._in_hand: tuple[str, Question[Any]] | None = None
        self._answers: dict[str, Answer[Any]] = {}
        self.service = Service("archive", self._body)

    def start(self) -> None:
        """Begin to answer; returns at once."""
        self.service.start()

    def stop(self) -> bool:
        """End after the answer that is being fetched."""
        self.service.ask_to_stop()
        self._wake.set()
        return self.service.stop()

    def ask(self, key: str, question: Question[T], max_age_s: float = inf) -> Answer[T] | None:
        """The newest answer to exactly this question; it is asked when there is none or an old one.

        Never waits: the lock is held for a few assignments only. An error is asked again sooner.
        """
        if why := self._why_stopped():
            return Answer(question, None, why)
        with self._gate:
            answer = self._answers.get(key)
            if answer is None or answer.question != question:
                self._post(key, question)
                return None
            limit_s = min(max_age_s, RETRY_S) if answer.error else max_age_s
            if self._clock.steady_ns() - answer.at_ns >= limit_s * NS_PER_S:
                self._post(key, question)
            return cast(Answer[T], answer)

    def _why_stopped(self) -> str:
        state = self.service.state()
        return f"the archive stopped: {state.last_error}" if state.last_error else ""

    def _post(self, key: str, question: Question[Any]) -> None:
        if self._in_hand == (key, question) or self._waiting.get(key) == question:
            return
        self._waiting.pop(key, None)
        self._waiting[key] = question
        if len(self._waiting) > MOST_KEYS:
            del self._waiting[next(iter(self._waiting))]
        self._wake.set()

    def _body(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            self._wake.wait(_LOOK_S)
            self._wake.clear()
            while not stopping.is_set() and (taken := self._take()) is not None:
                self._keep(taken[0], self._fetched(taken[1]))

    def _take(self) -> tuple[str, Question[Any]] | None:
        with self._gate:
            if not self._waiting:
                return None
            key = next(iter(self._waiting))
            self._in_hand = (key, self._waiting.pop(key))
            return self._in_hand

    def _fetched(self, question: Question[Any]) -> Answer[Any]:
        try:
            value = question.ask(self._queries())
        except StoreError as error:
            return Answer(question, None, str(error).rstrip("."), self._clock.steady_ns())
        return Answer(question, value, "", self._clock.steady_ns())

    def _keep(self, key: str, answer: Answer[Any]) -> None:
        with self._gate:
            self._in_hand = None
            last = self._answers.pop(key, None)
            if answer.error and last is not None and last.question == answer.question:
                answer = replace(answer, value=last.value)
            self._answers[key] = answer
            if len(self._answers) > MOST_KEYS:
                del self._answers[next(iter(self._answers))]


class NoArchive:
    """Where nothing is kept: every question gets the same words."""

    def ask(self, key: str, question: Question[T], max_age_s: float = inf) -> Answer[T] | None:
        """The words."""
        del key, max_age_s
        return Answer(question, None, "the store is off")
