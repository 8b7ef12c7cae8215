"""What can become of a request: the four ends every one of them has, and who hears of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from core.venues.deribit.wire import ErrorData


@dataclass(frozen=True, slots=True)
class Result:
    """The venue did what it was asked."""

    value: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Failure:
    """The venue answered with an error."""

    error: ErrorData


@dataclass(frozen=True, slots=True)
class Lost:
    """It was sent and no answer came: nobody knows what became of it."""

    why: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """It never left: nothing can have come of it."""

    why: str


Answer = Result | Failure | Lost | NotSent
Then = Callable[[Answer], None]
