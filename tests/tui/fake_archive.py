"""A store of the past that answers at once, or not at all: what the screens ask in tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf, nan, sin
from typing import TypeVar, cast

from core.clock import NS_PER_MINUTE
from core.desk.archive.past import IndexPast, PastMinute
from core.desk.archive.questions import IndexOf, MinuteOf
from core.desk.archive.service import Answer, Question

T = TypeVar("T")


@dataclass
class FakeArchive:
    """Nothing recorded; a test puts minutes in, or an error."""

    minutes: dict[int, Callable[[str], PastMinute]] = field(default_factory=dict)
    """Minute to what is told of a chain then."""
    index: IndexPast = field(default_factory=IndexPast)
    error: str = ""
    is_slow: bool = False
    """True: no answer comes."""

    def ask(self, key: str, question: Question[T], max_age_s: float = inf) -> Answer[T] | None:
        """The answer of now."""
        del key, max_age_s
        if self.is_slow:
            return None
        if self.error:
            return Answer(question, None, self.error)
        return Answer(question, cast(T, self._value(question)))

    def _value(self, question: object) -> PastMinute | IndexPast:
        if isinstance(question, IndexOf):
            return self.index
        assert isinstance(question, MinuteOf)
        if (made := self.minutes.get(question.minute_ns)) is not None:
            return made(question.chain)
        before = max((one for one in self.minutes if one < question.minute_ns), default=0)
        after = min((one for one in self.minutes if one > question.minute_ns), default=0)
        return PastMinute(question.chain, question.minute_ns, before_ns=before, after_ns=after)


def index_past(until_ns: int, minutes: int = 240) -> IndexPast:
    """An index that waves, with the venue's beside it and a gap of ten minutes."""
    at_ns = tuple(until_ns - (minutes - i) * NS_PER_MINUTE for i in range(minutes))
    ours = tuple(nan if 90 <= i < 100 else 0.55 + 0.01 * sin(i / 20) for i in range(minutes))
    return IndexPast(at_ns, ours, tuple(value - 0.004 for value in ours))
